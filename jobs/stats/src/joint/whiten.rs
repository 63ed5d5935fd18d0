//! A Kalman filter with two states, the treated arm's own noise and that of every arm, that makes rows independent.
//!
//! As in [`crate::regression`], its innovations are the rows whitened by the Cholesky factor of `sampling + noise`.

use super::rows::Rows;
use crate::noise::{Law, Pair};

/// How many products a sum takes at once: enough to keep the processor busy.
const LANES: usize = 4;

/// Room to whiten the rows of one regression under one law after another.
#[derive(Clone, Debug)]
pub(super) struct Whitener {
    width: usize,
    /// How many rows are usable.
    height: usize,
    /// Column-major: each column's whitened rows.
    whitened: Vec<f64>,
    own: Vec<f64>,
    common: Vec<f64>,
    gram: Vec<f64>,
}

/// What is known of the two noises: the variances of both, and their covariance.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    own: f64,
    common: f64,
    both: f64,
}

impl Whitener {
    pub(super) fn new(rows: &Rows) -> Self {
        let width = rows.width;
        let height = rows.arms * rows.usable.iter().filter(|usable| **usable).count();
        let nil = vec![0.0; width];
        let (whitened, gram) = (vec![0.0; width * height], vec![0.0; width * width]);
        Self { width, height, whitened, own: nil.clone(), common: nil, gram }
    }

    /// Whitens all rows and returns the log determinant of their covariance.
    pub(super) fn whiten(&mut self, rows: &Rows, pair: &Pair) -> f64 {
        self.own.fill(0.0);
        self.common.fill(0.0);
        let mut doubt = Doubt { own: pair.own.first_variance, common: pair.common.first_variance, both: 0.0 };
        let mut ln_determinant = 0.0;
        let mut place = 0;
        let weeks = rows.values.chunks(rows.arms * self.width).zip(rows.sampling.chunks(rows.arms));
        for ((values, sampling), usable) in weeks.zip(&rows.usable) {
            if *usable {
                // One logarithm a week, of a product far from overflow.
                let mut determinant = 1.0;
                for (arm, (values, sampling)) in values.chunks(self.width).zip(sampling).enumerate() {
                    determinant *= self.observe(&mut doubt, values, *sampling, arm == 0, place);
                    place += 1;
                }
                ln_determinant += determinant.ln();
            }
            self.forget(&mut doubt, &pair.own, &pair.common);
        }
        ln_determinant
    }

    /// One row: its whitened values are kept, its variance is returned.
    fn observe(&mut self, doubt: &mut Doubt, values: &[f64], sampling: f64, treated: bool, place: usize) -> f64 {
        let (own, common) =
            if treated { (doubt.own + doubt.both, doubt.common + doubt.both) } else { (doubt.both, doubt.common) };
        let variance = sampling + common + if treated { own } else { 0.0 };
        let (own_gain, common_gain) = (own / variance, common / variance);
        let scale = variance.sqrt().recip();
        let expects_own = if treated { 1.0 } else { 0.0 };
        let states = self.own.iter_mut().zip(&mut self.common);
        let places = self.whitened[place..].iter_mut().step_by(self.height);
        for ((value, (own, common)), whitened) in values.iter().zip(states).zip(places) {
            let innovation = value - *common - expects_own * *own;
            *own += own_gain * innovation;
            *common += common_gain * innovation;
            *whitened = scale * innovation;
        }
        doubt.own -= own_gain * own;
        doubt.both -= own_gain * common;
        doubt.common -= common_gain * common;
        variance
    }

    /// Goes on to the next week.
    fn forget(&mut self, doubt: &mut Doubt, own: &Law, common: &Law) {
        self.own.iter_mut().for_each(|state| *state *= own.persistence);
        self.common.iter_mut().for_each(|state| *state *= common.persistence);
        doubt.own = own.persistence.powi(2) * doubt.own + own.innovation_variance;
        doubt.common = common.persistence.powi(2) * doubt.common + common.innovation_variance;
        doubt.both *= own.persistence * common.persistence;
    }

    /// The inner products of the whitened columns: a lower triangle, row-major, for the caller to work in.
    pub(super) fn gram(&mut self) -> &mut [f64] {
        let columns = || self.whitened.chunks(self.height.max(1));
        for (row, left) in columns().enumerate() {
            for (column, right) in columns().take(row + 1).enumerate() {
                self.gram[row * self.width + column] = dot(left, right);
            }
        }
        &mut self.gram
    }
}

/// The inner product of two equally long vectors, in lanes.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left, right) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(left, right)| left * right).sum();
    let mut sums = [0.0; LANES];
    for (left, right) in left.zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}
