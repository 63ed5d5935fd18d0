//! Several runs that publish: one after the other, and never one that lost its lease.

use std::sync::atomic::{AtomicBool, Ordering};

use entity::run::RunState;
use entity::store::{lease, run};
use entity::{Database, Timestamp};
use jobs::clock::Clock;
use jobs::recompute::{RecomputeError, RunContext, RunMonitor, claim, execute};
use needle_tests::{RunFixture, TestDatabase, on_both_databases, request, reviews, stale_weeks, timestamp};

use super::{END, import_everything, published, survey};

async fn two_runs_at_once_publish_one_after_the_other(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let first = RunFixture::with(test.connect().await, END);
    let second = RunFixture::with(test.connect().await, END);
    let (first, second) = tokio::join!(first.run(), second.run());
    let mut runs = [first, second];
    runs.sort_by_key(|run| run.version);
    assert_eq!(
        runs.each_ref().map(|run| (run.state, run.version)),
        [(RunState::Succeeded, Some(1)), (RunState::Succeeded, Some(2))]
    );
    assert!(runs[0].fence < runs[1].fence, "{runs:?}");
    assert_eq!((runs[1].weeks_counted, published(test).await.map(|row| row.0)), (0, Some(2)));
}

/// Acquires the publishing lease in place of its holder; false when it is free.
async fn take_over(url: String, later: Timestamp) -> bool {
    let database = Database::connect(&url).await.expect("a connection");
    let held = lease::current(database.reader(), "publish").await.expect("a reply");
    if held.is_none_or(|held| held.held_until == Timestamp(0)) {
        return false;
    }
    let taken =
        lease::take(database.writer(), "publish", "intruder", later, later.plus_seconds(300), later.plus_seconds(900))
            .await;
    taken.expect("a reply").is_some()
}

/// A clock that always shows the same time, and at whose first reading with a held lease another connection takes the
/// lease over.
fn clock_that_loses_the_lease(test: &TestDatabase) -> Clock {
    let (url, now, done) = (test.url.clone(), timestamp(END), AtomicBool::new(false));
    Clock::new(move || {
        if !done.load(Ordering::Relaxed) {
            let taking = take_over(url.clone(), now.plus_seconds(60));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let taken = std::thread::spawn(move || runtime.block_on(taking)).join().expect("a thread");
            done.store(taken, Ordering::Relaxed);
        }
        now
    })
}

async fn a_run_whose_lease_was_taken_over_publishes_nothing(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, END);
    let stale = stale_weeks(&test.database).await;
    let context = RunContext { clock: clock_that_loses_the_lease(test), ..analyst.context.clone() };
    let claimed = claim(&context, &request(), None).await.expect("a claim").run.id;
    let refused = execute(&context, claimed, &RunMonitor::default()).await;
    assert!(matches!(refused, Err(RecomputeError::LostLease)), "{refused:?}");
    let row = run::by_ids(test.database.reader(), &[claimed]).await.expect("runs").remove(&claimed).expect("the run");
    assert_eq!((row.state, row.version), (RunState::Failed, None));
    assert_eq!(row.error, Some(RecomputeError::LostLease.to_string()));
    assert_eq!(published(test).await, None);
    assert!(reviews(&test.database).await.is_empty());
    assert_eq!(stale_weeks(&test.database).await, stale, "every week is still to be counted");
    let held = lease::current(test.database.reader(), "publish").await.expect("a reply").expect("a lease");
    assert_eq!(held.owner, "intruder", "who lost the lease does not release that of another");
    lease::release(test.database.writer(), "publish", held.fence).await.expect("released");
    let next = analyst.run().await;
    assert_eq!((next.state, next.version), (RunState::Succeeded, Some(1)));
    assert!(next.fence > Some(held.fence), "{next:?}");
}

on_both_databases!(two_runs_at_once_publish_one_after_the_other, a_run_whose_lease_was_taken_over_publishes_nothing,);
