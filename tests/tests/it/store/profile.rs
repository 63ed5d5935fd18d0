//! Profiles are interned once, whichever writer comes first.

use std::sync::Arc;

use entity::store::profile;
use entity::{Attributes, StoreError};
use needle_tests::{TestDatabase, attributes, on_both_databases};
use tokio::sync::Barrier;

use super::intern;

fn sets(count: usize) -> Vec<Attributes> {
    (0..count).map(|at| attributes([("plan", &format!("plan {}", at % 7)), ("seat", &at.to_string())])).collect()
}

async fn equal_sets_have_one_profile_and_different_sets_have_their_own(test: &TestDatabase) {
    let mut requested = sets(2_500);
    requested.extend(sets(10));
    requested.push(Attributes::default());
    let first = profile::intern(test.database.writer(), &requested).await.expect("interned");
    assert_eq!(first.ids().count(), 2_501);
    let second = profile::intern(test.database.writer(), &requested).await.expect("interned again");
    assert_eq!(first, second);
    let stored = profile::all(test.database.reader()).await.expect("profiles");
    assert_eq!(stored.len(), 2_501);
    for row in stored {
        assert_eq!(first.id_of(&row.attributes).expect("interned"), row.id);
        assert_eq!(row.attributes.digest(), row.digest);
    }
}

async fn a_set_that_was_not_interned_has_no_id(test: &TestDatabase) {
    let interned = profile::intern(test.database.writer(), &sets(2)).await.expect("interned");
    let missing = interned.id_of(&attributes([("plan", "never interned")])).expect_err("not interned");
    assert!(matches!(missing, StoreError::NotInterned), "{missing}");
}

async fn attributes_come_back_as_they_were_written(test: &TestDatabase) {
    let set = attributes([
        ("naïve \"état\"", "it's 100% \\ \"quoted\""),
        ("日本", "line\nbreak\ttab"),
        ("number", "007"),
        ("empty", ""),
        ("emoji 🦀", "null"),
    ]);
    let id = intern(&test.database, &set).await;
    let stored = profile::by_ids(test.database.reader(), &[id]).await.expect("profiles");
    assert_eq!(stored[&id], set);
}

async fn many_writers_intern_the_same_sets_once(test: &TestDatabase) {
    let start = Arc::new(Barrier::new(8));
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (database, start) = (test.connect().await, start.clone());
        tasks.push(tokio::spawn(async move {
            let mut requested = sets(300);
            requested.rotate_left(task * 37);
            start.wait().await;
            let transaction = database.begin_write().await.expect("a transaction");
            let ids = profile::intern(&transaction, &requested).await.expect("interned");
            transaction.commit().await.expect("committed");
            ids
        }));
    }
    let mut responses = Vec::new();
    for task in tasks {
        responses.push(task.await.expect("a task"));
    }
    assert!(responses.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(profile::all(test.database.reader()).await.expect("profiles").len(), 300);
}

async fn deleting_a_profile_that_a_response_has_is_a_conflict(test: &TestDatabase) {
    let id = intern(&test.database, &attributes([("plan", "pro")])).await;
    super::insert(&test.database, &[super::new_response("r1", id, Some(9), "2024-07-01")]).await;
    let refused = profile::delete(test.database.writer(), &[id]).await.expect_err("in use");
    assert!(refused.is_conflict(), "{refused}");
}

on_both_databases!(
    equal_sets_have_one_profile_and_different_sets_have_their_own,
    a_set_that_was_not_interned_has_no_id,
    attributes_come_back_as_they_were_written,
    many_writers_intern_the_same_sets_once,
    deleting_a_profile_that_a_response_has_is_a_conflict,
);
