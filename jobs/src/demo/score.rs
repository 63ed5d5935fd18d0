//! From a feeling in points to an answer from 0 to 10. The chances are set up so that a point more
//! of feeling is exactly a point more of expected Net Promoter Score: this is what makes the true
//! effects of the decisions true.

use entity::ScoreCategory;

/// The share of passives wherever there is room for them: close to a third in most published
/// customer surveys.
const PASSIVES: f64 = 0.3;

/// Where the latent feeling inside a category passes to the next score: a step less than the category has scores.
const DETRACTOR_STEPS: [f64; 6] = [0.05, 0.08, 0.14, 0.24, 0.38, 0.66];
const PASSIVE_STEPS: [f64; 1] = [0.42];
const PROMOTER_STEPS: [f64; 1] = [0.47];

/// How likely one customer is to answer as a promoter or as a detractor.
#[derive(Clone, Copy)]
pub(super) struct ScoreProbabilities {
    promoter: f64,
    detractor: f64,
}

impl ScoreProbabilities {
    /// The chances of somebody whose expected score is `points`, exactly so inside -100..100.
    ///
    /// Promoters minus detractors is fixed first and the passives get what is left: at the edges
    /// they give way, so that points add up where moving detractors would run out of detractors.
    pub(super) fn for_points(points: f64) -> Self {
        let net = (points / 100.0).clamp(-1.0, 1.0);
        let passive = PASSIVES.min(1.0 - net.abs());
        Self { promoter: f64::midpoint(1.0 - passive, net), detractor: f64::midpoint(1.0 - passive, -net) }
    }

    /// The expected Net Promoter Score of an answer with these chances.
    #[cfg(test)]
    pub(super) fn expected_nps(self) -> f64 {
        100.0 * (self.promoter - self.detractor)
    }

    /// The answer of a latent feeling in 0..1: the higher the feeling, the higher the score.
    pub(super) fn score(self, feeling: f64) -> i16 {
        let passive_until = 1.0 - self.promoter;
        if feeling < self.detractor {
            climb(ScoreCategory::Detractor, feeling / self.detractor, &DETRACTOR_STEPS)
        } else if feeling < passive_until {
            climb(ScoreCategory::Passive, (feeling - self.detractor) / (passive_until - self.detractor), &PASSIVE_STEPS)
        } else {
            climb(ScoreCategory::Promoter, (feeling - passive_until) / self.promoter, &PROMOTER_STEPS)
        }
    }
}

fn climb(category: ScoreCategory, feeling: f64, steps: &[f64]) -> i16 {
    steps.iter().filter(|step| feeling >= **step).fold(*category.scores().start(), |score, _| score + 1)
}
