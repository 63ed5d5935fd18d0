//! Webhooks and erased people: what is kept of somebody goes with the person, and does not come back.

use entity::hook_delivery::{HookDeliveryState, HookVendor};
use needle_rules::erase::{Erasure, erase_customer};
use needle_rules::problem::ProblemCode;
use needle_rules::segment::ChangeError;
use needle_tests::{TestDatabase, on_both_databases};
use serde_json::json;

use super::erase::every_text;
use super::hook::{HookFixture, deliveries, formbricks};

const SECRET: &str = "a secret of this test";

fn refused(outcome: Result<Erasure, ChangeError>) -> ProblemCode {
    match outcome {
        Err(ChangeError::Problem(problem)) => problem.code,
        other => panic!("{other:?}"),
    }
}

async fn a_kept_payload_goes_with_the_person(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks.importer.add_customers("customer_id,email,name\nc1,ada@example.org,Ada Lund\n").await;
    let theirs = hooks.send(HookVendor::Formbricks, &formbricks("fb1", true)).await;
    let mention = json!({"rating": 9, "words": "ask ADA@example.org, she knows", "member": "m-2"});
    let mention = hooks.send(HookVendor::Generic, &mention).await;
    let other = json!({"rating": 9, "words": "nothing", "member": "m-3"});
    let other = hooks.send(HookVendor::Generic, &other).await;
    erase_customer(&hooks.importer.context, "c1", SECRET).await.expect("erased");
    let left: Vec<_> = deliveries(test).await.into_iter().map(|one| one.id).collect();
    assert_eq!(left, [other.id, mention.id], "{theirs:?}");
    assert!(!every_text(test).await.to_lowercase().contains("ada@example.org"));
    // What arrives of the person from now on is neither stored nor kept.
    let again = hooks.send(HookVendor::Formbricks, &formbricks("fb9", true)).await;
    assert_eq!((again.state, again.code.as_deref()), (HookDeliveryState::Rejected, Some("ERASED")));
    assert!(!every_text(test).await.contains("ada@example.org"));
}

async fn somebody_who_is_only_in_a_kept_payload_can_be_erased(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks.send(HookVendor::Formbricks, &formbricks("fb1", true)).await;
    let other = hooks.send(HookVendor::Generic, &json!({"score": 9, "customer_id": "77", "words": "u-77x"})).await;
    let erased = erase_customer(&hooks.importer.context, "u-77", SECRET).await.expect("erased");
    assert_eq!(erased.identifiers, ["ada@example.org", "u-77"]);
    assert_eq!(deliveries(test).await.iter().map(|one| one.id).collect::<Vec<_>>(), [other.id]);
    assert!(!every_text(test).await.contains("ada@example.org"));
    assert_eq!(refused(erase_customer(&hooks.importer.context, "u-77", SECRET).await), ProblemCode::Erased);
    assert_eq!(refused(erase_customer(&hooks.importer.context, "u-78", SECRET).await), ProblemCode::NotFound);
}

async fn an_address_of_a_kept_payload_is_enough(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks.send(HookVendor::Formbricks, &formbricks("fb1", true)).await;
    erase_customer(&hooks.importer.context, "Ada@Example.org", SECRET).await.expect("erased");
    assert!(deliveries(test).await.is_empty());
    let by_id = "response_id,score,responded_at,customer_id\nr1,9,2024-07-01,u-77\nr2,9,2024-07-01,ada@example.org\n";
    let report = hooks.importer.responses(by_id).await;
    assert!(report.rejected.iter().all(|one| one.code == ProblemCode::Erased), "{report:?}");
    assert_eq!(report.rejected.len(), 2);
}

async fn the_address_of_a_stored_customer_erases_nothing_by_itself(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks.importer.add_customers("customer_id,email\nc1,ada@example.org\n").await;
    hooks.send(HookVendor::Formbricks, &formbricks("fb1", true)).await;
    let by_address = erase_customer(&hooks.importer.context, "ada@example.org", SECRET).await;
    assert_eq!(refused(by_address), ProblemCode::NotFound);
    assert_eq!(deliveries(test).await.len(), 1);
}

on_both_databases!(
    a_kept_payload_goes_with_the_person,
    somebody_who_is_only_in_a_kept_payload_can_be_erased,
    an_address_of_a_kept_payload_is_enough,
    the_address_of_a_stored_customer_erases_nothing_by_itself,
);
