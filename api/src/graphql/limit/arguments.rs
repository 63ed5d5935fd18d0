//! The arguments of fields: how many values they hold, and the numbers that determine the length of a list.

use std::collections::HashMap;

use async_graphql::parser::types::{Field, OperationDefinition};
use async_graphql::{Name, Value, Variables};
use async_graphql_value::Value as Literal;
use chrono::NaiveDate;

/// The variables of an operation, with their defaults.
pub struct FieldArguments<'a> {
    values: HashMap<&'a str, &'a Value>,
    /// The number of values in each variable: counted once, however often it is used.
    sizes: HashMap<&'a str, u64>,
}

impl<'a> FieldArguments<'a> {
    /// The variables that an operation declares.
    pub fn new(operation: Option<&'a OperationDefinition>, variables: &'a Variables) -> Self {
        let declared = operation.map(|operation| operation.variable_definitions.as_slice()).unwrap_or_default();
        let values: HashMap<&str, &Value> = declared
            .iter()
            .filter_map(|definition| {
                let default = definition.node.default_value.as_ref().map(|value| &value.node);
                let name = &definition.node.name.node;
                Some((name.as_str(), variables.get(name).or(default)?))
            })
            .collect();
        let sizes = values.iter().map(|(name, value)| (*name, size_of_value(value))).collect();
        Self { values, sizes }
    }

    /// The number of values in the arguments of a field.
    pub fn values(&self, field: &Field) -> u64 {
        let sizes = field.arguments.iter().map(|(_, value)| self.size(&value.node));
        sizes.fold(0, u64::saturating_add)
    }

    /// The non-negative number in an argument; `None` for any other value, which validation rejects.
    pub fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match &field.get_argument(argument)?.node {
            Literal::Number(number) => number.as_u64(),
            Literal::Variable(name) => match self.variable(name)? {
                Value::Number(number) => number.as_u64(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The length of the list in an argument; 1 for any other value.
    pub fn length(&self, field: &Field, argument: &str) -> u64 {
        let length: usize = match field.get_argument(argument).map(|value| &value.node) {
            Some(Literal::List(items)) => items.len(),
            Some(Literal::Variable(name)) => match self.variable(name) {
                Some(Value::List(items)) => items.len(),
                _ => 1,
            },
            _ => 1,
        };
        length as u64
    }

    /// The number of buckets that the arguments `during` and `grain` request; `None` where the beginning of the range is
    /// open, so that the data decide. A range without an end reaches to today.
    pub fn buckets(&self, field: &Field, today: NaiveDate) -> Option<u64> {
        let during = self.member(&field.get_argument("during")?.node);
        let day = |end| during(end).and_then(|text| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok());
        let days = (day("until").unwrap_or(today) - day("from")?).num_days();
        Some(u64::try_from(days).unwrap_or_default() / self.bucket_days(field) + 1)
    }

    /// The number of days in a bucket of the argument `grain`, by default a week.
    pub fn bucket_days(&self, field: &Field) -> u64 {
        let grain = match field.get_argument("grain").map(|value| &value.node) {
            Some(Literal::Enum(name)) => Some(name.as_str()),
            Some(Literal::Variable(name)) => match self.variable(name) {
                Some(Value::Enum(name)) => Some(name.as_str()),
                Some(Value::String(name)) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        };
        match grain {
            Some("DAY") => 1,
            Some("MONTH") => 28,
            Some("QUARTER") => 90,
            _ => 7,
        }
    }

    /// The text members of an object in an argument, whether it is written in place or in variables.
    fn member<'b>(&'b self, object: &'b Literal) -> impl Fn(&str) -> Option<String> + 'b {
        move |name| {
            let text = |value: &Value| match value {
                Value::String(text) => Some(text.clone()),
                _ => None,
            };
            match object {
                Literal::Object(members) => match members.get(name)? {
                    Literal::String(literal) => Some(literal.clone()),
                    Literal::Variable(variable) => text(self.variable(variable)?),
                    _ => None,
                },
                Literal::Variable(variable) => match self.variable(variable)? {
                    Value::Object(members) => text(members.get(name)?),
                    _ => None,
                },
                _ => None,
            }
        }
    }

    fn variable(&self, name: &Name) -> Option<&'a Value> {
        self.values.get(name.as_str()).copied()
    }

    fn size(&self, literal: &Literal) -> u64 {
        match literal {
            Literal::Variable(name) => self.sizes.get(name.as_str()).copied().unwrap_or(1),
            Literal::List(items) => items.iter().fold(1, |sum, item| sum.saturating_add(self.size(item))),
            Literal::Object(members) => members.values().fold(1, |sum, item| sum.saturating_add(self.size(item))),
            _ => 1,
        }
    }
}

/// The number of values within a value, itself included.
fn size_of_value(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.iter().fold(1, |sum, item| sum.saturating_add(size_of_value(item))),
        Value::Object(members) => members.values().fold(1, |sum, item| sum.saturating_add(size_of_value(item))),
        _ => 1,
    }
}
