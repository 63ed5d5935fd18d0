//! The store: every function against both databases.

mod address;
mod audit_entry;
mod customer;
mod decision;
mod decision_review;
mod failure;
mod fault;
mod filter;
mod lease;
mod page;
mod profile;
mod publication;
mod respondent;
mod response;
mod segment_score;
mod session;
mod setting;
mod snapshot;
mod stale_week;
mod tally;
mod token;
mod tombstone;

use entity::Attributes;
use entity::profile::ProfileId;
use entity::run::{RunId, RunTrigger};
use entity::segment::SegmentId;
use entity::segment_definition::DefinitionId;
use entity::store::response::NewResponse;
use entity::store::{profile as profiles, response as responses, run, segment};
use entity::{Database, Filter};
use needle_tests::{attributes, day, timestamp};

/// The time at which these tests write.
const NOW: &str = "2024-07-15T12:00:00Z";

/// The id of one profile.
async fn intern(database: &Database, set: &Attributes) -> ProfileId {
    profiles::intern(database.writer(), std::slice::from_ref(set))
        .await
        .and_then(|ids| ids.id_of(set))
        .expect("interned")
}

/// An anonymous response of the source `needle`.
fn new_response(external_id: &str, profile_id: ProfileId, score: Option<i16>, on: &str) -> NewResponse {
    NewResponse {
        external_id: external_id.to_owned(),
        customer_id: None,
        profile_id,
        score,
        answered_at: timestamp(&format!("{on}T08:00:00Z")),
        day: day(on),
        own_attributes_id: None,
        import_id: None,
    }
}

/// Inserts responses of the source `needle`.
async fn insert(database: &Database, responses: &[NewResponse]) {
    responses::insert(database.writer(), "needle", responses).await.expect("inserted");
}

/// Writes the segment of a region.
async fn define_region(database: &Database, key: &str) -> (SegmentId, DefinitionId) {
    let filter: Filter = needle_tests::filter(serde_json::json!({"attribute": {"name": "region", "in": [key]}}));
    let writer = database.writer();
    let definition = segment::insert_definition(writer, key, filter, timestamp(NOW)).await.expect("a definition");
    let id = segment::insert(writer, key, key, None, definition, timestamp(NOW)).await.expect("a segment");
    (id, definition)
}

/// Inserts a run that a person started.
async fn start_run(database: &Database) -> RunId {
    let new = run::NewRun {
        trigger: RunTrigger::Manual,
        slot: None,
        reviews: true,
        idempotency_key: None,
        as_of: day("2024-07-15"),
        full: false,
        fence: None,
    };
    run::start(database.writer(), new, timestamp(NOW)).await.expect("a run")
}

/// The attributes of a customer from a region.
fn region(name: &str) -> Attributes {
    attributes([("region", name)])
}

/// Writes a decision with one review.
pub async fn write_review(test: &needle_tests::TestDatabase) {
    decision_review::write(test).await;
}
