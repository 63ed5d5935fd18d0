//! Whole lives of reviews against the first Python prototype: the contrast of both arms.
//!
//! The numbers were printed by the prototype of the method in Python (`NumPy` 2.4.6, `SciPy` 1.17.1) on a
//! made-up company: week, estimate, standard error, low and high end.

mod company;

use company::{decision, looks, made_up};
use needle_stats::cells::CellWeeks;
use needle_stats::decision::Column;
use needle_stats::review::{Approach, Caveat, Expectation, ExpectationOutcome, Life, Method, Plan, Review, Verdict};

const HALF: [bool; 6] = [true, true, true, false, false, false];
const CROSSING: [bool; 6] = [true, false, false, true, true, false];

/// A life under the first prototype, with a comparison or without.
fn life(data: &CellWeeks, decision: &Column, others: &[Column], impact: f64, horizon: u32) -> Vec<Review> {
    let plan = Plan { compared: Approach::CONTRAST, alone: Approach::CONTRAST };
    looks(Life::new(Expectation { impact }, horizon).with_plan(plan), data, decision, others, horizon)
}

fn assert_life(reviews: &[Review], expected: &[(usize, f64, f64, f64, f64)]) {
    for (week, effect, standard_error, low, high) in expected {
        let Some(estimate) = reviews[week - 1].estimate else { panic!("no estimate in week {week}") };
        let found = [estimate.effect, estimate.standard_error, estimate.interval.low, estimate.interval.high];
        for (found, expected) in found.into_iter().zip([effect, standard_error, low, high]) {
            assert!((found - expected).abs() < 2e-6, "week {week}: {found} instead of {expected}");
        }
    }
}

fn verdicts(reviews: &[Review]) -> Vec<Verdict> {
    reviews.iter().map(|review| review.verdict).collect()
}

/// `review_life(..., [(half, 30), (crossing, 33)], 0, 6., 12)`
#[test]
fn a_comparison_with_an_overlapping_decision_agrees_with_the_prototype() {
    let reviews = life(&made_up(8, 1), &decision(&HALF, 30.0), &[decision(&CROSSING, 33.0)], 6.0, 12);
    assert!(reviews[0].estimate.is_none());
    assert!(reviews[0].caveats.contains(&Caveat::ShortAftermath { weeks: 1.0, needed: 2.0 }));
    assert_life(
        &reviews,
        &[
            (2, 10.191_886_120_248, 7.785_523_906_780, -27.361_378_958_746, 47.670_186_244_262),
            (3, 6.568_410_037_079, 6.369_793_445_694, -18.534_152_029_362, 31.621_781_097_386),
            (4, 5.706_439_269_219, 5.687_663_679_755, -13.742_739_052_864, 25.124_538_719_314),
            (6, 5.231_425_644_483, 4.895_194_569_880, -8.562_620_230_565, 19.009_490_407_938),
            (9, 5.752_757_869_284, 4.422_957_911_290, -4.557_117_759_134, 16.053_542_468_012),
            (12, 6.452_207_655_068, 4.211_154_503_236, -2.096_014_060_235, 14.992_321_631_373),
        ],
    );
    assert_eq!(reviews[10].verdict, Verdict::TooEarly);
    assert_eq!(reviews[11].verdict, Verdict::NotEnoughData);
    assert_eq!(reviews[11].method, Some(Method::DifferenceInDifferences));
    assert!(reviews[11].caveats.contains(&Caveat::OverlappingDecision { others: vec![0] }));
}

/// `review_life(..., [(all, 30), (crossing, 26)], 0, -3., 12)`
#[test]
fn an_interrupted_time_series_agrees_with_the_prototype() {
    let reviews = life(&made_up(8, 1), &decision(&[true; 6], 30.0), &[decision(&CROSSING, 26.0)], -3.0, 12);
    assert_life(
        &reviews,
        &[
            (2, 4.691_626_200_184, 4.859_498_358_306, -18.759_183_546_650, 28.127_924_274_754),
            (5, 4.579_327_828_607, 4.264_894_480_140, -8.398_864_594_576, 17.553_893_223_624),
            (8, 4.506_184_308_068, 4.253_538_282_501, -5.711_597_266_125, 14.722_802_677_409),
            (12, 4.471_508_124_960, 4.249_878_556_698, -3.858_976_824_447, 12.801_821_569_419),
        ],
    );
    assert_eq!(reviews[11].method, Some(Method::InterruptedTimeSeries));
    assert!(reviews[11].comparison_before.is_none());
    assert!(reviews[11].caveats.contains(&Caveat::NoComparison));
    assert!(reviews[11].caveats.contains(&Caveat::SeasonalityUnknown { weeks: 30, needed: 52 }));
}

/// `review_life(40 * ..., [(half, 30), (crossing, 33)], 0, 6., 12)`
#[test]
fn a_rise_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(8, 40), &decision(&HALF, 30.0), &[decision(&CROSSING, 33.0)], 6.0, 12);
    assert_life(
        &reviews,
        &[
            (2, 10.224_188_767_677, 2.886_743_328_228, -7.036_772_104_585, 27.110_870_654_532),
            (7, 5.578_094_341_344, 2.077_637_107_103, -0.040_896_358_400, 11.139_582_670_573),
            (8, 5.506_359_345_906, 2.010_122_918_971, 0.414_118_740_632, 10.513_322_328_132),
            (12, 6.321_608_339_894, 2.054_050_975_414, 2.237_852_470_246, 10.471_827_049_312),
        ],
    );
    assert_eq!(verdicts(&reviews)[..7], [Verdict::TooEarly; 7]);
    assert_eq!(verdicts(&reviews)[7..], [Verdict::MovedUp; 5]);
    assert_eq!(reviews[7].expectation_outcome, ExpectationOutcome::Met);
}

/// `review_life(..., [(half, 30)], 0, -10., 12)`
#[test]
fn a_fall_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(-30, 1), &decision(&HALF, 30.0), &[], -10.0, 12);
    assert_life(
        &reviews,
        &[
            (3, -30.900_234_989_963, 6.333_388_215_209, -55.846_206_175_405, -5.976_905_158_330),
            (12, -31.485_509_744_167, 3.666_276_853_832, -39.143_328_852_196, -23.833_784_216_176),
        ],
    );
    assert_eq!(verdicts(&reviews)[..3], [Verdict::TooEarly, Verdict::TooEarly, Verdict::MovedDown]);
    assert_eq!(reviews[2].expectation_outcome, ExpectationOutcome::Met);
    assert_eq!(reviews[11].expectation_outcome, ExpectationOutcome::Exceeded);
}

/// `review_life(4000 * ..., [(half, 30)], 0, 20., 12)`
#[test]
fn no_movement_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(0, 4000), &decision(&HALF, 30.0), &[] as &[Column], 20.0, 12);
    assert_life(
        &reviews,
        &[
            (5, -2.833_719_507_312, 2.258_541_721_978, -9.829_707_108_876, 4.240_556_960_445),
            (12, -2.005_473_445_252, 1.720_798_396_649, -5.468_459_208_955, 1.476_614_942_500),
        ],
    );
    assert_eq!(verdicts(&reviews)[..4], [Verdict::TooEarly; 4]);
    assert_eq!(verdicts(&reviews)[4..], [Verdict::DidNotMove; 8]);
    assert_eq!(reviews[11].expectation_outcome, ExpectationOutcome::Missed);
}
