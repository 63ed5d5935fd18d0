//! The filter of the scoreboard. It is in the URL, so that a view can be shared.

use entity::Day;
use entity::verdict::Verdict;
use serde_json::{Map, Value, json};

use super::ScoreboardData;
use crate::http::form::FormFields;
use crate::pages::verdict::VerdictView as _;

/// One option of a select list.
pub struct FilterChoice {
    pub value: String,
    pub name: String,
    pub is_chosen: bool,
}

/// The form with its current choices. `is_on` is true when any of them is set.
pub struct ScoreboardFilter {
    pub owners: Vec<FilterChoice>,
    pub segments: Vec<FilterChoice>,
    pub verdicts: Vec<FilterChoice>,
    pub from: String,
    pub until: String,
    pub is_on: bool,
}

impl ScoreboardFilter {
    pub(super) fn new(fields: &FormFields, data: &ScoreboardData) -> Self {
        let choices = |name: &str, all: Vec<(String, String)>| {
            let chosen = fields.get(name).unwrap_or_default().to_owned();
            let choice = |(value, name): (String, String)| FilterChoice { is_chosen: value == chosen, value, name };
            all.into_iter().map(choice).collect::<Vec<_>>()
        };
        let owners = data.forecasters.nodes.iter().map(|entry| (entry.owner.clone(), entry.owner.clone()));
        let segments = data.segments.nodes.iter().map(|segment| (segment.key.clone(), segment.name.clone()));
        let verdicts = Verdict::all().map(|verdict| (verdict.name(), verdict.words().to_owned()));
        Self {
            owners: choices("owner", owners.collect()),
            segments: choices("segment", segments.collect()),
            verdicts: choices("verdict", verdicts.collect()),
            from: fields.typed("from").to_owned(),
            until: fields.typed("until").to_owned(),
            is_on: ["owner", "segment", "verdict", "from", "until"].iter().any(|name| fields.get(name).is_some()),
        }
    }
}

/// The filter as the input of the API. A text that is no verdict or no day is ignored.
pub fn graphql_filter(fields: &FormFields) -> Value {
    let mut filter = Map::new();
    if let Some(owner) = fields.get("owner") {
        filter.insert("owner".to_owned(), json!(owner));
    }
    if let Some(key) = fields.get("segment") {
        filter.insert("targetSegmentKey".to_owned(), json!(key));
    }
    let verdict = fields.get("verdict").and_then(|name| Verdict::all().find(|verdict| verdict.name() == name));
    if let Some(verdict) = verdict {
        filter.insert("verdict".to_owned(), json!([verdict]));
    }
    let day = |name: &str| fields.get(name).and_then(|text| text.parse::<Day>().ok().map(Day::to_date));
    let (from, until) = (day("from"), day("until"));
    if from.is_some() || until.is_some() {
        filter.insert("takesEffect".to_owned(), json!({ "from": from, "until": until }));
    }
    Value::Object(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_the_url_are_the_filter_of_the_api() {
        let fields = FormFields::read(b"owner=Ines+Okafor&segment=&verdict=MOVED_UP&from=2024-01-01&until=never");
        let expected = json!({
            "owner": "Ines Okafor", "verdict": ["MOVED_UP"], "takesEffect": {"from": "2024-01-01", "until": null}
        });
        assert_eq!(graphql_filter(&fields), expected);
        assert_eq!(graphql_filter(&FormFields::read(b"verdict=%3Cb%3E")), json!({}));
    }
}
