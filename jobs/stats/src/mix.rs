//! What a change of score consists of: changed scores of the same groups, or a changed mix of respondents.
//!
//! A score that rises because unhappy customers left is not a better experience, so both parts are always shown.
//! Kitagawa's decomposition (1955, Journal of the American Statistical Association 50, 1168-1194).

use crate::nps::NpsCounts;
use crate::number;

/// One cell of a population in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CellShare {
    /// The cell's share of all responses, 0 to 1.
    pub share: f64,
    /// The cell's score in NPS points; `None` when it has no responses.
    pub score: Option<f64>,
}

/// How much one cell, or all of them, moved the overall score, in NPS points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MixEffect {
    /// Because its score changed: average share x change of score.
    pub rate: f64,
    /// Because its share changed: average score x change of share.
    pub mix: f64,
}

/// A change of the overall score, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MixDecomposition {
    /// One effect per cell, in the order given.
    pub cells: Vec<MixEffect>,
    /// Their sum; `rate + mix` is the whole change.
    pub total: MixEffect,
}

/// Each cell's share of all responses and its score. Without any responses all shares are 0.
pub fn parts(cells: &[NpsCounts]) -> Vec<CellShare> {
    let responses = number::of_count(cells.iter().sum::<NpsCounts>().responses());
    let share = |cell: &NpsCounts| {
        if responses > 0.0 { number::of_count(cell.responses()) / responses } else { 0.0 }
    };
    cells.iter().map(|cell| CellShare { share: share(cell), score: cell.score() }).collect()
}

/// Takes the change of the overall score from `before` to `now` apart, cell by cell.
///
/// The score of a cell without responses in one of the periods has no change: its whole contribution is mix. Cells
/// missing at the end of the shorter list count as such.
pub fn rate_and_mix(now: &[CellShare], before: &[CellShare]) -> MixDecomposition {
    let part = |parts: &[CellShare], cell: usize| parts.get(cell).copied().unwrap_or_default();
    let cells: Vec<MixEffect> =
        (0..now.len().max(before.len())).map(|cell| effect(part(now, cell), part(before, cell))).collect();
    let total = cells
        .iter()
        .fold(MixEffect::default(), |sum, cell| MixEffect { rate: sum.rate + cell.rate, mix: sum.mix + cell.mix });
    MixDecomposition { cells, total }
}

fn effect(now: CellShare, before: CellShare) -> MixEffect {
    match (now.score, before.score) {
        (Some(now_score), Some(before_score)) => MixEffect {
            rate: f64::midpoint(now.share, before.share) * (now_score - before_score),
            mix: f64::midpoint(now_score, before_score) * (now.share - before.share),
        },
        (now_score, before_score) => MixEffect {
            rate: 0.0,
            mix: now.share * now_score.unwrap_or_default() - before.share * before_score.unwrap_or_default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(share: f64, score: f64) -> CellShare {
        CellShare { share, score: Some(score) }
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
        let happy = NpsCounts { promoters: 60, passives: 30, detractors: 10 };
        let unhappy = NpsCounts { promoters: 10, passives: 30, detractors: 60 };
        let change = rate_and_mix(&parts(&[happy, NpsCounts::default()]), &parts(&[happy, unhappy]));
        assert!(change.total.rate.abs() < 1e-12);
        assert!((change.total.mix - 50.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_at_all_changes_nothing() {
        let nothing = parts(&[NpsCounts::default(); 3]);
        assert_eq!(rate_and_mix(&nothing, &[]).total, MixEffect::default());
    }
}
