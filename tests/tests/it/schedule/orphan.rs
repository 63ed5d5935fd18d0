//! Runs that were acknowledged, and whose process went away.

use std::time::Duration;

use entity::run::{RunState, RunTrigger};
use entity::store;
use jobs::recompute::{self, RunRequest};
use needle_tests::{TestDatabase, on_both_databases};

use super::{ManualClock, WorkerProcess, defaults, run_context, runs};

async fn a_requested_run_whose_process_went_away_is_done_by_another_one(test: &TestDatabase) {
    let clock = ManualClock::at("2026-10-22T12:01:00Z");
    let context = run_context(test.connect().await, &clock);
    let request = RunRequest { idempotency_key: Some("k".to_owned()), ..RunRequest::by(RunTrigger::Manual) };
    let lost = recompute::claim(&context, &request, None).await.expect("acknowledged").run;
    let other = WorkerProcess::start(test, &clock, &defaults()).await;
    other.tick().await;
    assert_eq!(runs(test).await.len(), 1, "its process may still work on it");
    assert!(!recompute::claim(&context, &request, None).await.expect("known").is_new);
    clock.advance(store::run::RUN_LEASE + Duration::from_secs(1));
    other.tick().await;
    let all = runs(test).await;
    let of = |id| all.iter().find(|run| run.id == id).expect("a run");
    assert_eq!((of(lost.id).state, &of(lost.id).idempotency_key), (RunState::Abandoned, &None));
    let taken_up = recompute::claim(&context, &request, None).await.expect("known");
    assert!(!taken_up.is_new);
    assert_eq!((taken_up.run.state, taken_up.run.as_of), (RunState::Succeeded, lost.as_of));
    assert_eq!(all.len(), 2, "it is taken up once");
}

async fn a_repeated_request_does_not_get_a_dead_run(test: &TestDatabase) {
    let clock = ManualClock::at("2026-10-22T12:01:00Z");
    let context = run_context(test.connect().await, &clock);
    let request = RunRequest { idempotency_key: Some("k".to_owned()), ..RunRequest::by(RunTrigger::Manual) };
    let lost = recompute::claim(&context, &request, None).await.expect("acknowledged").run;
    clock.advance(store::run::RUN_LEASE + Duration::from_secs(1));
    let again = recompute::claim(&context, &request, None).await.expect("claimed");
    assert!(again.is_new && again.run.id != lost.id);
}

on_both_databases!(
    a_requested_run_whose_process_went_away_is_done_by_another_one,
    a_repeated_request_does_not_get_a_dead_run,
);
