//! A router whose routes record their templates for logs and metrics, which axum's router does not expose.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

use super::observe::{note_route, observe};
use super::state::ServerState;

/// Builds a router whose requests are observed, see [`super::observe`].
pub struct RouteBuilder(Router<ServerState>);

impl RouteBuilder {
    /// A builder without routes.
    pub fn new() -> Self {
        Self(Router::new())
    }

    /// Adds a route; logs and metrics name it by its template.
    pub fn route(self, template: &'static str, methods: MethodRouter<ServerState>) -> Self {
        Self(self.0.route(template, methods.layer(from_fn_with_state(template, note_route))))
    }

    /// Sets the handler of every other path.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, ServerState>,
        T: 'static,
    {
        Self(self.0.fallback(handler))
    }

    /// The finished router, with every request observed.
    pub fn with_state(self, state: ServerState) -> Router {
        let observed = from_fn_with_state(state.api.clone(), observe);
        self.0.with_state(state).layer(observed)
    }
}
