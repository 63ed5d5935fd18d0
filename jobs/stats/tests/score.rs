//! One score and its intervals against `reference-numbers.json`, and what must hold for every count.

use needle_stats::interval::{
    ConfidenceInterval, adjusted_wald, confidence_sequence, mover_difference, score_interval,
};
use needle_stats::nps::NpsCounts;
use proptest::prelude::*;

fn counts(detractors: u64, passives: u64, promoters: u64) -> NpsCounts {
    NpsCounts { promoters, passives, detractors }
}

fn assert_close(found: Option<f64>, expected: f64, tolerance: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < tolerance), "{found:?} instead of {expected}");
}

/// `reference-numbers.json`, "nps det= pas= pro=": counts, score, variance, adjusted Wald (unclipped), score interval.
#[test]
fn scores_and_intervals_agree_with_the_reference() {
    for (responses, score, variance, wald, interval) in [
        (counts(20, 30, 50), 30.0, 0.61, (14.051_130_178_8, 44.201_297_005_7), (13.955_141_614_2, 44.339_306_633_6)),
        (
            counts(3, 4, 8),
            33.333_333_333_3,
            0.622_222_222_2,
            (-8.517_851_565_6, 64.073_407_121_1),
            (-10.143_113_511_1, 65.287_145_610_2),
        ),
        (counts(0, 2, 8), 80.0, 0.16, (29.283_870_080_1, 93.793_052_996_8), (30.044_096_024_7, 94.331_784_854_6)),
        (counts(0, 0, 10), 100.0, 0.0, (47.503_551_544_8, 106.342_602_301_4), (44.493_440_027_4, 100.0)),
        (
            counts(1, 1, 1),
            0.0,
            0.666_666_666_7,
            (-61.112_614_338, 61.112_614_338),
            (-69.240_474_198_8, 69.240_474_198_8),
        ),
        (counts(150, 300, 550), 40.0, 0.54, (35.331_125_585_5, 44.429_592_261), (35.336_525_968_9, 44.441_800_819_8)),
    ] {
        assert_close(responses.score(), score, 1e-9);
        assert_close(responses.variance_of_one(), variance, 1e-9);
        let adjusted = adjusted_wald(&responses, 0.95);
        assert_close(adjusted.map(|found| found.low), wald.0, 1e-8);
        assert_close(adjusted.map(|found| found.high), f64::min(wald.1, 100.0), 1e-8);
        assert_close(responses.interval(0.95).map(|found| found.low), interval.0, 1e-8);
        assert_close(responses.interval(0.95).map(|found| found.high), interval.1, 1e-8);
    }
}

/// The probability that an interval of `responses` responses covers the true score, by summing over all outcomes.
fn coverage(
    responses: u32,
    detracting: f64,
    promoting: f64,
    of: impl Fn(&NpsCounts) -> Option<ConfidenceInterval>,
) -> f64 {
    let truth = 100.0 * (promoting - detracting);
    let ln_factorial = |n: u32| (1..=n).map(|k| f64::from(k).ln()).sum::<f64>();
    let mut covered = 0.0;
    for promoters in 0..=responses {
        for detractors in 0..=responses - promoters {
            let passives = responses - promoters - detractors;
            let outcome = counts(detractors.into(), passives.into(), promoters.into());
            if of(&outcome).is_some_and(|interval| interval.low <= truth && truth <= interval.high) {
                let ln_probability = ln_factorial(responses)
                    - [promoters, detractors, passives].map(ln_factorial).iter().sum::<f64>()
                    + f64::from(promoters) * promoting.ln()
                    + f64::from(detractors) * detracting.ln()
                    + f64::from(passives) * (1.0 - promoting - detracting).ln();
                covered += ln_probability.exp();
            }
        }
    }
    covered
}

/// `reference-numbers.json`, "exact coverage": responses, detractors, promoters, adjusted Wald, score.
#[test]
fn exact_coverage_agrees_with_the_reference() {
    for (responses, detracting, promoting, wald, score) in [
        (5, 0.2, 0.5, 0.9432, 0.9753),
        (5, 0.05, 0.8, 0.9293, 0.9637),
        (5, 0.4, 0.4, 0.9283, 0.9283),
        (5, 0.02, 0.9, 0.9185, 0.9652),
        (10, 0.2, 0.5, 0.9625, 0.9472),
        (10, 0.05, 0.8, 0.9442, 0.969),
        (10, 0.4, 0.4, 0.949, 0.9577),
        (10, 0.02, 0.9, 0.9298, 0.9592),
        (20, 0.2, 0.5, 0.9478, 0.9472),
        (20, 0.05, 0.8, 0.9563, 0.9622),
        (20, 0.4, 0.4, 0.946, 0.9498),
        (20, 0.02, 0.9, 0.9544, 0.9648),
        (50, 0.2, 0.5, 0.95, 0.9514),
        (50, 0.05, 0.8, 0.9559, 0.9563),
        (50, 0.4, 0.4, 0.946, 0.9511),
        (50, 0.02, 0.9, 0.9661, 0.9647),
    ] {
        let found = coverage(responses, detracting, promoting, |outcome| adjusted_wald(outcome, 0.95));
        assert_close(Some(found), wald, 6e-5);
        let found = coverage(responses, detracting, promoting, |outcome| score_interval(outcome, 0.95));
        assert_close(Some(found), score, 6e-5);
    }
}

/// Newcombe 1998, Statistics in Medicine 17, 873-890, table II, example (a): 56/70 - 48/80 by method 10 is .0524 to
/// .3339; his Wilson intervals are the inputs here.
#[test]
fn mover_agrees_with_newcombe() {
    let wilson = |successes: f64, trials: f64| {
        let (z, share) = (1.959_963_984_540_054_f64, successes / trials);
        let centre = (share + z * z / (2.0 * trials)) / (1.0 + z * z / trials);
        let half = z * (share * (1.0 - share) / trials + (z / (2.0 * trials)).powi(2)).sqrt() / (1.0 + z * z / trials);
        (share, ConfidenceInterval { low: centre - half, high: centre + half, level: 0.95 })
    };
    let difference = mover_difference(wilson(56.0, 70.0), wilson(48.0, 80.0));
    assert_close(Some(difference.low), 0.0524, 5e-5);
    assert_close(Some(difference.high), 0.3339, 5e-5);
}

/// `reference-numbers.json`, "normal-mixture confidence sequence half-width, V=4 kappa2=25 alpha=.05".
#[test]
fn a_confidence_sequence_agrees_with_the_reference() {
    let half = confidence_sequence(4.0, 25.0, 0.05).expect("a half width");
    assert!((half - 6.082_124_819_018_595).abs() < 1e-12, "{half}");
    for (variance, mixture, alpha) in [(0.0, 25.0, 0.05), (4.0, 0.0, 0.05), (4.0, 25.0, 1.0), (f64::NAN, 25.0, 0.05)] {
        assert_eq!(confidence_sequence(variance, mixture, alpha), None);
    }
}

#[test]
fn an_impossible_level_has_no_interval() {
    for level in [0.0, 1.0, -1.0, 2.0, f64::NAN] {
        assert_eq!(score_interval(&counts(1, 2, 3), level), None);
        assert_eq!(adjusted_wald(&counts(1, 2, 3), level), None);
    }
    assert_eq!(adjusted_wald(&NpsCounts::default(), 0.95), None);
}

proptest! {
    #[test]
    fn an_interval_stays_on_the_scale_and_holds_its_score(
        detractors in 0_u64..2000, passives in 0_u64..2000, promoters in 0_u64..2000, level in 0.01_f64..0.9999,
    ) {
        let responses = counts(detractors, passives, promoters);
        prop_assume!(responses.responses() > 0);
        let (Some(score), Some(interval)) = (responses.score(), responses.interval(level)) else {
            return Err(TestCaseError::fail("responses without an interval"));
        };
        prop_assert!((-100.0..=100.0).contains(&interval.low) && (-100.0..=100.0).contains(&interval.high));
        prop_assert!(interval.low <= score + 1e-9 && score <= interval.high + 1e-9);
    }

    #[test]
    fn swapping_promoters_and_detractors_mirrors_an_interval(
        detractors in 0_u64..2000, passives in 0_u64..2000, promoters in 0_u64..2000,
    ) {
        let found = counts(detractors, passives, promoters).interval(0.95);
        let mirrored = counts(promoters, passives, detractors).interval(0.95);
        prop_assert_eq!(found.is_some(), mirrored.is_some());
        if let (Some(found), Some(mirrored)) = (found, mirrored) {
            prop_assert!((found.low + mirrored.high).abs() < 1e-7 && (found.high + mirrored.low).abs() < 1e-7);
        }
    }

    #[test]
    fn a_higher_level_is_never_narrower(
        detractors in 0_u64..500, passives in 0_u64..500, promoters in 1_u64..500,
        level in 0.01_f64..0.99, more in 0.0_f64..0.0099,
    ) {
        let responses = counts(detractors, passives, promoters);
        let (Some(narrow), Some(wide)) = (responses.interval(level), responses.interval(level + more)) else {
            return Err(TestCaseError::fail("responses without an interval"));
        };
        prop_assert!(wide.low <= narrow.low + 1e-9 && narrow.high <= wide.high + 1e-9);
    }
}
