//! Slices of the published counts, compared with a count of the raw responses.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use entity::{Day, Period};
use needle_analytics::disclosure::DisclosureRule;
use needle_analytics::period::SeriesGrain;
use needle_stats::nps::NpsCounts;
use needle_tests::{RunFixture, SurveyResponse, TestDatabase, add, day, filter, on_both_databases};

use super::{CustomerGroup, END, analytics, groups, import_everything, survey};

const GRAINS: [SeriesGrain; 5] =
    [SeriesGrain::Day, SeriesGrain::Week, SeriesGrain::Month, SeriesGrain::Quarter, SeriesGrain::Year];

/// The first day of the bucket that a day belongs to.
fn bucket(grain: SeriesGrain, day: Day) -> Day {
    let date = day.to_date();
    let first = |month| NaiveDate::from_ymd_opt(date.year(), month, 1).expect("a date").into();
    match grain {
        SeriesGrain::Day => day,
        SeriesGrain::Week => date.week(chrono::Weekday::Mon).first_day().into(),
        SeriesGrain::Month => first(date.month()),
        SeriesGrain::Quarter => first((date.month() - 1) / 3 * 3 + 1),
        SeriesGrain::Year => first(1),
    }
}

fn period(from: &str, until: &str) -> Period {
    Period { from: Some(day(from)), until: Some(day(until)) }
}

async fn the_score_of_any_slice_equals_an_independent_count(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).run().await;
    let analytics = analytics(test).await;
    for CustomerGroup { key, filter: json, is_member } in groups() {
        let filter = filter(json);
        for (from, until) in [("2024-01-17", "2024-08-20"), ("2024-05-21", "2024-05-22"), ("2023-01-01", "2025-01-01")]
        {
            let found = analytics.nps(Some(&filter), period(from, until)).expect("counts");
            assert_eq!(found, survey.count(day(from), day(until), is_member), "{key} {from} {until}");
        }
        let ever = analytics.nps(Some(&filter), Period::default()).expect("counts");
        assert_eq!(ever, survey.count(survey.first, survey.monday(34), is_member), "{key}");
    }
    assert_eq!(analytics.nps(None, period("2024-05-22", "2024-05-21")).expect("counts"), NpsCounts::default());
}

async fn the_series_of_any_slice_equals_an_independent_count(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).run().await;
    let analytics = analytics(test).await;
    let (from, until) = (day("2024-01-17"), day("2024-08-20"));
    for grain in GRAINS {
        for CustomerGroup { key, filter: json, is_member } in groups() {
            let within = Period { from: Some(from), until: Some(until) };
            let found = analytics.series(Some(&filter(json)), within, grain).expect("a series");
            let mut expected: BTreeMap<Day, NpsCounts> = BTreeMap::new();
            let mut day = from;
            while day < until {
                expected.entry(bucket(grain, day).max(from)).or_default();
                day = day.plus_days(1);
            }
            for response in survey.between(from, until).responses.iter().filter(|response| is_member(response)) {
                add(expected.entry(bucket(grain, response.day).max(from)).or_default(), response);
            }
            let starts: BTreeMap<Day, NpsCounts> = found.iter().map(|point| (point.start, point.counts)).collect();
            assert_eq!(starts, expected, "{key} {grain:?}");
            assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start), "{key} {grain:?}: no gaps");
            assert_eq!(found.last().map(|point| point.end), Some(until), "{key} {grain:?}");
        }
    }
}

async fn the_breakdown_of_any_slice_equals_an_independent_count(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    RunFixture::at(test, END).run().await;
    let analytics = analytics(test).await;
    let (now, before) = (period("2024-05-20", "2024-08-20"), period("2024-02-19", "2024-05-20"));
    for CustomerGroup { key, filter: json, is_member } in groups() {
        let by = ["region".to_owned(), "plan".to_owned()];
        let found = analytics
            .breakdown(&by, Some(&filter(json)), now, Some(before), DisclosureRule::NONE)
            .expect("a breakdown");
        let found: Vec<_> = found.into_iter().map(|group| (group.key, group.counts, group.compared)).collect();
        let mut expected: BTreeMap<Vec<Option<String>>, (NpsCounts, NpsCounts)> = BTreeMap::new();
        for response in survey.responses.iter().filter(|response| is_member(response) && response.score.is_some()) {
            let group = vec![response.region.map(str::to_owned), response.plan.map(str::to_owned)];
            if now.from <= Some(response.day) && Some(response.day) < now.until {
                add(&mut expected.entry(group).or_default().0, response);
            } else if before.from <= Some(response.day) && Some(response.day) < before.until {
                add(&mut expected.entry(group).or_default().1, response);
            }
        }
        let expected: Vec<_> = expected.into_iter().map(|(group, (now, before))| (group, now, Some(before))).collect();
        assert_eq!(found, expected, "{key}");
    }
}

async fn a_response_without_a_score_counts_nowhere(test: &TestDatabase) {
    let mut survey = survey();
    let scored = survey.responses.iter().filter(|response| response.score.is_some()).count();
    assert!(scored + 50 < survey.responses.len(), "{scored}");
    let everyone = survey.count(survey.first, survey.monday(34), |_| true);
    assert_eq!(everyone.responses(), scored as u64);
    let last = SurveyResponse { id: "x".to_owned(), score: None, region: Some("Moon"), ..survey.responses[0].clone() };
    survey.responses.push(SurveyResponse { id: "y".to_owned(), day: survey.monday(-3), ..last.clone() });
    survey.responses.push(last);
    import_everything(test, &survey).await;
    let run = RunFixture::at(test, END).run().await;
    assert_eq!(run.responses_seen, everyone.responses().cast_signed());
    let analytics = analytics(test).await;
    assert_eq!(analytics.nps(None, Period::default()).expect("counts"), everyone);
    let regions = analytics.values("region").expect("values");
    assert_eq!(regions.iter().map(|(_, responses)| responses).sum::<u64>(), everyone.responses());
    assert!(regions.iter().all(|(region, _)| region.as_deref() != Some("Moon")), "{regions:?}");
    assert!(regions.iter().any(|(region, _)| region.as_deref() == Some("EU")), "{regions:?}");
    let weeks = analytics.series(None, Period::default(), SeriesGrain::Week).expect("a series");
    assert_eq!(weeks.first().map(|week| week.start), Some(survey.first), "no responses before");
}

on_both_databases!(
    the_score_of_any_slice_equals_an_independent_count,
    the_series_of_any_slice_equals_an_independent_count,
    the_breakdown_of_any_slice_equals_an_independent_count,
    a_response_without_a_score_counts_nowhere,
);
