//! Segment scores, compared with a count of the raw responses.

use std::collections::HashMap;

use entity::segment_score::Model as ScoreRow;
use entity::{Filter, Period, store};
use needle_analytics::period::SeriesGrain;
use needle_analytics::score::{current, points};
use needle_stats::nps::NpsCounts;
use needle_tests::{RunFixture, TestDatabase, day, filter, on_both_databases};

use super::{CustomerGroup, analytics, groups, import_everything, survey};

/// The published scores of every group.
async fn rows_by_group(test: &TestDatabase) -> HashMap<&'static str, Vec<ScoreRow>> {
    let reader = test.database.reader();
    let version = store::publication::current(reader).await.expect("a reply").expect("a publication").version;
    let mut found = HashMap::new();
    for CustomerGroup { key, .. } in groups() {
        let id = store::segment::by_key(reader, key).await.expect("a reply").expect("a segment").id;
        let rows = store::segment_score::of_segments(reader, version, &[id], None, None).await.expect("scores");
        found.insert(key, rows.get(&id).cloned().unwrap_or_default());
    }
    found
}

async fn every_week_of_every_segment_equals_an_independent_count(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, "2024-08-07T06:00:00Z").run().await;
    let (analytics, rows) = (analytics(test).await, rows_by_group(test).await);
    for CustomerGroup { key, filter: json, is_member } in groups() {
        let found =
            points(&analytics, &filter(json), &rows[key], Period::default(), SeriesGrain::Week).expect("points");
        assert_eq!(found.len(), 31, "{key}: every complete week, the silent ones too");
        for (week, point) in (0..).zip(found) {
            let (start, end) = (survey.monday(week), survey.monday(week + 1));
            assert_eq!((point.start, point.end), (start, end), "{key} {week}");
            assert_eq!(point.counts, survey.count(start, end, is_member), "{key} {week}");
            let thirteen = survey.count(survey.monday(week - 12), end, is_member);
            assert_eq!(point.rolling, thirteen, "{key} {week}: trailing weeks");
            if [6, 7, 21].contains(&week) {
                assert_eq!(point.counts, NpsCounts::default(), "{key} {week}: silent");
            }
        }
    }
}

async fn months_of_a_segment_equal_an_independent_count(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, "2024-08-07T06:00:00Z").run().await;
    let (analytics, rows) = (analytics(test).await, rows_by_group(test).await);
    for CustomerGroup { key, filter: json, is_member } in groups() {
        let found =
            points(&analytics, &filter(json), &rows[key], Period::default(), SeriesGrain::Month).expect("points");
        let ends: Vec<_> = found.iter().map(|point| point.end.to_string()).collect();
        assert_eq!(ends[..2], ["2024-02-01", "2024-03-01"]);
        assert_eq!(ends.last().map(String::as_str), Some("2024-08-05"), "the complete weeks only");
        for point in found {
            assert_eq!(point.counts, survey.count(point.start, point.end, is_member), "{key} {}", point.start);
            let trailing = survey.count(point.end.plus_days(-91), point.end, is_member);
            assert_eq!(point.rolling, trailing, "{key} {}: trailing weeks", point.start);
        }
    }
}

async fn the_current_score_is_that_of_the_newest_complete_week(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    // A Sunday, the Monday after it, a Wednesday; then a week after one without responses, and much later.
    for (now, week) in [("2024-05-12", "2024-04-29"), ("2024-05-13", "2024-05-06"), ("2024-05-15", "2024-05-06")]
        .into_iter()
        .chain([("2024-06-03", "2024-05-27"), ("2024-08-07", "2024-07-29")])
    {
        RunFixture::at(test, &format!("{now}T06:00:00Z")).run().await;
        let (analytics, rows) = (analytics(test).await, rows_by_group(test).await);
        let (start, end) = (day(week), day(week).plus_days(7));
        for CustomerGroup { key, filter: json, is_member } in groups() {
            let point = current(&analytics, &filter(json), &rows[key]).expect("a run has published");
            assert_eq!((point.start, point.end), (start, end), "{key} as of {now}");
            assert_eq!(point.counts, survey.count(start, end, is_member), "{key} as of {now}");
            let trailing = survey.count(end.plus_days(-91), end, is_member);
            assert_eq!(point.rolling, trailing, "{key} as of {now}: trailing weeks");
        }
    }
}

async fn before_the_first_run_there_is_no_score(test: &TestDatabase) {
    import_everything(test, &survey()).await;
    let analytics = analytics(test).await;
    assert_eq!(current(&analytics, &Filter::everyone(), &[]), None);
    let everyone = filter(serde_json::json!({"all": []}));
    assert_eq!(points(&analytics, &everyone, &[], Period::default(), SeriesGrain::Week).expect("points"), []);
    RunFixture::at(test, super::END).run().await;
    let figures = super::analytics(test).await;
    assert!(current(&figures, &Filter::everyone(), &rows_by_group(test).await["everyone"]).is_some());
}

on_both_databases!(
    every_week_of_every_segment_equals_an_independent_count,
    months_of_a_segment_equal_an_independent_count,
    the_current_score_is_that_of_the_newest_complete_week,
    before_the_first_run_there_is_no_score,
);
