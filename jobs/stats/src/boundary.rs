//! How far from zero the statistic must be at a look when the same question is tested every week.
//!
//! Lan & `DeMets` (1983, Biometrika 70, 659-663): an error budget is spent over the looks at a decision, and the
//! boundary of each look follows from the information available so far, by the recursive integration of Armitage,
//! `McPherson` & Rowe (1969, Journal of the Royal Statistical Society A 132, 235-244).

use crate::normal;
use crate::number;
use crate::quadrature::QuadratureRule;
use crate::search;

/// How an error budget is spent as the horizon passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlphaSpending {
    /// Almost nothing early, almost everything at the end.
    OBrienFleming,
    /// `alpha x share^power` (Kim & `DeMets` 1987, Biometrika 74, 149-154).
    Power(f64),
}

impl AlphaSpending {
    /// The part of `alpha` spent by the time that `share` (0 to 1) of the horizon is over.
    pub fn spent(self, alpha: f64, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        match self {
            _ if share <= 0.0 => 0.0,
            Self::OBrienFleming => 2.0 * normal::cdf(normal::quantile(alpha / 2.0) / share.sqrt()),
            Self::Power(power) => alpha * share.powf(power),
        }
    }
}

/// Every look spends at least this much, so that it has a boundary.
const SMALLEST_INCREMENT: f64 = 1e-12;

/// Information that does not grow is taken to grow by this share, so that every look has a density.
const SMALLEST_GROWTH: f64 = 1e-9;

/// The lower edge is not searched below this z statistic.
const FARTHEST: f64 = -10.0;

/// A two-sided symmetric boundary for a z statistic, one look at a time.
///
/// The score process `z sqrt(information)` has independent normal increments; the density of the paths that are still
/// inside is carried from look to look.
#[derive(Clone, Debug, Default)]
pub struct SequentialBoundary {
    information: f64,
    /// `None` before the first look.
    inside: Option<InsideDensity>,
}

impl SequentialBoundary {
    /// Starts without any look.
    pub fn new() -> Self {
        Self::default()
    }

    /// The z boundary of the next look, taken with `information` (one over the variance of the estimate) and allowed to
    /// spend `alpha_increment`. Information that shrinks is treated as unchanged.
    pub fn look(&mut self, information: f64, alpha_increment: f64) -> f64 {
        let alpha_increment = number::within(alpha_increment, SMALLEST_INCREMENT, 1.0 - SMALLEST_INCREMENT);
        let information = number::within(information, f64::MIN_POSITIVE, f64::MAX).max(self.information);
        let root = information.sqrt();
        let inside = match &self.inside {
            None => {
                let edge = -normal::quantile(alpha_increment / 2.0) * root;
                InsideDensity::symmetric(edge, |point| normal::density(point / root) / root)
            }
            Some(inside) => {
                let deviation = (information - self.information).max(SMALLEST_GROWTH * information).sqrt();
                inside.advance(deviation, 0.5 * alpha_increment, FARTHEST * root)
            }
        };
        self.information = information;
        let boundary = inside.edge / root;
        self.inside = Some(inside);
        boundary
    }
}

/// The density of the paths that have stayed between `-edge` and `edge`, at the nodes of a Gauss-Legendre rule: inside,
/// it is almost a polynomial, so a few dozen points give six digits.
#[derive(Clone, Debug)]
pub(crate) struct InsideDensity {
    edge: f64,
    /// The values at the nodes of the smallest rule.
    density: Vec<f64>,
}

impl InsideDensity {
    /// Evaluates the density `arrive` of the paths that reach the next look.
    pub(crate) fn new(edge: f64, arrive: impl Fn(f64) -> f64) -> Self {
        Self { edge, density: QuadratureRule::smallest().nodes.iter().map(|node| arrive(edge * node)).collect() }
    }

    /// The same for a symmetric density: half of it determines the rest.
    fn symmetric(edge: f64, arrive: impl Fn(f64) -> f64) -> Self {
        let nodes = &QuadratureRule::smallest().nodes;
        let half: Vec<f64> = nodes[..nodes.len() / 2].iter().map(|node| arrive(edge * node)).collect();
        Self { edge, density: half.iter().chain(half.iter().rev()).copied().collect() }
    }

    /// The density inside after an increment of this standard deviation when each edge lets the probability `tail`
    /// pass.
    fn advance(&self, deviation: f64, tail: f64, farthest: f64) -> Self {
        let mass = self.mass(deviation);
        let arrive = |to: f64| {
            mass.iter().map(|(from, mass)| mass * normal::density((to - from) / deviation)).sum::<f64>() / deviation
        };
        let below_and_density = |to: f64| {
            let one = |(from, mass): &(f64, f64)| {
                let (below, density) = normal::cdf_and_density((to - from) / deviation);
                (mass * below, mass * density / deviation)
            };
            mass.iter().map(one).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        // Both edges are alike, and the lower one is a quantile.
        let edge = -search::quantile((farthest, 0.0), -self.edge, tail, below_and_density);
        Self::symmetric(edge, arrive)
    }

    /// Points with their probabilities, dense enough for an increment of this standard deviation.
    pub(crate) fn mass(&self, deviation: f64) -> Vec<(f64, f64)> {
        let smallest = QuadratureRule::smallest();
        let rule = QuadratureRule::for_increments(deviation / self.edge);
        let density = |node: &f64| smallest.interpolate(&self.density, *node);
        let points = rule.nodes.iter().zip(&rule.weights);
        points.map(|(node, weight)| (self.edge * node, self.edge * weight * density(node))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundaries(spending: AlphaSpending, looks: u32) -> Vec<f64> {
        let mut boundary = SequentialBoundary::new();
        let spent = |look: u32| spending.spent(0.05, f64::from(look) / f64::from(looks));
        (1..=looks).map(|look| boundary.look(f64::from(look), spent(look) - spent(look - 1))).collect()
    }

    /// The reference has four decimals and an error of its own: it integrates on 401 points.
    fn assert_boundaries(spending: AlphaSpending, expected: &[f64]) {
        let looks = u32::try_from(expected.len()).expect("a few");
        for (found, expected) in boundaries(spending, looks).into_iter().zip(expected) {
            assert!((found - expected).abs() < 8e-5, "{found} instead of {expected}");
        }
    }

    /// `reference-numbers.json`, "LD-OBF two-sided .05".
    #[test]
    fn obrien_fleming_boundaries_agree_with_the_reference() {
        let kind = AlphaSpending::OBrienFleming;
        assert_boundaries(kind, &[3.9199, 2.774, 2.2982, 2.0426]);
        assert_boundaries(kind, &[4.3826, 3.0997, 2.5534, 2.2538, 2.0635]);
        let twelve = [6.7895, 4.8009, 3.9216, 3.4081, 3.0692, 2.8269, 2.6437, 2.4997, 2.383, 2.2863, 2.2047, 2.1349];
        assert_boundaries(kind, &twelve);
    }

    /// `reference-numbers.json`, "Kim-DeMets rho=2 two-sided .05".
    #[test]
    fn kim_demets_boundaries_agree_with_the_reference() {
        let kind = AlphaSpending::Power(2.0);
        assert_boundaries(kind, &[2.9552, 2.5593, 2.3009, 2.092]);
        assert_boundaries(kind, &[3.0902, 2.7141, 2.4728, 2.2799, 2.114]);
        let twelve = [3.5773, 3.2588, 3.0654, 2.9152, 2.7891, 2.6789, 2.5803, 2.4903, 2.4071, 2.3294, 2.2563, 2.187];
        assert_boundaries(kind, &twelve);
    }

    /// `reference-numbers.json`, "2 x one-sided .05 OBF spend, 4 looks" (`SeqBounds.jl`).
    #[test]
    fn doubled_one_sided_boundaries_agree_with_the_reference() {
        let mut boundary = SequentialBoundary::new();
        let spent = |look: u32| 2.0 * AlphaSpending::OBrienFleming.spent(0.05, f64::from(look) / 4.0);
        for (look, expected) in (1..).zip([3.74955, 2.53994, 2.01607, 1.72017]) {
            let found = boundary.look(f64::from(look), spent(look) - spent(look - 1));
            assert!((found - expected).abs() < 6e-5, "{found} instead of {expected}");
        }
    }

    /// The same recursion by the trapezoid rule on very many points, for information that grows unevenly.
    #[test]
    fn uneven_information_gives_the_boundaries_of_a_fine_grid() {
        let looks = [(1.0, 1e-4), (1.003, 2e-3), (1.3, 5e-3), (1.31, 4e-3), (4.0, 0.01), (4.1, 0.02)];
        let mut boundary = SequentialBoundary::new();
        let found = looks.map(|(information, increment)| boundary.look(information, increment));
        for (found, expected) in found.into_iter().zip(on_a_grid(&looks)) {
            assert!((found - expected).abs() < 2e-5, "{found} instead of {expected}");
        }
    }

    fn on_a_grid(looks: &[(f64, f64)]) -> Vec<f64> {
        let grid = 4_001;
        let points = |edge: f64| (0..grid).map(move |index| edge * (f64::from(index) / 2_000.0 - 1.0));
        let (mut mass, mut before): (Vec<(f64, f64)>, f64) = (vec![(0.0, 1.0)], 0.0);
        let mut found = vec![];
        for (information, increment) in looks {
            let deviation = (information - before).sqrt();
            let outside =
                |edge: f64| 2.0 * mass.iter().map(|(at, m)| m * normal::cdf((-edge - at) / deviation)).sum::<f64>();
            let (mut low, mut high) = (0.0, 10.0 * information.sqrt());
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if outside(middle) > *increment { low = middle } else { high = middle }
            }
            let near = |to: f64| move |(at, _): &&(f64, f64)| (to - at).abs() < 9.0 * deviation;
            let arrive = |to: f64| {
                mass.iter().filter(near(to)).map(|(at, m)| m * normal::density((to - at) / deviation)).sum::<f64>()
                    / deviation
            };
            let step = high / 2_000.0;
            mass = points(high).map(|to| (to, step * arrive(to))).collect();
            let last = mass.len() - 1;
            mass[0].1 /= 2.0;
            mass[last].1 /= 2.0;
            before = *information;
            found.push(high / information.sqrt());
        }
        found
    }

    #[test]
    fn information_that_shrinks_or_is_nonsense_still_gives_a_boundary() {
        let mut boundary = SequentialBoundary::new();
        for information in [f64::NAN, 2.0, 1.0, 1.0, 0.0, f64::INFINITY] {
            let z = boundary.look(information, 0.01);
            assert!(z.is_finite() && z > 0.0, "{z} at {information}");
        }
    }
}
