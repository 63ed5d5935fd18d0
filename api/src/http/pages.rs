//! Everything beside GraphQL itself: its page, its schema, and what an orchestrator asks.

use async_graphql::http::GraphiQLSource;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};

use super::ServerState;
use super::accept::MediaType;
use super::answer::Refused;
use crate::graphql::error::Code;

/// `GET /`.
pub async fn root() -> Redirect {
    Redirect::temporary("/graphiql")
}

/// `GET /graphiql`: the page to try the API on. Its scripts come from a content delivery network.
pub async fn graphiql() -> Html<String> {
    Html(GraphiQLSource::build().endpoint("/graphql").title("needle").finish())
}

/// `GET /schema.graphql`.
pub async fn schema() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], crate::graphql::sdl())
}

/// `GET /healthz`: the process is alive.
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers and its migrations are current.
pub async fn readyz(State(state): State<ServerState>) -> (StatusCode, &'static str) {
    match (state.readiness)().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

/// Any other path.
pub async fn not_found() -> Response<Body> {
    Refused::new(StatusCode::NOT_FOUND, "nothing is served here; the API is at /graphql")
        .with_code(Code::NotFound)
        .answer(MediaType::Json)
}
