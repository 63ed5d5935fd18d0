//! The viewer and the input of a mutation: an entry of the audit log before its outcome is known.
//!
//! Only the fields in `RECORDED_FIELDS` are kept of an input; any other may be personal data and is left out.

use async_graphql::{Context, InputType, Result, Value as GraphqlValue};
use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::{self, AuditSignature};
use entity::{ConnectionTrait, Database, StoreError};
use serde_json::{Map, Value, json};

use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::UserError;

/// The fields that are kept of the input of each mutation. Customers' ids are not among them: they may be email
/// addresses, and that of an erased person must not remain. Nor are the reasons of erasures, which may name the person.
const RECORDED_FIELDS: [(&str, &str); 14] = [
    ("upsertCustomers", ""),
    ("recordResponses", ""),
    ("eraseCustomer", ""),
    ("mergeCustomers", ""),
    ("unmergeCustomer", ""),
    ("defineSegment", "key name description filter"),
    ("declarePrimarySegment", "segmentKey filter reason"),
    (
        "logDecision",
        "externalId title rationale owner takesEffectOn horizonWeeks targetSegmentKey expectedImpact expectedLow \
         expectedHigh expectedLevel",
    ),
    ("reviseDecision", "externalId title rationale takesEffectOn horizonWeeks expectedImpact expectedLow expectedHigh"),
    ("reverseDecision", "externalId on reason"),
    ("cancelReversal", "externalId"),
    ("recompute", "key asOf full"),
    ("cancelRun", "id"),
    ("undoImport", "id"),
];

/// The number of characters that are kept of an operation's name and of each text.
const TEXT_LIMIT: usize = 1_000;

/// A mutation in progress, with the audit entry that is written when it ends.
#[derive(Clone, Debug)]
pub struct AuditedMutation(pub AuditSignature);

impl AuditedMutation {
    /// The mutation that a resolver executes; its call is recorded in the request's scope.
    pub fn of(context: &Context<'_>) -> Result<Self> {
        let (scope, field) = (RequestScope::of(context)?, context.field());
        let arguments = field.arguments()?;
        let input = arguments.into_iter().find(|(name, _)| name == "input").map(|(_, value)| value);
        let operation = context.query_env.operation_name.as_deref();
        let signature = signature(scope, operation, field.name(), input.unwrap_or_default());
        scope.calls.record(field.alias().unwrap_or(field.name()), &signature);
        Ok(Self(signature))
    }

    /// Writes that it was done, in the transaction of its changes.
    pub async fn record_done<C: ConnectionTrait>(&self, transaction: &C) -> Result<(), StoreError> {
        audit_entry::write(transaction, &self.0, AuditOutcome::Done, None).await
    }

    /// Writes that its input was refused and nothing changed.
    pub async fn record_refused(&self, scope: &RequestScope, error: &UserError) -> Result<(), StoreError> {
        let code = enum_name(&error.kind());
        record_outcome(scope.database(), &self.0, AuditOutcome::Refused, Some(code)).await
    }
}

/// The name of an enum value, as clients see it.
fn enum_name<E: InputType>(value: &E) -> String {
    match value.to_value() {
        GraphqlValue::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

/// Writes that a viewer called a mutation that the viewer's role does not allow.
pub async fn record_denied(scope: &RequestScope, field: &str) -> Result<(), StoreError> {
    record_outcome(scope.database(), &signature(scope, None, field, GraphqlValue::Null), AuditOutcome::Denied, None)
        .await
}

/// Writes the outcome of a mutation that changed nothing, in a transaction of its own.
pub async fn record_outcome(
    database: &Database,
    signature: &AuditSignature,
    outcome: AuditOutcome,
    detail: Option<String>,
) -> Result<(), StoreError> {
    let transaction = database.begin_write().await?;
    audit_entry::write(&transaction, signature, outcome, detail).await?;
    Ok(transaction.commit().await?)
}

fn signature(scope: &RequestScope, operation: Option<&str>, field: &str, input: GraphqlValue) -> AuditSignature {
    AuditSignature {
        now: scope.now,
        actor: scope.viewer.name.clone(),
        role: scope.viewer.role,
        operation: operation.map(shortened),
        field: field.to_owned(),
        input: redacted_input(field, input.into_json().expect("an input came as JSON or as a literal")),
    }
}

/// An input without values that may be personal data.
fn redacted_input(field: &str, input: Value) -> Value {
    let recorded_fields = RECORDED_FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, kept)| *kept);
    let Value::Object(members) = input else { return json!({}) };
    let left_out = |value: Value| match value {
        Value::Array(items) => json!(format!("{} items, left out", items.len())),
        Value::Null => Value::Null,
        _ => json!("left out"),
    };
    let member = |(name, value): (String, Value)| {
        let is_kept = recorded_fields.split_whitespace().any(|one| one == name);
        let value = match value {
            Value::String(text) if is_kept => Value::String(shortened(&text)),
            value if is_kept => value,
            value => left_out(value),
        };
        (name, value)
    };
    // PostgreSQL's JSON cannot hold NUL; such an input is refused, and its entry is written without it.
    without_nul(Value::Object(members.into_iter().map(member).collect::<Map<_, _>>()))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').take(TEXT_LIMIT).collect()
}

fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name.replace('\0', ""), without_nul(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use crate::graphql::access::mutations;

    #[test]
    fn every_mutation_lists_its_recorded_fields() {
        let mut listed: Vec<&str> = RECORDED_FIELDS.iter().map(|(field, _)| *field).collect();
        let mut fields: Vec<&str> = mutations().collect();
        listed.sort_unstable();
        fields.sort_unstable();
        assert_eq!(listed, fields);
    }

    #[test]
    fn fields_that_are_not_listed_are_left_out() {
        let input = json!({"customers": [{"email": "eva@example.org"}, {}], "note": "eva", "none": null});
        let recorded = json!({"customers": "2 items, left out", "note": "left out", "none": null});
        assert_eq!(redacted_input("upsertCustomers", input.clone()), recorded);
        assert_eq!(redacted_input("somethingNew", input), recorded);
        let reversed = json!({"externalId": "d\u{0}1", "on": "2024-07-01", "reason": "x".repeat(1_001)});
        let expected = json!({"externalId": "d1", "on": "2024-07-01", "reason": "x".repeat(1_000)});
        assert_eq!(redacted_input("reverseDecision", reversed), expected);
    }
}
