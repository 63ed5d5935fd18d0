//! What the webhooks of survey tools share: their keys, the columns of their fields, and their limits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use entity::hook_delivery::HookVendor;
use jobs::delivery::SecretText;
use needle_import::hook::HookMaps;

use crate::config::HooksConfig;
use crate::graphql::limit::budget::CostBudgets;

/// How long a request may wait for the database: tools give up and send again after some ten seconds.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);

/// Receives what survey tools send.
#[derive(Debug)]
pub struct HookReceiver {
    /// The keys of each vendor; a vendor without one is refused.
    pub keys: BTreeMap<HookVendor, Vec<SecretText>>,
    /// Which fields are read from which columns.
    pub maps: Arc<HookMaps>,
    /// How many requests of each vendor are left.
    pub budgets: CostBudgets,
    /// How long a request may wait for the database.
    pub timeout: Duration,
}

impl HookReceiver {
    /// A receiver with the keys and maps of the configuration.
    pub fn new(config: &HooksConfig) -> Self {
        Self {
            keys: config.keys.clone(),
            maps: Arc::new(config.map.maps.clone()),
            budgets: CostBudgets::new(config.per_second),
            timeout: STORE_TIMEOUT,
        }
    }

    /// The same with another time that a request may wait for the database.
    #[cfg(test)]
    #[must_use]
    pub fn waiting(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

impl Default for HookReceiver {
    fn default() -> Self {
        Self::new(&HooksConfig::default())
    }
}
