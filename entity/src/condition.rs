//! The condition: the smallest test that a filter makes of one attribute, and predicates decomposed into conditions.
//!
//! Every condition implies that the attribute has a value: without one, no condition matches.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::filter::number;
use crate::{Attributes, Filter, Predicate};

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// The name of the attribute.
    pub name: String,
    /// The test that its value must pass.
    pub test: ConditionTest,
}

/// The test of a condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionTest {
    /// The attribute has a value.
    Exists,
    /// The value is one of these, which are sorted and distinct.
    OneOf(Vec<String>),
    /// The value is a number and not below this.
    AtLeast(ConditionBound),
    /// The value is a number and below this.
    Below(ConditionBound),
}

/// A finite number that bounds values, compared by its bits, so that conditions can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionBound(u64);

/// A predicate decomposed into conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PredicateParts {
    /// It matches nothing: it requires a value and its absence, or one of an empty list of values.
    Never,
    /// It matches where this condition, that the attribute has a value, does not.
    Absent(Condition),
    /// It matches where all of these conditions match.
    All(Vec<Condition>),
}

/// The JSON form of a condition. Bounds are strings because a JSON number need not be read back bit by bit.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCondition {
    name: String,
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<String>,
}

impl ConditionBound {
    fn of(number: f64) -> Self {
        // Minus zero becomes zero: both are the same bound.
        Self((number + 0.0).to_bits())
    }

    fn number(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Condition {
    /// The condition as a predicate.
    pub fn predicate(&self) -> Predicate {
        let predicate = Predicate { name: self.name.clone(), ..Predicate::default() };
        match &self.test {
            ConditionTest::Exists => Predicate { exists: Some(true), ..predicate },
            ConditionTest::OneOf(values) => Predicate { one_of: Some(values.clone()), ..predicate },
            ConditionTest::AtLeast(bound) => Predicate { at_least: Some(bound.number()), ..predicate },
            ConditionTest::Below(bound) => Predicate { below: Some(bound.number()), ..predicate },
        }
    }

    /// The condition as a filter.
    pub fn filter(&self) -> Filter {
        Filter::Attribute(self.predicate())
    }

    /// True when the attributes match the condition.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        let Some(value) = attributes.get(&self.name) else { return false };
        match &self.test {
            ConditionTest::Exists => true,
            ConditionTest::OneOf(values) => values.binary_search_by(|one| one.as_str().cmp(value)).is_ok(),
            ConditionTest::AtLeast(bound) => number(value).is_some_and(|number| number >= bound.number()),
            ConditionTest::Below(bound) => number(value).is_some_and(|number| number < bound.number()),
        }
    }

    /// The condition as JSON; equal conditions have equal texts.
    pub fn to_text(&self) -> String {
        let bound = |bound: &ConditionBound| Some(bound.number().to_string());
        let mut written = StoredCondition { name: self.name.clone(), one_of: None, at_least: None, below: None };
        match &self.test {
            ConditionTest::Exists => {}
            ConditionTest::OneOf(values) => written.one_of = Some(values.clone()),
            ConditionTest::AtLeast(low) => written.at_least = bound(low),
            ConditionTest::Below(high) => written.below = bound(high),
        }
        serde_json::to_string(&written).expect("texts and lists of texts have a JSON form")
    }

    /// Reads what [`Condition::to_text`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let written: StoredCondition = serde_json::from_str(text).ok()?;
        let bound = |text: &str| Some(ConditionBound::of(text.parse().ok()?));
        let condition_test = match (written.one_of, written.at_least, written.below) {
            (None, None, None) => ConditionTest::Exists,
            (Some(values), None, None) => ConditionTest::OneOf(values),
            (None, Some(low), None) => ConditionTest::AtLeast(bound(&low)?),
            (None, None, Some(high)) => ConditionTest::Below(bound(&high)?),
            _ => return None,
        };
        Some(Self { name: written.name, test: condition_test })
    }

    /// The first sixteen bytes of the SHA-256 of the condition's text, by which it is identified.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.to_text())[..16].to_vec()
    }
}

impl From<&Predicate> for PredicateParts {
    fn from(predicate: &Predicate) -> Self {
        let condition = |test: ConditionTest| Condition { name: predicate.name.clone(), test };
        let mut conditions = Vec::new();
        if let Some(values) = &predicate.one_of {
            let mut values = values.clone();
            values.sort_unstable();
            values.dedup();
            if values.is_empty() {
                return Self::Never;
            }
            conditions.push(condition(ConditionTest::OneOf(values)));
        }
        conditions.extend(predicate.at_least.map(|low| condition(ConditionTest::AtLeast(ConditionBound::of(low)))));
        conditions.extend(predicate.below.map(|high| condition(ConditionTest::Below(ConditionBound::of(high)))));
        match (predicate.exists, conditions.is_empty()) {
            (Some(false), true) => Self::Absent(condition(ConditionTest::Exists)),
            (Some(false), false) => Self::Never,
            (Some(true), true) => Self::All(vec![condition(ConditionTest::Exists)]),
            _ => Self::All(conditions),
        }
    }
}

impl PredicateParts {
    /// The conditions that it consists of; none for [`PredicateParts::Never`].
    pub fn conditions(self) -> Vec<Condition> {
        match self {
            Self::Never => Vec::new(),
            Self::Absent(condition) => vec![condition],
            Self::All(conditions) => conditions,
        }
    }
}

impl fmt::Display for Condition {
    /// The test in words, without the attribute's name: `atLeast 100`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.test {
            ConditionTest::Exists => write!(formatter, "exists"),
            ConditionTest::OneOf(values) => write!(formatter, "in {values:?}"),
            ConditionTest::AtLeast(bound) => write!(formatter, "atLeast {}", bound.number()),
            ConditionTest::Below(bound) => write!(formatter, "below {}", bound.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicate(json: &str) -> Predicate {
        serde_json::from_str(json).expect("a predicate")
    }

    /// The parts as a filter, which must match the same attributes as the predicate.
    fn filter_of(parts: &PredicateParts) -> Filter {
        match parts {
            PredicateParts::Never => Filter::Any(Vec::new()),
            PredicateParts::Absent(condition) => Filter::Not(Box::new(condition.filter())),
            PredicateParts::All(conditions) => Filter::All(conditions.iter().map(Condition::filter).collect()),
        }
    }

    const PREDICATES: [&str; 10] = [
        r#"{"name": "a", "exists": true}"#,
        r#"{"name": "a", "exists": false}"#,
        r#"{"name": "a", "in": []}"#,
        r#"{"name": "a", "in": ["x", "7", "x"]}"#,
        r#"{"name": "a", "atLeast": 7}"#,
        r#"{"name": "a", "below": -0.0}"#,
        r#"{"name": "a", "atLeast": 0.1, "below": 7.5, "exists": true}"#,
        r#"{"name": "a", "in": ["7"], "atLeast": 7}"#,
        r#"{"name": "a", "in": ["7"], "exists": false}"#,
        r#"{"name": "a", "below": 7, "exists": false}"#,
    ];

    #[test]
    fn the_conditions_of_a_predicate_match_the_same_attributes() {
        let values = [None, Some("x"), Some("7"), Some("0"), Some("-0"), Some("-1"), Some("0.1"), Some("")];
        for json in PREDICATES {
            let predicate = predicate(json);
            let parts = filter_of(&PredicateParts::from(&predicate));
            for value in values {
                let attributes = value.map(|value| ("a".to_owned(), value.to_owned())).into_iter().collect();
                assert_eq!(parts.matches(&attributes), predicate.matches(&attributes), "{json} {value:?}");
                for condition in PredicateParts::from(&predicate).conditions() {
                    assert_eq!(
                        condition.matches(&attributes),
                        condition.predicate().matches(&attributes),
                        "{condition:?} {value:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_condition_is_read_from_its_text_bit_by_bit() {
        for number in [0.1, -0.1, 1e300, 5e-324, 1.0 / 3.0, 123_456_789.123_456_79] {
            let condition =
                Condition { name: "a \"b\"".to_owned(), test: ConditionTest::AtLeast(ConditionBound::of(number)) };
            assert_eq!(Condition::parse(&condition.to_text()), Some(condition));
        }
        for condition in PREDICATES.iter().flat_map(|json| PredicateParts::from(&predicate(json)).conditions()) {
            assert_eq!(Condition::parse(&condition.to_text()), Some(condition));
        }
        assert_eq!(Condition::parse("nonsense"), None);
    }

    #[test]
    fn equal_tests_are_one_condition() {
        let conditions = |json: &str| PredicateParts::from(&predicate(json)).conditions();
        assert_eq!(
            conditions(r#"{"name": "a", "in": ["y", "x", "y"]}"#),
            conditions(r#"{"name": "a", "in": ["x", "y"]}"#)
        );
        assert_eq!(conditions(r#"{"name": "a", "below": -0.0}"#), conditions(r#"{"name": "a", "below": 0}"#));
        assert_ne!(conditions(r#"{"name": "a", "below": 1}"#), conditions(r#"{"name": "a", "atLeast": 1}"#));
    }
}
