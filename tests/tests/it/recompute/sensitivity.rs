//! Sensitivity analyses of a verdict: a look past the horizon, and a rank test of single responses.

use std::sync::Arc;

use entity::ScoreCategory;
use entity::decision::Model as DecisionRow;
use entity::store::decision::by_external_ids;
use needle_review::sensitivity::{beyond_horizon, rank_test};
use needle_stats::rank::ScoreHistogram;
use needle_tests::{RunFixture, TestDatabase, day, filter, on_both_databases, reviews};
use serde_json::json;

use super::{END, analytics, import_everything, survey};

async fn logged(test: &TestDatabase, id: &str) -> DecisionRow {
    by_external_ids(test.database.reader(), &[id.to_owned()]).await.expect("decisions").remove(id).expect("a decision")
}

async fn a_look_past_the_horizon_is_computed_on_request_and_not_stored(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analyst = RunFixture::at(test, END);
    analyst.replay(day("2024-05-20"), day("2024-08-01")).await;
    let europe = logged(test, "for-europe").await;
    let look = async |decision: &DecisionRow| {
        let analytics = Arc::new(analytics(test).await);
        beyond_horizon(&test.database, analytics, decision.clone()).await.expect("a result")
    };
    let found = look(&europe).await.expect("its horizon ended on 2024-07-15");
    assert_eq!(found.as_of, day("2024-07-29"));
    assert_eq!(look(&DecisionRow { horizon_weeks: 12, ..europe.clone() }).await, None, "its horizon lasts");

    let before = reviews(&test.database).await;
    let last = &before[&("for-europe".to_owned(), day("2024-07-15"))];
    let (effect, interval) = (f64::from_bits(last.effect.expect("an effect")), found.estimate.interval);
    assert!(interval.low < effect && effect < interval.high, "{found:?} after {effect}");
    assert!((found.estimate.effect - effect).abs() > 1e-9, "two more weeks say something");
    assert_eq!(before, reviews(&test.database).await);
}

async fn ranks_are_those_of_the_responses_around_the_decision(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let europe = filter(json!({"attribute": {"name": "region", "in": ["EU"]}}));
    let decision = logged(test, "for-europe").await;
    let rank = async || {
        let analytics = Arc::new(analytics(test).await);
        rank_test(&test.database, analytics, &decision, Some(europe.clone())).await.expect("a result")
    };
    assert_eq!(rank().await, None, "nothing is published");
    RunFixture::at(test, END).run().await;
    let found = rank().await.expect("a test");
    assert_eq!((found.from, found.until), (day("2024-03-25"), day("2024-07-15")));
    let total = |histogram: &ScoreHistogram| histogram.iter().sum::<u64>();
    let promoters = |histogram: &ScoreHistogram| {
        ScoreCategory::Promoter.scores().map(|score| histogram[usize::try_from(score).expect("a score")]).sum::<u64>()
    };
    let start = day("2024-05-20");
    for (histogram, from, until, is_european) in [
        (&found.target.0, found.from, start, true),
        (&found.target.1, start, found.until, true),
        (&found.others.0, found.from, start, false),
        (&found.others.1, start, found.until, false),
    ] {
        let counts = survey.count(from, until, |response| (response.region == Some("EU")) == is_european);
        assert_eq!((total(histogram), promoters(histogram)), (counts.responses(), counts.promoters));
    }
    let rise = found.rise.expect("enough responses");
    assert!(rise.low < rise.excess && rise.excess < rise.high && rise.comparison.is_some(), "{rise:?}");
}

on_both_databases! {
    a_look_past_the_horizon_is_computed_on_request_and_not_stored,
    ranks_are_those_of_the_responses_around_the_decision,
}
