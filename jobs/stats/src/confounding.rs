//! Whether another decision's effect can be separated from the one under review.

use crate::design::{EFFECT, EFFECT_PRIOR, OTHER_PRIOR};

/// Two effects with a larger posterior correlation cannot be separated (`docs/statistics.md`, "Confounding").
const LARGEST_CORRELATION: f64 = 0.9;

/// Nor can they when the other's column inflates the variance of this effect more than this many times.
const LARGEST_INFLATION: f64 = 5.0;

/// From this part of the other's effect on, attributed to this one if the other were ignored, the inflation is also
/// computed from the data alone. The priors bound the other's effect, and with few responses that bound would hide that
/// two columns are the same.
const LARGE_PART: f64 = 0.5;

/// The joint posterior of this effect and another.
struct EffectPair {
    variance: f64,
    other_variance: f64,
    covariance: f64,
    /// Variance of this effect if the other were known exactly, which is its variance without the other's column.
    variance_alone: f64,
    /// Information from the data alone, without the priors of the two effects: the information matrix of the pair.
    information: f64,
    other_information: f64,
    shared_information: f64,
}

/// The other decision that is hardest to separate from the one under review, or `None`: from the covariance of all
/// coefficients (row-major, `columns` per row), among decisions given with their columns.
pub(crate) fn confounder(
    covariance: &[f64],
    columns: usize,
    others: impl IntoIterator<Item = (usize, usize)>,
) -> Option<usize> {
    let mut worst: Option<(usize, f64)> = None;
    for (other, column) in others {
        let pair = EffectPair::new(covariance, columns, column);
        if pair.is_confounded() && worst.is_none_or(|(_, inflation)| pair.inflation() > inflation) {
            worst = Some((other, pair.inflation()));
        }
    }
    worst.map(|(other, _)| other)
}

impl EffectPair {
    fn new(covariance: &[f64], columns: usize, column: usize) -> Self {
        let (variance, other_variance) = (covariance[EFFECT], covariance[column * columns + column]);
        let shared = covariance[column];
        let determinant = (variance * other_variance - shared * shared).max(f64::MIN_POSITIVE);
        Self {
            variance,
            other_variance,
            covariance: shared,
            variance_alone: determinant / other_variance,
            information: other_variance / determinant - EFFECT_PRIOR.powi(-2),
            // What another comparison shows of the other effect is data too.
            other_information: variance / determinant - OTHER_PRIOR.powi(-2),
            shared_information: -shared / determinant,
        }
    }

    fn inflation(&self) -> f64 {
        self.variance / self.variance_alone
    }

    fn is_confounded(&self) -> bool {
        let correlation = self.covariance.abs() / (self.variance * self.other_variance).sqrt();
        correlation > LARGEST_CORRELATION || self.inflation() > LARGEST_INFLATION || self.is_one_column()
    }

    /// Whether the two columns are almost the same: variance inflation `1 / (1 - r^2)` in the data alone.
    fn is_one_column(&self) -> bool {
        let product = self.information.max(0.0) * self.other_information.max(0.0);
        let large = self.information > 0.0 && self.shared_information.abs() > LARGE_PART * self.information;
        large && self.shared_information.powi(2) > (1.0 - 1.0 / LARGEST_INFLATION) * product
    }
}
