//! The HTTP server: GraphQL over HTTP, its page, its schema, and what an orchestrator asks.

mod accept;
mod answer;
mod body;
mod endpoint;
mod pages;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use crate::auth::Viewer;
use crate::graphql::Api;

/// Tells whether the process can serve: the reason when it cannot.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What the server works with.
#[derive(Clone)]
pub struct ServerState {
    /// The API.
    pub api: Api,
    /// As whom a request without a token is executed; `None` refuses it.
    pub anonymous: Option<Viewer>,
    /// Whether the database answers and its migrations are current.
    pub readiness: Readiness,
}

/// All routes.
pub fn router(state: ServerState) -> Router {
    let graphql = get(endpoint::get).post(endpoint::post).fallback(endpoint::other_method);
    Router::new()
        .route("/graphql", graphql)
        .route("/graphiql", get(pages::graphiql))
        .route("/schema.graphql", get(pages::schema))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/", get(pages::root))
        .fallback(pages::not_found)
        .with_state(state)
}

/// Serves until `shutdown` is done, then ends the requests that are under way.
pub async fn serve(
    state: ServerState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
}
