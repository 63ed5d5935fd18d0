//! The operation that a request asks for: its kind, and whether its variables are all there.

use async_graphql::parser::types::{BaseType, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Value, Variables};

use super::error::ApiError;

/// The operation to execute; `None` when the document does not have the one that is named.
pub fn selected<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    found.map(|(_, operation)| &operation.node)
}

/// An operation as logs and metrics tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    /// Its name, cut where it is very long; empty when it has none.
    pub name: String,
}

/// The characters of a name that are told.
const NAME_LIMIT: usize = 100;

/// What is told of the operation to execute; `None` when the document does not have the one that is named.
pub fn told(document: &ExecutableDocument, name: Option<&str>) -> Option<Told> {
    let operation = selected(document, name)?;
    let own = document.operations.iter().next().and_then(|(own, _)| own).map(async_graphql::Name::as_str);
    let kind = match operation.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    Some(Told { kind, name: name.or(own).unwrap_or_default().chars().take(NAME_LIMIT).collect() })
}

/// The kind of an operation.
pub fn is_query(operation: &OperationDefinition) -> bool {
    operation.ty == OperationType::Query
}

/// Refuses variables that lack a value which must be there, before anything is executed.
pub fn check_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), ApiError> {
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let wanted = &definition.node.var_type.node;
        if wanted.nullable || definition.node.default_value.is_some() && variables.get(name).is_none() {
            continue;
        }
        if matches!(variables.get(name), None | Some(Value::Null)) {
            let message = format!("Variable \"${name}\" of type \"{wanted}\" was not given a value.");
            return Err(ApiError::BadUserInput(message));
        }
    }
    Ok(())
}

/// Gives null to the whole numbers that a client left out, in every operation of the document.
///
/// async-graphql refuses a variable without a value where the cost of a list is computed from it. In this schema a
/// whole number that is null means the same as one that is absent.
pub fn fill_in_absent(document: &ExecutableDocument, variables: &mut Variables) {
    let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    for definition in definitions {
        let (name, wanted) = (&definition.node.name.node, &definition.node.var_type.node);
        let is_whole = matches!(&wanted.base, BaseType::Named(base) if base == "Int");
        if is_whole && wanted.nullable && definition.node.default_value.is_none() {
            variables.entry(name.clone()).or_insert(Value::Null);
        }
    }
}

/// The brackets that may be open at once: far more than the schema can use, far fewer than fill the parser's stack.
const NESTING_LIMIT: usize = 128;

/// Refuses a document whose brackets nest too deep, before the parser follows them down its stack.
pub fn check_nesting(query: &str) -> Result<(), ApiError> {
    let mut rest = query.as_bytes();
    let mut open: usize = 0;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => after_text(rest),
            b'#' => after.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(&[], |end| &after[end..]),
            _ => after,
        };
        match first {
            b'[' | b'{' | b'(' => open += 1,
            b']' | b'}' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > NESTING_LIMIT {
            return Err(ApiError::LimitExceeded(format!("the document nests more than {NESTING_LIMIT} brackets")));
        }
    }
    Ok(())
}

/// What follows the text literal at the start.
fn after_text(literal: &[u8]) -> &[u8] {
    let (quote, escape): (&[u8], &[u8]) =
        if literal.starts_with(b"\"\"\"") { (b"\"\"\"", b"\\\"\"\"") } else { (b"\"", b"\\") };
    let mut rest = &literal[quote.len()..];
    while !rest.is_empty() && !rest.starts_with(quote) {
        // In a text of one line a backslash takes the next character with it.
        let step = if rest.starts_with(escape) { escape.len().max(2) } else { 1 };
        rest = rest.get(step..).unwrap_or_default();
    }
    rest.get(quote.len()..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_to_a_limit_and_those_in_texts_and_comments_do_not_count() {
        let many = "[".repeat(1_000);
        assert!(check_nesting(&format!("{{ a(b: {many}) }}")).is_err());
        for harmless in [
            format!("{{ a(b: \"{many}\") }}"),
            format!("{{ a(b: \"\\\"{many}\") }}"),
            format!("{{ a(b: \"\"\"one \" quote {many}\"\"\") }}"),
            format!("# {many}\n{{ a }}"),
        ] {
            assert_eq!(check_nesting(&harmless), Ok(()), "{}", &harmless[..20]);
        }
        assert!(check_nesting(&format!("{{ a(b: \"\"\" \" \"\"\", c: {many}) }}")).is_err());
    }

    #[test]
    fn a_variable_that_must_have_a_value_is_asked_for() {
        let document =
            async_graphql::parser::parse_query("query Q($id: ID!, $n: Int! = 3, $o: Int) { a }").expect("a document");
        let operation = selected(&document, None).expect("the only operation");
        let given = |json| check_variables(operation, &Variables::from_json(json));
        assert!(given(serde_json::json!({})).is_err());
        assert!(given(serde_json::json!({"id": null})).is_err());
        assert!(given(serde_json::json!({"id": "1", "n": null})).is_err());
        assert!(given(serde_json::json!({"id": "1"})).is_ok());
    }
}
