//! What a reader of scores can find by subtraction: never the score of a small group, wherever `docs/security.md`
//! promises it.

use entity::{Day, Filter, Period};
use needle_analytics::analytics_cache::Analytics;
use needle_analytics::disclosure::DisclosureRule;
use needle_analytics::period::SeriesGrain;
use needle_stats::nps::NpsCounts;
use needle_tests::{RunFixture, TestDatabase, day, filter, on_both_databases};
use serde_json::json;

use super::{END, analytics, groups, import_everything, one_of, survey};

const READER: DisclosureRule = DisclosureRule { smallest: 5 };

async fn published(test: &TestDatabase) -> Analytics {
    import_everything(test, &survey()).await;
    RunFixture::at(test, END).run().await;
    analytics(test).await
}

fn period(from: Day, until: Day) -> Period {
    Period { from: Some(from), until: Some(until) }
}

/// The counts of a slice; `None` when they are hidden from the reader.
fn shown(analytics: &Analytics, slice: Option<&Filter>, during: Period) -> Option<NpsCounts> {
    let (counts, is_hidden) = analytics.disclosed_nps(slice, during, READER).expect("counts");
    (!is_hidden).then_some(counts)
}

fn assert_no_small_difference(one: Option<NpsCounts>, other: Option<NpsCounts>, what: &str) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let difference = one.responses().abs_diff(other.responses());
    assert!(!READER.is_small(difference), "{what}: {difference} responses can be subtracted");
    true
}

async fn neighbouring_ranges_of_days_differ_by_no_small_group(test: &TestDatabase) {
    let analytics = published(test).await;
    let mut compared = 0;
    for slice in std::iter::once(None).chain(groups().into_iter().map(|group| Some(filter(group.filter)))) {
        for (from, until) in [("2024-05-20", "2024-07-01"), ("2024-05-22", "2024-07-04"), ("2024-01-01", "2024-08-10")]
        {
            for days in [1, 2, 3, 7] {
                let (from, until) = (day(from), day(until));
                let whole = shown(&analytics, slice.as_ref(), period(from, until));
                for other in [
                    period(from.plus_days(days), until),
                    period(from.plus_days(-days), until),
                    period(from, until.plus_days(days)),
                    period(from, until.plus_days(-days)),
                    Period { from: Some(from), until: None },
                    Period { from: None, until: Some(until) },
                ] {
                    let neighbour = shown(&analytics, slice.as_ref(), other);
                    let what = format!("{slice:?} {from:?} {until:?} against {other:?}");
                    compared += u32::from(assert_no_small_difference(whole, neighbour, &what));
                }
            }
        }
    }
    assert!(compared > 20, "only {compared} pairs were shown");
}

async fn a_slice_and_what_it_leaves_out_are_shown_or_hidden_together(test: &TestDatabase) {
    let analytics = published(test).await;
    let mut compared = 0;
    let slices = groups().into_iter().map(|group| group.filter).chain([
        json!({"all": [one_of("region", &["EU"]), {"attribute": {"name": "plan", "exists": false}}]}),
        json!({"all": [one_of("region", &["EU"]), {"attribute": {"name": "plan", "exists": true}}]}),
    ]);
    let slices: Vec<Filter> = slices.map(filter).collect();
    for weeks in 1..30 {
        let during = period(day("2024-01-01"), day("2024-01-01").plus_weeks(weeks));
        let everybody = shown(&analytics, None, during);
        for slice in &slices {
            let part = shown(&analytics, Some(slice), during);
            compared += u32::from(assert_no_small_difference(everybody, part, &format!("{slice:?} {during:?}")));
        }
        for slice in slices.iter().rev().take(2) {
            let Filter::All(conditions) = slice else { continue };
            let wider = shown(&analytics, conditions.first(), during);
            let part = shown(&analytics, Some(slice), during);
            compared += u32::from(assert_no_small_difference(wider, part, &format!("{slice:?} {during:?}")));
        }
    }
    assert!(compared > 20, "only {compared} pairs were shown");
}

async fn the_groups_of_a_breakdown_add_up_and_tell_no_hidden_one(test: &TestDatabase) {
    let analytics = published(test).await;
    let mut rests = 0;
    for weeks in 1..30 {
        let until = day("2024-01-01").plus_weeks(weeks);
        let (now, before) = (period(until, until.plus_weeks(2)), period(until.plus_weeks(-2), until));
        for by in [vec!["region".to_owned()], vec!["seats".to_owned()], vec!["region".to_owned(), "plan".to_owned()]] {
            let found = analytics.breakdown(&by, None, now, Some(before), READER).expect("a breakdown");
            let whole: NpsCounts = found.iter().map(|group| group.counts).sum();
            let compared: NpsCounts = found.iter().filter_map(|group| group.compared).sum();
            assert_eq!(whole, analytics.nps(None, now).expect("counts"));
            if let (Some(score), Some(earlier)) = (whole.score(), compared.score()) {
                let effects: f64 = found.iter().filter_map(|group| group.effects).map(|(rate, mix)| rate + mix).sum();
                assert!((effects - (score - earlier)).abs() < 1e-9, "{by:?} {until:?}");
            }
            for group in &found {
                let Some(compared) = group.compared else { panic!("nothing is compared") };
                if group.merged.is_empty() {
                    assert!(!READER.is_small(group.counts.responses()), "{:?}", group.key);
                    assert!(!READER.is_small(compared.responses()), "{:?}", group.key);
                } else {
                    rests += 1;
                    let sizes = |of: fn(&needle_analytics::slice::MergedGroup) -> u64| {
                        group.merged.iter().map(of).filter(|responses| *responses > 0).collect::<Vec<_>>()
                    };
                    let (now, before) = (sizes(|one| one.responses), sizes(|one| one.compared_responses.unwrap_or(0)));
                    for sizes in [now, before] {
                        let has_small = sizes.iter().any(|size| READER.is_small(*size));
                        assert!(!has_small || sizes.len() > 1 || found.len() == 1, "{sizes:?} stands alone");
                    }
                    assert_eq!(group.counts.responses(), group.merged.iter().map(|one| one.responses).sum::<u64>());
                }
            }
        }
    }
    assert!(rests > 5, "only {rests} breakdowns hid something");
}

async fn the_buckets_of_a_series_tell_no_hidden_one_by_their_sum(test: &TestDatabase) {
    let analytics = published(test).await;
    let mut hidden = 0;
    for group in groups() {
        let slice = filter(group.filter);
        for grain in [SeriesGrain::Day, SeriesGrain::Week, SeriesGrain::Month] {
            let found = analytics.disclosed_series(Some(&slice), Period::default(), grain, READER).expect("a series");
            let suppressed: Vec<u64> =
                found.iter().filter(|(_, is_hidden)| *is_hidden).map(|(bucket, _)| bucket.counts.responses()).collect();
            for (bucket, is_hidden) in &found {
                assert!(*is_hidden || !READER.is_small(bucket.counts.responses()), "{} {grain:?}", group.key);
            }
            if !suppressed.is_empty() && suppressed.len() < found.len() {
                hidden += 1;
                assert!(suppressed.len() > 1, "{} {grain:?}: {suppressed:?}", group.key);
                assert!(!READER.is_small(suppressed.iter().sum()), "{} {grain:?}: {suppressed:?}", group.key);
            }
        }
    }
    assert!(hidden > 2, "only {hidden} series hid something");
}

on_both_databases!(
    neighbouring_ranges_of_days_differ_by_no_small_group,
    a_slice_and_what_it_leaves_out_are_shown_or_hidden_together,
    the_groups_of_a_breakdown_add_up_and_tell_no_hidden_one,
    the_buckets_of_a_series_tell_no_hidden_one_by_their_sum,
);
