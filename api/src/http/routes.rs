//! Routes whose templates are known while they are at work: a router does not tell them by itself.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

use super::observe::{note_route, observe};
use super::state::ServerState;

/// A router under construction.
pub struct RouteBuilder(Router<ServerState>);

impl RouteBuilder {
    /// No routes yet.
    pub fn new() -> Self {
        Self(Router::new())
    }

    /// Adds a route, whose template logs and metrics tell.
    pub fn route(self, template: &'static str, methods: MethodRouter<ServerState>) -> Self {
        Self(self.0.route(template, methods.layer(from_fn_with_state(template, note_route))))
    }

    /// The handler of every other path.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, ServerState>,
        T: 'static,
    {
        Self(self.0.fallback(handler))
    }

    /// The router, with everything observed.
    pub fn with_state(self, state: ServerState) -> Router {
        let observed = from_fn_with_state(state.api.clone(), observe);
        self.0.with_state(state).layer(observed)
    }
}
