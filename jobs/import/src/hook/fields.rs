//! A payload as a row: the names and texts of its fields, in their order.

use std::collections::HashSet;

use serde_json::Value;

/// The most fields of one payload.
pub const FIELD_LIMIT: usize = 6_000;

/// A payload has more than [`FIELD_LIMIT`] fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at most {FIELD_LIMIT} fields, found more")]
pub struct TooManyFields;

/// The fields of a payload, each with a name of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadFields {
    /// Names and texts; an empty text for null.
    pub fields: Vec<(String, String)>,
    names: HashSet<String>,
}

impl PayloadFields {
    /// Adds one field.
    pub fn add(&mut self, name: &str, text: impl Into<String>) -> Result<(), TooManyFields> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Ok(());
        }
        if self.fields.len() >= FIELD_LIMIT {
            return Err(TooManyFields);
        }
        let mut free = name.clone();
        let mut number = 2;
        while !self.names.insert(free.clone()) {
            free = format!("{name} ({number})");
            number += 1;
        }
        self.fields.push((free, text.into()));
        Ok(())
    }

    /// Adds a value: a list of plain values as one text, what is nested by its path, like `customer.id`. Parts of the path
    /// for which `skips` is true are left out of the name.
    pub fn add_value(&mut self, name: &str, value: &Value, skips: fn(&str) -> bool) -> Result<(), TooManyFields> {
        let below = |part: &str| match (name, skips(part)) {
            (_, true) => name.to_owned(),
            ("", false) => part.to_owned(),
            (name, false) => format!("{name}.{part}"),
        };
        match value {
            Value::Object(members) => {
                members.iter().try_for_each(|(part, value)| self.add_value(&below(part), value, skips))
            }
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                (1..).zip(items).try_for_each(|(at, item)| self.add_value(&format!("{name}.{at}"), item, skips))
            }
            value => self.add(name, text(value)),
        }
    }

    /// True when there is a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// The text of a plain value, or of a list of plain values; empty for null and for what is nested.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_named_by_their_path_and_every_name_is_unique() {
        let value =
            serde_json::json!({"a": {"b": 1, "data": {"c": null}}, "d": ["x", 2], "e": [{"f": true}], "a.b": "again"});
        let mut fields = PayloadFields::default();
        fields.add_value("", &value, |part| part == "data").expect("few fields");
        let pairs: Vec<(&str, &str)> =
            fields.fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let mut sorted = pairs.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [("a.b", "1"), ("a.b (2)", "again"), ("a.c", ""), ("d", "x, 2"), ("e.1.f", "true")]);
    }

    #[test]
    fn too_many_fields_are_refused() {
        let many: Vec<Value> = (0..=FIELD_LIMIT).map(|at| serde_json::json!({ "x": at })).collect();
        assert_eq!(PayloadFields::default().add_value("", &Value::Array(many), |_| false), Err(TooManyFields));
    }
}
