//! The p-value of a question that is tested again every week.
//!
//! It is the smallest error rate whose boundary has been crossed so far, on a grid of rates. The boundary of a rate is
//! computed only when that of the next larger rate was crossed: most decisions need only the first.

use super::budget::AlphaBudget;
use crate::boundary::AlphaSpending;

/// The rates, in descending order: finer where decisions are claimed.
const LEVELS: [f64; 16] =
    [0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4];

/// The looks so far, and the boundaries computed for them.
#[derive(Clone, Debug, Default)]
pub(super) struct SequentialPValue {
    looks: Vec<(f64, AlphaSpending, f64)>,
    /// One budget per level, as far as needed, with the number of looks it has taken.
    budgets: Vec<(usize, AlphaBudget)>,
    /// The number of levels whose boundary was crossed.
    crossed: usize,
    over: bool,
}

impl SequentialPValue {
    /// Adds a look whose two-sided statistic is `z`. Looks after the one at a share of 1 change nothing.
    pub(super) fn look(&mut self, information: f64, spending: AlphaSpending, share: f64, z: f64) {
        if self.over {
            return;
        }
        self.over = share >= 1.0;
        self.looks.push((information, spending, share));
        while let Some(level) = LEVELS.get(self.crossed) {
            if self.budgets.len() == self.crossed {
                self.budgets.push((0, AlphaBudget::new(*level)));
            }
            let (taken, budget) = &mut self.budgets[self.crossed];
            for (information, spending, share) in &self.looks[*taken..] {
                budget.look(*information, *spending, *share);
            }
            *taken = self.looks.len();
            if z < budget.critical_value() {
                return;
            }
            self.crossed += 1;
        }
    }

    /// The smallest rate whose boundary was crossed; 1 when none was.
    pub(super) fn value(&self) -> f64 {
        self.crossed.checked_sub(1).map_or(1.0, |last| LEVELS[last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_smallest_rate_that_was_crossed_and_never_grows() {
        let mut sequential = SequentialPValue::default();
        let mut values = Vec::new();
        for (share, z) in [(0.25, 0.5), (0.5, 2.55), (0.75, 1.0), (1.0, 4.5), (1.0, 9.0)] {
            sequential.look(10.0 * share, AlphaSpending::Power(2.0), share, z);
            values.push(sequential.value());
        }
        // 2.5593 is the second of four boundaries at .05 (`reference-numbers.json`, "Kim-DeMets rho=2").
        assert_eq!(values, [1.0, 0.06, 0.06, 1e-4, 1e-4]);
        sequential = SequentialPValue::default();
        sequential.look(2.5, AlphaSpending::Power(2.0), 0.25, 0.5);
        sequential.look(5.0, AlphaSpending::Power(2.0), 0.5, 2.56);
        assert!((sequential.value() - 0.05).abs() < 1e-12);
    }
}
