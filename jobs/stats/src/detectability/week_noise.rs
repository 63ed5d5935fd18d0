//! How much weeks differ by more than sampling, estimated from a series of published scores.

use crate::number;

/// The noise of weeks beyond sampling, by one law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeekNoise {
    /// Around a fixed level.
    Stationary {
        /// Its standard deviation, NPS points.
        deviation: f64,
        /// The correlation of neighbouring weeks, 0 to below 1.
        persistence: f64,
    },
    /// A random walk.
    Walk {
        /// The standard deviation of one week's step, NPS points.
        step: f64,
    },
}

impl WeekNoise {
    /// Nothing beyond sampling.
    pub const NONE: Self = Self::Stationary { deviation: 0.0, persistence: 0.0 };
}

/// One week of a contrast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeekScore {
    /// The score, or the difference of two, NPS points.
    pub score: f64,
    /// Its sampling variance, squared NPS points.
    pub sampling_variance: f64,
}

/// A shorter series tells nothing of its noise.
pub const SHORTEST_SERIES_WEEKS: usize = 8;

/// What a series too short to tell is taken to have: the middle of a review's grid of laws.
const UNKNOWN: WeekNoise = WeekNoise::Stationary { deviation: 1.5, persistence: 0.4 };

/// Correlations beyond this are not told apart from a random walk; a review's grid ends here.
const LARGEST_PERSISTENCE: f64 = 0.9;

/// Noise beyond this, NPS points, is no noise but a lasting change, like that of an earlier decision; a review's grid
/// ends here as well.
const LARGEST_DEVIATION: f64 = 6.5;

/// Turns a median absolute deviation into a standard deviation (Hampel 1974, Journal of the American Statistical
/// Association 69, 383-393).
const NORMAL_CONSISTENCY: f64 = 1.482_602_218_505_602;

/// The noise of consecutive weeks, estimated robustly: a week of outage or an earlier decision shall not decide it.
///
/// Deviations from the median, in units of each week's own sampling error, have a squared spread of 1 without noise;
/// what exceeds it, times the typical sampling variance, is the noise's. Its correlation is that of neighbouring weeks'
/// deviations, which sampling does not touch, clipped at three spreads.
pub fn week_noise(weeks: &[WeekScore]) -> WeekNoise {
    let sound = |week: &&WeekScore| week.score.is_finite() && week.sampling_variance > 0.0;
    let weeks: Vec<&WeekScore> = weeks.iter().filter(sound).collect();
    if weeks.len() < SHORTEST_SERIES_WEEKS {
        return UNKNOWN;
    }
    let centre = median(weeks.iter().map(|week| week.score).collect());
    let deviations: Vec<f64> = weeks.iter().map(|week| (week.score - centre) / week.sampling_variance.sqrt()).collect();
    let spread = NORMAL_CONSISTENCY * median(deviations.iter().map(|deviation| deviation.abs()).collect());
    let excess = spread.powi(2) - 1.0;
    if excess <= 0.0 {
        return WeekNoise::NONE;
    }
    let typical = median(weeks.iter().map(|week| week.sampling_variance).collect());
    let clipped = |deviation: &f64| deviation.clamp(-3.0 * spread, 3.0 * spread);
    let neighbours = deviations.windows(2).map(|pair| clipped(&pair[0]) * clipped(&pair[1])).sum::<f64>()
        / number::of_index(deviations.len() - 1);
    let persistence = number::within(neighbours / excess, 0.0, LARGEST_PERSISTENCE);
    WeekNoise::Stationary { deviation: (excess * typical).sqrt().min(LARGEST_DEVIATION), persistence }
}

/// The median of at least one number.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series of evenly spread normal quantiles, in an order without pattern.
    fn series(deviation: f64, sampling_variance: f64, weeks: usize) -> Vec<WeekScore> {
        let place = |index: usize| (index * 37 + 11) % weeks;
        let quantile =
            |index| crate::normal::quantile((number::of_index(place(index)) + 0.5) / number::of_index(weeks));
        (0..weeks).map(|index| WeekScore { score: 40.0 + deviation * quantile(index), sampling_variance }).collect()
    }

    fn deviation(noise: WeekNoise) -> f64 {
        match noise {
            WeekNoise::Stationary { deviation, .. } => deviation,
            WeekNoise::Walk { step } => step,
        }
    }

    #[test]
    fn what_exceeds_sampling_is_noise() {
        let found = week_noise(&series(5.0, 9.0, 101));
        assert!((deviation(found) - 4.0).abs() < 0.1, "{found:?}");
        assert_eq!(week_noise(&series(2.9, 9.0, 101)), WeekNoise::NONE);
    }

    #[test]
    fn a_few_wild_weeks_do_not_decide() {
        let mut weeks = series(5.0, 9.0, 101);
        for index in [20, 50, 80] {
            weeks[index].score = -90.0;
        }
        let found = week_noise(&weeks);
        assert!((deviation(found) - 4.0).abs() < 0.6, "{found:?}");
    }

    #[test]
    fn slow_waves_persist_and_alternating_weeks_do_not() {
        let wave = |period: f64| -> WeekNoise {
            let score = |week: u32| 5.0 * (f64::from(week) * std::f64::consts::TAU / period).sin();
            week_noise(
                &(0..104).map(|week| WeekScore { score: score(week), sampling_variance: 1.0 }).collect::<Vec<_>>(),
            )
        };
        let persistence = |noise| match noise {
            WeekNoise::Stationary { persistence, .. } => persistence,
            WeekNoise::Walk { .. } => 1.0,
        };
        // A period of exactly 2 would meet its own zeros.
        assert!(persistence(wave(26.0)) > 0.4 && persistence(wave(2.2)) < 1e-9);
    }

    #[test]
    fn a_lasting_change_is_no_endless_noise() {
        let mut weeks = series(3.0, 9.0, 60);
        for week in &mut weeks[30..] {
            week.score += 50.0;
        }
        let found = week_noise(&weeks);
        assert!((deviation(found) - LARGEST_DEVIATION).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_short_or_broken_series_is_not_trusted() {
        assert_eq!(week_noise(&series(50.0, 1.0, 7)), UNKNOWN);
        let broken = WeekScore { score: f64::NAN, sampling_variance: 1.0 };
        assert_eq!(week_noise(&[broken; 50]), UNKNOWN);
        assert_eq!(week_noise(&[]), UNKNOWN);
    }
}
