//! Formbricks: `data` is the response; its own `data` holds the answers by the ids of questions, whose words are not sent.

use serde_json::Value;

use super::super::fields::{PayloadFields, TooManyFields, text};
use super::super::reading::{HookPayload, PayloadReading, lacks, time};
use crate::format::FileFormat;

/// Members with the attributes of the person, in older and newer versions.
const PERSON: [&str; 2] = ["personAttributes", "contactAttributes"];

pub fn read(payload: &Value) -> Result<HookPayload, TooManyFields> {
    let event = payload.get("event").and_then(Value::as_str).unwrap_or_default();
    if !event.is_empty() && !event.starts_with("response") {
        return Ok(HookPayload::Other(event.to_owned()));
    }
    let Some(response) = payload.get("data").and_then(Value::as_object) else { return Ok(lacks("data")) };
    let Some(answers) = response.get("data").filter(|answers| answers.is_object()) else {
        return Ok(lacks("data.data"));
    };
    let mut fields = PayloadFields::default();
    let members =
        [("id", "Response ID"), ("createdAt", "Timestamp"), ("finished", "Finished"), ("surveyId", "Survey ID")];
    for (member, column) in members {
        if let Some(value) = response.get(member) {
            fields.add(column, text(value))?;
        }
    }
    let of_person = |name: &str| {
        let places = ["contact", "person"].into_iter().chain(PERSON);
        let mut found = places.filter_map(|place| response.get(place)?.get(name)).map(text);
        found.find(|text| !text.is_empty())
    };
    if let Some(user) = of_person("userId") {
        fields.add("User ID", user)?;
    }
    for place in PERSON {
        for (name, value) in response.get(place).and_then(Value::as_object).into_iter().flatten() {
            if name != "userId" && !fields.has(name) {
                fields.add_value(name, value, |_| false)?;
            }
        }
    }
    fields.add_value("", answers, |_| false)?;
    if let Some(variables) = response.get("variables") {
        fields.add_value("", variables, |_| false)?;
    }
    for (pointer, column) in [
        ("/survey/title", "Survey"),
        ("/language", "Language"),
        ("/meta/country", "Country"),
        ("/meta/userAgent/browser", "Browser"),
        ("/meta/userAgent/os", "OS"),
        ("/meta/userAgent/device", "Device"),
    ] {
        if let Some(value) = payload.get("data").and_then(|data| data.pointer(pointer)) {
            fields.add(column, text(value))?;
        }
    }
    let tags = response.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tags: Vec<String> = tags.map(|tag| text(tag.get("name").unwrap_or(tag))).collect();
    if !tags.is_empty() {
        fields.add("Tags", tags.join(", "))?;
    }
    Ok(HookPayload::Response(Box::new(PayloadReading {
        fields,
        format: FileFormat::Formbricks,
        source: None,
        known: Vec::new(),
        updated_at: time(response.get("updatedAt")),
    })))
}
