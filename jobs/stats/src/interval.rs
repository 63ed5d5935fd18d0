//! Intervals for one score and for the difference between two independent scores.
//!
//! The plain Wald interval is omitted on purpose: with five responses and few detractors it covers 40-66 % instead of
//! 95 %. For one decision's effect over many looks see [`crate::review`].

use crate::normal;
use crate::nps::NpsCounts;
use crate::number;

/// A range in NPS points that contains the true value with probability `level`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceInterval {
    /// The lower end, NPS points.
    pub low: f64,
    /// The upper end, NPS points.
    pub high: f64,
    /// The confidence level, .95 for 95 %.
    pub level: f64,
}

/// Halvings of the bracket when an end of an interval is searched: more would not change a floating-point number.
const HALVINGS: u32 = 80;

/// The score interval: the scores that a score test with the restricted maximum-likelihood share of detractors does not
/// reject. It stays inside -100..100 and covers well from five responses on. `None` without responses or for a `level`
/// outside (0, 1).
///
/// Solves `(m - d - n t) / sqrt(n (2q + t (1 - t))) = +-z` for the score t, m promoters and d detractors of n, with
/// q the share of detractors most likely under t (Tango 1998, Statistics in Medicine 17, 891-908, whose paired
/// difference has the same likelihood).
pub fn score_interval(counts: &NpsCounts, level: f64) -> Option<ConfidenceInterval> {
    let z = critical_value(level)?;
    let estimate = counts.score()? / 100.0;
    let high = score_bound(counts, estimate, z, 1.0);
    let low = score_bound(counts, estimate, z, -1.0);
    Some(ConfidenceInterval { low: 100.0 * low, high: 100.0 * high, level })
}

impl NpsCounts {
    /// The score interval at `level` (.95, say) in NPS points; see [`score_interval`].
    pub fn interval(&self, level: f64) -> Option<ConfidenceInterval> {
        score_interval(self, level)
    }
}

/// The adjusted Wald interval: three pseudo-responses, .75 / 1.5 / .75, then the plain formula, clipped to -100..100
/// (Rocks 2016, The American Statistician 70, 365-372). For uses that need a closed form. `None` as for
/// [`score_interval`].
pub fn adjusted_wald(counts: &NpsCounts, level: f64) -> Option<ConfidenceInterval> {
    let z = critical_value(level)?;
    counts.score()?;
    let responses = number::of_count(counts.responses()) + 3.0;
    let promoting = (number::of_count(counts.promoters) + 0.75) / responses;
    let detracting = (number::of_count(counts.detractors) + 0.75) / responses;
    let centre = promoting - detracting;
    let half = z * ((promoting + detracting - centre * centre) / responses).sqrt();
    let clip = |score: f64| (100.0 * score).clamp(-100.0, 100.0);
    Some(ConfidenceInterval { low: clip(centre - half), high: clip(centre + half), level })
}

/// The interval of `later - earlier`, two independent scores each given with its own interval, clipped to -200..200.
///
/// MOVER, the method of variance estimates recovery (Zou & Donner 2008, Statistics in Medicine 27, 1693-1702; for
/// Wilson intervals Newcombe 1998). The level is the lower of the two.
pub fn mover_difference(later: (f64, ConfidenceInterval), earlier: (f64, ConfidenceInterval)) -> ConfidenceInterval {
    let (later_score, later) = later;
    let (earlier_score, earlier) = earlier;
    let difference = later_score - earlier_score;
    let down = (later_score - later.low).hypot(earlier.high - earlier_score);
    let up = (later.high - later_score).hypot(earlier_score - earlier.low);
    let clip = |points: f64| points.clamp(-200.0, 200.0);
    ConfidenceInterval {
        low: clip(difference - down),
        high: clip(difference + up),
        level: later.level.min(earlier.level),
    }
}

/// Half the width of the interval that an estimate with this variance has in a normal-mixture confidence sequence: all
/// intervals at all times, however often they are computed, hold together with probability `1 - alpha`.
///
/// `sqrt(V (V + k) / k x (2 ln(1 / alpha) + ln((V + k) / V)))` with `mixture` k, the squared size of the effects at
/// which it is narrowest (Robbins 1970, Annals of Mathematical Statistics 41, 1397-1409; Howard, Ramdas, `McAuliffe` &
/// Sekhon 2021, Annals of Statistics 49, 1055-1080). `None` unless variance, mixture and alpha are above 0 and alpha is
/// below 1.
pub fn confidence_sequence(variance: f64, mixture: f64, alpha: f64) -> Option<f64> {
    let sum = variance + mixture;
    let half = (variance * sum / mixture * (2.0 * (1.0 / alpha).ln() + (sum / variance).ln())).sqrt();
    (variance > 0.0 && mixture > 0.0 && alpha > 0.0 && alpha < 1.0 && half.is_finite()).then_some(half)
}

/// The two-sided critical value of `level`, `None` outside (0, 1).
fn critical_value(level: f64) -> Option<f64> {
    let z = -normal::quantile((1.0 - level) / 2.0);
    (level > 0.0 && level < 1.0 && z.is_finite()).then_some(z)
}

/// The last score between `estimate` and `limit` (1 or -1) that the score test does not reject.
fn score_bound(counts: &NpsCounts, estimate: f64, z: f64, limit: f64) -> f64 {
    let responses = number::of_count(counts.responses());
    let (promoters, detractors) = (number::of_count(counts.promoters), number::of_count(counts.detractors));
    let net = promoters - detractors;
    let rejected = |score: f64| {
        let b = (2.0 * responses - promoters + detractors) * score - detractors - promoters;
        let c = -detractors * score * (1.0 - score);
        let root = (b * b - 8.0 * responses * c).max(0.0).sqrt();
        let detracting = ((root - b) / (4.0 * responses)).max(0.0);
        let variance = (2.0 * detracting + score * (1.0 - score)).max(0.0);
        (net - responses * score).powi(2) > z * z * responses * variance
    };
    if !rejected(limit) {
        return limit;
    }
    let (mut inside, mut outside) = (estimate, limit);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(inside, outside);
        if rejected(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    inside.clamp(-1.0, 1.0)
}
