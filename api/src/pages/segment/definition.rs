//! The filter of a segment, in words.

use serde_json::Value;

/// Words for a filter in the shape of the API's input `ProfileFilter`, like `region is EU and not plan is a`.
pub fn in_words(filter: &Value) -> String {
    let list = |value: &Value, word: &str, nothing: &str| {
        let parts: Vec<String> = value.as_array().into_iter().flatten().map(grouped).collect();
        if parts.is_empty() { nothing.to_owned() } else { parts.join(word) }
    };
    match filter.as_object().and_then(|filter| filter.iter().find(|(_, value)| !value.is_null())) {
        Some((name, value)) => match name.as_str() {
            "all" => list(value, " and ", "everyone"),
            "any" => list(value, " or ", "nobody"),
            "not" => format!("not {}", grouped(value)),
            "attribute" => predicate(value),
            _ => filter.to_string(),
        },
        None => "everyone".to_owned(),
    }
}

/// The same, in brackets where it joins several conditions.
fn grouped(filter: &Value) -> String {
    let words = in_words(filter);
    let parts = filter.get("all").or_else(|| filter.get("any")).and_then(Value::as_array);
    if parts.is_some_and(|parts| parts.len() > 1) { format!("({words})") } else { words }
}

fn predicate(predicate: &Value) -> String {
    let name = predicate.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut conditions = Vec::new();
    if let Some(values) = predicate.get("in").and_then(Value::as_array) {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        conditions.push(match values.as_slice() {
            [value] => format!("{name} is {value}"),
            values => format!("{name} is one of {}", values.join(", ")),
        });
    }
    match predicate.get("exists").and_then(Value::as_bool) {
        Some(true) => conditions.push(format!("{name} is known")),
        Some(false) => conditions.push(format!("{name} is not known")),
        None => {}
    }
    for (key, words) in [("atLeast", "is at least"), ("below", "is below")] {
        if let Some(bound) = predicate.get(key).and_then(Value::as_f64) {
            conditions.push(format!("{name} {words} {bound}"));
        }
    }
    conditions.join(" and ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_reads_like_a_sentence() {
        let region = json!({"attribute": {"name": "region", "in": ["EU"], "exists": null}});
        let weight = json!({"attribute": {"name": "weight", "atLeast": 2.5, "below": 7.0}});
        let plans = json!({"attribute": {"name": "plan", "in": ["a", "b"]}});
        for (filter, words) in [
            (json!({"all": []}), "everyone"),
            (json!(null), "everyone"),
            (json!({"any": []}), "nobody"),
            (region.clone(), "region is EU"),
            (weight.clone(), "weight is at least 2.5 and weight is below 7"),
            (
                json!({"all": [region, {"not": {"any": [weight, plans]}}]}),
                "region is EU and not (weight is at least 2.5 and weight is below 7 or plan is one of a, b)",
            ),
        ] {
            assert_eq!(in_words(&filter), words);
        }
    }
}
