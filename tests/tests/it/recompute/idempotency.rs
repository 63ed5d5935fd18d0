//! Idempotency keys: the same request is the same run.

use entity::Timestamp;
use entity::run::RunState;
use entity::store::{lease, run};
use jobs::recompute::{RunError, RunMonitor, RunRequest, claim, execute};
use needle_rules::problem::ProblemCode;
use needle_rules::segment::ChangeError;
use needle_tests::{RunFixture, TestDatabase, day, on_both_databases, request};

use super::{END, import_everything, published, survey};

fn with_key(request: &RunRequest) -> RunRequest {
    RunRequest { idempotency_key: Some("monday".to_owned()), ..request.clone() }
}

async fn the_same_key_is_the_same_run(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let context = RunFixture::at(test, END).context;
    let first = claim(&context, &with_key(&request()), None).await.expect("a claim");
    let again = claim(&context, &with_key(&request()), None).await.expect("a claim");
    assert_eq!((first.is_new, again.is_new, again.run.id), (true, false, first.run.id));
    execute(&context, first.run.id, &RunMonitor::default()).await.expect("a run");
    let done = claim(&context, &with_key(&request()), None).await.expect("a claim");
    assert_eq!((done.is_new, done.run.id, done.run.state), (false, first.run.id, RunState::Succeeded));
    let explicit = RunRequest { as_of: Some(day("2024-08-28")), ..with_key(&request()) };
    assert_eq!(claim(&context, &explicit, None).await.expect("a claim").run.id, first.run.id, "it was today");
    let other = claim(&context, &request(), None).await.expect("a claim");
    assert!(other.is_new && other.run.id != first.run.id, "no key, another run");
}

async fn the_same_key_with_other_arguments_is_a_conflict(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let context = RunFixture::at(test, END).context;
    claim(&context, &with_key(&request()), None).await.expect("a claim");
    for other in [RunRequest { full: true, ..request() }, RunRequest { as_of: Some(day("2024-06-10")), ..request() }] {
        let refused = claim(&context, &with_key(&other), None).await;
        let Err(ChangeError::Problem(problem)) = refused else { panic!("{other:?}: {refused:?}") };
        assert_eq!(problem.code, ProblemCode::Conflict, "{problem:?}");
    }
    assert_eq!(test.row_counts().await["run"], 1);
}

async fn a_failed_run_may_be_repeated_under_its_key(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let context = RunFixture::at(test, END).context;
    let first = claim(&context, &with_key(&request()), None).await.expect("a claim").run.id;
    let (writer, now) = (test.database.writer(), context.clock.now());
    run::end(writer, first, RunState::Failed, "the disk was full", now).await.expect("failed");
    let second = claim(&context, &with_key(&request()), None).await.expect("a claim");
    assert!(second.is_new && second.run.id != first);
    let done = execute(&context, second.run.id, &RunMonitor::default()).await.expect("a run").run;
    assert_eq!((done.state, done.version), (RunState::Succeeded, Some(1)));
    let row = run::by_ids(test.database.reader(), &[first]).await.expect("runs").remove(&first).expect("the first");
    assert_eq!((row.state, row.idempotency_key), (RunState::Failed, None));
}

async fn waiting_for_a_run_under_a_used_key_does_not_run_it_again(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, END);
    let first = analyst.run_request(&with_key(&request())).await.expect("a run");
    let again = analyst.run_request(&with_key(&request())).await.expect("the same run");
    assert_eq!((again.id, again.version), (first.id, Some(1)));
    assert_eq!(published(test).await.map(|row| row.0), Some(1));
}

async fn two_requests_at_once_under_one_key_start_one_run(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let (one, other) = (RunFixture::with(test.connect().await, END), RunFixture::with(test.connect().await, END));
    // The order is random: ten rounds are likely to meet both.
    for round in 0..10 {
        let request = RunRequest { idempotency_key: Some(format!("round {round}")), ..request() };
        let (first, second) = tokio::join!(claim(&one.context, &request, None), claim(&other.context, &request, None));
        let (first, second) = (first.expect("a claim"), second.expect("a claim"));
        assert_eq!(first.run.id, second.run.id);
        assert!(first.is_new != second.is_new, "{first:?} {second:?}");
    }
    assert_eq!(test.row_counts().await["run"], 10);
}

async fn a_request_that_is_refused_while_holding_the_lease_releases_it(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, END);
    analyst.run_request(&with_key(&request())).await.expect("a run");
    let refused = analyst.run_request(&with_key(&RunRequest { full: true, ..request() })).await;
    let Err(RunError::Claim(ChangeError::Problem(problem))) = refused else { panic!("{refused:?}") };
    assert_eq!(problem.code, ProblemCode::Conflict);
    let held = lease::current(test.database.reader(), "publish").await.expect("a reply").expect("a lease");
    assert_eq!(held.held_until, Timestamp(0), "the next run would wait until it runs out");
}

on_both_databases!(
    two_requests_at_once_under_one_key_start_one_run,
    a_request_that_is_refused_while_holding_the_lease_releases_it,
    the_same_key_is_the_same_run,
    the_same_key_with_other_arguments_is_a_conflict,
    a_failed_run_may_be_repeated_under_its_key,
    waiting_for_a_run_under_a_used_key_does_not_run_it_again,
);
