//! The operation that a request selects: its kind, its name, and whether its required variables have values.

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection};
use async_graphql::{Positioned, Value, Variables};

use super::error::ApiError;

/// The operation to execute; `None` when the document lacks the named one, or has several and none is named.
pub fn selected<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    found.map(|(_, operation)| &operation.node)
}

/// Name and kind of an operation, for logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationInfo {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    /// The name, cut to 100 characters; empty when the operation has none.
    pub name: String,
}

/// The number of characters of a name that are kept.
const NAME_LIMIT: usize = 100;

impl OperationInfo {
    /// The operation to execute; `None` when the document lacks the named one, or has several and none is named.
    pub fn of(document: &ExecutableDocument, name: Option<&str>) -> Option<Self> {
        let operation = selected(document, name)?;
        let own = document.operations.iter().next().and_then(|(own, _)| own).map(async_graphql::Name::as_str);
        let kind = match operation.ty {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        Some(Self { kind, name: name.or(own).unwrap_or_default().chars().take(NAME_LIMIT).collect() })
    }
}

/// True for a query.
pub fn is_query(operation: &OperationDefinition) -> bool {
    operation.ty == OperationType::Query
}

/// The single field of a subscription. Other fields, fragments and directives are an error.
pub fn subscription_field(operation: &OperationDefinition) -> Result<&Positioned<Field>, ApiError> {
    let unsupported = || {
        let message =
            "expected a subscription to select one field, without fragments or directives, found something else";
        Err(ApiError::BadUserInput(message.to_owned()))
    };
    let [selection] = operation.selection_set.node.items.as_slice() else { return unsupported() };
    let Selection::Field(field) = &selection.node else { return unsupported() };
    if field.node.directives.is_empty() && !field.node.name.node.starts_with("__") { Ok(field) } else { unsupported() }
}

/// Rejects variables without a required value, before anything is executed.
pub fn check_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), ApiError> {
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let type_reference = &definition.node.var_type.node;
        if type_reference.nullable || definition.node.default_value.is_some() && variables.get(name).is_none() {
            continue;
        }
        if matches!(variables.get(name), None | Some(Value::Null)) {
            let message = format!("Variable \"${name}\" of type \"{type_reference}\" was not given a value.");
            return Err(ApiError::BadUserInput(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_selects_one_field_and_nothing_else() {
        for (document, expected) in [
            ("subscription { a { b } }", true),
            ("subscription { x: a { b } }", true),
            ("subscription { a b }", false),
            ("subscription { a @skip(if: true) }", false),
            ("subscription { ... { a } }", false),
            ("subscription { ...F } fragment F on Subscription { a }", false),
            ("subscription { __typename }", false),
        ] {
            let parsed = async_graphql::parser::parse_query(document).expect("a document");
            let operation = selected(&parsed, None).expect("the only operation");
            match subscription_field(operation) {
                Ok(field) => assert!(expected && field.node.name.node == "a", "{document}"),
                Err(ApiError::BadUserInput(message)) => {
                    assert!(
                        !expected && message.starts_with("expected a subscription to select one field"),
                        "{document}"
                    );
                }
                Err(error) => panic!("{document}: {error:?}"),
            }
        }
    }

    #[test]
    fn a_required_variable_without_a_value_is_an_error() {
        let document =
            async_graphql::parser::parse_query("query Q($id: ID!, $n: Int! = 3, $o: Int) { a }").expect("a document");
        let operation = selected(&document, None).expect("the only operation");
        let given = |json| check_variables(operation, &Variables::from_json(json));
        let missing = |name: &str, of: &str| {
            Err(ApiError::BadUserInput(format!("Variable \"${name}\" of type \"{of}\" was not given a value.")))
        };
        assert_eq!(given(serde_json::json!({})), missing("id", "ID!"));
        assert_eq!(given(serde_json::json!({"id": null})), missing("id", "ID!"));
        assert_eq!(given(serde_json::json!({"id": "1", "n": null})), missing("n", "Int!"));
        assert_eq!(given(serde_json::json!({"id": "1"})), Ok(()));
    }
}
