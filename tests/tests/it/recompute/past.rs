//! Runs as of the past: they add reviews, and publish only where nothing newer is published.

use entity::Period;
use jobs::doctor::FindingLevel;
use jobs::recompute::{RunRequest, replay};
use needle_tests::{RunFixture, TestDatabase, blocks, day, on_both_databases, request, reviews, scores, timestamp};
use sea_orm::ConnectionTrait as _;

use super::{END, analytics, import_everything, published, survey};

async fn a_run_of_the_past_adds_reviews_and_moves_nothing(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let before = (published(test).await, scores(&test.database).await, blocks(&test.database).await);
    let stored = reviews(&test.database).await;
    let run = analyst.run_as_of(day("2024-06-13")).await;
    assert_eq!((run.version, run.as_of), (None, day("2024-06-13")));
    assert!(run.decisions_reviewed > 0);
    assert_eq!(run.responses_seen, survey.count(survey.first, day("2024-06-13"), |_| true).responses().cast_signed());
    assert_eq!((published(test).await, scores(&test.database).await, blocks(&test.database).await), before);
    let after = reviews(&test.database).await;
    let added: Vec<_> = after.keys().filter(|key| !stored.contains_key(key)).collect();
    assert_eq!(added.len(), 3, "{added:?}");
    assert!(added.iter().all(|(_, as_of)| *as_of == day("2024-06-10")), "{added:?}");
    assert!(stored.iter().all(|(key, review)| after[key] == *review));
}

async fn where_nothing_newer_is_published_a_run_of_the_past_publishes(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    let before = |until| survey.count(survey.first, day(until), |_| true);
    for (version, as_of) in [(1, "2024-06-13"), (2, "2024-06-19")] {
        let run = analyst.run_as_of(day(as_of)).await;
        assert_eq!(run.version, Some(version));
        assert_eq!(published(test).await, Some((version, day(as_of), Some(day(as_of)))));
        assert_eq!(analytics(test).await.nps(None, Period::default()).expect("counts"), before(as_of));
        let weeks = scores(&test.database).await;
        assert!(weeks.keys().all(|(_, week)| week.plus_days(7) <= day(as_of)), "complete weeks only");
        let newest = weeks.keys().filter(|(key, _)| key == "everyone").map(|(_, week)| *week).max();
        assert_eq!(newest, Some(day(as_of).monday().plus_days(-7)));
    }
    assert_eq!(analyst.run_as_of(day("2024-06-18")).await.version, None, "a newer one is published");
    assert_eq!(published(test).await, Some((2, day("2024-06-19"), Some(day("2024-06-19")))));
    let run = analyst.run().await;
    assert_eq!((run.version, published(test).await), (Some(3), Some((3, day("2024-08-28"), None))));
    let everything = survey.count(survey.first, survey.monday(34), |_| true);
    assert_eq!(analytics(test).await.nps(None, Period::default()).expect("counts"), everything);
    let stored = scores(&test.database).await;
    analyst.run_full().await;
    assert_eq!(scores(&test.database).await, stored);
}

async fn a_run_of_the_past_leaves_responses_that_came_late_to_the_next_present_one(test: &TestDatabase) {
    let survey = survey();
    let importer = import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    importer.add_responses("response_id,score,responded_at\nlate,0,2024-04-03\n").await;
    let before = analytics(test).await.nps(None, Period::default()).expect("counts");
    let run = analyst.run_as_of(day("2024-06-13")).await;
    let until = survey.count(survey.first, day("2024-06-13"), |_| true);
    assert_eq!(run.responses_seen, until.responses().cast_signed() + 1, "its reviews see it");
    assert_eq!(analytics(test).await.nps(None, Period::default()).expect("counts"), before);
    assert_eq!(analyst.run().await.weeks_counted, 1, "the week is still to be counted");
    let after = analytics(test).await.nps(None, Period::default()).expect("counts");
    assert_eq!(after.detractors, before.detractors + 1);
}

async fn no_run_is_dated_after_today(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let before = (published(test).await, reviews(&test.database).await);
    for as_of in ["2024-08-29", "2025-08-28", "1999-12-31", "9999-12-31"] {
        let request = RunRequest { as_of: Some(day(as_of)), ..request() };
        let error = analyst.run_request(&request).await.expect_err(as_of).to_string();
        assert!(error.contains("expected a day from 2000-01-01 to today (2024-08-28)"), "{error}");
    }
    let replayed = replay(&analyst.context, day("2024-08-19"), day("2024-09-03"), |_| panic!("a run was done")).await;
    assert!(replayed.expect_err("a week of the future").to_string().contains("until"));
    assert_eq!((published(test).await, reviews(&test.database).await), before);
}

async fn what_a_run_dated_into_the_future_published_is_taken_back_by_the_next_one(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let now = "2024-06-13T06:00:00Z";
    let analyst = RunFixture::at(test, now);
    analyst.run().await;
    let before = (scores(&test.database).await, reviews(&test.database).await);
    // As versions before this one did it: dated months ahead, and done today.
    let ahead = RunFixture::at(test, END).run().await;
    let done_today = format!("UPDATE run SET started_at = {} WHERE id = {}", timestamp(now).0, ahead.id.0);
    test.database.writer().execute_unprepared(&done_today).await.expect("updated");
    assert!(reviews(&test.database).await.keys().any(|(_, as_of)| *as_of > day("2024-06-13")));
    assert_eq!(doctor_codes(test).await, ["future-run"]);
    analyst.run().await;
    assert_eq!(published(test).await, Some((3, day("2024-06-13"), None)));
    assert_eq!((scores(&test.database).await, reviews(&test.database).await), before);
    assert_eq!(doctor_codes(test).await, [""; 0]);
    let standing = "SELECT COUNT(*) AS open FROM decision_standing WHERE valid_until IS NULL AND closed";
    let closed = "SELECT COUNT(*) AS open FROM decision_review WHERE final";
    let count = async |statement| test.query(statement).await[0].try_get::<i64>("", "open").expect("a count");
    assert_eq!(count(standing).await, count(closed).await, "lists agree with the reviews");
}

/// The problems that the doctor finds with the published version.
async fn doctor_codes(test: &TestDatabase) -> Vec<&'static str> {
    let found = crate::doctor::examine_database(test, true, "2024-06-13T06:00:00Z").await;
    let problems = found.into_iter().filter(|finding| finding.area == "publication");
    problems.filter(|finding| finding.level == FindingLevel::Problem).map(|finding| finding.code).collect()
}

on_both_databases!(
    no_run_is_dated_after_today,
    what_a_run_dated_into_the_future_published_is_taken_back_by_the_next_one,
    a_run_of_the_past_adds_reviews_and_moves_nothing,
    where_nothing_newer_is_published_a_run_of_the_past_publishes,
    a_run_of_the_past_leaves_responses_that_came_late_to_the_next_present_one,
);
