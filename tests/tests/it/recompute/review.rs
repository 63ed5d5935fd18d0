//! Reviews: what they are based on, and that those of the past stay as they were.

use std::collections::BTreeMap;

use entity::Day;
use entity::store::decision::by_external_ids;
use entity::verdict::CaveatCode;
use needle_review::ReviewNumbers as _;
use needle_rules::decision::reverse;
use needle_tests::{
    ImportFixture, RunFixture, StoredReview, TestDatabase, UTC, day, on_both_databases, reviews, timestamp,
};
use serde_json::{Value, json};

use super::{END, decision, decisions, import_everything, segment, segments, survey};

type ReviewMap = BTreeMap<(String, Day), StoredReview>;

/// The reviews that differ between two sets, as text.
fn differences(one: &ReviewMap, other: &ReviewMap) -> Vec<String> {
    let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differing = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    differing.map(|key| format!("{} {}:\n{:?}\n{:?}", key.0, key.1, one.get(key), other.get(key))).collect()
}

fn of<'a>(reviews: &'a ReviewMap, decision: &str) -> Vec<(Day, &'a StoredReview)> {
    reviews.iter().filter(|((id, _), _)| id == decision).map(|((_, as_of), review)| (*as_of, review)).collect()
}

fn codes(review: &StoredReview) -> Vec<CaveatCode> {
    review.row.caveats.0.iter().map(|caveat| caveat.code).collect()
}

/// Reverses a decision in the ninth week of its horizon.
async fn reverse_for_small(test: &TestDatabase) {
    let stored = by_external_ids(test.database.reader(), &["for-small".to_owned()]).await.expect("decisions");
    let (on, now) = (day("2024-06-20"), timestamp("2024-06-19T10:00:00Z"));
    reverse(test.database.writer(), &stored["for-small"], on, "it was a bad idea", UTC, now).await.expect("reversed");
}

async fn responses_of_later_weeks_change_no_review(test: &TestDatabase) {
    let survey = survey();
    let (from, middle) = (survey.monday(1), survey.monday(26));
    import_everything(test, &survey.between(survey.first, middle)).await;
    let analyst = RunFixture::at(test, END);
    analyst.replay(from, middle.plus_days(1)).await;
    let before = reviews(&test.database).await;
    assert!(before.len() > 20, "{}", before.len());
    assert!(before.values().any(|review| review.effect.is_some()), "{before:#?}");
    ImportFixture::of(test).at(END).add_responses(survey.between(middle, survey.monday(34)).to_csv()).await;
    assert!(analyst.replay(from, middle.plus_days(1)).await.iter().all(|run| run.decisions_reviewed <= 4));
    let after = reviews(&test.database).await;
    let differences = differences(&before, &after);
    assert!(differences.is_empty(), "{} differ, like {}", differences.len(), differences[0]);
}

async fn a_replay_is_the_weekly_runs_that_would_have_happened(test: &TestDatabase) {
    let survey = survey();
    let weekly = TestDatabase::sqlite().await;
    for week in 1..=34 {
        let monday = survey.monday(week);
        let now = format!("{monday}T06:00:00Z");
        let importer = ImportFixture::of(&weekly).at(&now);
        importer.add_responses(survey.between(survey.monday(week - 1), monday).to_csv()).await;
        if week == 1 {
            importer.add_segments(segments()).await;
        }
        let all = decisions();
        let logged =
            |decision: &&Value| decision["loggedAt"].as_str().is_some_and(|timestamp| timestamp < now.as_str());
        let logged_by_then: Value = all.as_array().expect("an array").iter().filter(logged).cloned().collect();
        // Decisions that are in effect are sealed, so that each file contains only the new ones.
        importer.add_decisions(logged_by_then).await;
        if monday == day("2024-06-24") {
            reverse_for_small(&weekly).await;
        }
        RunFixture::at(&weekly, &now).run().await;
    }
    import_everything(test, &survey).await;
    reverse_for_small(test).await;
    let runs = RunFixture::at(test, END).replay(survey.monday(1), survey.monday(34).plus_days(1)).await;
    assert_eq!(runs.len(), 34);
    let (expected, found) = (reviews(&weekly.database).await, reviews(&test.database).await);
    assert!(expected.len() > 30, "{}", expected.len());
    let differences = differences(&expected, &found);
    assert!(differences.is_empty(), "{} differ, like {}", differences.len(), differences[0]);
}

async fn a_replay_is_its_runs_one_by_one_in_any_order(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.replay(survey.monday(16), survey.monday(31)).await;
    let replayed = reviews(&test.database).await;
    assert!(replayed.len() > 30, "{}", replayed.len());
    let alone = TestDatabase::sqlite().await;
    import_everything(&alone, &survey).await;
    for week in (16..31).rev() {
        RunFixture::at(&alone, END).run_as_of(survey.monday(week)).await;
    }
    let differences = differences(&replayed, &reviews(&alone.database).await);
    assert!(differences.is_empty(), "{} differ, like {}", differences.len(), differences[0]);
}

async fn a_decision_keeps_the_definition_it_was_logged_with(test: &TestDatabase) {
    let survey = survey();
    let importer = import_everything(test, &survey).await;
    let america = json!({"attribute": {"name": "region", "in": ["US"]}});
    assert_eq!(importer.segments(json!([segment("europe", &america)])).await.updated, 1);
    importer.add_decisions(json!([decision("for-america", "europe", "2024-05-20", 8, "2024-05-06T09:00:00Z")])).await;
    RunFixture::at(test, END).run_full().await;
    let reviews = reviews(&test.database).await;
    for (id, region) in [("for-europe", "EU"), ("for-america", "US")] {
        let [(as_of, review)] = of(&reviews, id)[..] else { panic!("{reviews:#?}") };
        assert_eq!((as_of, review.is_final), (day("2024-07-15"), true));
        let since = survey.count(day("2024-05-20"), as_of, |response| response.region == Some(region));
        assert_eq!(review.row.after(), since, "{id}");
        let others = survey.count(day("2024-05-20"), as_of, |response| response.region != Some(region));
        assert_eq!(review.row.comparison_after(), Some(others), "{id}");
    }
}

async fn a_decision_reversed_before_it_took_effect_has_no_review(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    for id in ["for-europe", "for-small"] {
        let stored = by_external_ids(test.database.reader(), &[id.to_owned()]).await.expect("decisions");
        let decision = &stored[id];
        let on = decision.takes_effect_on.plus_days(if id == "for-europe" { 0 } else { 14 });
        reverse(test.database.writer(), decision, on, "it was a bad idea", UTC, timestamp("2024-04-18T10:00:00Z"))
            .await
            .expect("reversed");
    }
    let analyst = RunFixture::at(test, END);
    analyst.replay(survey.monday(1), survey.monday(34)).await;
    analyst.run().await;
    let reviews = reviews(&test.database).await;
    assert!(of(&reviews, "for-europe").is_empty(), "it never took effect");
    assert!(!of(&reviews, "for-small").is_empty(), "it was in effect for two weeks");
}

async fn a_retrospective_decision_is_reviewed_with_a_caveat(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).replay(survey.monday(1), survey.monday(34)).await;
    let reviews = reviews(&test.database).await;
    let late = of(&reviews, "late");
    assert_eq!(late.first().map(|(as_of, _)| *as_of), Some(day("2024-06-10")), "the first Monday after it was logged");
    for (as_of, review) in late {
        assert!(codes(review).contains(&CaveatCode::Retrospective), "{as_of}: {review:?}");
    }
    for id in ["for-europe", "for-small", "for-everyone"] {
        assert!(!of(&reviews, id).is_empty());
        assert!(of(&reviews, id).iter().all(|(_, review)| !codes(review).contains(&CaveatCode::Retrospective)));
    }
}

async fn every_decision_is_reviewed_each_monday_until_the_first_after_its_horizon(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).replay(survey.monday(1), survey.monday(34)).await;
    let reviews = reviews(&test.database).await;
    // From a Monday, eight weeks; from a Wednesday, four; from a Thursday, twelve.
    for (id, first, last) in [
        ("for-europe", "2024-05-27", "2024-07-15"),
        ("for-everyone", "2024-06-17", "2024-07-15"),
        ("for-small", "2024-04-29", "2024-07-22"),
        ("late", "2024-06-10", "2024-07-22"),
    ] {
        let mut expected = Vec::new();
        let mut monday = day(first);
        while monday <= day(last) {
            expected.push((monday, monday == day(last)));
            monday = monday.plus_days(7);
        }
        let found: Vec<_> = of(&reviews, id).into_iter().map(|(as_of, review)| (as_of, review.is_final)).collect();
        assert_eq!(found, expected, "{id}");
        for (as_of, review) in of(&reviews, id) {
            let promised = review.row.decidable_by;
            assert!(promised.is_none_or(|on| !review.is_final && on <= day(last)), "{id} {as_of}: {promised:?}");
        }
    }
}

async fn recomputing_within_a_week_keeps_one_review_of_it(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let mut seen = Vec::new();
    for now in ["2024-06-10T06:00:00Z", "2024-06-12T06:00:00Z", "2024-06-16T23:00:00Z"] {
        RunFixture::at(test, now).run().await;
        seen.push(reviews(&test.database).await);
    }
    assert!(seen[0].keys().all(|(_, as_of)| *as_of == day("2024-06-10")), "{:#?}", seen[0].keys());
    assert_eq!(seen[0].keys().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["for-europe", "for-small", "late"]);
    assert_eq!((&seen[1], &seen[2]), (&seen[0], &seen[0]));
}

on_both_databases!(
    responses_of_later_weeks_change_no_review,
    a_replay_is_the_weekly_runs_that_would_have_happened,
    a_replay_is_its_runs_one_by_one_in_any_order,
    a_decision_keeps_the_definition_it_was_logged_with,
    a_decision_reversed_before_it_took_effect_has_no_review,
    a_retrospective_decision_is_reviewed_with_a_caveat,
    every_decision_is_reviewed_each_monday_until_the_first_after_its_horizon,
    recomputing_within_a_week_keeps_one_review_of_it,
);
