//! Invariants of the review of any decision, and reviews of data that hardly allow one.

mod company;

use company::{chart_of, company, decision, look, weekly_reviews};
use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::interval::confidence_sequence;
use needle_stats::learned_prior::LearnedPrior;
use needle_stats::nps::NpsCounts;
use needle_stats::review::{
    EstimationMethod, ExpectationResult, ExpectedImpact, LONGEST_HISTORY_WEEKS, ReviewCaveat, ReviewSequence,
    SequentialReview, TestVerdict,
};
use proptest::prelude::*;

const HALF: [bool; 4] = [true, true, false, false];

fn first_look(data: &CellWeeks, decision: &DecisionColumn, others: &[DecisionColumn], now: usize) -> SequentialReview {
    look(&mut ReviewSequence::new(ExpectedImpact { impact: 5.0 }, 12), data, now, decision, others, 0.5)
}

/// Every number of a review is finite and on its scale.
fn assert_sane(review: &SequentialReview) {
    if let Some(estimate) = review.estimate {
        let interval = estimate.interval;
        assert!([estimate.effect, estimate.standard_error, interval.low, interval.high].iter().all(|x| x.is_finite()));
        assert!(interval.low <= estimate.effect && estimate.effect <= interval.high);
        assert!((0.0..=1.0).contains(&estimate.probability_above_zero));
    }
    assert!(0.0 < review.p_sequential && review.p_sequential <= 1.0);
    assert!(review.smallest_detectable_effect.is_none_or(|effect| effect.is_finite() && effect > 0.0));
    assert!(review.weeks_to_decide.is_none_or(|weeks| (0.0..=520.0).contains(&weeks)));
}

/// Every point of the chart of a look lies on its scale.
fn assert_drawable(data: &CellWeeks, now: usize, decision: &DecisionColumn, review: &SequentialReview) {
    for point in chart_of(data, now, decision, review) {
        assert!(point.observed.is_none_or(|score| (-100.0..=100.0).contains(&score)));
        assert!(point.expected.is_none_or(|score| (-100.0..=100.0).contains(&score)));
        assert!(point.expected_interval.is_none_or(|range| -100.0 <= range.low && range.high <= 100.0));
    }
}

#[test]
fn later_weeks_never_change_an_earlier_review() {
    let long = company(7, 52, 60, 6.0, &HALF, 30);
    let now = 36;
    let mut short = CellWeeks::new(4, now);
    for cell in 0..4 {
        for week in 0..now {
            short.add(cell, week, long.get(cell, week));
        }
    }
    let others = [decision(&[true, false, true, false], 33.0)];
    let early = first_look(&short, &decision(&HALF, 30.0), &others, now);
    assert!(early.estimate.is_some());
    assert_eq!(early, first_look(&long, &decision(&HALF, 30.0), &others, now));
    let (decision, all) = (decision(&HALF, 30.0), chart_of(&long, now, &decision(&HALF, 30.0), &early));
    assert_eq!(all, chart_of(&short, now, &decision, &early));
    assert_eq!(all.last().map(|point| point.week), Some(now - 1));
}

#[test]
fn history_beyond_two_years_is_ignored() {
    let start = 150;
    let data = company(3, 170, 40, 5.0, &HALF, start);
    let review = first_look(&data, &decision(&HALF, 150.0), &[], 160);
    let first = chart_of(&data, 160, &decision(&HALF, 150.0), &review).first().map(|point| point.week);
    assert_eq!(first, Some(start - LONGEST_HISTORY_WEEKS));
    let mut changed = data.clone();
    changed.add(0, start - LONGEST_HISTORY_WEEKS - 1, NpsCounts { promoters: 999, ..NpsCounts::default() });
    assert_eq!(review, first_look(&changed, &decision(&HALF, 150.0), &[], 160));
}

#[test]
fn five_years_of_weeks_are_reviewed() {
    let data = company(4, 260, 20, 0.0, &HALF, 130);
    let review = first_look(&data, &decision(&HALF, 130.0), &[], 260);
    assert_sane(&review);
    assert!(review.estimate.is_some());
    let chart = chart_of(&data, 260, &decision(&HALF, 130.0), &review);
    assert_eq!(chart.len(), LONGEST_HISTORY_WEEKS + 130);
}

#[test]
fn a_start_outside_the_data_gives_no_estimate_and_says_why() {
    let data = company(5, 40, 30, 0.0, &HALF, 20);
    for starts in [-3.0, f64::NEG_INFINITY, f64::NAN] {
        let review = first_look(&data, &decision(&HALF, starts), &[], 40);
        assert_sane(&review);
        assert_eq!(review.verdict, TestVerdict::TooEarly);
        assert!(review.caveats.contains(&ReviewCaveat::ShortHistory { weeks: 0, needed: 8 }), "{:?}", review.caveats);
    }
    for starts in [40.0, 41.5, f64::INFINITY] {
        let review = first_look(&data, &decision(&HALF, starts), &[], 40);
        assert_sane(&review);
        assert!(review.caveats.contains(&ReviewCaveat::ShortPostPeriod { weeks: 0.0, needed: 2.0 }));
        assert!(matches!(review.caveats[1], ReviewCaveat::FewResponses { after: 0, needed: 30, .. }));
        assert_eq!(review.method, Some(EstimationMethod::DifferenceInDifferences));
    }
    assert_sane(&first_look(&data, &decision(&HALF, 20.0), &[], 0));
    assert_sane(&first_look(&CellWeeks::new(0, 0), &decision(&HALF, 20.0), &[], 9));
}

#[test]
fn a_target_without_responses_is_named() {
    let data = company(6, 40, 30, 0.0, &HALF, 20);
    for target in [&[false; 4][..], &[], &[false, false, false, false, true]] {
        let review = first_look(&data, &decision(target, 20.0), &[], 40);
        assert_eq!(chart_of(&data, 40, &decision(target, 20.0), &review).len(), 40);
        assert_eq!((review.caveats, review.method, review.estimate), (vec![ReviewCaveat::EmptyTarget], None, None));
    }
}

#[test]
fn a_comparison_that_never_answered_is_no_comparison() {
    let data = company(6, 40, 30, 0.0, &[true; 3], 20);
    let everybody = first_look(&data, &decision(&[true; 3], 20.0), &[], 40);
    assert_eq!(everybody.method, Some(EstimationMethod::InterruptedTimeSeries));
    let mut padded = CellWeeks::new(4, 40);
    for cell in 0..3 {
        for week in 0..40 {
            padded.add(cell, week, data.get(cell, week));
        }
    }
    assert_eq!(everybody, first_look(&padded, &decision(&[true, true, true, false], 20.0), &[], 40));
}

#[test]
fn no_responses_on_one_side_of_the_start_give_no_estimate() {
    for (weeks, caveat) in [
        (20..40, ReviewCaveat::ShortHistory { weeks: 0, needed: 8 }),
        (0..20, ReviewCaveat::ShortPostPeriod { weeks: 0.0, needed: 2.0 }),
    ] {
        let mut data = CellWeeks::new(4, 40);
        for cell in 0..4 {
            for week in weeks.clone() {
                data.add(cell, week, NpsCounts { promoters: 10, passives: 5, detractors: 3 });
            }
        }
        let review = first_look(&data, &decision(&HALF, 20.0), &[], 40);
        assert_sane(&review);
        assert!(review.caveats.contains(&caveat) && review.estimate.is_none());
    }
}

#[test]
fn promoters_alone_are_reviewed() {
    let mut data = CellWeeks::new(4, 40);
    for cell in 0..4 {
        for week in 0..40 {
            data.add(cell, week, NpsCounts { promoters: 10, ..NpsCounts::default() });
        }
    }
    for target in [HALF, [true; 4]] {
        let reviews = weekly_reviews(&data, &decision(&target, 20.0), &[], 0.0, 12);
        reviews.iter().for_each(assert_sane);
        assert!(reviews.iter().all(|review| !matches!(review.verdict, TestVerdict::MovedUp | TestVerdict::MovedDown)));
    }
}

#[test]
fn a_horizon_of_one_look_ends_with_it() {
    let data = company(8, 40, 100, 0.0, &HALF, 20);
    let mut sequence = ReviewSequence::new(ExpectedImpact { impact: f64::NAN }, 1);
    let short = look(&mut sequence, &data, 21, &decision(&HALF, 20.0), &[], 1.0);
    assert_eq!(short.verdict, TestVerdict::NotEnoughData);
    let later = look(&mut sequence, &data, 40, &decision(&HALF, 20.0), &[], 1.0);
    assert_sane(&later);
    assert_eq!(later.verdict, TestVerdict::NotEnoughData);
    let Some(estimate) = later.estimate else { panic!("the estimate goes on") };
    let half = confidence_sequence(estimate.standard_error.powi(2), 25.0, 0.05).expect("a half width");
    assert!((estimate.interval.high - estimate.effect - half).abs() < 1e-9, "a confidence sequence beyond the horizon");
}

#[test]
fn an_invalid_share_of_the_horizon_does_not_panic() {
    let data = company(8, 40, 100, 0.0, &HALF, 20);
    let mut sequence = ReviewSequence::new(ExpectedImpact { impact: 5.0 }, 0);
    for share in [f64::NAN, -1.0, 0.0, 0.3, 0.3, 0.2, 7.0, f64::INFINITY, 0.5] {
        assert_sane(&look(&mut sequence, &data, 30, &decision(&HALF, 20.0), &[], share));
    }
}

#[test]
fn a_verdict_once_reached_stays_while_the_estimate_moves_on() {
    let mut data = company(9, 60, 400, 25.0, &HALF, 30);
    for week in 40..60 {
        for cell in 0..2 {
            data.add(cell, week, NpsCounts { detractors: 2000, ..NpsCounts::default() });
        }
    }
    let reviews = weekly_reviews(&data, &decision(&HALF, 30.0), &[], 10.0, 26);
    assert_eq!(reviews[6].verdict, TestVerdict::MovedUp);
    let last = &reviews[25];
    assert_eq!(last.verdict, TestVerdict::MovedUp);
    assert!(last.estimate.is_some_and(|estimate| estimate.effect < 0.0));
}

#[test]
fn two_decisions_of_the_same_target_and_week_are_always_confounded() {
    for seed in 0..12 {
        for (responses, target) in [(8, HALF), (400, HALF), (8, [true; 4]), (400, [true; 4])] {
            let data = company(seed, 42, responses, 30.0, &target, 30);
            let reviews = weekly_reviews(&data, &decision(&target, 30.0), &[decision(&target, 30.0)], 5.0, 12);
            for review in &reviews[1..] {
                assert_sane(review);
                assert_eq!(review.verdict, TestVerdict::Confounded, "seed {seed}, {responses} responses");
                assert!(review.caveats.contains(&ReviewCaveat::Confounded { other: 0 }));
                assert_eq!(review.expectation_outcome, ExpectationResult::Undetermined);
                assert_eq!(review.weeks_to_decide, None);
            }
        }
    }
}

#[test]
fn decisions_on_the_opposite_halves_in_one_week_are_confounded() {
    let data = company(1, 42, 100, 10.0, &HALF, 30);
    let opposite = [decision(&[false, true, true, true], 3.0), decision(&[false, false, true, true], 30.0)];
    let review = first_look(&data, &decision(&HALF, 30.0), &opposite, 38);
    assert_eq!(review.verdict, TestVerdict::Confounded);
    assert!(review.caveats.contains(&ReviewCaveat::Confounded { other: 1 }));
}

#[test]
fn a_crossing_decision_of_the_same_week_does_not_confound() {
    let data = company(2, 42, 100, 20.0, &HALF, 30);
    let crossing = [decision(&[true, false, true, false], 30.0)];
    let reviews = weekly_reviews(&data, &decision(&HALF, 30.0), &crossing, 5.0, 12);
    assert!(reviews.iter().all(|review| review.verdict != TestVerdict::Confounded));
    assert_eq!(reviews[11].verdict, TestVerdict::MovedUp);
}

#[test]
fn confounding_is_resolved_by_the_other_decision_ending() {
    let data = company(11, 60, 600, 25.0, &HALF, 30);
    let other = DecisionColumn { ends: Some(33.0), ..decision(&HALF, 30.0) };
    let reviews = weekly_reviews(&data, &decision(&HALF, 30.0), &[other], 10.0, 20);
    assert_eq!(reviews[1].verdict, TestVerdict::Confounded);
    assert_eq!(reviews[19].verdict, TestVerdict::MovedUp);
}

#[test]
fn a_decision_logged_late_does_not_withdraw_an_earlier_verdict() {
    let data = company(12, 60, 600, 25.0, &HALF, 30);
    let mut sequence = ReviewSequence::new(ExpectedImpact { impact: 10.0 }, 12);
    let alone = look(&mut sequence, &data, 38, &decision(&HALF, 30.0), &[], 0.6);
    assert_eq!(alone.verdict, TestVerdict::MovedUp);
    let both = look(&mut sequence, &data, 39, &decision(&HALF, 30.0), &[decision(&HALF, 30.0)], 0.7);
    assert_eq!(both.verdict, TestVerdict::MovedUp);
    assert!(both.caveats.contains(&ReviewCaveat::Confounded { other: 0 }));
}

#[test]
fn splitting_a_cell_into_like_halves_changes_almost_nothing() {
    let data = company(13, 45, 200, 8.0, &HALF, 30);
    let (mut whole, mut split) = (CellWeeks::new(4, 45), CellWeeks::new(5, 45));
    for cell in 0..4 {
        for week in 0..45 {
            let half = data.get(cell, week);
            whole.add(cell, week, half + half);
            split.add(cell, week, if cell == 0 { half } else { half + half });
            split.add(4, week, if cell == 0 { half } else { NpsCounts::default() });
        }
    }
    let review = first_look(&whole, &decision(&HALF, 30.0), &[], 40);
    let other = first_look(&split, &decision(&[true, true, false, false, true], 30.0), &[], 40);
    assert_eq!((review.before, review.after), (other.before, other.after));
    let (Some(one), Some(two)) = (review.estimate, other.estimate) else { panic!("no estimate") };
    assert!((one.effect - two.effect).abs() < 0.01 && (one.standard_error - two.standard_error).abs() < 0.01);
}

#[test]
fn a_start_in_the_middle_of_a_week_is_a_part_of_a_step() {
    let mut data = company(14, 50, 300, 0.0, &HALF, 30);
    for week in 30..50 {
        for cell in 0..2 {
            data.add(cell, week, NpsCounts { promoters: if week == 30 { 20 } else { 60 }, ..NpsCounts::default() });
        }
    }
    let review = first_look(&data, &decision(&HALF, 30.0 + 4.0 / 7.0), &[], 44);
    assert_eq!(review.after, data.total(&[0, 1], 31..44), "less than half of week 30 was in effect");
    assert_eq!(review.before, data.total(&[0, 1], 0..30));
    assert!(review.estimate.is_some_and(|estimate| estimate.effect > 5.0));
}

#[test]
fn the_expected_series_runs_below_the_observed_one_by_the_effect() {
    for target in [HALF, [true; 4]] {
        let data = company(15, 60, 500, 20.0, &target, 40);
        let review = first_look(&data, &decision(&target, 40.0), &[], 60);
        let series = chart_of(&data, 60, &decision(&target, 40.0), &review);
        let gap = |from: usize, to: usize| {
            let gaps = series[from..to].iter().filter_map(|point| Some(point.observed? - point.expected?));
            gaps.clone().sum::<f64>() / f64::from(u32::try_from(gaps.count()).expect("few"))
        };
        let Some(estimate) = review.estimate else { panic!("no estimate") };
        assert!(gap(0, 40).abs() < 1.0, "{}", gap(0, 40));
        assert!((gap(40, 60) - estimate.effect).abs() < 1.0, "{} and {}", gap(40, 60), estimate.effect);
        let inside = series[..40].iter().filter(|point| {
            point
                .expected_interval
                .zip(point.observed)
                .is_some_and(|(range, score)| range.low < score && score < range.high)
        });
        assert!(inside.count() >= 36);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_data_make_a_review_panic_or_leave_its_scale(
        responses in prop::collection::vec((0_u64..9, 0_u64..9, 0_u64..9, 0_u8..4), 3 * 30),
        target in prop::collection::vec(any::<bool>(), 0..5),
        (starts, length, other_starts) in (-5.0_f64..35.0, 0.0_f64..20.0, -5.0_f64..35.0),
        (reversed, impact) in (any::<bool>(), -20.0_f64..20.0),
    ) {
        let mut data = CellWeeks::new(3, 30);
        for (index, (promoters, passives, detractors, present)) in responses.into_iter().enumerate() {
            if present > 0 {
                data.add(index / 30, index % 30, NpsCounts { promoters, passives, detractors });
            }
        }
        let column = DecisionColumn { target: target.clone(), starts, ends: reversed.then_some(starts + length) };
        let others = [decision(&target, other_starts), decision(&[true], other_starts), decision(&[], starts)];
        let prior = LearnedPrior::learn(&data, &column, &[target, vec![false, true], vec![true; 9]], &others);
        let mut sequence = ReviewSequence::new(ExpectedImpact { impact }, 12).with_learned_prior(prior);
        for (now, share) in (20..=31).zip([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0]) {
            let review = look(&mut sequence, &data, now, &column, &others, share);
            assert_sane(&review);
            assert_drawable(&data, now, &column, &review);
        }
    }
}

#[test]
fn weeks_before_the_decision_that_moved_already_are_reported() {
    let mut data = company(16, 70, 200, 0.0, &HALF, 50);
    for week in 42..70 {
        for cell in 0..2 {
            data.add(cell, week, NpsCounts { promoters: 120, ..NpsCounts::default() });
        }
    }
    let reported = |starts: f64, now: usize| {
        let review = first_look(&data, &decision(&HALF, starts), &[], now);
        review.caveats.into_iter().find_map(|caveat| match caveat {
            ReviewCaveat::TrendsNotParallel { placebo_points, .. } => placebo_points,
            _ => None,
        })
    };
    assert!(reported(50.0, 58).is_some_and(|points| points > 10.0), "it moved eight weeks too early");
    assert_eq!(reported(42.0, 50), None, "it moved on the day");
}

#[test]
fn among_many_decisions_a_movement_needs_permission() {
    let data = company(17, 45, 400, 25.0, &HALF, 30);
    let (responses, start) = (needle_stats::responses::CellResponses::default(), decision(&HALF, 30.0));
    let input = needle_stats::review::ReviewInput { data: &data, responses: &responses, decision: &start, others: &[] };
    let look = |week: usize, share| needle_stats::review::LookTiming { now: 30 + week, share };
    let looks = [look(8, 0.6), look(9, 0.7), look(12, 1.0)];
    let verdicts = |leave: [bool; 3]| {
        let mut sequence = ReviewSequence::new(ExpectedImpact { impact: 10.0 }, 12);
        let found = sequence.looks(&input, &looks);
        let settled = found.into_iter().zip(leave).map(|(finding, leave)| sequence.settle(finding, leave));
        settled.map(|review| (review.verdict, review.caveats)).collect::<Vec<(TestVerdict, Vec<ReviewCaveat>)>>()
    };
    let never = verdicts([false; 3]);
    assert!(never.iter().all(|(_, caveats)| matches!(caveats[..], [ReviewCaveat::ManyDecisions { .. }])), "{never:?}");
    assert_eq!(
        never.iter().map(|(one, _)| *one).collect::<Vec<_>>(),
        [TestVerdict::TooEarly, TestVerdict::TooEarly, TestVerdict::NotEnoughData]
    );
    let once = verdicts([false, true, false]);
    assert_eq!(
        once.iter().map(|(one, _)| *one).collect::<Vec<_>>(),
        [TestVerdict::TooEarly, TestVerdict::MovedUp, TestVerdict::MovedUp]
    );
}
