//! The probability that one of many looks crosses its boundary.

use crate::boundary::{InsideDensity, SequentialBoundary};
use crate::limit::{ALPHA, SPENDING};
use crate::normal;
use crate::number;

/// Halvings of the bracket when an effect is searched.
const HALVINGS: u32 = 40;

/// One look and its boundary.
#[derive(Clone, Copy, Debug)]
struct PlannedLook {
    week: usize,
    information: f64,
    boundary: f64,
}

/// The looks at which a movement could be claimed; at least one.
#[derive(Clone, Debug)]
pub(super) struct PlannedLooks(Vec<PlannedLook>);

impl PlannedLooks {
    /// Plans looks after some weeks with their information, of those that will have an estimate, spending alpha as
    /// reviews do. `None` when there are none.
    pub(super) fn plan(information: &[(usize, f64)], can_estimate: impl Fn(usize) -> bool) -> Option<Self> {
        let horizon = information.last().map_or(0, |(week, _)| *week);
        let (mut boundary, mut spent) = (SequentialBoundary::new(), 0.0);
        let looks: Vec<PlannedLook> = information
            .iter()
            .filter(|(week, _)| can_estimate(*week))
            .map(|(week, information)| {
                let by_now = SPENDING.spent(ALPHA, number::of_index(*week) / number::of_index(horizon));
                let look = boundary.look(*information, by_now - spent);
                spent = by_now;
                PlannedLook { week: *week, information: *information, boundary: look }
            })
            .collect();
        (!looks.is_empty()).then_some(Self(looks))
    }

    /// The information of the last look.
    pub(super) fn last_information(&self) -> f64 {
        self.0.last().map_or(0.0, |look| look.information)
    }

    /// The probability that some look claims a rise when the effect is `effect`, above 0.
    pub(super) fn power(&self, effect: f64) -> f64 {
        self.crossed(effect).last().map_or(0.0, |(_, crossed)| *crossed)
    }

    /// The week of the first look by which the probability of a claim reaches `power`.
    pub(super) fn week_of(&self, effect: f64, power: f64) -> Option<usize> {
        self.crossed(effect).into_iter().find(|(_, crossed)| *crossed >= power).map(|(week, _)| week)
    }

    /// The effect that some look claims with the probability `power`.
    pub(super) fn smallest_effect(&self, power: f64) -> f64 {
        let (mut low, mut high) = (0.0, 12.0 / self.last_information().sqrt());
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.power(middle) < power {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }

    /// The probability of a claim by each look: the density of the paths that have stayed inside is carried from look
    /// to look, with a drift (Armitage, `McPherson` & Rowe 1969; Jennison & Turnbull 2000, Group Sequential Methods
    /// with Applications to Clinical Trials, chapter 19).
    fn crossed(&self, effect: f64) -> Vec<(usize, f64)> {
        let (mut before, mut total) = (0.0, 0.0);
        let mut inside: Option<InsideDensity> = None;
        let mut found = Vec::with_capacity(self.0.len());
        for look in &self.0 {
            let growth = (look.information - before).max(1e-9 * look.information);
            let (deviation, drift) = (growth.sqrt(), effect * growth);
            let edge = look.boundary * look.information.sqrt();
            // The points that a path may have reached, and their probabilities.
            let mass = inside.map_or_else(|| vec![(0.0, 1.0)], |inside| inside.mass(deviation));
            let above = |(point, mass): &(f64, f64)| mass * normal::cdf((point + drift - edge) / deviation);
            total += mass.iter().map(above).sum::<f64>();
            let arrive = |to: f64| {
                let from = |(point, mass): &(f64, f64)| mass * normal::density((to - point - drift) / deviation);
                mass.iter().map(from).sum::<f64>() / deviation
            };
            inside = Some(InsideDensity::new(edge, arrive));
            before = look.information;
            found.push((look.week, total.min(1.0)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::AlphaSpending;

    /// Twelve looks at equal distances, spending alpha as reviews do; `unit` is the variance at the last.
    fn twelve(unit: f64) -> PlannedLooks {
        let information: Vec<(usize, f64)> =
            (1..=12).map(|week| (week, number::of_index(week) / (12.0 * unit))).collect();
        PlannedLooks::plan(&information, |_| true).expect("twelve looks")
    }

    /// The same with O'Brien-Fleming spending.
    fn of_the_reference(unit: f64) -> PlannedLooks {
        let (mut boundary, mut spent) = (SequentialBoundary::new(), 0.0);
        let look = |look: PlannedLook| {
            let by_now = AlphaSpending::OBrienFleming.spent(ALPHA, number::of_index(look.week) / 12.0);
            let found = boundary.look(look.information, by_now - spent);
            spent = by_now;
            PlannedLook { boundary: found, ..look }
        };
        PlannedLooks(twelve(unit).0.into_iter().map(look).collect())
    }

    /// `reference-numbers.json`, "MDE80 in NPS points, 12 weekly looks LD-OBF, per-week responses (treated, control)":
    /// independent weeks, 36 of them before, 6,000 squared points for the variance of one response.
    #[test]
    fn detectable_effects_agree_with_the_reference() {
        for (treated, control, expected) in [
            (10.0, 50.0, 25.76),
            (30.0, 120.0, 15.18),
            (100.0, 500.0, 8.15),
            (180.0, 420.0, 6.62),
            (500.0, 2000.0, 3.72),
            (720.0, 1680.0, 3.31),
            (2000.0, 8000.0, 1.86),
        ] {
            let found = of_the_reference(6000.0 * (1.0 / 36.0 + 1.0 / 12.0) * (1.0 / treated + 1.0 / control))
                .smallest_effect(0.8);
            let allowed: f64 = 0.005 + 1e-4 * expected;
            assert!((found - expected).abs() <= allowed, "{treated}/{control}: {found} instead of {expected}");
        }
    }

    #[test]
    fn without_an_effect_half_of_the_error_is_a_rise() {
        assert!((twelve(1.0).power(0.0) - 0.025).abs() < 1e-4, "{}", twelve(1.0).power(0.0));
    }

    #[test]
    fn the_chance_grows_with_the_effect_and_over_the_looks() {
        let looks = twelve(1.0);
        let powers: Vec<f64> = (0..8).map(|effect| looks.power(f64::from(effect))).collect();
        assert!(powers.windows(2).all(|pair| pair[0] < pair[1]) && powers[7] <= 1.0, "{powers:?}");
        assert!(looks.week_of(8.0, 0.8) < looks.week_of(3.5, 0.8) && looks.week_of(2.0, 0.8).is_none());
    }

    #[test]
    fn thinning_out_looks_hardly_changes_the_result() {
        let of = |step: usize| {
            let weeks = (1..=96).filter(|week: &usize| week.is_multiple_of(step));
            let information: Vec<(usize, f64)> = weeks.map(|week| (week, number::of_index(week) / 96.0)).collect();
            PlannedLooks::plan(&information, |_| true).map_or(0.0, |looks| looks.smallest_effect(0.8))
        };
        assert!((of(4) / of(1) - 1.0).abs() < 0.01, "{} {}", of(4), of(1));
    }

    #[test]
    fn no_estimate_is_no_look() {
        assert!(
            PlannedLooks::plan(&[(1, 1.0), (2, 2.0)], |_| false).is_none()
                && PlannedLooks::plan(&[], |_| true).is_none()
        );
    }
}
