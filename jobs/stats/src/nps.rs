//! One Net Promoter Score: counts of responses, their score and the variance of a single response.
//!
//! Which scores are promoters and which are detractors is decided by the caller. Intervals are in [`crate::interval`];
//! what a change between two scores consists of in [`crate::mix`].

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use crate::number;

/// How many responses are promoters, passives and detractors. Sums saturate instead of overflowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NpsCounts {
    /// Responses with a score of a promoter.
    pub promoters: u64,
    /// Responses with a score in between.
    pub passives: u64,
    /// Responses with a score of a detractor.
    pub detractors: u64,
}

impl NpsCounts {
    /// The number of responses.
    pub fn responses(&self) -> u64 {
        self.promoters.saturating_add(self.passives).saturating_add(self.detractors)
    }

    /// The share of promoters, 0 to 1; `None` without responses.
    pub fn share_promoters(&self) -> Option<f64> {
        self.share(self.promoters)
    }

    /// The share of detractors, 0 to 1; `None` without responses.
    pub fn share_detractors(&self) -> Option<f64> {
        self.share(self.detractors)
    }

    /// The Net Promoter Score, share of promoters minus share of detractors, -100 to 100; `None` without responses.
    pub fn score(&self) -> Option<f64> {
        let responses = self.responses();
        let net = number::of_count(self.promoters) - number::of_count(self.detractors);
        (responses > 0).then(|| 100.0 * net / number::of_count(responses))
    }

    /// The variance of one response scored as 1, 0 or -1: `p + d - (p - d)^2`, 0 to 1; `None` without responses.
    ///
    /// Multiply by 10,000 for NPS points, and divide by n for the score of n responses.
    pub fn variance_of_one(&self) -> Option<f64> {
        let (promoting, detracting) = (self.share_promoters()?, self.share_detractors()?);
        Some((promoting + detracting - (promoting - detracting).powi(2)).max(0.0))
    }

    fn share(&self, part: u64) -> Option<f64> {
        let responses = self.responses();
        (responses > 0).then(|| number::of_count(part) / number::of_count(responses))
    }
}

impl Add for NpsCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            promoters: self.promoters.saturating_add(other.promoters),
            passives: self.passives.saturating_add(other.passives),
            detractors: self.detractors.saturating_add(other.detractors),
        }
    }
}

impl AddAssign for NpsCounts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for NpsCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for NpsCounts {
    fn sum<I: Iterator<Item = &'a Self>>(counts: I) -> Self {
        counts.copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_responses_have_no_score() {
        let none = NpsCounts::default();
        assert_eq!((none.score(), none.variance_of_one(), none.interval(0.95)), (None, None, None));
    }

    #[test]
    fn enormous_counts_saturate() {
        let all = NpsCounts { promoters: u64::MAX, passives: 1, detractors: u64::MAX };
        assert_eq!((all + all).responses(), u64::MAX);
        assert!(all.score().is_some_and(f64::is_finite) && all.interval(0.95).is_some());
    }
}
