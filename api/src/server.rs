//! The server as a whole: which handler serves which path, how it starts and how it stops.
//!
//! The only module that depends on both [`crate::http`] and [`crate::pages`]; neither of the two depends on this one.

mod connection;
mod descriptor;
#[cfg(test)]
mod tests;

use std::future::{Future, ready};
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Response};
use axum::middleware::map_request;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::net::TcpListener;

use crate::http::body_timeout;
use crate::http::routes::RouteBuilder;
use crate::http::{ServerState, ShutdownFlag, cors, endpoint, graphiql, hook, live, probe, report};
use crate::limits::ConnectionLimits;
use crate::pages;

/// How long websockets may take to close after the server has stopped.
const WEBSOCKETS_TIMEOUT: Duration = Duration::from_secs(5);

/// All routes.
fn router(state: ServerState) -> Router {
    let graphql = get(endpoint::graphql).post(endpoint::graphql).fallback(endpoint::other_method);
    let origins = &state.access.cors_origins;
    let schema = cors::allow(get(probe::schema), origins);
    let routes = RouteBuilder::new()
        .route("/graphql", cors::allow(graphql, origins))
        .route("/graphql/ws", get(live::websocket::upgrade))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/{file}", get(graphiql::file))
        .route("/schema.graphql", schema)
        .route("/report", get(report::get))
        .route("/hooks/{vendor}", post(hook::receive).fallback(hook::other_method))
        .route("/healthz", get(probe::healthz))
        .route("/readyz", get(probe::readyz))
        .route("/metrics", get(probe::metrics))
        .fallback(no_route);
    pages::add(routes).with_state(state)
}

/// The routes that are served beyond the limits on connections.
fn probes(state: ServerState) -> Router {
    RouteBuilder::new()
        .route("/healthz", get(probe::healthz))
        .route("/readyz", get(probe::readyz))
        .route("/metrics", get(probe::metrics))
        .fallback(probe::too_many_connections)
        .with_state(state)
}

/// Serves until `shutdown` completes, then finishes the running requests and closes the streams.
pub async fn serve(
    state: ServerState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = ShutdownFlag::default();
    let api = state.api.clone();
    let limits = api.settings().connections;
    let limits = ConnectionLimits { total: descriptor::room_for(limits.total), ..limits };
    let [probes, router] = [probes(state.clone()), router(state)].map(|router| {
        let timed = map_request(move |request| ready(body_timeout::within(request, limits.body_timeout)));
        router.layer(timed).layer(Extension(stopping.clone()))
    });
    let stopped = api.clone();
    let shutdown = async move {
        shutdown.await;
        stopping.set();
        stopped.live().stop();
    };
    connection::serve(listener, router, probes, limits, shutdown).await;
    // The graceful shutdown does not wait for upgraded connections: websockets close on their own.
    if tokio::time::timeout(WEBSOCKETS_TIMEOUT, api.live().wait_until_closed()).await.is_err() {
        tracing::warn!("streams were still open when the server stopped");
    }
    Ok(())
}

/// Any other path: an HTML page for clients that accept HTML, JSON for all others.
async fn no_route(headers: HeaderMap) -> Response<Body> {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return pages::PageProblem::not_found("Nothing is served at this address.").into_response();
    }
    probe::not_found().await
}
