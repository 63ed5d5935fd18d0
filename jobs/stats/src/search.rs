//! The search for a quantile of a distribution that is nearly normal.

use crate::normal;

/// The maximum number of steps. A handful is usual; this many halvings exhaust the bracket.
const MOST_STEPS: u32 = 80;

/// When a step on the normal scale is smaller than this, the next is the last: Newton's method squares the distance.
const CLOSE: f64 = 1e-8;

/// The point inside the bracket below which the probability `tail` lies, searched from `start`. `distribution` returns
/// the probability below a point and the density there.
///
/// Newton's method on the normal scale, where such a distribution is nearly a straight line; the bracket is halved
/// whenever a step leaves it.
pub(crate) fn quantile(
    (mut low, mut high): (f64, f64),
    start: f64,
    tail: f64,
    distribution: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let target = normal::quantile(tail);
    let mut point = start;
    for _ in 0..MOST_STEPS {
        // Also when a step is not a number, as where the density vanishes.
        if !(low < point && point < high) {
            point = f64::midpoint(low, high);
        }
        let (below, density) = distribution(point);
        if below < tail {
            low = point;
        } else {
            high = point;
        }
        let found = normal::quantile(below);
        let step = (target - found) * normal::density(found) / density;
        point += step;
        if (target - found).abs() <= CLOSE {
            return point.clamp(low, high);
        }
    }
    if low <= point && point <= high { point } else { f64::midpoint(low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_found_from_a_bad_start_and_far_out() {
        for tail in [1e-14, 1e-6, 0.3, 0.5, 0.999] {
            for start in [f64::NAN, -1e9, -30.0, 0.0, 25.0] {
                let distribution = |point: f64| (normal::cdf(point), normal::density(point));
                let found = quantile((-40.0, 40.0), start, tail, distribution);
                assert!((found - normal::quantile(tail)).abs() < 1e-10, "{found} for {tail} from {start}");
            }
        }
    }

    #[test]
    fn a_probability_that_is_never_reached_ends_at_the_bracket() {
        let distribution = |point: f64| (0.5 * normal::cdf(point), 0.5 * normal::density(point));
        let found = quantile((-9.0, 9.0), 0.0, 0.7, distribution);
        assert!((found - 9.0).abs() < 1e-9, "{found}");
    }
}
