//! A decision as the regression uses it: its target and when it is in effect.

use crate::number;

/// One decision as a column of the regression.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionColumn {
    /// Per cell, whether the decision targets it. Missing cells are not targeted.
    pub target: Vec<bool>,
    /// When it takes effect, in weeks since week 0 began: Wednesday of week 12 is `12.0 + 2.0 / 7.0`.
    /// May be negative, or beyond the data.
    pub starts: f64,
    /// When it was reversed, on the same scale; `None` while it lasts.
    pub ends: Option<f64>,
}

impl DecisionColumn {
    /// The share of a week's days on which the decision is in effect, 0 to 1.
    pub fn exposure(&self, week: usize) -> f64 {
        let begins = number::of_index(week);
        let until = self.ends.unwrap_or(f64::INFINITY).min(begins + 1.0);
        let share = until - self.starts.max(begins);
        // Not a number when `starts` is not: the decision is then never in effect.
        if self.starts.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Whether the decision targets a cell.
    pub(crate) fn targets(&self, cell: usize) -> bool {
        self.target.get(cell).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wednesday_start_leaves_five_days_of_its_week() {
        let column = DecisionColumn { target: vec![], starts: 12.0 + 2.0 / 7.0, ends: Some(14.0 + 1.0 / 7.0) };
        let exposure: Vec<f64> = (11..16).map(|week| (7.0 * column.exposure(week)).round()).collect();
        assert_eq!(exposure, [0.0, 5.0, 7.0, 1.0, 0.0]);
    }

    #[test]
    fn extreme_times_have_a_finite_exposure() {
        for (starts, ends) in [(f64::NAN, None), (f64::INFINITY, None), (-5.0, Some(-2.0)), (9.0, Some(4.0))] {
            let column = DecisionColumn { target: vec![], starts, ends };
            assert!((0..20).all(|week| column.exposure(week) == 0.0));
        }
        let always = DecisionColumn { target: vec![], starts: f64::NEG_INFINITY, ends: Some(f64::NAN) };
        assert!(always.exposure(3) > 0.999);
    }
}
