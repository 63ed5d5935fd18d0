//! An error budget, and how much of it the looks so far have spent.

use crate::boundary::{AlphaSpending, SequentialBoundary};

/// A budget is exhausted when at most this share of it is left.
const EXHAUSTED: f64 = 1e-12;

/// An error rate that is spent look by look.
#[derive(Clone, Debug)]
pub(super) struct AlphaBudget {
    alpha: f64,
    spent: f64,
    boundary: SequentialBoundary,
    critical_value: f64,
}

impl AlphaBudget {
    pub(super) fn new(alpha: f64) -> Self {
        Self { alpha, spent: 0.0, boundary: SequentialBoundary::new(), critical_value: 0.0 }
    }

    /// The z boundary of the next look; that of the previous one when nothing is left to spend.
    pub(super) fn look(&mut self, information: f64, spending: AlphaSpending, share: f64) -> f64 {
        if self.spent < self.alpha * (1.0 - EXHAUSTED) {
            let spent = spending.spent(self.alpha, share);
            self.critical_value = self.boundary.look(information, spent - self.spent);
            self.spent = spent.max(self.spent);
        }
        self.critical_value
    }

    /// The z boundary of the last look; 0 before the first.
    pub(super) fn critical_value(&self) -> f64 {
        self.critical_value
    }
}
