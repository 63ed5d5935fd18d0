//! Whom a payload is about that cannot be read yet: its ids and addresses, so that an erasure finds it.

use std::collections::BTreeSet;

use needle_rules::record::is_nobody;
use serde_json::Value;

use super::fields::PayloadFields;
use super::reading::{HookPayload, PayloadReading};
use super::row::HookRow;
use crate::column_profile::is_email;
use crate::format::{EMAILS, customer_keys};
use crate::heading::key;

/// The fields of a map that name a person.
const PERSONAL_FIELDS: [&str; 2] = ["customer_id", "email"];

/// The ids and addresses of the person whom a payload is about, addresses in lower case.
pub fn of(payload: &HookPayload, raw: &Value, row: Option<&HookRow>, map: &[(String, String)]) -> Vec<String> {
    let mut raw_fields = PayloadFields::default();
    let fields = match payload {
        HookPayload::Response(reading) => {
            let PayloadReading { fields, .. } = &**reading;
            fields
        }
        HookPayload::Other(_) | HookPayload::Unknown(_) => {
            // What does not fit any more is found by its addresses in the payload itself.
            let _ = raw_fields.add_value("", raw, |_| false);
            &raw_fields
        }
    };
    let is_mapped =
        |name: &str| map.iter().any(|(field, column)| PERSONAL_FIELDS.contains(&field.as_str()) && column == name);
    let ids = customer_keys();
    let names = |name: &str| {
        let (whole, last) = (key(name), key(name.rsplit('.').next().unwrap_or(name)));
        is_mapped(name)
            || EMAILS.contains(&whole.as_str())
            || ids.contains(&whole.as_str())
            || ids.contains(&last.as_str())
            || EMAILS.contains(&last.as_str())
    };
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (_, text) in fields.fields.iter().filter(|(name, _)| names(name)) {
        found.insert(spelt(text));
    }
    if let Some(row) = row {
        let described = row.customer.as_ref().map(|customer| [Some(&customer.external_id), customer.email.as_ref()]);
        let ids = described.into_iter().flatten().flatten().chain(&row.response.customer);
        found.extend(ids.map(|id| spelt(id)));
    }
    found.retain(|text| !text.is_empty() && !is_nobody(text));
    Vec::from_iter(found)
}

/// An address in lower case, an id as it is.
fn spelt(text: &str) -> String {
    let text = text.trim();
    if is_email(text) { text.to_lowercase() } else { text.to_owned() }
}
