//! Claims, attempts, cancellation and shutdown of a worker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use entity::Timestamp;
use entity::run::{RunStage, RunState, RunTrigger};
use entity::slot::{Job, SlotState};
use entity::store::{self, run, slot};
use jobs::clock::Clock;
use jobs::recompute::{BackgroundRuns, RecomputeError, RunContext, RunMonitor, change_time_zone, claim, execute};
use jobs::schedule::{JobSchedule, ScheduleWorker};
use needle_tests::{
    RunFixture, TestDatabase, day, hold_publishing_lease, on_both_databases, release_publishing_lease, request,
    timestamp,
};
use sea_orm::ConnectionTrait as _;

use super::{ManualClock, ScheduleSettings, WorkerProcess, every_minute, runs, slots};
use crate::recompute::{END, import_everything, survey};

async fn eight_processes_publish_every_slot_once(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let settings = every_minute();
    let mut processes = Vec::new();
    for _ in 0..8 {
        processes.push(WorkerProcess::start(test, &clock, &settings).await);
    }
    for _ in 0..25 {
        clock.advance(Duration::from_mins(1));
        // All processes tick at the same time.
        let mut ticks = tokio::task::JoinSet::new();
        for process in &processes {
            let worker = process.worker.clone();
            ticks.spawn(async move { worker.tick().await.expect("a tick") });
        }
        ticks.join_all().await;
        while processes.iter().any(|process| process.background.at_work() > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let mut published: BTreeMap<Timestamp, usize> = BTreeMap::new();
    for run in runs(test).await {
        assert_eq!((run.state, run.trigger, run.attempt), (RunState::Succeeded, RunTrigger::Schedule, 1));
        *published.entry(run.slot.expect("a slot")).or_default() += usize::from(run.version.is_some());
    }
    assert_eq!(published.len(), 25);
    assert!(published.values().all(|times| *times == 1), "{published:?}");
    assert!(slots(test, Job::Daily).await.iter().all(|slot| slot.state == SlotState::Succeeded));
}

async fn a_running_process_dates_by_the_zone_that_another_one_sets(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T01:30:00Z");
    store::setting::calendar(test.database.writer(), Some(chrono_tz::UTC)).await.expect("the first zone");
    let context = super::run_context(test.connect().await, &clock);
    let background = BackgroundRuns::default();
    let worker = ScheduleWorker::begin(context.clone(), every_minute(), background, Box::new(|_| ())).await;
    let worker = worker.expect("a worker");
    worker.tick().await.expect("a tick");
    assert_eq!(context.calendar.get().day_of(clock.now()), day("2026-11-24"));
    change_time_zone(&test.database, chrono_tz::America::New_York).await.expect("changed");
    worker.tick().await.expect("a tick");
    assert_eq!(context.calendar.get().day_of(clock.now()), day("2026-11-23"));
}

async fn a_schedule_without_a_zone_of_its_own_follows_the_reporting_zone(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T04:59:00Z");
    store::setting::calendar(test.database.writer(), Some(chrono_tz::UTC)).await.expect("the first zone");
    let at_six = |job, follows_reporting_zone| {
        let schedule = super::job_schedule(job, "0 6 * * *", chrono_tz::UTC, Duration::from_hours(1));
        JobSchedule { follows_reporting_zone, ..schedule }
    };
    let schedules = vec![at_six(Job::Daily, true), at_six(Job::Weekly, false)];
    let process = WorkerProcess::start(test, &clock, &ScheduleSettings { schedules, ..every_minute() }).await;
    process.tick().await;
    change_time_zone(&test.database, chrono_tz::Europe::Berlin).await.expect("changed");
    process.tick().await;
    clock.set("2026-11-24T05:00:10Z");
    process.tick().await;
    let six_in_berlin = timestamp("2026-11-24T05:00:00Z");
    let daily: Vec<Timestamp> = slots(test, Job::Daily).await.iter().map(|slot| slot.slot).collect();
    assert_eq!(daily, [six_in_berlin]);
    assert_eq!(slots(test, Job::Weekly).await.len(), 0, "six in its own zone is an hour later");
    clock.set("2026-11-24T06:00:10Z");
    process.tick().await;
    assert_eq!(slots(test, Job::Daily).await.len(), 1);
    assert_eq!(slots(test, Job::Weekly).await.len(), 1);
}

async fn a_running_slot_is_not_claimed_and_one_whose_claim_expired_is(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let process = WorkerProcess::start(test, &clock, &every_minute()).await;
    clock.advance(Duration::from_mins(1));
    // A process on another machine claims it and then vanishes.
    let due = record_and_claim(test, &clock, "elsewhere").await;
    let theirs = jobs::recompute::RunRequest { slot: Some((due, 1)), ..request() };
    claim(&super::run_context(test.connect().await, &clock), &theirs, None).await.expect("a run");
    process.tick().await;
    assert_eq!(runs(test).await.len(), 1, "overlap is refused");
    clock.advance(Duration::from_mins(1));
    process.tick().await;
    let done = slots(test, Job::Daily).await;
    assert_eq!((done[0].state, done[0].attempts), (SlotState::Succeeded, 1), "done with the later one");
    assert_eq!((done[1].state, done[1].attempts), (SlotState::Succeeded, 1));
    let states: Vec<RunState> = runs(test).await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Abandoned, RunState::Succeeded], "a run that lost its slot is at work no more");
    let late = slot::settle(test.database.writer(), due, SlotState::Failed, None, clock.now()).await.expect("a reply");
    assert!(!late, "who lost the claim settles nothing");
}

/// Records the slot of the present minute and claims it for an owner.
async fn record_and_claim(test: &TestDatabase, clock: &ManualClock, owner: &str) -> slot::SlotClaim {
    let now = clock.now();
    let minute = Timestamp(now.0 - now.0.rem_euclid(60_000_000));
    let row = entity::slot::Model {
        job: Job::Daily,
        slot: minute,
        state: SlotState::Due,
        is_catch_up: false,
        not_before: minute,
        owner: String::new(),
        fence: 0,
        held_until: Timestamp(0),
        attempts: 0,
        finished_at: None,
        error: None,
    };
    let writer = test.database.writer();
    slot::put_new(writer, vec![row.clone()]).await.expect("written");
    store::schedule::account(writer, Job::Daily, minute).await.expect("accounted");
    slot::claim(writer, &row, owner, now.plus_seconds(15)).await.expect("a reply").expect("a claim")
}

async fn a_run_whose_slot_was_taken_over_publishes_nothing(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let clock = ManualClock::at(END);
    let _process = WorkerProcess::start(test, &clock, &every_minute()).await;
    let mine = record_and_claim(test, &clock, "mine").await;
    let context = RunFixture::at(test, END).context;
    let request = jobs::recompute::RunRequest { slot: Some((mine, 1)), ..request() };
    let claimed = claim(&context, &request, None).await.expect("a claim").run;
    let row = slots(test, Job::Daily).await.remove(0);
    let theirs = slot::claim(test.database.writer(), &row, "theirs", clock.now().plus_seconds(15)).await;
    let theirs = theirs.expect("a reply").expect("a claim");
    let refused = execute(&context, claimed.id, &RunMonitor::of_slot(Some(mine))).await;
    assert!(matches!(refused, Err(RecomputeError::LostSlot)), "{refused:?}");
    let run = runs(test).await.remove(0);
    assert_eq!((run.state, run.version), (RunState::Failed, None));
    let again =
        claim(&context, &jobs::recompute::RunRequest { slot: Some((theirs, 2)), ..request.clone() }, None).await;
    let again = again.expect("a claim").run.id;
    execute(&context, again, &RunMonitor::of_slot(Some(theirs))).await.expect("published");
    assert_eq!(slots(test, Job::Daily).await[0].state, SlotState::Succeeded);
}

/// Damages a stored block, so that every run that reads it fails.
async fn damage(test: &TestDatabase) {
    let change = "UPDATE tally SET responses = responses, checksum = block WHERE week = (SELECT MIN(week) FROM tally)";
    test.database.writer().execute_unprepared(change).await.expect("damaged");
}

async fn a_failing_run_is_repeated_later_and_given_up_after_the_last_attempt(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    RunFixture::at(test, END).run().await;
    damage(test).await;
    let clock = ManualClock::at(END);
    let settings = ScheduleSettings { attempts: 3, retry_after: Duration::from_secs(10), ..weekly_every_hour() };
    let process = WorkerProcess::start(test, &clock, &settings).await;
    clock.advance(Duration::from_mins(61));
    let mut states = Vec::new();
    for seconds in [0, 9, 2, 18, 3, 3_000] {
        clock.advance(Duration::from_secs(seconds));
        process.tick().await;
        let slot = slots(test, Job::Weekly).await.remove(0);
        states.push((slot.state, slot.attempts));
    }
    let (due, failed) = (SlotState::Due, SlotState::Failed);
    assert_eq!(states, [(due, 1), (due, 1), (due, 2), (due, 2), (failed, 3), (failed, 3)]);
    let slot = slots(test, Job::Weekly).await.remove(0);
    assert!(slot.error.as_deref().is_some_and(|why| why.contains("damaged")), "{slot:?}");
    let failed: Vec<_> = runs(test).await.into_iter().skip(1).collect();
    assert_eq!(
        failed.iter().map(|run| (run.state, run.attempt)).collect::<Vec<_>>(),
        [1, 2, 3].map(|attempt| (RunState::Failed, attempt))
    );
}

/// The full recompute, every hour.
fn weekly_every_hour() -> ScheduleSettings {
    let plans = vec![super::job_schedule(Job::Weekly, "0 * * * *", chrono_tz::Tz::UTC, Duration::from_hours(20))];
    ScheduleSettings { schedules: plans, late_after: Duration::from_hours(2), ..every_minute() }
}

async fn a_panic_ends_the_run_and_not_the_process(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, END);
    let id = claim(&analyst.context, &request(), None).await.expect("a claim").run.id;
    let (readings, now) = (AtomicU32::new(0), needle_tests::timestamp(END));
    // The first reading of the clock is for the lease, the second one, which panics, for the work.
    let clock = Clock::new(move || {
        assert!(readings.fetch_add(1, Ordering::Relaxed) != 1, "the clock stopped");
        now
    });
    let ended = execute(&RunContext { clock, ..analyst.context.clone() }, id, &RunMonitor::default()).await;
    assert!(matches!(&ended, Err(RecomputeError::Panicked(why)) if why.contains("the clock stopped")), "{ended:?}");
    let run = runs(test).await.remove(0);
    assert_eq!(run.state, RunState::Failed);
    assert!(run.error.as_deref().is_some_and(|error| error.contains("the clock stopped")), "{run:?}");
    assert_eq!(analyst.run().await.state, RunState::Succeeded, "the lease was given back");
}

async fn a_cancelled_run_stops_and_its_slot_is_not_repeated(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let process = WorkerProcess::start(test, &clock, &every_minute()).await;
    clock.advance(Duration::from_mins(1));
    hold_publishing_lease(test, clock.now()).await;
    process.worker.tick().await.expect("a tick");
    let run = loop {
        // Both the progress and the cancellation request are stored in the database.
        let found = runs(test).await.into_iter().next();
        if let Some(run) = found.filter(|run| run.stage.is_some()) {
            break run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((run.state, run.stage, run.share_done), (RunState::Running, Some(RunStage::Wait), Some(0.0)));
    assert!(run::request_cancel(test.database.writer(), run.id).await.expect("a reply"));
    while process.background.at_work() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    release_publishing_lease(test).await;
    assert_eq!(runs(test).await[0].state, RunState::Cancelled);
    assert_eq!(slots(test, Job::Daily).await[0].state, SlotState::Cancelled);
    assert!(!run::request_cancel(test.database.writer(), run.id).await.expect("a reply"), "it has ended");
    process.tick().await;
    assert_eq!(runs(test).await.len(), 1);
}

async fn a_process_that_shuts_down_leaves_its_slot_to_the_next_one(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let (first, second) = (
        WorkerProcess::start(test, &clock, &every_minute()).await,
        WorkerProcess::start(test, &clock, &every_minute()).await,
    );
    clock.advance(Duration::from_mins(1));
    hold_publishing_lease(test, clock.now()).await;
    first.worker.tick().await.expect("a tick");
    first.background.drain(Duration::from_millis(50)).await;
    release_publishing_lease(test).await;
    let slot = slots(test, Job::Daily).await.remove(0);
    assert_eq!((slot.state, slot.attempts), (SlotState::Due, 0), "the attempt does not count");
    assert_eq!(runs(test).await[0].state, RunState::Abandoned);
    second.tick().await;
    assert_eq!(slots(test, Job::Daily).await[0].state, SlotState::Succeeded);
    clock.advance(Duration::from_mins(1));
    first.tick().await;
    assert_eq!(slots(test, Job::Daily).await.len(), 1, "who stops starts nothing");
    second.tick().await;
    assert_eq!(slots(test, Job::Daily).await[1].state, SlotState::Succeeded);
}

on_both_databases!(
    a_running_process_dates_by_the_zone_that_another_one_sets,
    a_schedule_without_a_zone_of_its_own_follows_the_reporting_zone,
    eight_processes_publish_every_slot_once,
    a_running_slot_is_not_claimed_and_one_whose_claim_expired_is,
    a_run_whose_slot_was_taken_over_publishes_nothing,
    a_failing_run_is_repeated_later_and_given_up_after_the_last_attempt,
    a_panic_ends_the_run_and_not_the_process,
    a_cancelled_run_stops_and_its_slot_is_not_repeated,
    a_process_that_shuts_down_leaves_its_slot_to_the_next_one,
);
