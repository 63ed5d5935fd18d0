//! Inputs that select customers and days: profile filters and ranges of days.

use async_graphql::{InputObject, OneofObject};
use entity::Period;
use entity::filter::{Filter, Predicate};

use super::error::ApiError;
use super::scalar::Date;

/// A group of customers or responses, by attributes. Exactly one of the fields is given; groups nest up to 16 deep.
#[derive(Clone, Debug, OneofObject)]
pub enum ProfileFilter {
    /// All of these hold; an empty list means everyone.
    All(Vec<ProfileFilter>),
    /// At least one of these holds; an empty list means no one.
    Any(Vec<ProfileFilter>),
    /// This does not hold.
    Not(Box<ProfileFilter>),
    /// An attribute fulfils this condition.
    Attribute(AttributePredicate),
}

/// A condition on one attribute. At least one of `in`, `exists`, `atLeast` and `below` is given; all that are given
/// must hold. Without the attribute, only `exists: false` is fulfilled.
#[derive(Clone, Debug, InputObject)]
pub struct AttributePredicate {
    /// The attribute's name, one of `dimensions`.
    name: String,
    /// The value is one of these.
    #[graphql(name = "in")]
    one_of: Option<Vec<String>>,
    /// True: the attribute has a value. False: it has none.
    exists: Option<bool>,
    /// The value is a number and not below this.
    at_least: Option<f64>,
    /// The value is a number and below this.
    below: Option<f64>,
}

/// A range of days of the reporting time zone: `from` belongs to it, `until` does not.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct DateRange {
    /// The first day; absent or null: from the beginning.
    pub from: Option<Date>,
    /// The day after the last; absent or null: to the end.
    pub until: Option<Date>,
}

impl From<ProfileFilter> for Filter {
    fn from(filter: ProfileFilter) -> Self {
        let each = |parts: Vec<ProfileFilter>| parts.into_iter().map(Self::from).collect();
        match filter {
            ProfileFilter::All(parts) => Self::All(each(parts)),
            ProfileFilter::Any(parts) => Self::Any(each(parts)),
            ProfileFilter::Not(part) => Self::Not(Box::new(Self::from(*part))),
            ProfileFilter::Attribute(predicate) => Self::Attribute(Predicate {
                name: predicate.name,
                one_of: predicate.one_of,
                exists: predicate.exists,
                at_least: predicate.at_least,
                below: predicate.below,
            }),
        }
    }
}

impl From<DateRange> for Period {
    fn from(range: DateRange) -> Self {
        Self { from: range.from.map(|day| day.0), until: range.until.map(|day| day.0) }
    }
}

/// The period of the range in an argument; without bounds when it is absent. A range without a day is an error: its
/// score would be null, or 0 responses, and look like an answer.
pub fn period(argument: &str, range: Option<DateRange>) -> Result<Period, ApiError> {
    let Some(range) = range else { return Ok(Period::default()) };
    if let (Some(from), Some(until)) = (range.from, range.until)
        && from.0 >= until.0
    {
        let message = format!(
            "{argument}: expected `from` before `until`, which is the day after the last one; found {} and {}",
            from.0, until.0
        );
        return Err(ApiError::BadUserInput(message));
    }
    Ok(range.into())
}
