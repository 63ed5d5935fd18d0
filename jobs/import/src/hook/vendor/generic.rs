//! Any program: a JSON object whose members are named like columns, in the envelope of Standard Webhooks (`type`, `timestamp`,
//! `data`) or without one.

use serde_json::Value;

use super::super::fields::{PayloadFields, TooManyFields};
use super::super::reading::{HookPayload, PayloadReading, time};
use crate::format::FileFormat;
use crate::heading::key;

/// Parts of paths that only group what is below them.
const GROUPS: [&str; 4] = ["data", "attributes", "properties", "traits"];

/// Members of an envelope that say nothing about the response.
const ENVELOPE: [&str; 5] = ["type", "event", "timestamp", "event_id", "webhook_id"];

/// The keys of fields that say when a response was changed.
const UPDATED: [&str; 5] = ["updatedat", "lastupdated", "lastupdatedat", "modifiedat", "datemodified"];

pub fn read(payload: &Value) -> Result<HookPayload, TooManyFields> {
    let Some(members) = payload.as_object() else {
        let expected = "expected a JSON object that describes one response, found something else";
        return Ok(HookPayload::Unknown(expected.to_owned()));
    };
    if members.get("data").is_some_and(Value::is_array) {
        let expected = "expected one response in a payload, found a list of them: send each by itself";
        return Ok(HookPayload::Unknown(expected.to_owned()));
    }
    let is_enveloped = members.get("data").is_some_and(Value::is_object);
    let mut fields = PayloadFields::default();
    let skips = |part: &str| GROUPS.contains(&part);
    for (name, value) in members.iter().filter(|(name, _)| !is_enveloped || !ENVELOPE.contains(&name.as_str())) {
        fields.add_value(if skips(name) && value.is_object() { "" } else { name }, value, skips)?;
    }
    let changed = fields.fields.iter().find(|(name, _)| UPDATED.contains(&key(name).as_str()));
    let changed = changed.and_then(|(_, text)| time(Some(&Value::from(text.as_str()))));
    let sent = members.get("timestamp").filter(|_| is_enveloped);
    // The names of our own files are those of a flat object; what is nested is recognised by its names, so that nothing of a
    // person becomes an attribute.
    let is_flat = fields.fields.iter().all(|(name, _)| !name.contains('.'));
    Ok(HookPayload::Response(Box::new(PayloadReading {
        fields,
        format: if is_flat { FileFormat::Auto } else { FileFormat::Generic },
        source: None,
        known: Vec::new(),
        updated_at: changed.or_else(|| time(sent)),
    })))
}
