//! The state that the handlers share, whether the server is ready, and whether it was asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::auth::Viewer;
use crate::auth::jwt::IdentityProvider;
use crate::config::AccessConfig;
use crate::graphql::Api;

/// Tells whether the process can serve: the reason when it cannot.
pub type ReadinessCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// How long the database may take to show that it answers.
const READINESS_TIMEOUT: Duration = Duration::from_secs(2);

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
    pub access: AccessConfig,
    /// The largest body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// Whether the database answers and its migrations are current.
    pub readiness: ReadinessCheck,
}

impl ServerState {
    /// Whether new requests may be sent here: the reason when they may not. A database that does not answer in time
    /// counts as not ready.
    pub async fn check_ready(&self, stopping: Option<&ShutdownFlag>) -> Result<(), String> {
        if stopping.is_some_and(ShutdownFlag::is_set) {
            return Err("the server is stopping".to_owned());
        }
        let late = |_| Err(format!("the database did not answer within {} seconds", READINESS_TIMEOUT.as_secs()));
        tokio::time::timeout(READINESS_TIMEOUT, (self.readiness)()).await.unwrap_or_else(late)
    }
}

/// Set once the server was asked to stop: it ends the requests under way and is no longer ready for new ones.
#[derive(Clone, Debug, Default)]
pub struct ShutdownFlag(Arc<AtomicBool>);

impl ShutdownFlag {
    /// From now on the server is not ready.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
