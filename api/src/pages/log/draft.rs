//! The fields of the form as they were typed, with the errors of the form and of the API.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::put;
use crate::http::form::FormFields;

/// One field of the form.
#[derive(Clone, Debug, Default)]
pub struct DraftField {
    /// As it was typed.
    pub value: String,
    /// Its errors, as sentences.
    pub errors: Vec<String>,
}

impl DraftField {
    fn number(&mut self, what: &str) -> Option<f64> {
        let typed = self.value.trim();
        let number = number(typed);
        if number.is_none() && !typed.is_empty() {
            self.errors.push(format!("Expected {what}, like 4 or 4.5."));
        }
        number
    }

    fn require(&mut self, message: &str) {
        if self.value.trim().is_empty() {
            self.errors.push(message.to_owned());
        }
    }
}

/// The whole form, with its fields named as in the API's input.
#[derive(Clone, Debug)]
pub struct LogDraft {
    pub title: DraftField,
    pub target: DraftField,
    pub takes_effect_on: DraftField,
    pub horizon_weeks: DraftField,
    pub impact: DraftField,
    pub low: DraftField,
    pub high: DraftField,
    /// In percent.
    pub level: DraftField,
    pub rationale: DraftField,
    pub external_id: DraftField,
    /// Errors that belong to no single field.
    pub form_errors: Vec<String>,
}

impl LogDraft {
    /// The form with the given fields; absent ones have their defaults: 12 weeks and 80 %.
    pub fn new(fields: &FormFields) -> Self {
        let field = |name: &str| DraftField { value: fields.typed(name).to_owned(), errors: Vec::new() };
        let or = |name: &str, default: &str| {
            let field = field(name);
            if fields.has(name) { field } else { DraftField { value: default.to_owned(), ..field } }
        };
        Self {
            title: field("title"),
            target: field("targetSegmentKey"),
            takes_effect_on: field("takesEffectOn"),
            horizon_weeks: or("horizonWeeks", "12"),
            impact: field("expectedImpact"),
            low: field("expectedLow"),
            high: field("expectedHigh"),
            level: or("expectedLevel", "80"),
            rationale: field("rationale"),
            external_id: field("externalId"),
            form_errors: Vec::new(),
        }
    }

    /// True when the API can estimate the detectability of the draft.
    pub fn has_enough_to_check(&self) -> bool {
        self.detectability_input().is_some()
    }

    /// True when the form or any of its fields has an error.
    pub fn has_errors(&self) -> bool {
        !self.form_errors.is_empty() || self.all().iter().any(|field| !field.errors.is_empty())
    }

    /// The number of fields with errors.
    pub fn fields_with_errors(&self) -> usize {
        self.all().iter().filter(|field| !field.errors.is_empty()).count()
    }

    fn all(&self) -> [&DraftField; 10] {
        let Self {
            title,
            target,
            takes_effect_on,
            horizon_weeks,
            impact,
            low,
            high,
            level,
            rationale,
            external_id,
            ..
        } = self;
        [title, target, takes_effect_on, horizon_weeks, impact, low, high, level, rationale, external_id]
    }

    /// Adds errors to fields that are missing or cannot be read; all other rules are the API's.
    pub fn check_all(&mut self) {
        self.title.require("Say in a few words what is decided.");
        self.takes_effect_on.require("Choose the first day on which it affects customers.");
        self.impact.require("Write down the impact you expect, in NPS points.");
        if !self.takes_effect_on.value.trim().is_empty() && self.day().is_none() {
            self.takes_effect_on.errors.push("Expected a day, like 2027-01-04.".to_owned());
        }
        if self.horizon().is_none() {
            self.horizon_weeks.errors.push("Expected a whole number of weeks, 1 to 520.".to_owned());
        }
        self.impact.number("a number of NPS points");
        self.low.number("a number of NPS points");
        self.high.number("a number of NPS points");
        self.level.number("a percentage");
    }

    fn day(&self) -> Option<NaiveDate> {
        self.takes_effect_on.value.trim().parse().ok()
    }

    fn horizon(&self) -> Option<u32> {
        self.horizon_weeks.value.trim().parse().ok().filter(|weeks| (1..=520).contains(weeks))
    }

    /// The input of the query for detectability; `None` while a field is missing or cannot be read.
    pub fn detectability_input(&self) -> Option<Value> {
        let target = Some(self.target.value.trim()).filter(|key| !key.is_empty());
        Some(json!({
            "targetSegmentKey": target,
            "takesEffectOn": self.day()?,
            "horizonWeeks": self.horizon()?,
            "expectedImpact": number(self.impact.value.trim())?,
        }))
    }

    /// The input of the mutation. Values that cannot be read are left out: `check_all` has reported them.
    pub fn input(&self) -> Value {
        let mut input = Map::new();
        let text = |field: &DraftField| Some(json!(field.value.trim()));
        let points = |field: &DraftField| number(field.value.trim()).map(Value::from);
        put(&mut input, "title", &self.title, text(&self.title));
        put(&mut input, "targetSegmentKey", &self.target, text(&self.target));
        put(&mut input, "takesEffectOn", &self.takes_effect_on, text(&self.takes_effect_on));
        put(&mut input, "horizonWeeks", &self.horizon_weeks, self.horizon().map(Value::from));
        put(&mut input, "expectedImpact", &self.impact, points(&self.impact));
        put(&mut input, "expectedLow", &self.low, points(&self.low));
        put(&mut input, "expectedHigh", &self.high, points(&self.high));
        let share = number(self.level.value.trim()).map(|percent| Value::from(percent / 100.0));
        put(&mut input, "expectedLevel", &self.level, share);
        put(&mut input, "rationale", &self.rationale, text(&self.rationale));
        put(&mut input, "externalId", &self.external_id, text(&self.external_id));
        Value::Object(input)
    }

    /// Adds an error of the API to the field that its path names, or else to the form.
    pub fn add_error(&mut self, path: &[String], message: String) {
        let field = match path.first().map(String::as_str) {
            Some("title") => &mut self.title,
            Some("targetSegmentKey") => &mut self.target,
            Some("takesEffectOn") => &mut self.takes_effect_on,
            Some("horizonWeeks") => &mut self.horizon_weeks,
            Some("expectedImpact") => &mut self.impact,
            Some("expectedLow") => &mut self.low,
            Some("expectedHigh") => &mut self.high,
            Some("expectedLevel") => &mut self.level,
            Some("rationale") => &mut self.rationale,
            Some("externalId") => &mut self.external_id,
            _ => return self.form_errors.push(message),
        };
        field.errors.push(message);
    }
}

/// A number as people type it: with a sign, also a typographic one.
fn number(typed: &str) -> Option<f64> {
    let plain = typed.replace('\u{2212}', "-");
    plain.strip_prefix('+').unwrap_or(&plain).parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(fields: &str) -> LogDraft {
        LogDraft::new(&FormFields::read(fields.as_bytes()))
    }

    #[test]
    fn typed_fields_become_the_input_of_the_mutation() {
        let draft = draft(
            "title=+Free+returns+&takesEffectOn=2027-01-04&horizonWeeks=12&expectedImpact=%2B5&expectedLow=%E2%88%922.5\
             &expectedHigh=8&expectedLevel=90&targetSegmentKey=eu&rationale=",
        );
        let expected = json!({
            "title": "Free returns", "takesEffectOn": "2027-01-04", "horizonWeeks": 12, "expectedImpact": 5.0,
            "expectedLow": -2.5, "expectedHigh": 8.0, "expectedLevel": 0.9, "targetSegmentKey": "eu"
        });
        assert_eq!(draft.input(), expected);
        assert!(draft.has_enough_to_check() && !draft.has_errors());
    }

    #[test]
    fn an_unreadable_value_is_reported_at_its_field_and_kept() {
        let mut draft =
            draft("title=&takesEffectOn=soon&horizonWeeks=0&expectedImpact=much&expectedLow=NaN&expectedLevel=x");
        draft.check_all();
        let wrong =
            [&draft.title, &draft.takes_effect_on, &draft.horizon_weeks, &draft.impact, &draft.low, &draft.level];
        for field in wrong {
            assert_eq!(field.errors.len(), 1, "{field:?}");
        }
        assert_eq!((draft.impact.value.as_str(), draft.fields_with_errors()), ("much", 6));
        assert!(!draft.has_enough_to_check());
        draft.add_error(&["expectedHigh".to_owned()], "High.".to_owned());
        draft.add_error(&[], "Whole.".to_owned());
        assert_eq!((draft.high.errors.len(), draft.form_errors.len()), (1, 1));
    }

    #[test]
    fn an_empty_form_has_the_default_horizon_and_level() {
        let draft = draft("");
        assert_eq!((draft.horizon_weeks.value.as_str(), draft.level.value.as_str()), ("12", "80"));
    }
}
