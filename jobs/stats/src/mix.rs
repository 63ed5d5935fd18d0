//! What a change of score consists of: people feeling differently, or different people answering.
//!
//! A score that rises because unhappy customers left is not a better experience, so both parts are always shown.
//! Kitagawa's decomposition (1955, Journal of the American Statistical Association 50, 1168-1194).

use crate::nps::Counts;
use crate::number;

/// One cell of a population in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    /// The cell's share of all answers, 0 to 1.
    pub share: f64,
    /// The cell's score in NPS points; `None` when nobody in it answered.
    pub score: Option<f64>,
}

/// How much one cell, or all of them, moved the overall score, in NPS points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Because its score changed: average share x change of score.
    pub rate: f64,
    /// Because its share changed: average score x change of share.
    pub mix: f64,
}

/// A change of the overall score, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateAndMix {
    /// One effect per cell, in the order given.
    pub cells: Vec<Effect>,
    /// Their sum; `rate + mix` is the whole change.
    pub total: Effect,
}

/// Each cell's share of all answers and its score. Without any answers all shares are 0.
pub fn parts(cells: &[Counts]) -> Vec<Part> {
    let responses = number::of_count(cells.iter().sum::<Counts>().responses());
    let share = |cell: &Counts| {
        if responses > 0.0 { number::of_count(cell.responses()) / responses } else { 0.0 }
    };
    cells.iter().map(|cell| Part { share: share(cell), score: cell.score() }).collect()
}

/// Takes the change of the overall score from `before` to `now` apart, cell by cell.
///
/// A cell that nobody answered from in one of the periods has no change of score to speak of: its whole contribution
/// is mix. Cells missing at the end of the shorter list count as such.
pub fn rate_and_mix(now: &[Part], before: &[Part]) -> RateAndMix {
    let part = |parts: &[Part], cell: usize| parts.get(cell).copied().unwrap_or_default();
    let cells: Vec<Effect> =
        (0..now.len().max(before.len())).map(|cell| effect(part(now, cell), part(before, cell))).collect();
    let total = cells
        .iter()
        .fold(Effect::default(), |sum, cell| Effect { rate: sum.rate + cell.rate, mix: sum.mix + cell.mix });
    RateAndMix { cells, total }
}

fn effect(now: Part, before: Part) -> Effect {
    match (now.score, before.score) {
        (Some(now_score), Some(before_score)) => Effect {
            rate: f64::midpoint(now.share, before.share) * (now_score - before_score),
            mix: f64::midpoint(now_score, before_score) * (now.share - before.share),
        },
        (now_score, before_score) => Effect {
            rate: 0.0,
            mix: now.share * now_score.unwrap_or_default() - before.share * before_score.unwrap_or_default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(share: f64, score: f64) -> Part {
        Part { share, score: Some(score) }
    }

    /// `reference-numbers.json`, "mix/rate: share .5/.5 -> .8/.2, NPS 10/50 -> 12/52".
    #[test]
    fn a_worse_mix_hides_a_better_experience() {
        let change = rate_and_mix(&[cell(0.8, 12.0), cell(0.2, 52.0)], &[cell(0.5, 10.0), cell(0.5, 50.0)]);
        assert!((change.total.rate - 2.0).abs() < 1e-12);
        assert!((change.total.mix + 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_cell_that_disappears_is_all_mix() {
        let happy = Counts { promoters: 60, passives: 30, detractors: 10 };
        let unhappy = Counts { promoters: 10, passives: 30, detractors: 60 };
        let change = rate_and_mix(&parts(&[happy, Counts::default()]), &parts(&[happy, unhappy]));
        assert!(change.total.rate.abs() < 1e-12);
        assert!((change.total.mix - 50.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_at_all_changes_nothing() {
        let nothing = parts(&[Counts::default(); 3]);
        assert_eq!(rate_and_mix(&nothing, &[]).total, Effect::default());
    }
}
