//! From an expected score in points to a score from 0 to 10. The probabilities are chosen so that one
//! point more is exactly one point more of expected Net Promoter Score: this makes the true effects
//! of the decisions exact.

use entity::ScoreCategory;

/// The share of passives unless the expected score is extreme: close to a third in most published
/// customer surveys.
const PASSIVES: f64 = 0.3;

/// The thresholds of the latent score within a category at which the next score begins: one fewer than the category has
/// scores.
const DETRACTOR_STEPS: [f64; 6] = [0.05, 0.08, 0.14, 0.24, 0.38, 0.66];
const PASSIVE_STEPS: [f64; 1] = [0.42];
const PROMOTER_STEPS: [f64; 1] = [0.47];

/// The probabilities that a response is a promoter's or a detractor's.
#[derive(Clone, Copy)]
pub(super) struct ScoreProbabilities {
    promoter: f64,
    detractor: f64,
}

impl ScoreProbabilities {
    /// The probabilities for an expected score of `points`, exact within -100..100.
    ///
    /// Promoters minus detractors is fixed first and the passives get the rest: towards the limits
    /// their share shrinks, so that points still add up where no detractors are left to convert.
    pub(super) fn for_points(points: f64) -> Self {
        let net = (points / 100.0).clamp(-1.0, 1.0);
        let passive = PASSIVES.min(1.0 - net.abs());
        Self { promoter: f64::midpoint(1.0 - passive, net), detractor: f64::midpoint(1.0 - passive, -net) }
    }

    /// The expected Net Promoter Score of a response with these probabilities.
    #[cfg(test)]
    pub(super) fn expected_nps(self) -> f64 {
        100.0 * (self.promoter - self.detractor)
    }

    /// The score for a latent score in 0..1; it is monotone.
    pub(super) fn score(self, latent: f64) -> i16 {
        let passive_until = 1.0 - self.promoter;
        if latent < self.detractor {
            score_within(ScoreCategory::Detractor, latent / self.detractor, &DETRACTOR_STEPS)
        } else if latent < passive_until {
            score_within(
                ScoreCategory::Passive,
                (latent - self.detractor) / (passive_until - self.detractor),
                &PASSIVE_STEPS,
            )
        } else {
            score_within(ScoreCategory::Promoter, (latent - passive_until) / self.promoter, &PROMOTER_STEPS)
        }
    }
}

fn score_within(category: ScoreCategory, latent: f64, steps: &[f64]) -> i16 {
    steps.iter().filter(|step| latent >= **step).fold(*category.scores().start(), |score, _| score + 1)
}
