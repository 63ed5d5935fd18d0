//! Tests of events from real runs, made through one server and sent by another on the same database.

use std::time::Duration;

use api::graphql::ApiSettings;
use api::live::LiveTimings;
use entity::run::{RunStage, RunState, RunTrigger};
use entity::store::run::{NewRun, RunResult, RunTimings};
use entity::token::Role;
use entity::{ConnectionTrait as _, Database, Day, store};
use needle_tests::{TestDatabase, on_postgres, on_sqlite};
use serde_json::json;

use super::server::{LiveServer, NOW};

const PROGRESS: &str = "subscription { runProgress { state stage shareDone run { id } } }";
const REVIEWED: &str = "subscription { decisionReviewed { verdict decision { externalId } run { id } } }";

/// The default timings with another poll interval.
fn settings(poll_ms: u64) -> ApiSettings {
    let live_timings = LiveTimings { poll: Duration::from_millis(poll_ms), ..LiveTimings::default() };
    ApiSettings { live_timings, ..ApiSettings::default() }
}

async fn start_run(database: &Database) -> entity::run::RunId {
    let run = NewRun {
        trigger: RunTrigger::Manual,
        slot: None,
        reviews: true,
        idempotency_key: None,
        as_of: Day(19_905),
        full: false,
        fence: None,
    };
    store::run::start(database.writer(), run, NOW).await.expect("a run")
}

async fn progress_is_sent_as_it_happens(on: &TestDatabase, poll_ms: u64) {
    let (here, other) = (LiveServer::start(on, settings(poll_ms)).await, on.connect().await);
    let token = here.token("ada", Role::Viewer).await;
    let running = start_run(&other).await;
    let mut socket = here.connect_as(&token).await;
    socket.subscribe("1", PROGRESS).await;
    let first = socket.receive().await["payload"]["data"]["runProgress"].clone();
    assert_eq!((&first["state"], &first["stage"]), (&json!("RUNNING"), &json!(null)));
    let id = first["run"]["id"].as_str().expect("an id").to_owned();
    let mut one = here.events(&token, &PROGRESS.replace("runProgress", &format!("runProgress(runId: \"{id}\")"))).await;
    one.until("RUNNING").await;
    store::run::write_progress(other.writer(), running, RunStage::Score, 0.25).await.expect("told");
    let progress = socket.receive().await["payload"]["data"]["runProgress"].clone();
    assert_eq!((&progress["stage"], &progress["shareDone"]), (&json!("SCORE"), &json!(0.25)));
    one.until("SCORE").await;
    let next = start_run(&other).await;
    assert_eq!(socket.receive().await["payload"]["data"]["runProgress"]["state"], "RUNNING");
    store::run::end(other.writer(), running, RunState::Failed, "x", NOW).await.expect("ended");
    let ended = socket.receive().await["payload"]["data"]["runProgress"].clone();
    assert_eq!((&ended["state"], &ended["run"]["id"]), (&json!("FAILED"), &json!(id)));
    // The subscription to one run is complete, the one to all runs continues.
    let text = one.until("event: complete").await;
    assert!(text.contains("FAILED") && text.matches("event: next").count() == 3, "{text}");
    store::run::end(other.writer(), next, RunState::Cancelled, "x", NOW).await.expect("ended");
    assert_eq!(socket.receive().await["payload"]["data"]["runProgress"]["state"], "CANCELLED");
    let mut late =
        here.events(&token, &PROGRESS.replace("runProgress", &format!("runProgress(runId: \"{id}\")"))).await;
    let text = late.until("event: complete").await;
    assert!(text.contains("FAILED") && text.matches("event: next").count() == 1, "{text}");
}

async fn changed_verdicts_reach_the_subscribers_of_another_server(on: &TestDatabase, poll_ms: u64) {
    let (here, there) =
        (LiveServer::start(on, settings(poll_ms)).await, LiveServer::start(on, settings(poll_ms)).await);
    let token = here.token("ada", Role::Viewer).await;
    let log = "mutation { logDecision(input: {externalId: \"d1\", title: \"T\", takesEffectOn: \"2024-06-03\", expectedImpact: 3})
        { userErrors { message } } }";
    assert_eq!(there.execute(log).await["logDecision"]["userErrors"], json!([]));
    let (mut socket, mut events) = (here.connect_as(&token).await, here.events(&token, REVIEWED).await);
    socket.subscribe("1", REVIEWED).await;
    socket.subscribe("2", PROGRESS).await;
    here.until_open(3).await;
    events.until("text/event-stream").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    there.execute("mutation { recompute(input: {key: \"a\"}) { run { state } } }").await;
    let (mut verdict, mut is_done) = (None, false);
    while verdict.is_none() || !is_done {
        let message = socket.receive().await;
        let data = &message["payload"]["data"];
        is_done |= data["runProgress"]["state"] == "SUCCEEDED";
        verdict = data["decisionReviewed"]["verdict"].as_str().map(str::to_owned).or(verdict);
    }
    let verdict = verdict.expect("a verdict");
    assert_ne!(verdict, "MOVED_UP", "without responses");
    let text = events.until("event: next").await;
    assert!(text.contains("\"externalId\":\"d1\"") && text.contains(&verdict), "{text}");
    // The same verdict again is no event; another one is.
    let other = on.connect().await;
    let work = RunResult::default();
    let run = start_run(&other).await;
    store::run::succeed(other.writer(), run, work, RunTimings::default(), NOW).await.expect("done");
    let run = start_run(&other).await;
    other.writer().execute_unprepared("UPDATE decision_review SET verdict = 'MOVED_UP'").await.expect("changed");
    store::run::succeed(other.writer(), run, work, RunTimings::default(), NOW).await.expect("done");
    let text = events.until("MOVED_UP").await;
    assert_eq!(text.matches("event: next").count(), 2, "{text}");
}

async fn a_slow_consumer_gets_the_newest_state(on: &TestDatabase, poll_ms: u64) {
    let (here, other) = (LiveServer::start(on, settings(poll_ms)).await, on.connect().await);
    let token = here.token("ada", Role::Viewer).await;
    let run = start_run(&other).await;
    let mut slow = here.connect_as(&token).await;
    slow.subscribe("1", PROGRESS).await;
    here.until_open(1).await;
    for done in 0..200_u32 {
        store::run::write_progress(other.writer(), run, RunStage::Score, f64::from(done) / 1_000.0)
            .await
            .expect("written");
    }
    store::run::end(other.writer(), run, RunState::Failed, "x", NOW).await.expect("ended");
    let mut received = 0;
    loop {
        received += 1;
        if slow.receive().await["payload"]["data"]["runProgress"]["state"] == "FAILED" {
            break;
        }
    }
    assert!(received < 100, "200 changes were sent one by one: {received}");
}

#[test]
fn progress_is_sent_as_it_happens_on_sqlite() {
    on_sqlite(async |on| progress_is_sent_as_it_happens(on, 50).await);
}

#[test]
fn progress_is_sent_as_it_happens_on_postgres() {
    on_postgres(async |on| progress_is_sent_as_it_happens(on, 60_000).await);
}

#[test]
fn changed_verdicts_reach_the_subscribers_of_another_server_on_sqlite() {
    on_sqlite(async |on| changed_verdicts_reach_the_subscribers_of_another_server(on, 50).await);
}

#[test]
fn changed_verdicts_reach_the_subscribers_of_another_server_on_postgres() {
    on_postgres(async |on| changed_verdicts_reach_the_subscribers_of_another_server(on, 60_000).await);
}

#[test]
fn a_slow_consumer_gets_the_newest_state_on_sqlite() {
    on_sqlite(async |on| a_slow_consumer_gets_the_newest_state(on, 50).await);
}

#[test]
fn a_slow_consumer_gets_the_newest_state_on_postgres() {
    on_postgres(async |on| a_slow_consumer_gets_the_newest_state(on, 60_000).await);
}

#[test]
fn a_lost_connection_is_reopened_and_no_change_is_missed_on_postgres() {
    on_postgres(async |on| {
        let (here, other) = (LiveServer::start(on, settings(100)).await, on.connect().await);
        let token = here.token("ada", Role::Viewer).await;
        let mut events = here.events(&token, PROGRESS).await;
        events.until("text/event-stream").await;
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()";
        let killed = on.query(kill).await.len();
        assert_eq!(killed, 1, "one connection listens");
        let run = start_run(&other).await;
        events.until("RUNNING").await;
        store::run::end(other.writer(), run, RunState::Failed, "x", NOW).await.expect("ended");
        events.until("FAILED").await;
    });
}
