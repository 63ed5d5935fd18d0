//! The effects that would be detected of decisions that are not logged, by the published scores.

use std::sync::Arc;

use entity::Filter;
use needle_analytics::analytics_cache::AnalyticsError;
use needle_review::detectability::{DetectabilityResult, ProposedDecision, detectability};
use needle_review::respondent_cache::RespondentCache;
use needle_tests::{RunFixture, TestDatabase, day, filter, on_both_databases};
use serde_json::json;

use super::{END, analytics, import_everything, survey};

fn proposal(takes_effect_on: &str, horizon_weeks: i32, expected_impact: f64) -> ProposedDecision {
    ProposedDecision { takes_effect_on: day(takes_effect_on), horizon_weeks, expected_impact }
}

async fn detect(test: &TestDatabase, target: Option<&Filter>, proposal: ProposedDecision) -> DetectabilityResult {
    let analytics = Arc::new(analytics(test).await);
    detectability(&test.database, &RespondentCache::default(), analytics, target.cloned(), proposal)
        .await
        .expect("a result")
}

async fn what_can_be_seen_follows_from_the_published_weeks(test: &TestDatabase) {
    let europe = filter(json!({"attribute": {"name": "region", "in": ["EU"]}}));
    let plan = proposal("2024-09-02", 12, 30.0);
    let empty = detect(test, Some(&europe), plan).await;
    assert_eq!((empty.smallest_effect, empty.is_compared, empty.expected_responses), (None, None, 0));
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).run().await;
    let analytics = Arc::new(analytics(test).await);
    let cache = RespondentCache::default();
    let respondents = cache.of(&test.database, &analytics).await.expect("a reading").expect("respondents");
    assert!(!respondents.is_empty());
    let again = cache.of(&test.database, &analytics).await.expect("a reading").expect("respondents");
    assert!(Arc::ptr_eq(&respondents, &again), "read twice");

    let found = detect(test, Some(&europe), plan).await;
    // The last 26 whole weeks; the survey's last Sunday may have no response, then its week is not whole.
    let (_, end) = analytics.days().expect("days");
    let until = end.monday();
    let responses = survey.count(until.plus_days(-26 * 7), until, |response| response.region == Some("EU")).responses();
    assert_eq!(found.expected_responses, (responses * 12 + 13) / 26);
    assert_eq!(found.is_compared, Some(true));
    let smallest = found.smallest_effect.expect("an effect");
    assert!((10.0..80.0).contains(&smallest), "{found:?}");

    let ends = detect(test, Some(&europe), proposal("2024-09-02", 12, smallest)).await;
    assert!(ends.power.is_some_and(|power| (power - 0.8).abs() < 1e-6), "{ends:?}");
    let sooner = detect(test, Some(&europe), proposal("2024-09-02", 12, 2.0 * smallest)).await;
    let later = detect(test, Some(&europe), proposal("2024-09-02", 12, 0.9 * smallest)).await;
    assert!(sooner.decidable_by < Some(day("2024-11-25")) && sooner.power > Some(0.99), "{sooner:?}");
    assert!(
        later.decidable_by > Some(day("2024-11-25")) && later.advice.contains("cannot be distinguished"),
        "{later:?}"
    );
    assert!(
        detect(test, Some(&europe), proposal("2024-09-02", 40, 30.0)).await.smallest_effect < found.smallest_effect
    );

    let everyone = detect(test, None, plan).await;
    assert_eq!(everyone.is_compared, Some(false));
    assert!(everyone.expected_responses > 3 * found.expected_responses);
    // Ten years ahead is analysed; a day more, or the last date there is, takes no work and says so.
    let farthest = until.plus_days(520 * 7);
    for (takes_effect_on, is_analysed) in [(farthest, true), (farthest.plus_days(1), false), (day("9999-12-31"), false)]
    {
        let far = ProposedDecision { takes_effect_on, ..plan };
        let found = detect(test, Some(&europe), far).await;
        assert_eq!(found.smallest_effect.is_some(), is_analysed, "{found:?}");
        assert_eq!(found.advice.contains("more than ten years after"), !is_analysed, "{found:?}");
    }
    let early = detect(test, Some(&europe), proposal("2024-01-29", 12, 30.0)).await;
    assert_eq!((early.smallest_effect, early.power, early.decidable_by), (None, None, None), "{early:?}");
    for wrong in
        [proposal("2024-09-02", 0, 5.0), proposal("2024-09-02", 521, 5.0), proposal("2024-09-02", 12, f64::NAN)]
    {
        let refused = detectability(&test.database, &cache, Arc::clone(&analytics), None, wrong).await;
        assert!(matches!(refused, Err(AnalyticsError::Problem(_))));
    }
}

on_both_databases! {
    what_can_be_seen_follows_from_the_published_weeks,
}
