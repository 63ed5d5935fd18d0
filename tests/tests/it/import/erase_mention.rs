//! Erasing: where else the person was named, and how much work it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::{self, AuditSignature};
use entity::store::{self, segment};
use entity::token::Role;
use needle_analytics::cache::AnalyticsCache;
use needle_rules::erase::{Erasure, erase_customer};
use needle_tests::{ImportFixture, RunFixture, TestDatabase, UTC, on_both_databases, settle};
use serde_json::json;

use super::erase::{every_text, imported};

async fn erased(importer: &ImportFixture, customer: &str) -> Erasure {
    erase_customer(&importer.context, customer, "a secret of this test").await.expect("erased")
}

async fn a_person_who_is_named_in_reasons_and_segments_is_found(test: &TestDatabase) {
    let importer = imported(test).await;
    let filter = |value: &str| json!({"not": {"attribute": {"name": "village", "in": [value, "Rome"]}}});
    importer
        .add_segments(json!([{"key": "near-ada", "name": "a", "filter": filter("Ockham")},
                             {"key": "london", "name": "b", "filter": filter("London")}]))
        .await;
    let near_ada = segment::by_key(test.database.reader(), "near-ada").await.expect("a reply").expect("a segment");
    let reason = "ADA LOVELACE (ada@example.com) said so";
    segment::declare_primary(test.database.writer(), near_ada.id, "bob", reason, importer.context.now)
        .await
        .expect("declared");
    let signature = AuditSignature {
        now: importer.context.now,
        actor: "bob".to_owned(),
        role: Role::Admin,
        operation: None,
        field: "declarePrimarySegment".to_owned(),
        input: json!({"segmentKey": "near-ada", "reason": reason}),
    };
    audit_entry::write(test.database.writer(), &signature, AuditOutcome::Done, None).await.expect("written");
    let erasure = erased(&importer, "c1").await;
    assert_eq!(erasure.named_in_segments, ["near-ada"]);
    let texts = every_text(test).await.to_lowercase();
    assert!(!texts.contains("lovelace") && !texts.contains("ada@example.com"), "{texts}");
    assert_eq!(texts.matches("(erased) ((erased)) said so").count(), 2, "{texts}");
    assert!(erased(&importer, "c2").await.named_in_segments.is_empty(), "Eve is in London too");
}

async fn the_texts_of_decisions_name_an_erased_person_no_more(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer
        .add_customers("customer_id,email,name\nc-100,will@example.com,Will\nc-200,ada@example.com,Ada Lovelace\n")
        .await;
    let decision = |id: &str, title: &str, rationale: &str| {
        json!({"externalId": id, "title": title, "rationale": rationale, "owner": "bob", "takesEffectOn": "2024-02-01",
               "horizonWeeks": 8, "expectedImpact": 3, "loggedAt": "2024-01-01T00:00:00Z"})
    };
    let file = json!([
        decision("d1", "Ada Lovelace gets a refund", "ADA@example.com (c-200) complained"),
        decision("d2", "Prices will rise", "will@example.com agrees"),
        decision("d3", "Shorter queues", "Adaptable, said everybody"),
    ]);
    importer.add_decisions(file.clone()).await;
    assert_eq!(erased(&importer, "c-200").await.named_in_decisions, [""; 0]);
    assert_eq!(erased(&importer, "c-100").await.named_in_decisions, ["d2"]);
    let texts = async || {
        let decisions = store::decision::all(test.database.reader()).await.expect("decisions");
        decisions.into_iter().map(|row| (row.title, row.rationale.unwrap_or_default())).collect::<Vec<_>>()
    };
    let expected = [
        ("(erased) gets a refund", "(erased) ((erased)) complained"),
        ("Prices will rise", "(erased) agrees"),
        ("Shorter queues", "Adaptable, said everybody"),
    ];
    let expected = expected.map(|(title, rationale)| (title.to_owned(), rationale.to_owned()));
    assert_eq!(texts().await, expected);
    let again = importer.decisions(file).await;
    assert_eq!((again.unchanged, again.rejected.len()), (3, 0), "{again:?}");
    assert_eq!(texts().await, expected);
}

async fn every_process_drops_what_it_holds_of_an_erased_person_in_memory(test: &TestDatabase) {
    let importer = imported(test).await;
    RunFixture::at(test, "2024-07-15T12:00:00Z").run().await;
    let (idle, busy) = (AnalyticsCache::default(), AnalyticsCache::default());
    let holds_ockham = async |cache: &AnalyticsCache| {
        let analytics = cache.current(&test.database, UTC, || ()).await.expect("figures");
        analytics.cube().profiles().iter().any(|profile| profile.get("village") == Some("Ockham"))
    };
    assert!(holds_ockham(&idle).await && holds_ockham(&busy).await);
    let kept = Arc::downgrade(idle.current(&test.database, UTC, || ()).await.expect("figures").cube());
    erased(&importer, "c1").await;
    assert!(!holds_ockham(&busy).await, "with the next request");
    assert!(kept.upgrade().is_some());
    idle.drop_outdated(&test.database).await.expect("dropped");
    assert!(kept.upgrade().is_none(), "and without one");
}

async fn a_profile_that_a_response_left_before_names_the_person_no_more(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,village\nc1,Ockham\nc2,London\n").await;
    let file = "response_id,score,responded_at,customer_id,channel\nr1,9,2024-07-01,c1,web\n";
    importer.add_responses(file).await;
    importer.add_responses(&file.replace("c1", "c2")).await;
    settle(&test.database).await;
    assert!(every_text(test).await.contains("Ockham"));
    erased(&importer, "c1").await;
    let texts = every_text(test).await;
    assert!(!texts.contains("Ockham") && texts.contains("London"), "{texts}");
}

/// Erases a customer with so many attributes of their own; returns the number of statements.
async fn statements_with(test: &TestDatabase, customer: &str, attributes: usize) -> usize {
    let importer = ImportFixture::of(test);
    let cells = |text: &dyn Fn(usize) -> String| (0..attributes).map(text).collect::<Vec<_>>().join(",");
    let names = cells(&|at| format!("a{at}"));
    let values = cells(&|at| format!("{customer} {at}"));
    importer.add_customers(&format!("customer_id,{names}\n{customer},{values}\n")).await;
    let response = format!("response_id,score,responded_at,customer_id\nof-{customer},9,2024-07-01,{customer}\n");
    importer.add_responses(&response).await;
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    let observed = test.connect().await.with_statement_observer(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    Box::pin(erased(&ImportFixture::into(observed), customer)).await;
    assert!(!every_text(test).await.contains(&format!("{customer} 1")));
    statements.load(Ordering::Relaxed)
}

async fn erasing_somebody_with_very_many_attributes_takes_as_many_statements_as_with_few(test: &TestDatabase) {
    // The first one ever makes the secret of the tombstones.
    statements_with(test, "first", 1).await;
    let few = statements_with(test, "few", 2).await;
    assert_eq!(statements_with(test, "many", 2_000).await, few);
    let left = store::dimension::values(test.database.reader()).await.expect("values");
    assert!(left.values().all(std::collections::BTreeSet::is_empty), "{left:?}");
}

on_both_databases!(
    a_person_who_is_named_in_reasons_and_segments_is_found,
    the_texts_of_decisions_name_an_erased_person_no_more,
    every_process_drops_what_it_holds_of_an_erased_person_in_memory,
    a_profile_that_a_response_left_before_names_the_person_no_more,
    erasing_somebody_with_very_many_attributes_takes_as_many_statements_as_with_few,
);
