//! Leases: one holder at a time, each with a greater fence than the holder before.

use entity::store::lease;
use needle_tests::{TestDatabase, on_both_databases, timestamp};

use super::NOW;

/// Tries to acquire the lease `publish` some seconds after noon, for a minute.
async fn take(test: &TestDatabase, owner: &str, seconds: i64) -> Option<i64> {
    let now = timestamp(NOW).plus_seconds(seconds);
    lease::take(test.database.writer(), "publish", owner, now, now.plus_seconds(60), now.plus_seconds(900))
        .await
        .expect("a reply")
}

async fn renew(test: &TestDatabase, fence: i64, until: i64) -> bool {
    lease::renew(test.database.writer(), "publish", fence, timestamp(NOW).plus_seconds(until)).await.expect("a reply")
}

async fn a_lease_has_one_holder_until_it_expires(test: &TestDatabase) {
    assert_eq!(lease::current(test.database.reader(), "publish").await.expect("a reply"), None);
    let first = take(test, "a", 0).await.expect("a free lease");
    assert_eq!(take(test, "b", 30).await, None);
    assert_eq!(take(test, "a", 30).await, None, "not even the holder takes it twice");
    assert_eq!(take(test, "b", 60).await, None, "held until then, that timestamp included");
    let second = take(test, "b", 61).await.expect("it ran out");
    assert!(second > first, "{second} after {first}");
    let held = lease::current(test.database.reader(), "publish").await.expect("a reply").expect("a lease");
    assert_eq!((held.owner.as_str(), held.fence, held.held_until), ("b", second, timestamp(NOW).plus_seconds(121)));
}

async fn a_renewed_lease_lasts_and_a_lost_one_cannot_be_renewed(test: &TestDatabase) {
    let first = take(test, "a", 0).await.expect("free");
    assert!(renew(test, first, 120).await);
    assert_eq!(take(test, "b", 100).await, None);
    let second = take(test, "b", 121).await.expect("it ran out");
    assert!(!renew(test, first, 500).await);
    assert_eq!(take(test, "c", 181).await, None, "the loser's attempt changed nothing and the holder still holds it");
    assert!(renew(test, second, 500).await);
}

async fn a_released_lease_is_free_at_once_and_its_fence_still_counts(test: &TestDatabase) {
    let first = take(test, "a", 0).await.expect("free");
    lease::release(test.database.writer(), "publish", first).await.expect("released");
    let second = take(test, "b", 1).await.expect("free");
    assert!(second > first);
    lease::release(test.database.writer(), "publish", first).await.expect("released too late");
    assert_eq!(take(test, "c", 2).await, None, "an old holder cannot give away what another one holds");
}

async fn leases_of_different_names_are_independent(test: &TestDatabase) {
    take(test, "a", 0).await.expect("free");
    let now = timestamp(NOW);
    let other = lease::take(test.database.writer(), "schedule", "b", now, now.plus_seconds(60), now.plus_seconds(900))
        .await
        .expect("a reply");
    assert!(other.is_some());
}

async fn only_one_of_many_processes_acquires_a_lease(test: &TestDatabase) {
    for round in 0..5 {
        let mut tasks = Vec::new();
        for owner in 0..8 {
            let database = test.connect().await;
            tasks.push(tokio::spawn(async move {
                let now = timestamp(NOW).plus_seconds(round * 100);
                let owner = format!("owner {owner}");
                lease::take(database.writer(), "publish", &owner, now, now.plus_seconds(60), now.plus_seconds(900))
                    .await
                    .expect("a reply")
            }));
        }
        let mut fences = Vec::new();
        for task in tasks {
            fences.extend(task.await.expect("a task"));
        }
        assert_eq!(fences, [round + 1], "one holder, and a fence for every round");
    }
}

on_both_databases!(
    a_lease_has_one_holder_until_it_expires,
    a_renewed_lease_lasts_and_a_lost_one_cannot_be_renewed,
    a_released_lease_is_free_at_once_and_its_fence_still_counts,
    leases_of_different_names_are_independent,
    only_one_of_many_processes_acquires_a_lease,
);
