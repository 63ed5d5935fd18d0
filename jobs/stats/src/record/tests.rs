use super::*;

fn judged(impact: f64, half: Option<f64>, effect: f64, standard_error: f64) -> JudgedForecast {
    let range = half.map(|half| ExpectedRange { low: impact - half, high: impact + half, level: 0.8 });
    JudgedForecast { forecast: ImpactForecast { impact, range }, effect, standard_error }
}

fn one(all: Vec<JudgedForecast>) -> ForecastRecord {
    records(&[all])[0]
}

#[test]
fn a_range_implies_the_normal_distribution_of_its_level() {
    let forecast = judged(5.0, Some(1.281_551_565_544_600_4), 0.0, 1.0).forecast;
    assert!((forecast.deviation() - 1.0).abs() < 1e-12);
    assert!((judged(12.0, None, 0.0, 1.0).forecast.deviation() - 6.0).abs() < 1e-12);
    assert!((judged(0.0, None, 0.0, 1.0).forecast.deviation() - 2.0).abs() < 1e-12);
}

#[test]
fn one_decision_makes_no_record() {
    assert_eq!(one(vec![judged(5.0, Some(2.0), 5.0, 1.0)]), ForecastRecord { judged: 1, ..ForecastRecord::default() });
    assert_eq!(one(vec![]), ForecastRecord::default());
    assert_eq!(records(&[]), []);
}

#[test]
fn invalid_measurements_do_not_count() {
    let broken = [judged(5.0, None, f64::NAN, 1.0), judged(5.0, None, 1.0, 0.0), judged(f64::INFINITY, None, 1.0, 1.0)];
    assert_eq!(one(broken.to_vec()).judged, 0);
}

#[test]
fn coverage_is_a_probability_and_not_a_count_of_points() {
    // Each effect lies exactly on the edge of its range, which is wide: half of its probability is inside.
    let record = one(vec![judged(0.0, Some(20.0), 20.0, 1.0), judged(0.0, Some(20.0), -20.0, 1.0)]);
    let expected = (0.5 * 2.0 + 0.8 * 4.0) / 6.0;
    assert!((record.coverage.expect("a coverage") - expected).abs() < 1e-9, "{record:?}");
    assert!((record.expected_coverage.expect("a coverage") - 0.8).abs() < 1e-12);
}

#[test]
fn missing_ranges_are_not_judged() {
    let record = one(vec![judged(5.0, None, 5.0, 1.0), judged(5.0, Some(2.0), 5.0, 1.0)]);
    assert_eq!((record.coverage, record.expected_coverage), (None, None));
    assert!(record.brier.is_some() && record.skill.is_some() && record.bias.is_some());
}

#[test]
fn good_forecasts_have_skill_and_exaggerations_have_negative_skill() {
    let good: Vec<JudgedForecast> =
        [8.0, -6.0, 4.0, 10.0].map(|impact| judged(impact, Some(2.0), impact, 0.5)).to_vec();
    let boast: Vec<JudgedForecast> = [8.0, 6.0, 14.0, 10.0].map(|impact| judged(impact, Some(2.0), 0.0, 0.5)).to_vec();
    let (good, boast) = (one(good), one(boast));
    assert!(good.skill > Some(0.4) && boast.skill < Some(-1.0), "{good:?} {boast:?}");
    assert!(good.brier < Some(0.15) && boast.brier > Some(0.25));
    assert!(good.slope > Some(0.9) && boast.slope < Some(0.1));
    assert!(good.bias.is_some_and(|bias| bias.abs() < 0.1) && boast.bias > Some(5.0));
}

#[test]
fn more_decisions_of_the_same_kind_are_shrunk_less() {
    let of = |count: usize| one(vec![judged(8.0, Some(2.0), 2.0, 2.0); count]);
    let (few, many) = (of(2), of(40));
    assert!(few.bias < many.bias && many.bias < Some(6.0), "{few:?} {many:?}");
    assert!(few.coverage > many.coverage && few.brier != many.brier);
}

#[test]
fn a_bias_within_chance_is_shrunk_to_zero() {
    let unbiased = |shift: f64| vec![judged(5.0 + shift, None, 5.0, 3.0), judged(5.0 - shift, None, 5.0, 3.0)];
    let lucky = vec![judged(5.5, None, 5.0, 3.0), judged(5.5, None, 5.0, 3.0)];
    let found = records(&[unbiased(1.0), lucky, unbiased(2.0)]);
    assert!(found.iter().all(|record| record.bias == Some(0.0)), "{found:?}");
}

#[test]
fn mirrored_decisions_have_the_mirrored_bias_and_the_same_scores() {
    let all = [judged(8.0, Some(3.0), 2.0, 1.0), judged(-3.0, Some(1.0), -4.0, 2.0), judged(1.0, None, 5.0, 1.5)];
    let mirrored = all.map(|one| {
        judged(
            -one.forecast.impact,
            one.forecast.range.map(|r| (r.high - r.low) / 2.0),
            -one.effect,
            one.standard_error,
        )
    });
    let (one_way, other) = (one(all.to_vec()), one(mirrored.to_vec()));
    let near = |a: Option<f64>, b: Option<f64>| (a.unwrap_or(f64::NAN) - b.unwrap_or(f64::NAN)).abs() < 1e-12;
    assert!(near(one_way.bias, other.bias.map(|bias| -bias)), "{one_way:?} {other:?}");
    assert!(near(one_way.slope, other.slope) && near(one_way.brier, other.brier) && near(one_way.skill, other.skill));
    assert!(near(one_way.coverage, other.coverage));
}

#[test]
fn extreme_forecasts_give_finite_numbers() {
    let strange = [
        judged(0.0, Some(0.0), 0.0, 1e-9),
        judged(200.0, Some(0.0), -200.0, 1e-9),
        JudgedForecast {
            forecast: ImpactForecast { impact: 3.0, range: Some(ExpectedRange { low: 9.0, high: 1.0, level: 1.0 }) },
            effect: 1e9,
            standard_error: 1e9,
        },
    ];
    let record = one(strange.to_vec());
    for figure in [record.bias, record.slope, record.coverage, record.brier, record.skill] {
        assert!(figure.is_some_and(f64::is_finite), "{record:?}");
    }
}
