//! Counting only what changed, compared with rebuilding everything.

use needle_tests::{ImportFixture, RunFixture, Survey, TestDatabase, blocks, on_both_databases, reviews, scores};
use serde_json::{Value, json};

use super::{decisions, groups, segment, segments, survey};

async fn import_responses(importer: &ImportFixture, survey: &Survey) {
    importer.add_responses(survey.to_csv()).await;
}

async fn import_decisions(importer: &ImportFixture, logged_before: &str) {
    let is_logged = |decision: &Value| decision["loggedAt"].as_str().is_some_and(|logged_at| logged_at < logged_before);
    let decisions: Value =
        decisions().as_array().expect("an array").iter().filter(|decision| is_logged(decision)).cloned().collect();
    importer.add_decisions(decisions).await;
}

/// Rebuilds everything at the same time: no result may change.
async fn assert_a_full_run_changes_nothing(test: &TestDatabase, now: &str) {
    let incremental = (scores(&test.database).await, blocks(&test.database).await, reviews(&test.database).await);
    assert!(!incremental.0.is_empty() && !incremental.1.is_empty() && !incremental.2.is_empty());
    let run = RunFixture::at(test, now).run_full().await;
    assert!(run.weeks_counted >= 16, "{} weeks", run.weeks_counted);
    assert_eq!(scores(&test.database).await, incremental.0);
    assert!(blocks(&test.database).await == incremental.1, "the blocks differ");
    let full = reviews(&test.database).await;
    let differing: Vec<_> = full.iter().filter(|(key, review)| incremental.2.get(key) != Some(review)).collect();
    assert!(differing.is_empty(), "{differing:#?}\nwere\n{:#?}", incremental.2);
    assert_eq!(full.len(), incremental.2.len());
}

async fn changed_late_and_new_responses_and_segments_give_what_a_full_run_gives(test: &TestDatabase) {
    let mut survey = survey();
    let importer = ImportFixture::of(test).at("2024-05-22T06:00:00Z");
    // The only response of the otherwise empty week 7 is imported with a wrong day.
    let mut single = survey.responses[0].clone();
    (single.id, single.day) = ("single".to_owned(), survey.monday(7));
    survey.responses.push(single);
    import_responses(&importer, &survey.between(survey.first, survey.monday(20))).await;
    importer.add_segments(segments()).await;
    import_decisions(&importer, "2024-05-22").await;
    RunFixture::at(test, "2024-05-22T06:00:00Z").run().await;
    let (first_scores, first_blocks) = (scores(&test.database).await, blocks(&test.database).await);

    // Scores, days and attributes change in weeks that were counted before.
    for response in survey.responses.iter_mut().filter(|response| response.id.ends_with("a7")) {
        response.score = Some(10);
        response.day = response.day.plus_days(3);
        response.region = Some("EU");
    }
    survey.responses.last_mut().expect("the single one").day = survey.monday(8);
    import_responses(&importer, &survey.between(survey.first, survey.monday(20))).await;
    // Some responses come late, and those of the next weeks come in.
    let late: Vec<_> = survey.responses.iter().filter(|response| response.id.ends_with("a3")).cloned().collect();
    for response in late {
        survey.responses.push(needle_tests::SurveyResponse {
            id: format!("late {}", response.id),
            score: Some(0),
            ..response
        });
    }
    let later = importer.clone().at("2024-06-24T06:00:00Z");
    import_responses(&later, &survey.between(survey.first, survey.monday(25))).await;
    RunFixture::at(test, "2024-06-24T06:00:00Z").run().await;
    assert_ne!(scores(&test.database).await, first_scores);
    assert_ne!(blocks(&test.database).await, first_blocks);
    assert!(first_blocks.iter().any(|block| block.week == survey.monday(7)));
    assert!(blocks(&test.database).await.iter().all(|block| block.week != survey.monday(7)), "an emptied week");

    // One segment is redefined, one is new, and more decisions are logged; only two weeks are new.
    let importer = importer.at("2024-07-08T05:00:00Z");
    let everyone_else = json!({"not": {"attribute": {"name": "plan", "in": ["pro"]}}});
    let changed = json!([segment("small", &everyone_else), segment("new", &groups()[4].filter)]);
    importer.add_segments(changed).await;
    import_decisions(&importer, "2024-07-08").await;
    import_responses(&importer, &survey.between(survey.monday(25), survey.monday(27))).await;
    let run = RunFixture::at(test, "2024-07-08T06:00:00Z").run().await;
    assert!(run.weeks_counted < 5, "{} weeks", run.weeks_counted);
    let scored = scores(&test.database).await;
    let of = |key: &str| scored.iter().filter(|((found, _), _)| found == key).count();
    assert_eq!(of("new"), of("europe-or-pro"));
    assert_a_full_run_changes_nothing(test, "2024-07-08T06:00:00Z").await;
}

async fn a_late_response_reviews_again_a_decision_that_was_over(test: &TestDatabase) {
    let survey = survey();
    let now = "2024-08-26T06:00:00Z";
    let importer = ImportFixture::of(test).at(now);
    import_responses(&importer, &survey).await;
    importer.add_segments(segments()).await;
    import_decisions(&importer, "2025").await;
    RunFixture::at(test, now).run().await;
    let before = reviews(&test.database).await;
    assert!(before.values().all(|review| review.is_final), "all are over: {before:#?}");
    let mut late = survey.between(survey.monday(22), survey.monday(23));
    for response in &mut late.responses {
        (response.id, response.score, response.region) = (format!("late {}", response.id), Some(0), Some("EU"));
    }
    import_responses(&importer, &late).await;
    RunFixture::at(test, now).run().await;
    let after = reviews(&test.database).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(after.iter().all(|(key, review)| before[key] != *review), "{after:#?}");
    assert_a_full_run_changes_nothing(test, now).await;
}

async fn a_run_without_anything_new_writes_no_score_again(test: &TestDatabase) {
    super::import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, super::END);
    let first = analyst.run().await;
    let (rows, published) = (test.row_counts().await["segment_score"], scores(&test.database).await);
    let second = analyst.run().await;
    assert_eq!((first.version, second.version, second.weeks_counted), (Some(1), Some(2), 0));
    assert_eq!(test.row_counts().await["segment_score"], rows, "rows are valid over many versions");
    assert_eq!(scores(&test.database).await, published);
    assert_a_full_run_changes_nothing(test, super::END).await;
}

on_both_databases!(
    changed_late_and_new_responses_and_segments_give_what_a_full_run_gives,
    a_late_response_reviews_again_a_decision_that_was_over,
    a_run_without_anything_new_writes_no_score_again,
);
