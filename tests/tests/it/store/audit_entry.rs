//! The audit log: an entry is written together with the changes that it describes, or not at all.

use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::{self, AuditEntryCriteria, AuditSignature};
use entity::store::page::{PageRequest, RowPosition, SortKey};
use entity::token::Role;
use needle_tests::{TestDatabase, on_both_databases, timestamp};
use serde_json::json;

use super::NOW;

fn signature(actor: &str, field: &str) -> AuditSignature {
    AuditSignature {
        now: timestamp(NOW),
        actor: actor.to_owned(),
        role: Role::Leader,
        operation: None,
        field: field.to_owned(),
        input: json!({"key": "eu", "filter": {"all": []}}),
    }
}

async fn an_entry_is_committed_or_rolled_back_with_its_transaction(test: &TestDatabase) {
    for is_committed in [false, true] {
        let transaction = test.database.begin_write().await.expect("a transaction");
        let detail = Some("EXPLAINED".to_owned());
        let signature = signature("ada", "defineSegment");
        audit_entry::write(&transaction, &signature, AuditOutcome::Done, detail).await.expect("written");
        if is_committed {
            transaction.commit().await.expect("committed");
        } else {
            transaction.rollback().await.expect("rolled back");
        }
        let count = audit_entry::count(test.database.reader(), &AuditEntryCriteria::default()).await.expect("a count");
        assert_eq!(count, u64::from(is_committed));
    }
    let page = PageRequest { limit: 10, ..PageRequest::default() };
    let rows =
        audit_entry::list(test.database.reader(), &AuditEntryCriteria::default(), &page).await.expect("rows").rows;
    assert_eq!((rows[0].written_at, rows[0].role), (timestamp(NOW), Role::Leader));
    assert_eq!(rows[0].input, json!({"key": "eu", "filter": {"all": []}}));
    let found = audit_entry::by_ids(test.database.reader(), &[rows[0].id]).await.expect("found");
    assert_eq!(found[&rows[0].id].detail.as_deref(), Some("EXPLAINED"));
}

async fn entries_are_listed_newest_first_and_filtered_by_caller_and_field(test: &TestDatabase) {
    for (actor, field, outcome) in [
        ("ada", "logDecision", AuditOutcome::Done),
        ("bob", "logDecision", AuditOutcome::Refused),
        ("ada", "recompute", AuditOutcome::Denied),
    ] {
        let signature = signature(actor, field);
        audit_entry::write(test.database.writer(), &signature, outcome, None).await.expect("written");
    }
    let reader = test.database.reader();
    let list = |criteria: AuditEntryCriteria, after: Option<RowPosition>| async move {
        let page = PageRequest { limit: 2, after, ..PageRequest::default() };
        audit_entry::list(reader, &criteria, &page).await.expect("rows").rows
    };
    let first = list(AuditEntryCriteria::default(), None).await;
    assert_eq!(first.iter().map(|row| row.field.as_str()).collect::<Vec<_>>(), ["recompute", "logDecision"]);
    let cursor = first[1].id.0;
    let rest = list(AuditEntryCriteria::default(), Some(RowPosition { key: SortKey::Whole(cursor), id: cursor })).await;
    assert_eq!((rest.len(), rest[0].outcome), (1, AuditOutcome::Done));
    for (criteria, expected) in [
        (AuditEntryCriteria { actor: Some("ada".to_owned()), ..AuditEntryCriteria::default() }, 2),
        (AuditEntryCriteria { field: Some("logDecision".to_owned()), ..AuditEntryCriteria::default() }, 2),
        (AuditEntryCriteria { outcome: Some(AuditOutcome::Denied), ..AuditEntryCriteria::default() }, 1),
        (AuditEntryCriteria { actor: Some("eve".to_owned()), ..AuditEntryCriteria::default() }, 0),
    ] {
        assert_eq!(audit_entry::count(reader, &criteria).await.expect("a count"), expected, "{criteria:?}");
    }
}

on_both_databases!(
    an_entry_is_committed_or_rolled_back_with_its_transaction,
    entries_are_listed_newest_first_and_filtered_by_caller_and_field,
);
