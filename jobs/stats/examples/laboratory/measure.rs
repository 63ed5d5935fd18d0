//! The performance of the method over many replicates, each measure with its Monte Carlo standard error.

use std::thread;

use crate::company::of_index;
use crate::replicate::{LOOKS, ReplicateOutcome};
use needle_stats::review::TestVerdict;

/// An estimated measure and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct MonteCarloEstimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, on the same scale.
    pub error: f64,
}

impl MonteCarloEstimate {
    /// The share of `cases` that are true, 0 to 1; `None` without any. The standard error is the binomial one after
    /// adding one case of either kind, so that none of two hundred is not taken to be impossible.
    pub fn share(cases: impl Iterator<Item = bool>) -> Option<Self> {
        let (mut held, mut all) = (0.0, 0.0);
        for case in cases {
            held += f64::from(u8::from(case));
            all += 1.0;
        }
        let shrunk = (held + 1.0) / (all + 2.0);
        (all > 0.0).then(|| Self { value: held / all, error: (shrunk * (1.0 - shrunk) / all).sqrt() })
    }

    /// The mean of numbers; `None` without any, and an error of 0 for a single one.
    pub fn mean(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let numbers: Vec<f64> = numbers.collect();
        let count = of_index(numbers.len());
        let mean = numbers.iter().sum::<f64>() / count;
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        let error = (squares / (count - 1.0).max(1.0) / count).sqrt();
        (count > 0.0).then_some(Self { value: mean, error })
    }

    /// The root of a mean square and its standard error, by the delta method.
    fn root(self) -> Self {
        let value = self.value.sqrt();
        Self { value, error: if value > 0.0 { self.error / (2.0 * value) } else { 0.0 } }
    }

    /// The median of numbers, with the standard error for normal data: 1.2533 times that of the mean.
    fn median(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        let value = *numbers.get(numbers.len() / 2)?;
        let error = 1.2533 * Self::mean(numbers.into_iter())?.error;
        Some(Self { value, error })
    }
}

/// One row of the table. `None` where a measure is undefined, such as the power of a decision without an effect.
#[derive(Clone, Copy, Debug)]
pub struct SimulationMeasures {
    /// The share of replicates with any false verdict.
    pub false_verdicts: Option<MonteCarloEstimate>,
    /// The share of replicates without an effect in which a weekly z test of before against after claims one.
    pub z_test: Option<MonteCarloEstimate>,
    /// The share of replicates whose intervals all contain the truth.
    pub covered: Option<MonteCarloEstimate>,
    /// The mean of last estimate minus truth, NPS points.
    pub bias: Option<MonteCarloEstimate>,
    /// The root mean square of last estimate minus truth, NPS points.
    pub root_mean_square: Option<MonteCarloEstimate>,
    /// The root mean square of the last standard error, NPS points: equal to the actual error when it is right.
    pub standard_error: Option<MonteCarloEstimate>,
    /// The share of replicates with an effect that ended with a claim in the right direction.
    pub power: Option<MonteCarloEstimate>,
    /// The median number of weeks until such a claim.
    pub weeks_to_claim: Option<MonteCarloEstimate>,
    /// The share of replicates that ended with the claim that nothing moved.
    pub did_not_move: Option<MonteCarloEstimate>,
    /// The share of replicates in which a verdict was withdrawn.
    pub retracted: Option<MonteCarloEstimate>,
    /// The share of claims after which the estimate changed its sign.
    pub turned: Option<MonteCarloEstimate>,
    /// Microseconds of one core per look.
    pub look_microseconds: Option<MonteCarloEstimate>,
}

impl SimulationMeasures {
    /// Summarises replicates.
    pub fn of(replicates: &[ReplicateOutcome]) -> Self {
        let all = || replicates.iter();
        let errors = || all().filter_map(|replicate| replicate.error);
        let found = all().filter_map(|replicate| replicate.found_after_weeks);
        Self {
            false_verdicts: MonteCarloEstimate::share(all().map(|replicate| replicate.false_verdict)),
            z_test: MonteCarloEstimate::share(
                all().filter(|replicate| replicate.truth == 0.0).map(|replicate| replicate.z_test_claims > 0),
            ),
            covered: MonteCarloEstimate::share(all().map(|replicate| replicate.covers)),
            bias: MonteCarloEstimate::mean(errors()),
            root_mean_square: MonteCarloEstimate::mean(errors().map(|error| error * error))
                .map(MonteCarloEstimate::root),
            standard_error: MonteCarloEstimate::mean(
                all().filter_map(|replicate| replicate.standard_error).map(|error| error * error),
            )
            .map(MonteCarloEstimate::root),
            power: MonteCarloEstimate::share(
                all().filter(|replicate| replicate.truth != 0.0).map(ReplicateOutcome::finds),
            ),
            weeks_to_claim: MonteCarloEstimate::median(found.map(of_index)),
            did_not_move: MonteCarloEstimate::share(
                all().map(|replicate| replicate.verdict == TestVerdict::DidNotMove),
            ),
            retracted: MonteCarloEstimate::share(all().map(|replicate| replicate.retractions > 0)),
            turned: MonteCarloEstimate::share(
                all().filter(|replicate| replicate.claims()).map(|replicate| replicate.turned),
            ),
            look_microseconds: MonteCarloEstimate::mean(
                all().map(|replicate| replicate.duration.as_secs_f64() * 1_000_000.0 / of_index(LOOKS)),
            ),
        }
    }
}

/// The share of claims of a portfolio that are false; 0 without claims.
pub fn false_discoveries(portfolio: &[ReplicateOutcome]) -> f64 {
    let claims = portfolio.iter().filter(|replicate| replicate.claims()).count();
    let right = portfolio.iter().filter(|replicate| replicate.finds()).count();
    of_index(claims - right) / of_index(claims.max(1))
}

/// The results of `work` for 0, 1, ... `count - 1`, in this order, computed on all cores.
pub fn in_parallel<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let every = u64::try_from(cores).expect("it fits");
    let work = &work;
    let parts: Vec<Vec<T>> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..every).map(|first| scope.spawn(move || (first..count).step_by(cores).map(work).collect())).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
    (0..count).zip((0..cores).cycle()).filter_map(|(_, part)| parts[part].next()).collect()
}
