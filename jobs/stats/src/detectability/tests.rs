use super::*;

fn rate(answers_per_week: f64) -> Rate {
    Rate { answers_per_week, variance_of_one: 6000.0 }
}

fn plan(impact: f64) -> Plan {
    Plan {
        treated: rate(100.0),
        comparison: Some(rate(500.0)),
        noise: WeekNoise::NONE,
        history_weeks: 36,
        horizon_weeks: 12,
        impact,
    }
}

fn found(plan: &Plan) -> Outlook {
    outlook(plan).expect("an outlook")
}

/// `reference-numbers.json`, "MDE80 in NPS points": there without the unknown slope, which costs more the more answers
/// there are.
#[test]
fn the_whole_outlook_stays_near_the_reference() {
    for (treated, control, expected, most) in [
        (10.0, 50.0, 25.76, 1.05),
        (30.0, 120.0, 15.18, 1.05),
        (100.0, 500.0, 8.15, 1.05),
        (180.0, 420.0, 6.62, 1.07),
        (500.0, 2000.0, 3.72, 1.2),
        (2000.0, 8000.0, 1.86, 1.5),
    ] {
        let plan = Plan { treated: rate(treated), comparison: Some(rate(control)), ..plan(5.0) };
        let ratio = found(&plan).smallest_effect / expected;
        assert!((0.98..most).contains(&ratio), "{treated}/{control}: {ratio}");
    }
}

#[test]
fn an_effect_of_the_smallest_size_is_decidable_within_the_horizon() {
    let smallest = found(&plan(5.0)).smallest_effect;
    let (enough, little) = (found(&plan(smallest * 1.001)), found(&plan(smallest * 0.6)));
    assert!(enough.power.is_some_and(|power| (power - 0.8).abs() < 0.01), "{enough:?}");
    assert_eq!(enough.weeks_to_decide, Some(12));
    assert!(little.power < Some(0.5) && little.weeks_to_decide > Some(12), "{little:?}");
}

#[test]
fn a_fall_is_as_detectable_as_a_rise() {
    assert_eq!(outlook(&plan(7.0)), outlook(&plan(-7.0)));
}

#[test]
fn no_expected_effect_has_no_power_and_no_date() {
    let nothing = found(&plan(0.0));
    assert!(nothing.power.is_none() && nothing.weeks_to_decide.is_none() && nothing.smallest_effect > 0.0);
    assert!(found(&plan(f64::NAN)).power.is_none());
}

#[test]
fn what_no_review_could_estimate_has_no_outlook() {
    assert_eq!(outlook(&Plan { history_weeks: 3, ..plan(5.0) }), None);
    assert_eq!(outlook(&Plan { horizon_weeks: 1, ..plan(5.0) }), None);
    assert_eq!(outlook(&Plan { horizon_weeks: 0, ..plan(5.0) }), None);
    assert_eq!(outlook(&Plan { treated: rate(1.0), ..plan(5.0) }), None);
    assert_eq!(outlook(&Plan { comparison: Some(rate(0.0)), ..plan(5.0) }), None);
    assert_eq!(outlook(&Plan { treated: rate(f64::NAN), ..plan(5.0) }), None);
}

#[test]
fn more_answers_more_history_and_less_noise_detect_smaller_effects() {
    let of = |plan: Plan| found(&plan).smallest_effect;
    let base = of(plan(5.0));
    assert!(of(Plan { treated: rate(200.0), ..plan(5.0) }) < base);
    assert!(of(Plan { history_weeks: 100, ..plan(5.0) }) < base);
    assert!(of(Plan { noise: WeekNoise::Stationary { deviation: 3.0, persistence: 0.4 }, ..plan(5.0) }) > base);
    assert!(of(Plan { comparison: None, ..plan(5.0) }) > base);
}

#[test]
fn extreme_plans_have_finite_outlooks() {
    for (answers, horizon) in [(15.0, 520), (1e9, 1_000_000), (1e6, 2)] {
        let plan = Plan { treated: rate(answers), horizon_weeks: horizon, history_weeks: 100_000, ..plan(1e-9) };
        let outlook = found(&plan);
        assert!(outlook.smallest_effect.is_finite() && outlook.smallest_effect > 0.0, "{outlook:?}");
        assert!(outlook.power.is_some_and(|power| (0.0..=1.0).contains(&power)), "{outlook:?}");
    }
}
