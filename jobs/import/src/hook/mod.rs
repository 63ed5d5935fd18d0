//! Webhooks: what a survey tool sends becomes one row of a table, which goes through the plan and the rules of an import.
//!
//! A delivery is recorded in the transaction that writes its response. What cannot be read, or is refused for a reason that
//! somebody could mend, is kept and tried again on request. Signatures are left to the server.

mod fields;
mod person;
mod reading;
mod record;
mod row;
mod vendor;
mod write;

use std::collections::BTreeMap;

use entity::hook_delivery::{HookDeliveryId, HookDeliveryState, HookVendor};

pub use fields::{FIELD_LIMIT, TooManyFields};
pub use write::{HookError, HookMessage, drop_old, receive, retry, waiting_ids};

/// Which field is read from which column of a vendor's payloads, like `--map`: a pair for each. Of several columns for one
/// field those count that a payload has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookMaps(pub BTreeMap<HookVendor, Vec<(String, String)>>);

impl HookMaps {
    /// The pairs of a vendor.
    fn of(&self, vendor: HookVendor) -> &[(String, String)] {
        self.0.get(&vendor).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookOutcome {
    /// Its id.
    pub id: HookDeliveryId,
    /// What became of it.
    pub state: HookDeliveryState,
    /// Why it waits or was refused, as a code; `None` otherwise.
    pub code: Option<String>,
    /// The same for a person.
    pub reason: Option<String>,
    /// True when the same request arrived before: nothing was done.
    pub is_replay: bool,
}
