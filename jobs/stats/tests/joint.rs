//! Whole lives of reviews against the second Python prototype: both arms in one model.
//!
//! The numbers were printed by the prototype of the joint model in Python (`NumPy` 2.4.6, `SciPy` 1.17.1) on a
//! made-up company: week; estimate, standard error, low and high end; sequential p-value.

mod company;

use company::{decision, looks, made_up};
use needle_stats::cells::CellWeeks;
use needle_stats::decision::Column;
use needle_stats::experience::Experience;
use needle_stats::review::{Approach, Expectation, ExpectationOutcome, Life, Plan, Review, Verdict};

const HALF: [bool; 6] = [true, true, true, false, false, false];
const CROSSING: [bool; 6] = [true, false, false, true, true, false];
const FEW: [bool; 6] = [true, true, false, false, false, false];

/// A life under the second prototype's laws.
fn jointly(impact: f64) -> Life {
    Life::new(Expectation { impact }, 12).with_plan(Plan { compared: Approach::JOINT, alone: Approach::JOINT })
}

fn life(data: &CellWeeks, target: &[bool], others: &[Column], impact: f64) -> Vec<Review> {
    let life = jointly(impact);
    looks(life, data, &decision(target, 30.0), others, 12)
}

fn assert_life(reviews: &[Review], expected: &[(usize, [f64; 4], f64)]) {
    assert!(reviews[0].estimate.is_none());
    for (week, expected, p_sequential) in expected {
        let Some(estimate) = reviews[week - 1].estimate else { panic!("no estimate in week {week}") };
        let found = [estimate.effect, estimate.standard_error, estimate.interval.low, estimate.interval.high];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 2e-7, "week {week}: {found} instead of {expected}");
        }
        let found = reviews[week - 1].p_sequential;
        assert!((found - p_sequential).abs() < 1e-12, "week {week}: p {found} instead of {p_sequential}");
    }
}

fn verdicts(reviews: &[Review]) -> Vec<Verdict> {
    reviews.iter().map(|review| review.verdict).collect()
}

/// `review_life(..., [(half, 30), (crossing, 33)], 0, 6., 12)`
#[test]
fn a_comparison_with_an_overlapping_decision_agrees_with_the_prototype() {
    let reviews = life(&made_up(8, 1), &HALF, &[decision(&CROSSING, 33.0)], 6.0);
    assert_life(
        &reviews,
        &[
            (2, [9.495_201_281_817, 6.201_403_916_299, -10.717_319_191_119, 29.926_832_673_591], 1.0),
            (3, [7.042_360_758_984, 5.289_330_109_557, -9.433_534_233_829, 23.265_370_379_148], 1.0),
            (4, [6.258_165_983_012, 4.849_594_909_866, -7.939_530_076_342, 20.249_780_318_877], 1.0),
            (6, [5.776_888_555_609, 4.295_599_735_349, -5.615_225_769_523, 17.036_923_673_317], 1.0),
            (9, [6.067_412_948_008, 3.882_777_356_259, -3.026_246_905_521, 15.092_849_469_310], 1.0),
            (12, [6.630_487_045_460, 3.664_323_148_636, -1.011_469_135_245, 14.215_202_536_083], 0.1),
        ],
    );
    assert_eq!(verdicts(&reviews)[..11], [Verdict::TooEarly; 11]);
    assert_eq!(reviews[11].verdict, Verdict::NotEnoughData);
}

/// `review_life(40 * ..., [(half, 30), (crossing, 33)], 0, 6., 12)`
#[test]
fn a_rise_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(8, 40), &HALF, &[decision(&CROSSING, 33.0)], 6.0);
    assert_life(
        &reviews,
        &[
            (2, [10.208_587_314_929, 2.669_938_263_858, 0.384_053_527_404, 19.872_697_533_520], 0.04),
            (3, [6.775_841_052_270, 2.644_411_084_081, -1.347_918_435_308, 14.760_906_893_420], 0.04),
            (6, [5.278_115_405_040, 2.091_254_047_749, -0.467_631_473_607, 11.218_993_013_295], 0.04),
            (7, [5.297_440_584_721, 2.002_177_023_547, 0.009_314_702_729, 10.770_827_399_935], 0.04),
            (9, [5.635_623_162_343, 1.947_992_473_701, 1.085_191_943_170, 10.381_455_881_739], 0.02),
            (12, [6.564_136_526_645, 1.940_345_837_597, 2.555_280_432_013, 10.710_244_908_291], 0.005),
        ],
    );
    assert_eq!(reviews[0].verdict, Verdict::TooEarly);
    assert_eq!(verdicts(&reviews)[1..], [Verdict::MovedUp; 11]);
}

/// `review_life(..., [(half, 30)], 0, -10., 12)`
#[test]
fn a_fall_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(-30, 1), &HALF, &[], -10.0);
    assert_life(
        &reviews,
        &[
            (2, [-28.412_589_524_696, 6.205_170_668_244, -48.553_877_568_846, -7.864_816_570_077], 0.001),
            (3, [-30.651_379_731_430, 5.286_360_937_386, -47.072_107_722_380, -14.396_242_051_429], 0.0001),
            (7, [-32.225_522_489_978, 4.094_101_120_570, -42.610_170_925_457, -21.906_249_037_046], 0.0001),
            (12, [-31.368_098_464_399, 3.507_136_872_760, -38.773_830_826_890, -24.001_250_433_041], 0.0001),
        ],
    );
    assert_eq!(verdicts(&reviews)[1..], [Verdict::MovedDown; 11]);
    assert_eq!(reviews[2].expectation_outcome, ExpectationOutcome::Exceeded);
}

/// `review_life(4000 * ..., [(half, 30)], 0, 20., 12)`
#[test]
fn no_movement_is_found_in_the_week_the_prototype_finds_it() {
    let reviews = life(&made_up(0, 4000), &HALF, &[], 20.0);
    assert_life(
        &reviews,
        &[
            (2, [1.761_581_832_712, 2.974_253_374_167, -7.789_209_608_572, 11.264_000_410_389], 1.0),
            (3, [-1.309_996_878_102, 2.491_198_929_530, -8.966_500_911_742, 6.287_183_769_247], 1.0),
            (7, [-3.221_368_430_763, 1.800_489_436_301, -7.872_129_753_265, 1.358_433_578_280], 1.0),
            (8, [-3.339_243_729_558, 1.725_190_715_875, -7.625_293_637_191, 0.878_617_850_526], 0.2),
            (12, [-2.032_314_330_075, 1.567_948_416_448, -5.390_733_926_289, 1.144_713_238_129], 0.15),
        ],
    );
    assert_eq!(verdicts(&reviews)[..2], [Verdict::TooEarly; 2]);
    assert_eq!(verdicts(&reviews)[2..], [Verdict::DidNotMove; 10]);
}

/// `review_life(..., [(half, 30), (crossing, 33)], 0, 6., 12, segs=[half, crossing, few])`, where the evidence of a
/// segment counts for one over the sum of its squared correlations with all segments.
#[test]
fn what_other_segments_teach_agrees_with_the_prototype() {
    let data = made_up(8, 1);
    let (half, others) = (decision(&HALF, 30.0), [decision(&CROSSING, 33.0)]);
    let segments = [HALF.to_vec(), CROSSING.to_vec(), FEW.to_vec()];
    let experience = Experience::learn(&data, &half, &segments, &others);
    let life = jointly(6.0).with_experience(experience);
    assert_life(
        &looks(life, &data, &half, &others, 12),
        &[
            (2, [9.499_191_487_445, 6.187_589_791_702, -10.659_212_620_699, 29.883_098_953_110], 1.0),
            (5, [6.004_267_499_789, 4.495_799_534_402, -6.523_405_834_796, 18.357_369_000_315], 1.0),
            (12, [6.630_638_006_286, 3.648_037_958_524, -0.976_861_867_233, 14.181_903_623_614], 0.1),
        ],
    );
}

/// `review_life(..., [(all, 30), (crossing, 26)], 0, -3., 12)`
#[test]
fn a_target_without_a_comparison_agrees_with_the_prototype() {
    let reviews = life(&made_up(8, 1), &[true; 6], &[decision(&CROSSING, 26.0)], -3.0);
    assert_life(
        &reviews,
        &[
            (2, [4.678_815_740_042, 4.973_961_757_558, -11.328_451_602_021, 20.669_058_602_215], 1.0),
            (5, [4.575_064_673_284, 4.372_996_956_072, -7.095_072_220_130, 16.231_196_245_881], 1.0),
            (12, [4.483_603_506_755, 4.315_538_320_503, -4.005_038_970_299, 12.969_568_815_918], 1.0),
        ],
    );
}

/// The prototype with the share of a week's days in effect in place of its steps: from day 4 of week 30 to day 2 of
/// week 39, the other decision from day 1 of week 33 to day 3 of week 37. Looks are at weeks 31, 32, ...
#[test]
fn decisions_in_effect_for_part_of_a_week_agree_with_the_prototype() {
    let data = made_up(8, 40);
    let half = Column { target: HALF.to_vec(), starts: 30.0 + 4.0 / 7.0, ends: Some(39.0 + 2.0 / 7.0) };
    let crossing = Column { target: CROSSING.to_vec(), starts: 33.0 + 1.0 / 7.0, ends: Some(37.0 + 3.0 / 7.0) };
    let mut life = jointly(6.0);
    let looks = (31..43).zip(1_u32..);
    let reviews: Vec<Review> = looks
        .map(|(now, look)| life.look(&data, now, &half, std::slice::from_ref(&crossing), f64::from(look) / 12.0))
        .collect();
    assert_life(
        &reviews,
        &[
            (3, [6.654_852_549_875, 3.179_967_848_571, -3.104_530_032_785, 16.038_941_303_388], 1.0),
            (7, [4.845_747_390_933, 2.322_076_670_210, -1.146_285_284_507, 10.962_604_146_608], 0.15),
            (9, [5.759_701_974_255, 2.068_657_720_681, 0.707_575_128_012, 10.970_460_143_349], 0.03),
            (12, [4.016_014_181_468, 2.414_564_933_311, -0.873_976_090_048, 8.856_108_545_087], 0.03),
        ],
    );
    assert_eq!(verdicts(&reviews)[..8], [Verdict::TooEarly; 8]);
    assert_eq!(verdicts(&reviews)[8..], [Verdict::MovedUp; 4]);
}

#[test]
fn a_segment_counts_once_however_often_and_from_whichever_side_it_is_described() {
    let data = made_up(8, 1);
    let half = decision(&HALF, 30.0);
    let once = Experience::learn(&data, &half, &[HALF.to_vec(), CROSSING.to_vec()], &[]);
    let outside = HALF.map(|belongs| !belongs).to_vec();
    let nobody = vec![false; 6];
    let often = [HALF.to_vec(), outside, CROSSING.to_vec(), HALF.to_vec(), vec![true; 6], nobody];
    let often = Experience::learn(&data, &half, &often, &[]);
    let effects = |experience: Experience| {
        let life = jointly(6.0).with_experience(experience);
        let reviews = looks(life, &data, &half, &[], 12);
        reviews.iter().filter_map(|review| Some(review.estimate?.interval.low)).collect::<Vec<f64>>()
    };
    let without = effects(Experience::default());
    for ((once, often), without) in effects(once).into_iter().zip(effects(often)).zip(without) {
        assert!((once - often).abs() < 1e-9, "{once} and {often}");
        assert!((once - without).abs() > 1e-3, "nothing was learned");
    }
}
