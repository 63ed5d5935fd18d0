//! The state that the handlers share, the readiness check, and the flag of a server that is stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::hook_receiver::HookReceiver;
use crate::auth::Viewer;
use crate::auth::jwt::IdentityProvider;
use crate::config::AccessConfig;
use crate::graphql::Api;

/// Checks whether the process can serve requests; the error is the reason why it cannot.
pub type ReadinessCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// How long the readiness check may take.
const READINESS_TIMEOUT: Duration = Duration::from_secs(2);

/// The state that all handlers share.
#[derive(Clone)]
pub struct ServerState {
    /// The GraphQL schema with its data and settings.
    pub api: Api,
    /// The viewer of requests without a credential; `None` refuses such requests.
    pub anonymous: Option<Viewer>,
    /// The identity provider whose signed tokens are accepted in addition to our own; `None` accepts only our own.
    pub identity_provider: Option<Arc<IdentityProvider>>,
    /// The section `[access]`: introspection, GraphiQL, and sessions.
    pub access: AccessConfig,
    /// The webhooks of survey tools: their keys, and how their fields are read.
    pub hooks: Arc<HookReceiver>,
    /// The largest accepted body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// Checks that the database is reachable and its migrations are current.
    pub readiness: ReadinessCheck,
}

impl ServerState {
    /// Checks whether an orchestrator may send new requests; the error is the reason why not. A database that is not
    /// reachable within two seconds counts as not ready.
    pub async fn check_ready(&self, stopping: Option<&ShutdownFlag>) -> Result<(), String> {
        if stopping.is_some_and(ShutdownFlag::is_set) {
            return Err("the server is stopping".to_owned());
        }
        let late = |_| Err(format!("the database was not reachable within {} seconds", READINESS_TIMEOUT.as_secs()));
        tokio::time::timeout(READINESS_TIMEOUT, (self.readiness)()).await.unwrap_or_else(late)
    }
}

/// Set once the server was told to stop: it finishes running requests and reports that it is not ready for new ones.
#[derive(Clone, Debug, Default)]
pub struct ShutdownFlag(Arc<AtomicBool>);

impl ShutdownFlag {
    /// Marks the server as stopping; `/readyz` returns 503 from now on.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
