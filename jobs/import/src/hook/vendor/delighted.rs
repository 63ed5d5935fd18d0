//! Delighted: `event_data` is the response with its person, as its API describes it.

use serde_json::Value;

use super::super::fields::{PayloadFields, TooManyFields, text};
use super::super::reading::{HookPayload, PayloadReading, lacks, time};
use crate::format::FileFormat;

/// Members that are read on their own, or say nothing about the response.
const OWN: [&str; 9] = [
    "id",
    "score",
    "comment",
    "created_at",
    "updated_at",
    "person",
    "person_properties",
    "additional_answers",
    "notes",
];

pub fn read(payload: &Value) -> Result<HookPayload, TooManyFields> {
    let event = payload.get("event_type").and_then(Value::as_str).unwrap_or_default();
    if !event.is_empty() && !event.starts_with("survey_response") {
        return Ok(HookPayload::Other(event.to_owned()));
    }
    let Some(response) = payload.get("event_data").and_then(Value::as_object) else { return Ok(lacks("event_data")) };
    let mut fields = PayloadFields::default();
    let mut known = Vec::new();
    for (field, member, column) in [
        ("response_id", "id", "Response ID"),
        ("score", "score", "Score"),
        ("comment", "comment", "Comment"),
        ("responded_at", "created_at", "Response Created At"),
    ] {
        if let Some(value) = response.get(member) {
            fields.add(column, text(value))?;
            known.push((field, column.to_owned()));
        }
    }
    if let Some(person) = response.get("person").and_then(Value::as_object) {
        let has_address = person.get("email").is_some_and(|email| !text(email).is_empty());
        // Exports name people by their addresses: the tool's own number would make another customer of the same person.
        let used = [("email", "Person Email"), ("name", "Person Name"), ("id", "Person ID")];
        for (member, column) in used.into_iter().filter(|(member, _)| *member != "id" || !has_address) {
            if let Some(value) = person.get(member) {
                fields.add(column, text(value))?;
            }
        }
    }
    for (name, value) in response.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        fields.add_value(name, value, |_| false)?;
    }
    if let Some(properties) = response.get("person_properties") {
        fields.add_value("", properties, |_| false)?;
    }
    for answer in response.get("additional_answers").and_then(Value::as_array).into_iter().flatten() {
        let question = answer.pointer("/question/text").map(text).unwrap_or_default();
        let value = answer.get("value").cloned().unwrap_or_default();
        let plain = value.as_object().and_then(|value| value.values().find(|value| !text(value).is_empty()));
        fields.add(&question, text(plain.unwrap_or(&value)))?;
    }
    Ok(HookPayload::Response(Box::new(PayloadReading {
        fields,
        format: FileFormat::Delighted,
        source: None,
        known,
        updated_at: time(response.get("updated_at")),
    })))
}
