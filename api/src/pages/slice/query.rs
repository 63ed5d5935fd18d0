//! The slice that a URL asks for, and the variables of its document.

use chrono::{Datelike as _, Days, NaiveDate};
use serde_json::{Value, json};

use super::SliceChoicesData;
use crate::http::form::FormFields;
use crate::pages::problem::PageProblem;
use crate::pages::segment::chosen_grain;

/// The usual period: thirteen weeks, against the thirteen before.
const PERIOD_DAYS: u64 = 13 * 7;

/// Without a choice in the URL, an attribute with at most this many values is preferred.
const FEW_VALUES: u64 = 20;

/// A slice of the responses, broken down by an attribute.
pub struct SliceQuery {
    pub segment: Option<String>,
    /// The attribute to break down by; empty when no attribute is sliceable.
    pub by: String,
    /// One more condition, as attribute and value.
    pub condition: Option<(String, String)>,
    /// The first day of the period, or empty. The four days are texts as the fields of a form hold them.
    pub from: String,
    pub until: String,
    pub compare_from: String,
    pub compare_until: String,
    pub grain: &'static str,
    /// The variables of the document.
    pub variables: Value,
}

impl SliceQuery {
    pub(super) fn new(fields: &FormFields, today: NaiveDate, choices: &SliceChoicesData) -> Result<Self, PageProblem> {
        let SlicePeriods { from, until, compare_from, compare_until } = SlicePeriods::new(fields, today)?;
        let segment = fields.get("segment").map(str::to_owned);
        let condition = fields.get("attribute").zip(fields.get("value"));
        let mut all = Vec::new();
        if let Some(key) = &segment {
            let found = choices.segments.nodes.iter().find(|segment| segment.key == *key);
            let found = found.ok_or_else(|| PageProblem::not_found(format!("There is no segment \"{key}\".")))?;
            all.push(found.filter.clone());
        }
        if let Some((name, value)) = condition {
            all.push(json!({ "attribute": { "name": name, "in": [value] } }));
        }
        let by = chosen(fields, choices);
        let (grain, _) = chosen_grain(fields);
        let compares = compare_from.is_some() || compare_until.is_some();
        let variables = json!({
            "where": { "all": all },
            "by": [by],
            "hasBy": !by.is_empty(),
            "during": { "from": from, "until": until },
            "compareTo": compares.then(|| json!({ "from": compare_from, "until": compare_until })),
            "compares": compares,
            "grain": grain,
        });
        let condition = condition.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Ok(Self {
            segment,
            by,
            condition,
            from: day(from),
            until: day(until),
            compare_from: day(compare_from),
            compare_until: day(compare_until),
            grain,
            variables,
        })
    }
}

/// The attribute in the URL, else the first one with few values that the slice has no condition on.
fn chosen(fields: &FormFields, choices: &SliceChoicesData) -> String {
    if let Some(by) = fields.get("by") {
        return by.to_owned();
    }
    let usable = |most: u64| {
        choices.dimensions.iter().find(|dimension| {
            dimension.sliceable
                && (2..=most).contains(&dimension.distinct_values)
                && fields.get("attribute") != Some(dimension.name.as_str())
        })
    };
    usable(FEW_VALUES).or_else(|| usable(u64::MAX)).map(|dimension| dimension.name.clone()).unwrap_or_default()
}

#[derive(Debug)]
struct SlicePeriods {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    compare_from: Option<NaiveDate>,
    compare_until: Option<NaiveDate>,
}

impl SlicePeriods {
    /// The periods in the URL. Without any, the newest complete weeks are compared with those before.
    fn new(fields: &FormFields, today: NaiveDate) -> Result<Self, PageProblem> {
        let names = ["from", "until", "compareFrom", "compareUntil"];
        if !names.iter().any(|name| fields.has(name)) {
            let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())));
            let before = |weeks: u64| monday.and_then(|monday| monday.checked_sub_days(Days::new(weeks * PERIOD_DAYS)));
            return Ok(Self { from: before(1), until: monday, compare_from: before(2), compare_until: before(1) });
        }
        let day = |name: &str| match fields.get(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                PageProblem::bad_request(format!("Expected a day like 2027-01-04 for {name}, found \"{text}\"."))
            }),
        };
        Ok(Self {
            from: day("from")?,
            until: day("until")?,
            compare_from: day("compareFrom")?,
            compare_until: day("compareUntil")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_periods_the_newest_weeks_are_compared_with_those_before() {
        let today = "2024-07-03".parse().expect("a day");
        let periods = SlicePeriods::new(&FormFields::default(), today).expect("periods");
        let days = [periods.compare_from, periods.compare_until, periods.from, periods.until];
        let days = days.map(|day| day.expect("a day").to_string());
        assert_eq!(days, ["2024-01-01", "2024-04-01", "2024-04-01", "2024-07-01"]);
        let none = SlicePeriods::new(&FormFields::read(b"from=&until=&compareFrom="), today).expect("periods");
        assert!(none.from.is_none() && none.compare_from.is_none());
        let Err(problem) = SlicePeriods::new(&FormFields::read(b"from=soon"), today) else { panic!("soon is no day") };
        let expected = "Expected a day like 2027-01-04 for from, found \"soon\".";
        assert_eq!(problem, PageProblem::bad_request(expected.to_owned()));
    }
}
