use super::*;
use crate::nps::NpsCounts;
use crate::responses::CellResponse;

const NOW: usize = 52;

/// A target with this many responses a week and everybody else, with five times as many, over a year; `wobble` is by
/// how many per cent of the target's responses weeks differ.
fn company(responses: u64, wobble: u64) -> CellWeeks {
    let mut data = CellWeeks::new(2, NOW);
    for week in 0..NOW {
        for (cell, times) in [(0, 1), (1, 5)] {
            let all = times * responses;
            let weekly = u64::try_from((7 * week + 3 * cell * week) % 5).expect("below 5");
            let lift = if cell == 0 { wobble * weekly * all / 400 } else { 0 };
            let promoters = 45 * all / 100 + lift;
            let detractors = 20 * all / 100;
            data.add(
                cell,
                week,
                NpsCounts { promoters, detractors, passives: all.saturating_sub(promoters + detractors) },
            );
        }
    }
    data
}

fn of(data: &CellWeeks, targets: [bool; 2], starts: f64, horizon_weeks: usize, impact: f64) -> Option<PowerAnalysis> {
    analysis_of(data, &CellResponses::default(), targets, starts, horizon_weeks, impact)
}

fn analysis_of(
    data: &CellWeeks,
    responses: &CellResponses,
    targets: [bool; 2],
    starts: f64,
    horizon_weeks: usize,
    impact: f64,
) -> Option<PowerAnalysis> {
    let decision = DecisionColumn { target: targets.to_vec(), starts, ends: None };
    power_analysis(&PlannedDecision { data, responses, decision: &decision, horizon_weeks, impact })
}

/// The responses behind [`company`]'s counts of whole weeks, the same people giving the same response every week.
fn repeat_responses(data: &CellWeeks) -> CellResponses {
    let mut responses = Vec::new();
    for (cell, first) in [(0, 0), (1, 1_000_000)] {
        for week in 0..NOW {
            let NpsCounts { promoters, passives, detractors } = data.get(cell, week);
            let nets = [(promoters, 1), (passives, 0), (detractors, -1)];
            let nets = nets.into_iter().flat_map(|(count, net)| (0..count).map(move |_| net));
            let response = |(customer, net)| CellResponse { customer, week: place(week), cell: place(cell), net };
            responses.extend((first..).zip(nets).map(response));
        }
    }
    CellResponses::new(responses)
}

fn place(index: usize) -> u32 {
    u32::try_from(index).expect("a small number")
}

fn found(impact: f64) -> PowerAnalysis {
    of(&company(100, 0), [true, false], 54.0, 12, impact).expect("an outlook")
}

/// `reference-numbers.json`, "MDE80 in NPS points": there for weeks that are known to be independent. Without that
/// knowledge the detectable effect is larger, the more so with more responses.
#[test]
fn the_outlook_stays_near_the_reference_for_weeks_without_noise() {
    for (responses, expected) in [(10, 25.76), (100, 8.15)] {
        let outlook = of(&company(responses, 0), [true, false], 52.0, 12, 5.0).expect("an outlook");
        let ratio = outlook.smallest_effect / expected;
        assert!((0.8..1.3).contains(&ratio), "{responses} responses: {ratio}");
    }
}

#[test]
fn an_effect_of_the_smallest_size_is_decidable_within_the_horizon() {
    let smallest = found(5.0).smallest_effect;
    let (enough, little) = (found(smallest * 1.001), found(smallest * 0.6));
    assert!(enough.power.is_some_and(|power| (power - 0.8).abs() < 0.01), "{enough:?}");
    assert_eq!(enough.weeks_to_decide, Some(12));
    assert!(little.power < Some(0.5) && little.weeks_to_decide > Some(12), "{little:?}");
}

#[test]
fn a_fall_is_as_detectable_as_a_rise() {
    assert_eq!(found(7.0), found(-7.0));
}

#[test]
fn no_expected_effect_has_no_power_and_no_date() {
    let nothing = found(0.0);
    assert!(nothing.power.is_none() && nothing.weeks_to_decide.is_none() && nothing.smallest_effect > 0.0);
    assert!(found(f64::NAN).power.is_none());
}

#[test]
fn plans_that_no_review_could_estimate_have_no_outlook() {
    let data = company(100, 0);
    assert_eq!(of(&data, [true, false], 3.0, 12, 5.0), None, "too little history");
    assert_eq!(of(&data, [true, false], -9.0, 12, 5.0), None, "before all history");
    assert_eq!(of(&data, [true, false], f64::NAN, 12, 5.0), None, "no start at all");
    assert_eq!(of(&data, [true, false], 54.0, 1, 5.0), None, "one week of post-period");
    assert_eq!(of(&data, [true, false], 54.0, 0, 5.0), None, "no post-period");
    assert_eq!(of(&data, [false, false], 54.0, 12, 5.0), None, "no target");
    assert_eq!(of(&company(1, 0), [true, false], 54.0, 12, 5.0), None, "too few responses");
    assert_eq!(of(&CellWeeks::new(2, 0), [true, false], 54.0, 12, 5.0), None, "no responses yet");
}

#[test]
fn more_responses_and_less_noise_detect_smaller_effects_and_a_comparison_helps() {
    let smallest = |data: &CellWeeks, targets| of(data, targets, 54.0, 12, 5.0).expect("an outlook").smallest_effect;
    let base = smallest(&company(100, 0), [true, false]);
    assert!(smallest(&company(200, 0), [true, false]) < base);
    assert!(smallest(&company(100, 40), [true, false]) > base);
    let everyone = smallest(&company(100, 40), [true, true]);
    assert!(everyone < smallest(&company(100, 40), [true, false]), "six times the responses: {everyone}");
}

#[test]
fn returning_customers_with_stable_responses_detect_smaller_effects() {
    let data = company(100, 0);
    let smallest =
        |responses| analysis_of(&data, responses, [true, false], 54.0, 12, 5.0).expect("an outlook").smallest_effect;
    let (strangers, regulars) = (smallest(&CellResponses::default()), smallest(&repeat_responses(&data)));
    assert!(regulars < 0.7 * strangers, "{regulars} instead of {strangers}");
}

#[test]
fn extreme_plans_have_finite_outlooks() {
    for (responses, horizon, starts) in [(15, 520, 52.0), (1_000_000_000, 1_000_000, 300.0), (1_000_000, 2, 60.5)] {
        let outlook = of(&company(responses, 10), [true, false], starts, horizon, 1e-9).expect("an outlook");
        assert!(outlook.smallest_effect.is_finite() && outlook.smallest_effect > 0.0, "{outlook:?}");
        assert!(outlook.power.is_some_and(|power| (0.0..=1.0).contains(&power)), "{outlook:?}");
    }
}
