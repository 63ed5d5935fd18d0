//! The HTTP server: GraphQL over HTTP, its page, its schema, and what an orchestrator asks.

mod accept;
mod answer;
mod bearer;
mod body;
mod credential;
mod document;
mod endpoint;
mod graphiql;
mod live;
pub(crate) mod observe;
mod probe;
mod report;
pub(crate) mod routes;
pub(crate) mod sign;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use self::routes::Routes;
use crate::auth::Viewer;
use crate::auth::jwt::IdentityProvider;
use crate::config::Access;
use crate::graphql::Api;
use crate::pages;

/// Tells whether the process can serve: the reason when it cannot.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What the server works with.
#[derive(Clone)]
pub struct ServerState {
    /// The API.
    pub api: Api,
    /// As whom a request without a token is executed; `None` refuses it.
    pub anonymous: Option<Viewer>,
    /// Whose signed tokens are accepted beside our own; `None` where nobody's are.
    pub identity_provider: Option<Arc<IdentityProvider>>,
    /// What may be learned of the API itself, and how people come in.
    pub access: Access,
    /// The largest body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// Whether the database answers and its migrations are current.
    pub readiness: Readiness,
}

/// How long websockets may take to end, once the server has.
const LEAVE: Duration = Duration::from_secs(5);

/// Set once the server was asked to stop: it ends what is under way and wants nothing new.
#[derive(Clone, Debug, Default)]
struct Stopping(Arc<AtomicBool>);

/// All routes.
pub fn router(state: ServerState) -> Router {
    let graphql = get(endpoint::get).post(endpoint::post).fallback(endpoint::other_method);
    let routes = Routes::new()
        .route("/graphql", graphql)
        .route("/graphql/ws", get(live::websocket::upgrade))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/{file}", get(graphiql::file))
        .route("/sign-in", get(pages::sign::page).post(sign::sign_in).fallback(sign::other_method))
        .route("/sign-out", post(sign::sign_out).fallback(sign::other_than_post))
        .route("/schema.graphql", get(probe::schema))
        .route("/report", get(report::get))
        .route("/healthz", get(probe::healthz))
        .route("/readyz", get(probe::readyz))
        .route("/metrics", get(probe::metrics))
        .fallback(probe::no_route);
    pages::add(routes).with_state(state)
}

/// Serves until `shutdown` is done, then ends the requests that are under way.
pub async fn serve(
    state: ServerState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = Stopping::default();
    let api = state.api.clone();
    let router = router(state).layer(Extension(stopping.clone()));
    let stopped = api.clone();
    let shutdown = async move {
        shutdown.await;
        stopping.0.store(true, Ordering::Relaxed);
        stopped.live().stop();
    };
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await?;
    // Websockets are no requests under way any more: they take their leave by themselves.
    if tokio::time::timeout(LEAVE, api.live().drained()).await.is_err() {
        tracing::warn!("streams were still open when the server ended");
    }
    Ok(())
}
