//! The leaders' pages: rendered by the server, usable with or without scripts.
//!
//! Each page executes GraphQL documents as its visitor, like any client, and renders the result. GraphQL alone decides
//! what a role may read and what is suppressed. The footer lists the documents that the page executed.

mod asset;
mod chart;
mod csv;
mod data;
mod decision;
mod log;
mod problem;
mod query;
mod record;
mod reply;
mod run;
mod scoreboard;
mod segment;
mod shell;
mod sign;
mod slice;
mod verdict;
mod visit;
mod wording;

use axum::routing::{get, post};

use crate::http::routes::RouteBuilder;

pub(crate) use problem::PageProblem;

/// Adds the pages to the routes of the server.
pub(crate) fn add(routes: RouteBuilder) -> RouteBuilder {
    routes
        .route("/", get(scoreboard::page))
        .route("/decision/{external_id}", get(decision::page))
        .route("/log", get(log::form).post(log::post))
        .route("/log/check", get(log::check))
        .route("/segments", get(segment::list))
        .route("/segments/{key}", get(segment::page))
        .route("/slices", get(slice::page))
        .route("/record", get(record::page))
        .route("/runs", get(run::page).post(run::post))
        .route("/runs/state", get(run::state))
        .route("/assets/{file}", get(asset::file))
        .route("/sign-in", get(sign::page).post(sign::sign_in).fallback(sign::other_than_get_or_post))
        .route("/sign-out", post(sign::sign_out).fallback(sign::other_than_post))
}
