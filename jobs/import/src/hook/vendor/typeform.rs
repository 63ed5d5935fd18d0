//! Typeform: `form_response` holds the answers by the ids of fields, whose questions are in its `definition`.

use std::collections::HashMap;

use serde_json::Value;

use super::super::fields::{PayloadFields, TooManyFields, text};
use super::super::reading::{HookPayload, PayloadReading, lacks};
use crate::format::FileFormat;

/// The members of an answer that say to which question it belongs.
const PLACE: [&str; 2] = ["type", "field"];

pub fn read(payload: &Value) -> Result<HookPayload, TooManyFields> {
    let event = payload.get("event_type").and_then(Value::as_str).unwrap_or_default();
    if !event.is_empty() && !event.starts_with("form_response") {
        return Ok(HookPayload::Other(event.to_owned()));
    }
    let Some(response) = payload.get("form_response").and_then(Value::as_object) else {
        return Ok(lacks("form_response"));
    };
    let is_partial = event.contains("partial") || response.get("response_type") == Some(&Value::from("partial"));
    let mut fields = PayloadFields::default();
    fields.add("#", response.get("token").map(text).unwrap_or_default())?;
    let mut questions = Vec::new();
    collect(payload.pointer("/form_response/definition/fields"), &mut questions);
    let titles: HashMap<&str, &FormQuestion> =
        questions.iter().map(|question| (question.id.as_str(), question)).collect();
    let mut scores = Vec::new();
    for answer in response.get("answers").and_then(Value::as_array).into_iter().flatten() {
        let member = |name: &str| answer.pointer(&format!("/field/{name}")).and_then(Value::as_str).unwrap_or_default();
        let question = titles.get(member("id"));
        let title = question.map(|question| question.title.as_str()).filter(|title| !title.trim().is_empty());
        let title = title.unwrap_or_else(|| if member("ref").is_empty() { member("id") } else { member("ref") });
        let kind = question.map_or_else(|| member("type"), |question| question.kind.as_str());
        if kind == "nps" {
            scores.push(title.to_owned());
        }
        fields.add(title, value_of(answer))?;
    }
    for group in ["hidden", "calculated"] {
        if let Some(values) = response.get(group) {
            fields.add_value("", values, |_| false)?;
        }
    }
    for variable in response.get("variables").and_then(Value::as_array).into_iter().flatten() {
        let value = variable.get("text").or_else(|| variable.get("number")).map(text).unwrap_or_default();
        fields.add(&variable.get("key").map(text).unwrap_or_default(), value)?;
    }
    fields.add("Response Type", if is_partial { "partial" } else { "completed" })?;
    fields.add("Submit Date (UTC)", response.get("submitted_at").map(text).unwrap_or_default())?;
    // The tool itself says which question is the Net Promoter Score, whatever its words are.
    let known = if let [score] = &scores[..] { vec![("score", score.clone())] } else { Vec::new() };
    Ok(HookPayload::Response(Box::new(PayloadReading {
        fields,
        format: FileFormat::Typeform,
        source: None,
        known,
        updated_at: None,
    })))
}

/// A question of a form.
struct FormQuestion {
    id: String,
    title: String,
    kind: String,
}

/// The questions of a form, those of its groups among them.
fn collect(fields: Option<&Value>, questions: &mut Vec<FormQuestion>) {
    for field in fields.and_then(Value::as_array).into_iter().flatten() {
        let member = |name: &str| field.get(name).map(text).unwrap_or_default();
        questions.push(FormQuestion { id: member("id"), title: member("title"), kind: member("type") });
        collect(field.pointer("/properties/fields"), questions);
    }
}

/// The text of an answer: of a choice its label, of several their labels.
fn value_of(answer: &Value) -> String {
    let Some(members) = answer.as_object() else { return String::new() };
    let Some((_, value)) = members.iter().find(|(name, _)| !PLACE.contains(&name.as_str())) else {
        return String::new();
    };
    let labels = ["label", "labels", "other"].into_iter().filter_map(|name| value.get(name)).map(text);
    let labels: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
    if value.is_object() { labels.join(", ") } else { text(value) }
}
