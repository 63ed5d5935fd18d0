//! Runs as of the past: they add reviews, and publish only where nothing newer is published.

use entity::Period;
use needle_tests::{RunFixture, TestDatabase, blocks, day, on_both_databases, reviews, scores};

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

on_both_databases!(
    a_run_of_the_past_adds_reviews_and_moves_nothing,
    where_nothing_newer_is_published_a_run_of_the_past_publishes,
    a_run_of_the_past_leaves_responses_that_came_late_to_the_next_present_one,
);
