//! A Kalman filter with two states, the treated arm's own noise and the noise of both arms, that makes rows
//! independent.
//!
//! As in [`crate::regression`], its innovations are the rows whitened by the Cholesky factor of `sampling + noise`. It
//! passes through the weeks once and can be read at any of them: a look uses what has been summed up by then.

use super::rows::RegressionRows;
use crate::noise::NoiseModelPair;

/// The rows of one regression under one pair of noise models, as far as they were processed.
#[derive(Clone, Debug)]
pub(super) struct KalmanFilter {
    pub pair: NoiseModelPair,
    week: usize,
    own: Vec<f64>,
    common: Vec<f64>,
    covariance: StateCovariance,
    /// The logarithm of the determinant of the rows' covariance.
    pub ln_determinant: f64,
    /// The inner products of the whitened columns: a lower triangle, row-major.
    pub gram: Vec<f64>,
    innovations: Vec<f64>,
}

/// The filtered covariance of the two noises: their variances, and their covariance.
#[derive(Clone, Copy, Debug)]
struct StateCovariance {
    own: f64,
    common: f64,
    both: f64,
}

impl KalmanFilter {
    pub(super) fn new(pair: NoiseModelPair, width: usize) -> Self {
        let covariance =
            StateCovariance { own: pair.own.first_variance, common: pair.common.first_variance, both: 0.0 };
        let nil = vec![0.0; width];
        let gram = vec![0.0; width * width];
        Self {
            pair,
            week: 0,
            own: nil.clone(),
            common: nil.clone(),
            covariance,
            ln_determinant: 0.0,
            gram,
            innovations: nil,
        }
    }

    /// Processes the rows of all weeks before `end` that were not processed yet.
    pub(super) fn advance(&mut self, rows: &RegressionRows, end: usize) {
        let (taken, width) = (self.week, rows.width);
        let weeks = rows.values.chunks(rows.arms * width).zip(rows.sampling.chunks(rows.arms)).zip(&rows.usable);
        for ((values, sampling), usable) in weeks.take(end).skip(taken) {
            if *usable {
                // One logarithm per week, of a product far from overflow.
                let mut determinant = 1.0;
                for (arm, (values, sampling)) in values.chunks(width).zip(sampling).enumerate() {
                    determinant *= self.observe(values, *sampling, arm == 0);
                }
                self.ln_determinant += determinant.ln();
            }
            self.predict();
        }
        self.week = end.max(taken);
    }

    /// Processes one row: adds its whitened values to the sums and returns its variance.
    fn observe(&mut self, values: &[f64], sampling: f64, treated: bool) -> f64 {
        let covariance = &mut self.covariance;
        let (own, common) = if treated {
            (covariance.own + covariance.both, covariance.common + covariance.both)
        } else {
            (covariance.both, covariance.common)
        };
        let variance = sampling + common + if treated { own } else { 0.0 };
        let (own_gain, common_gain) = (own / variance, common / variance);
        let expects_own = if treated { 1.0 } else { 0.0 };
        let states = self.own.iter_mut().zip(&mut self.common);
        for ((value, (own, common)), innovation) in values.iter().zip(states).zip(&mut self.innovations) {
            *innovation = value - *common - expects_own * *own;
            *own += own_gain * *innovation;
            *common += common_gain * *innovation;
        }
        let width = values.len();
        for (row, value) in self.innovations.iter().enumerate() {
            let scaled = value / variance;
            let sums = &mut self.gram[row * width..=row * width + row];
            sums.iter_mut().zip(&self.innovations).for_each(|(sum, value)| *sum += scaled * value);
        }
        covariance.own -= own_gain * own;
        covariance.both -= own_gain * common;
        covariance.common -= common_gain * common;
        variance
    }

    /// Advances to the next week.
    fn predict(&mut self) {
        let (own, common) = (&self.pair.own, &self.pair.common);
        self.own.iter_mut().for_each(|state| *state *= own.persistence);
        self.common.iter_mut().for_each(|state| *state *= common.persistence);
        self.covariance.own = own.persistence.powi(2) * self.covariance.own + own.innovation_variance;
        self.covariance.common = common.persistence.powi(2) * self.covariance.common + common.innovation_variance;
        self.covariance.both *= own.persistence * common.persistence;
    }
}
