//! HTTP: GraphQL over single replies and over streams, the report, the probes, and what they share: the server's state,
//! credentials, sessions, forms, replies and the request log.
//!
//! Nothing here depends on the pages. [`crate::server`] maps paths to handlers.

mod accept;
mod bearer;
mod body;
pub(crate) mod body_timeout;
pub mod cors;
mod credential;
pub(crate) mod csrf;
mod document;
pub(crate) mod endpoint;
pub(crate) mod form;
pub(crate) mod graphiql;
pub(crate) mod hook;
mod hook_receiver;
pub(crate) mod live;
pub(crate) mod observe;
pub(crate) mod probe;
pub(crate) mod reply;
pub(crate) mod report;
pub(crate) mod routes;
pub(crate) mod session;
mod state;

pub(crate) use accept::MediaType;
pub(crate) use bearer::identify_bearer;
pub use hook_receiver::HookReceiver;
pub(crate) use state::ShutdownFlag;
pub use state::{ReadinessCheck, ServerState};
