//! The limit on the distinct values of an attribute, while segments test it and when operators decide about it.

use entity::Period;
use entity::store::profile;
use needle_analytics::period::SeriesGrain;
use needle_analytics::score::points;
use needle_rules::dimension::{SliceabilityOrigin, demote, list, promote};
use needle_rules::segment::ChangeError;
use needle_stats::nps::NpsCounts;
use needle_tests::{ImportFixture, RunFixture, TestDatabase, filter, on_both_databases, scores};
use serde_json::json;

use super::{END, analytics, segment};

/// Responses whose order numbers are all different.
fn orders(rows: std::ops::Range<usize>) -> String {
    let row = |at| format!("r{at},{},2024-07-{:02},EU,{at}\n", at % 11, 1 + at % 14);
    "response_id,score,responded_at,region,order\n".to_owned() + &rows.map(row).collect::<String>()
}

async fn a_limit_passed_while_a_segment_tests_the_attribute_does_not_change_its_figures(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(END);
    importer.add_responses(orders(0..900)).await;
    let json = json!({"attribute": {"name": "order", "below": 500}});
    importer.add_segments(json!([segment("early", &json)])).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let (before, early) = (scores(&test.database).await, filter(json));
    let month =
        async || points(&analytics(test).await, &early, &[], Period::default(), SeriesGrain::Month).expect("points");
    let published = month().await;
    assert_eq!(published.iter().map(|point| point.counts.responses()).sum::<u64>(), 500);
    importer.add_responses(orders(900..1_100)).await;
    assert_eq!(month().await, published, "before the run");
    analyst.run().await;
    assert_eq!(scores(&test.database).await, before);
    let after: Vec<NpsCounts> = month().await.iter().map(|point| point.counts).collect();
    assert_eq!(after, published.iter().map(|point| point.counts).collect::<Vec<_>>());
    assert_eq!(profile::all(test.database.reader()).await.expect("profiles").len(), 2);
}

async fn an_operators_decision_beats_the_limit_in_both_directions(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(END).limited_to(10);
    importer.add_responses(orders(0..5)).await;
    assert!(promote(&test.database, "order").await.expect("promoted").changed);
    importer.add_responses(orders(5..50)).await;
    demote(&test.database, "region").await.expect("demoted");
    importer.add_responses(orders(40..60).replace("EU", "US")).await;
    let listed = list(&test.database).await.expect("a list");
    let values: Vec<_> = listed
        .iter()
        .map(|row| (row.name.as_str(), row.sliceable, row.decided_by, row.distinct_values, row.responses))
        .collect();
    let by = SliceabilityOrigin::Operator;
    assert_eq!(values, [("order", true, by, 60, 60), ("region", false, by, 2, 60)]);
    assert!(listed[0].numeric && !listed[1].numeric);
    let again = promote(&test.database, "order").await.expect("promoted before");
    assert_eq!((again.changed, again.moved, again.profiles), (false, false, 60));
    let Err(ChangeError::Problem(problem)) = promote(&test.database, "ordre").await else { panic!("no such name") };
    assert!(problem.message.contains("\"order\""), "{}", problem.message);
}

on_both_databases!(
    a_limit_passed_while_a_segment_tests_the_attribute_does_not_change_its_figures,
    an_operators_decision_beats_the_limit_in_both_directions,
);
