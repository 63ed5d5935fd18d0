//! Daylight saving time, machines that were off, and clocks that are set back.

use std::time::Duration;

use chrono_tz::Tz;
use entity::delivery::DeliveryState;
use entity::run::{RunState, RunTrigger};
use entity::slot::{Job, SlotState};
use entity::{ConnectionTrait as _, Timestamp, store};
use jobs::schedule::ScheduleSettings;
use needle_tests::{TestDatabase, day, on_both_databases, timestamp};

use super::{ManualClock, WorkerProcess, defaults, every_minute, job_schedule, runs, slots, states};

const BERLIN: Tz = Tz::Europe__Berlin;

/// Ticks every ten minutes until a timestamp.
async fn tick_until(process: &WorkerProcess, clock: &ManualClock, until: &str) {
    let until = needle_tests::timestamp(until);
    while clock.now() < until {
        clock.advance(Duration::from_mins(10));
        process.tick().await;
    }
}

async fn every_day_has_one_refresh_at_six_while_the_clocks_change(test: &TestDatabase) {
    let clock = ManualClock::at("2026-10-22T12:01:00Z");
    let process = WorkerProcess::start(test, &clock, &defaults()).await;
    tick_until(&process, &clock, "2026-10-27T12:00:00Z").await;
    let done = |text: &str| (text.to_owned(), SlotState::Succeeded);
    assert_eq!(
        states(test, Job::Daily, BERLIN).await,
        ["2026-10-23 06:00", "2026-10-24 06:00", "2026-10-25 06:00", "2026-10-26 06:00", "2026-10-27 06:00"].map(done)
    );
    assert_eq!(states(test, Job::Weekly, BERLIN).await, [done("2026-10-26 05:00")]);
    let runs = runs(test).await;
    assert_eq!(runs.len(), 6);
    // A tick every ten minutes finds a slot of the full hour one minute late.
    assert!(runs.iter().all(|run| run.trigger == RunTrigger::Schedule && run.state == RunState::Succeeded), "{runs:?}");
    assert!(runs.iter().all(|run| run.reviews == (run.job == Some(Job::Weekly))), "{runs:?}");
    clock.set("2027-03-26T12:01:00Z");
    process.tick().await;
    let before = slots(test, Job::Daily).await.len();
    tick_until(&process, &clock, "2027-03-30T12:00:00Z").await;
    assert_eq!(
        states(test, Job::Daily, BERLIN).await[before..],
        ["2027-03-27 06:00", "2027-03-28 06:00", "2027-03-29 06:00", "2027-03-30 06:00"].map(done)
    );
}

async fn after_a_week_off_each_job_is_caught_up_once_and_the_rest_is_recorded(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:00Z");
    let process = WorkerProcess::start(test, &clock, &defaults()).await;
    process.tick().await;
    assert!(runs(test).await.is_empty(), "nothing was promised for the time before the start");
    // From Tuesday noon to the next Tuesday noon: one Monday and seven mornings.
    clock.set("2026-12-01T12:00:00Z");
    process.tick().await;
    process.tick().await;
    let weekly = states(test, Job::Weekly, BERLIN).await;
    assert_eq!(weekly, [("2026-11-30 05:00".to_owned(), SlotState::Succeeded)]);
    let daily = slots(test, Job::Daily).await;
    assert_eq!(daily.iter().filter(|slot| slot.state == SlotState::Missed).count(), 6);
    let last = daily.last().expect("seven slots");
    assert!(last.state == SlotState::Succeeded && last.is_catch_up, "{last:?}");
    assert!(daily[0].error.as_deref().is_some_and(|why| why.contains("a later slot")), "{:?}", daily[0]);
    let caught_up = runs(test).await;
    assert_eq!(caught_up.len(), 2);
    assert!(caught_up.iter().all(|run| run.trigger == RunTrigger::CatchUp && run.version.is_some()), "{caught_up:?}");
    process.tick().await;
    assert_eq!(runs(test).await.len(), 2, "once is enough");
}

async fn a_slot_older_than_the_window_is_only_recorded(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:00Z");
    let process = WorkerProcess::start(test, &clock, &defaults()).await;
    // Six days and ten hours after the weekly slot; the morning's refresh was due five hours before.
    clock.set("2026-12-06T10:10:00Z");
    process.tick().await;
    process.tick().await;
    let weekly = slots(test, Job::Weekly).await;
    assert_eq!(weekly.iter().map(|slot| slot.state).collect::<Vec<_>>(), [SlotState::Missed]);
    assert!(weekly[0].error.as_deref().is_some_and(|why| why.contains("144 hours")), "{weekly:?}");
    assert_eq!(runs(test).await.iter().map(|run| run.job).collect::<Vec<_>>(), [Some(Job::Daily)]);
}

async fn a_clock_that_is_set_back_repeats_nothing_and_stops_nothing(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let process = WorkerProcess::start(test, &clock, &every_minute()).await;
    for _ in 0..10 {
        clock.advance(Duration::from_mins(1));
        process.tick().await;
    }
    assert_eq!(runs(test).await.len(), 10);
    clock.set("2026-11-24T12:00:30Z");
    for _ in 0..12 {
        process.tick().await;
        clock.advance(Duration::from_mins(1));
    }
    process.tick().await;
    let slots = slots(test, Job::Daily).await;
    assert_eq!(slots.len(), 12, "{slots:?}");
    assert!(slots.iter().all(|slot| slot.state == SlotState::Succeeded), "{slots:?}");
    assert_eq!(runs(test).await.len(), 12, "the ten minutes that came again were done already");
}

async fn a_clock_that_was_ahead_leaves_no_slot_of_the_future(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let process = WorkerProcess::start(test, &clock, &every_minute()).await;
    clock.advance(Duration::from_mins(1));
    process.tick().await;
    clock.set("2027-12-29T12:00:30Z");
    process.tick().await;
    process.tick().await;
    // A process that is killed under the wrong clock leaves its claims behind.
    let ahead = store::slot::newest(test.database.reader(), Job::Daily, 1).await.expect("slots").remove(0);
    let far = ahead.slot.plus_seconds(600);
    let taken = store::lease::take(test.database.writer(), "publish", "gone", ahead.slot, far, far).await;
    taken.expect("a reply").expect("the lease");
    clock.set("2026-11-24T12:02:30Z");
    let doctor = doctor_codes_at(test, clock.now()).await;
    assert!(["future-slot", "future-run", "far-lease"].iter().all(|code| doctor.contains(code)), "{doctor:?}");
    process.tick().await;
    clock.advance(Duration::from_mins(1));
    process.tick().await;
    let slots = slots(test, Job::Daily).await;
    assert!(slots.iter().all(|slot| slot.slot <= clock.now()), "{slots:?}");
    let last = slots.last().expect("a slot");
    assert_eq!((last.slot, last.state), (timestamp("2026-11-24T12:03:00Z"), SlotState::Succeeded));
    let published = store::publication::current(test.database.reader()).await.expect("a reply").expect("a version");
    assert_eq!(published.as_of, day("2026-11-24"));
    let doctor = doctor_codes_at(test, clock.now()).await;
    assert!(!doctor.contains(&"future-slot") && !doctor.contains(&"future-run"), "{doctor:?}");
}

async fn doctor_codes_at(test: &TestDatabase, now: Timestamp) -> Vec<&'static str> {
    let found = crate::doctor::examine_database(test, true, &now.to_utc().to_rfc3339()).await;
    found.into_iter().map(|finding| finding.code).collect()
}

async fn late_slots_are_done_by_one_run(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let process = WorkerProcess::start(test, &clock, &every_minute()).await;
    clock.advance(Duration::from_mins(4));
    process.tick().await;
    let states: Vec<_> = slots(test, Job::Daily).await.into_iter().map(|slot| (slot.state, slot.error)).collect();
    let earlier = (SlotState::Succeeded, Some("done with a later slot".to_owned()));
    assert_eq!(states, [earlier.clone(), earlier.clone(), earlier, (SlotState::Succeeded, None)]);
    assert_eq!(runs(test).await.len(), 1);
}

async fn a_delivery_whose_slot_is_settled_does_not_stay_sending(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T12:00:30Z");
    let settings = ScheduleSettings {
        schedules: vec![job_schedule(Job::Brief, "* * * * *", Tz::UTC, Duration::from_hours(20))],
        ..defaults()
    };
    let process = WorkerProcess::start(test, &clock, &settings).await;
    clock.advance(Duration::from_mins(1));
    process.tick().await;
    let insert = format!(
        "INSERT INTO delivery (job, slot, channel, destination, state, fence, attempts, tried_at) \
         VALUES ('brief', {}, 'email', 'ada', 'sending', 1, 1, {})",
        timestamp("2026-11-24T12:01:00Z").0,
        clock.now().0
    );
    test.database.writer().execute_unprepared(&insert).await.expect("inserted");
    clock.advance(Duration::from_mins(1));
    process.tick().await;
    let deliveries = store::delivery::of_newest_slot(test.database.reader(), Job::Brief).await.expect("deliveries");
    assert_eq!(deliveries[0].state, DeliveryState::Uncertain, "{deliveries:?}");
}

async fn an_unfinished_slot_is_replaced_by_a_later_one(test: &TestDatabase) {
    let clock = ManualClock::at("2026-11-24T05:00:30Z");
    let settings = every_minute();
    let stopped = WorkerProcess::start(test, &clock, &settings).await;
    clock.advance(Duration::from_mins(1));
    // The slot is recorded and claimed, then its process is shut down before it can do anything.
    needle_tests::hold_publishing_lease(test, clock.now()).await;
    stopped.worker.tick().await.expect("a tick");
    stopped.background.drain(Duration::ZERO).await;
    assert_eq!(slots(test, Job::Daily).await[0].state, SlotState::Due);
    needle_tests::release_publishing_lease(test).await;
    clock.advance(Duration::from_hours(3));
    let later = WorkerProcess::start(test, &clock, &settings).await;
    later.tick().await;
    let slots = slots(test, Job::Daily).await;
    assert_eq!(slots[0].state, SlotState::Failed, "{:?}", slots[0]);
    assert!(slots[0].error.as_deref().is_some_and(|why| why.contains("a later slot replaces it")));
    assert!(slots[1..175].iter().all(|slot| slot.state == SlotState::Missed));
    assert!(slots[176..].iter().all(|slot| slot.state == SlotState::Succeeded), "late ones are done together");
}

on_both_databases!(
    every_day_has_one_refresh_at_six_while_the_clocks_change,
    after_a_week_off_each_job_is_caught_up_once_and_the_rest_is_recorded,
    a_slot_older_than_the_window_is_only_recorded,
    a_clock_that_is_set_back_repeats_nothing_and_stops_nothing,
    a_clock_that_was_ahead_leaves_no_slot_of_the_future,
    late_slots_are_done_by_one_run,
    a_delivery_whose_slot_is_settled_does_not_stay_sending,
    an_unfinished_slot_is_replaced_by_a_later_one,
);
