//! SatisMeter: `response` is the rating with its user. A rating counts also where the survey was closed before its last
//! question: `completed` only matters while there is none.

use serde_json::Value;

use super::super::fields::{PayloadFields, TooManyFields, text};
use super::super::reading::{HookPayload, PayloadReading, lacks, time};
use crate::format::FileFormat;

/// Members of a response that become attributes.
const ATTRIBUTES: [&str; 4] = ["campaign", "language", "device", "project"];

/// The name of the source: exports of this tool are read as those of an unknown one.
const SOURCE: &str = "satismeter";

pub fn read(payload: &Value) -> Result<HookPayload, TooManyFields> {
    let Some(response) = payload.get("response").and_then(Value::as_object) else { return Ok(lacks("response")) };
    let mut fields = PayloadFields::default();
    let mut known = Vec::new();
    for (field, member, column) in [
        ("response_id", "id", "response_id"),
        ("score", "rating", "rating"),
        ("comment", "feedback", "feedback"),
        ("responded_at", "created", "created"),
    ] {
        if let Some(value) = response.get(member) {
            fields.add(column, text(value))?;
            known.push((field, column.to_owned()));
        }
    }
    if response.get("rating").is_none_or(Value::is_null) {
        let is_completed = match response.get("completed").and_then(Value::as_bool) {
            Some(completed) => completed,
            None => payload.get("event") != Some(&Value::from("dismissed")),
        };
        fields.add("completed", is_completed.to_string())?;
    }
    if let Some(method) = response.get("method") {
        fields.add("channel", text(method))?;
    }
    for name in ATTRIBUTES {
        if let Some(value) = response.get(name).or_else(|| payload.get(name)) {
            fields.add_value(name, value, |_| false)?;
        }
    }
    if let Some(country) = response.get("location").and_then(|location| location.get("country")) {
        fields.add("country", text(country))?;
    }
    if let Some(user) = response.get("user").and_then(Value::as_object) {
        for (member, column) in [("userId", "user_id"), ("email", "email"), ("name", "name")] {
            if let Some(value) = user.get(member) {
                fields.add(column, text(value))?;
            }
        }
    }
    for traits in
        [payload.get("traits"), response.get("user").and_then(|user| user.get("traits"))].into_iter().flatten()
    {
        for (name, value) in
            traits.as_object().into_iter().flatten().filter(|(name, _)| !["email", "name"].contains(&name.as_str()))
        {
            fields.add_value(name, value, |_| false)?;
        }
    }
    for answer in response.get("answers").and_then(Value::as_array).into_iter().flatten() {
        let label = answer.get("label").map(text).unwrap_or_default();
        let value = answer.get("value").map(text).unwrap_or_default();
        fields.add(&label, value)?;
    }
    Ok(HookPayload::Response(Box::new(PayloadReading {
        fields,
        format: FileFormat::Generic,
        source: Some(SOURCE),
        known,
        updated_at: time(response.get("updated")).or_else(|| time(response.get("updatedAt"))),
    })))
}
