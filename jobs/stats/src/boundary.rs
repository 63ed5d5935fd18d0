//! How far from zero a look must be when a question is asked again every week.
//!
//! Lan & `DeMets` (1983, Biometrika 70, 659-663): an error budget is spent over the life of a decision, and each look's
//! boundary follows from the information seen so far, by the recursive integration of Armitage, `McPherson` & Rowe
//! (1969, Journal of the Royal Statistical Society A 132, 235-244).

use crate::normal;
use crate::number;
use crate::search;

/// How an error budget is spent over the share of the horizon that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spending {
    /// Nearly nothing early, nearly everything at the end.
    OBrienFleming,
    /// `alpha x share^power` (Kim & `DeMets` 1987, Biometrika 74, 149-154).
    Power(f64),
}

impl Spending {
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

/// No look spends less than this, so that every look has a boundary.
const SMALLEST_INCREMENT: f64 = 1e-12;

/// Information that does not grow still grows by this share, so that every look has a density.
const SMALLEST_GROWTH: f64 = 1e-9;

/// No lower edge is searched beyond this z statistic.
const FARTHEST: f64 = -10.0;

/// A two-sided symmetric boundary for a z statistic, one look at a time.
///
/// The score process `z sqrt(information)` has independent normal increments; the density of the paths that have
/// stayed inside so far is carried on a grid from look to look.
#[derive(Clone, Debug)]
pub struct Boundary {
    grid: usize,
    information: f64,
    edge: f64,
    density: Vec<f64>,
}

impl Boundary {
    /// No look taken yet. `grid` points carry the density: 301 give four digits, 3 is the least.
    pub fn new(grid: usize) -> Self {
        Self { grid: grid.max(3), information: 0.0, edge: 0.0, density: Vec::new() }
    }

    /// The z boundary of the next look, taken with `information` (one over the variance of the estimate) and allowed
    /// to spend `alpha_increment`. Information that shrinks is taken as standing still.
    pub fn look(&mut self, information: f64, alpha_increment: f64) -> f64 {
        let alpha_increment = number::within(alpha_increment, SMALLEST_INCREMENT, 1.0 - SMALLEST_INCREMENT);
        let information = number::within(information, f64::MIN_POSITIVE, f64::MAX).max(self.information);
        let root = information.sqrt();
        if self.density.is_empty() {
            self.edge = -normal::quantile(alpha_increment / 2.0) * root;
            let density = |point: f64| normal::density(point / root) / root;
            self.density = points(self.edge, self.grid).map(density).collect();
        } else {
            self.advance(information, alpha_increment);
        }
        self.information = information;
        self.edge / root
    }

    /// Carries the density of the paths still inside on to the next look, and finds that look's edge.
    fn advance(&mut self, information: f64, alpha_increment: f64) {
        let deviation = (information - self.information).max(SMALLEST_GROWTH * information).sqrt();
        let width = 2.0 * self.edge / number::of_index(self.grid - 1);
        let last = self.grid - 1;
        let ends = |index: usize| {
            if index == 0 || index == last { 0.5 } else { 1.0 }
        };
        let mass: Vec<(f64, f64)> = points(self.edge, self.grid)
            .zip(&self.density)
            .enumerate()
            .map(|(index, (point, density))| (point, width * ends(index) * density))
            .collect();
        let arrive = |to: f64| {
            mass.iter().map(|(from, mass)| mass * normal::density((to - from) / deviation)).sum::<f64>() / deviation
        };
        let below = |to: f64| -> f64 {
            mass.iter().map(|(from, mass)| mass * normal::cdf((to - from) / deviation)).sum::<f64>()
        };
        // Both edges are alike, and the lower one is a quantile.
        let bracket = (FARTHEST * information.sqrt(), 0.0);
        self.edge =
            -search::quantile(bracket, -self.edge, 0.5 * alpha_increment, |point| (below(point), arrive(point)));
        // The density is symmetric: half of it tells the rest.
        let half: Vec<f64> = points(self.edge, self.grid).take(self.grid.div_ceil(2)).map(arrive).collect();
        self.density = half.iter().chain(half.iter().rev().skip(self.grid % 2)).copied().collect();
    }
}

/// `grid` evenly spaced points from `-edge` to `edge`.
fn points(edge: f64, grid: usize) -> impl Iterator<Item = f64> {
    let step = 2.0 * edge / number::of_index(grid - 1);
    (0..grid).map(move |index| number::of_index(index) * step - edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundaries(spending: Spending, looks: u32) -> Vec<f64> {
        let mut boundary = Boundary::new(401);
        let spent = |look: u32| spending.spent(0.05, f64::from(look) / f64::from(looks));
        (1..=looks).map(|look| boundary.look(f64::from(look), spent(look) - spent(look - 1))).collect()
    }

    fn assert_boundaries(spending: Spending, expected: &[f64]) {
        let looks = u32::try_from(expected.len()).unwrap_or_default();
        for (found, expected) in boundaries(spending, looks).into_iter().zip(expected) {
            assert!((found - expected).abs() < 6e-5, "{found} instead of {expected}");
        }
    }

    /// `reference-numbers.json`, "LD-OBF two-sided .05".
    #[test]
    fn obrien_fleming_boundaries_agree_with_the_reference() {
        let kind = Spending::OBrienFleming;
        assert_boundaries(kind, &[3.9199, 2.774, 2.2982, 2.0426]);
        assert_boundaries(kind, &[4.3826, 3.0997, 2.5534, 2.2538, 2.0635]);
        let twelve = [6.7895, 4.8009, 3.9216, 3.4081, 3.0692, 2.8269, 2.6437, 2.4997, 2.383, 2.2863, 2.2047, 2.1349];
        assert_boundaries(kind, &twelve);
    }

    /// `reference-numbers.json`, "Kim-DeMets rho=2 two-sided .05".
    #[test]
    fn kim_demets_boundaries_agree_with_the_reference() {
        let kind = Spending::Power(2.0);
        assert_boundaries(kind, &[2.9552, 2.5593, 2.3009, 2.092]);
        assert_boundaries(kind, &[3.0902, 2.7141, 2.4728, 2.2799, 2.114]);
        let twelve = [3.5773, 3.2588, 3.0654, 2.9152, 2.7891, 2.6789, 2.5803, 2.4903, 2.4071, 2.3294, 2.2563, 2.187];
        assert_boundaries(kind, &twelve);
    }

    /// `reference-numbers.json`, "2 x one-sided .05 OBF spend, 4 looks" (`SeqBounds.jl`).
    #[test]
    fn doubled_one_sided_boundaries_agree_with_the_reference() {
        let mut boundary = Boundary::new(401);
        let spent = |look: u32| 2.0 * Spending::OBrienFleming.spent(0.05, f64::from(look) / 4.0);
        for (look, expected) in (1..).zip([3.74955, 2.53994, 2.01607, 1.72017]) {
            let found = boundary.look(f64::from(look), spent(look) - spent(look - 1));
            assert!((found - expected).abs() < 6e-5, "{found} instead of {expected}");
        }
    }

    #[test]
    fn information_that_shrinks_or_is_nonsense_still_gives_a_boundary() {
        let mut boundary = Boundary::new(51);
        for information in [f64::NAN, 2.0, 1.0, 1.0, 0.0, f64::INFINITY] {
            let z = boundary.look(information, 0.01);
            assert!(z.is_finite() && z > 0.0, "{z} at {information}");
        }
    }
}
