//! Filters: typed conditions on attributes, which define segments and slices. A filter can be evaluated on attributes
//! in memory and as an SQL condition, with the same result.
//!
//! The JSON form is that of the GraphQL input `ProfileFilter`. Whether a name exists, and whether one can group by it,
//! is left to the store's `dimension` module.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, SimpleExpr};
use sea_orm::{DbBackend, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

use crate::Attributes;

/// How deep filters may nest: deeper ones are refused before they are evaluated.
pub const DEPTH_LIMIT: usize = 16;

/// How many predicates and values one filter may contain in all.
pub const SIZE_LIMIT: usize = 2_000;

/// The greatest length of a number's text. With exponents of two digits at most, every number is far inside the range
/// of a double: beyond it PostgreSQL fails, SQLite returns infinity, and Rust returns no number.
const NUMBER_LENGTH: usize = 100;

/// A set of customers or responses, defined by their attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub enum Filter {
    /// Matches where all of these match; an empty list matches everything.
    All(Vec<Filter>),
    /// Matches where at least one of these matches; an empty list matches nothing.
    Any(Vec<Filter>),
    /// Matches where this filter does not.
    Not(Box<Filter>),
    /// Matches by the value of one attribute.
    Attribute(Predicate),
}

/// A test of one attribute; every part that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Predicate {
    /// The name of the attribute.
    pub name: String,
    /// The value is one of these.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// True: the attribute has a value. False: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// The value is a number and not below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The value is a number and below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

/// Why a filter is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It nests deeper than [`DEPTH_LIMIT`].
    #[error("the filter nests deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// It has more predicates and values than [`SIZE_LIMIT`].
    #[error("the filter has more than {SIZE_LIMIT} predicates and values")]
    TooLarge,
    /// A predicate has no test.
    #[error("the predicate on attribute \"{0}\" needs at least one of in, exists, atLeast, below")]
    EmptyPredicate(String),
    /// A bound is not a finite number.
    #[error("a bound on attribute \"{0}\" is not a finite number")]
    NotFinite(String),
}

impl Filter {
    /// The filter that matches everything.
    pub fn everyone() -> Self {
        Self::All(Vec::new())
    }

    /// Refuses a filter that nests too deep, is too large, or has a predicate without a test.
    pub fn validate(&self) -> Result<(), FilterError> {
        let mut size = 0;
        self.validate_at(1, &mut size)
    }

    fn validate_at(&self, depth: usize, size: &mut usize) -> Result<(), FilterError> {
        *size += 1;
        if depth > DEPTH_LIMIT {
            return Err(FilterError::TooDeep);
        }
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().try_for_each(|part| part.validate_at(depth + 1, size))?;
            }
            Self::Not(part) => part.validate_at(depth + 1, size)?,
            Self::Attribute(predicate) => {
                *size += predicate.one_of.as_ref().map_or(0, Vec::len);
                predicate.validate()?;
            }
        }
        if *size > SIZE_LIMIT { Err(FilterError::TooLarge) } else { Ok(()) }
    }

    /// True when the attributes match the filter.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(attributes)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(attributes)),
            Self::Not(part) => !part.matches(attributes),
            Self::Attribute(predicate) => predicate.matches(attributes),
        }
    }

    /// The names of all attributes that the filter tests.
    pub fn names(&self) -> BTreeSet<&str> {
        self.predicates().into_iter().map(|predicate| predicate.name.as_str()).collect()
    }

    /// Every predicate in the filter, from left to right.
    pub fn predicates(&self) -> Vec<&Predicate> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::predicates).collect(),
            Self::Not(part) => part.predicates(),
            Self::Attribute(predicate) => vec![predicate],
        }
    }

    /// The same test as [`Filter::matches`], as SQL over a JSON column of attributes; never NULL.
    pub fn to_condition(&self, backend: DbBackend, table: &str, column: &str) -> Condition {
        self.to_condition_over(backend, &|_| AttributeColumn { table, column })
    }

    /// The same over several JSON columns: `cell` returns the column that stores the attribute of that name.
    pub fn to_condition_over<'a>(&self, backend: DbBackend, cell: &dyn Fn(&str) -> AttributeColumn<'a>) -> Condition {
        match self {
            Self::All(parts) => {
                parts.iter().fold(Condition::all(), |all, part| all.add(part.to_condition_over(backend, cell)))
            }
            Self::Any(parts) if parts.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Self::Any(parts) => {
                parts.iter().fold(Condition::any(), |any, part| any.add(part.to_condition_over(backend, cell)))
            }
            Self::Not(part) => part.to_condition_over(backend, cell).not(),
            Self::Attribute(predicate) => predicate.to_condition(backend, cell(&predicate.name)),
        }
    }
}

/// A JSON column of attributes.
#[derive(Clone, Copy, Debug)]
pub struct AttributeColumn<'a> {
    /// The name of the table, or its alias in the statement.
    pub table: &'a str,
    /// The name of the column.
    pub column: &'a str,
}

impl Predicate {
    fn validate(&self) -> Result<(), FilterError> {
        if self.one_of.is_none() && self.exists.is_none() && self.at_least.is_none() && self.below.is_none() {
            return Err(FilterError::EmptyPredicate(self.name.clone()));
        }
        if [self.at_least, self.below].into_iter().flatten().all(f64::is_finite) {
            Ok(())
        } else {
            Err(FilterError::NotFinite(self.name.clone()))
        }
    }

    /// True when the attributes match the predicate.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        let value = attributes.get(&self.name);
        self.one_of.as_ref().is_none_or(|values| value.is_some_and(|value| values.iter().any(|one| one == value)))
            && self.exists.is_none_or(|exists| exists == value.is_some())
            && self.at_least.is_none_or(|bound| value.and_then(number).is_some_and(|number| number >= bound))
            && self.below.is_none_or(|bound| value.and_then(number).is_some_and(|number| number < bound))
    }

    fn to_condition(&self, backend: DbBackend, cell: AttributeColumn<'_>) -> Condition {
        let mut all = Condition::all();
        if let Some(values) = &self.one_of {
            let value = || self.value_expression(backend, cell);
            all = all.add(value().is_not_null().and(value().is_in(values.clone())));
        }
        if let Some(exists) = self.exists {
            let value = self.value_expression(backend, cell);
            all = all.add(if exists { value.is_not_null() } else { value.is_null() });
        }
        for (operator, bound) in [(">=", self.at_least), ("<", self.below)] {
            if let Some(bound) = bound {
                all = all.add(self.number_expression(backend, cell, operator, bound));
            }
        }
        all
    }

    /// The attribute's value as text; NULL when there is none.
    fn value_expression(&self, backend: DbBackend, cell: AttributeColumn<'_>) -> SimpleExpr {
        let cell = Expr::col((Alias::new(cell.table), Alias::new(cell.column)));
        match backend {
            DbBackend::Postgres => Expr::cust_with_exprs("$1 ->> $2", [cell, Expr::val(self.name.clone())]),
            // SQLite's JSON paths have no escapes, and no stored attribute has such a name.
            _ if self.name.contains(['"', '\\']) => Expr::cust("NULL"),
            _ => Expr::cust_with_exprs("json_extract(?, ?)", [cell, Expr::val(json_path(&self.name))]),
        }
    }

    /// A comparison that is false for values that are not numbers.
    fn number_expression(
        &self,
        backend: DbBackend,
        cell: AttributeColumn<'_>,
        operator: &str,
        bound: f64,
    ) -> SimpleExpr {
        let value = || self.value_expression(backend, cell);
        match backend {
            DbBackend::Postgres => Expr::cust_with_exprs(
                format!(
                    "CASE WHEN $1 ~ '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{{1,2}})?$' AND length($2) <= {NUMBER_LENGTH} \
                     THEN CAST($3 AS double precision) {operator} $4 ELSE false END"
                ),
                [value(), value(), value(), Expr::val(bound)],
            ),
            _ => Expr::cust_with_exprs(
                // JSON allows spaces around a number, and exponents of any length.
                format!(
                    "CASE WHEN json_valid(?) AND json_type(?) IN ('integer', 'real') AND length(?) <= {NUMBER_LENGTH} \
                     AND ? NOT GLOB '*[^-+.0-9eE]*' AND ? NOT GLOB '*[eE]*[0-9][0-9][0-9]' \
                     THEN CAST(? AS REAL) {operator} ? ELSE 0 END"
                ),
                [value(), value(), value(), value(), value(), value(), Expr::val(bound)],
            ),
        }
    }
}

/// A value as a number, by JSON's grammar so that SQL and Rust agree; `None` for anything else, and for texts of more
/// than a hundred characters or exponents of more than two digits.
pub fn number(value: &str) -> Option<f64> {
    let exponent = value.split_once(['e', 'E']).map_or("", |(_, exponent)| exponent);
    let is_short = value.len() <= NUMBER_LENGTH && exponent.trim_start_matches(['+', '-']).len() <= 2;
    let is_bare = !value.contains(char::is_whitespace);
    serde_json::from_str::<serde_json::Number>(value).ok().filter(|_| is_short && is_bare)?.as_f64()
}

/// SQLite's path to a member; the name is quoted as JSON.
fn json_path(name: &str) -> String {
    format!("$.\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Filter {
        serde_json::from_str(json).expect("a filter")
    }

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn filters_nest_and_missing_attributes_are_false() {
        let filter = parse(
            r#"{"all": [{"attribute": {"name": "region", "in": ["EU", "US"]}},
                        {"not": {"attribute": {"name": "age", "below": 30}}}]}"#,
        );
        assert!(filter.matches(&attributes(&[("region", "EU"), ("age", "30")])));
        assert!(filter.matches(&attributes(&[("region", "EU")])));
        assert!(!filter.matches(&attributes(&[("region", "EU"), ("age", "29.5")])));
        assert!(!filter.matches(&attributes(&[("age", "40")])));
        assert_eq!(filter.names().into_iter().collect::<Vec<_>>(), ["age", "region"]);
    }

    #[test]
    fn a_number_is_what_json_calls_one() {
        for (text, expected) in [
            ("12", Some(12.0)),
            ("-1.5e2", Some(-150.0)),
            ("", None),
            (" 1", None),
            ("1 ", None),
            ("05", None),
            ("NaN", None),
            ("1,5", None),
            ("1e99", Some(1e99)),
            ("1e100", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_filter_too_deep_too_large_or_without_a_test_is_refused() {
        let deep = (0..20).fold(Filter::everyone(), |inner, _| Filter::Not(Box::new(inner)));
        assert_eq!(deep.validate(), Err(FilterError::TooDeep));
        let wide = Filter::All(vec![Filter::everyone(); SIZE_LIMIT + 1]);
        assert_eq!(wide.validate(), Err(FilterError::TooLarge));
        let empty = parse(r#"{"attribute": {"name": "region"}}"#);
        assert_eq!(empty.validate(), Err(FilterError::EmptyPredicate("region".to_owned())));
    }

    #[test]
    fn an_unknown_key_in_a_filter_is_refused() {
        let refused = serde_json::from_str::<Filter>(r#"{"attribute": {"name": "a", "equals": "b"}}"#);
        let error = refused.expect_err("an unknown key").to_string();
        assert!(error.starts_with("unknown field `equals`"), "{error}");
    }
}
