//! The scalars that GraphQL does not have: `DateTime`, `Date` and `JSON`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;
use entity::{Day, Timestamp};

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub Timestamp);

/// A calendar day in the reporting time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub Day);

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// A timestamp as RFC 3339, always written in UTC, like `2024-07-01T09:30:00Z`. Input may use any offset.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let timestamp = match &value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let expected =
            || InputValueError::custom(format!("expected a timestamp like \"2024-07-01T09:30:00Z\", found {value}"));
        timestamp.map(Self).ok_or_else(expected)
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar day as ISO 8601, like `2024-07-01`, in the reporting time zone.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let date = match &value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let expected = || InputValueError::custom(format!("expected a day like \"2024-07-01\", found {value}"));
        date.map(Self).ok_or_else(expected)
    }

    fn is_valid(value: &Value) -> bool {
        <Self as ScalarType>::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value; where attributes are meant, an object of texts by name.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://ecma-international.org/publications-and-standards/standards/ecma-404/"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).expect("every JSON value is a GraphQL value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_read_in_any_offset_and_written_in_utc() {
        let timestamp = <DateTime as ScalarType>::parse(Value::from("2024-07-01T11:30:00+02:00")).expect("a timestamp");
        assert_eq!(ScalarType::to_value(&timestamp), Value::from("2024-07-01T09:30:00Z"));
        assert!(!<DateTime as ScalarType>::is_valid(&Value::from("2024-07-01")));
    }

    #[test]
    fn a_day_has_one_spelling() {
        for (text, valid) in [("2024-07-01", true), ("2024-7-1", false), ("+2024-07-1", false), ("2024-02-30", false)] {
            assert_eq!(<Date as ScalarType>::is_valid(&Value::from(text)), valid, "{text}");
        }
    }
}
