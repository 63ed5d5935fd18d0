//! Chooses the other decisions that a regression allows for: with a column for each decision of a year, nothing could
//! be estimated.

use crate::decision::DecisionColumn;

/// The maximum number of other decisions with a column. Those closest in time matter most; the effects of older ones
/// remain in the week noise.
const MOST_COLUMNS: usize = 24;

/// The other decisions of a review input, as the regression uses them.
#[derive(Clone, Debug)]
pub(crate) struct ConcurrentDecisions<'a> {
    /// Those with a separate column, by position, in order of effect. Decisions with the same target and days share the
    /// column of the first.
    pub allowed_for: Vec<(usize, &'a DecisionColumn)>,
    /// The start weeks, in ascending order, of nearby decisions that got no column.
    left_out: Vec<f64>,
}

impl<'a> ConcurrentDecisions<'a> {
    /// Chooses among `others` for a decision with this horizon. The choice depends only on start weeks, so that it is
    /// the same at every look at which these decisions are logged.
    pub(crate) fn around(decision: &DecisionColumn, others: &'a [DecisionColumn], horizon_weeks: u32) -> Self {
        let mut distinct: Vec<(usize, &DecisionColumn)> = Vec::new();
        for (place, other) in others.iter().enumerate() {
            if !distinct.iter().any(|(_, same)| *same == other) {
                distinct.push((place, other));
            }
        }
        let distance = |other: &DecisionColumn| {
            let distance = (other.starts - decision.starts).abs();
            if distance.is_nan() { f64::INFINITY } else { distance }
        };
        distinct.sort_by(|(one, first), (other, second)| {
            distance(first).total_cmp(&distance(second)).then_with(|| one.cmp(other))
        });
        let rest = distinct.split_off(distinct.len().min(MOST_COLUMNS));
        distinct.sort_unstable_by_key(|(place, _)| *place);
        let near = rest.iter().filter(|(_, other)| distance(other) < f64::from(horizon_weeks));
        let mut left_out: Vec<f64> = near.map(|(_, other)| other.starts).collect();
        left_out.sort_by(f64::total_cmp);
        Self { allowed_for: distinct, left_out }
    }

    /// How many nearby decisions in effect before `now` the regression does not allow for: their effects cannot be
    /// separated from this one's.
    pub(crate) fn left_out(&self, now: f64) -> usize {
        self.left_out.iter().filter(|starts| **starts < now).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(starts: f64, target: bool) -> DecisionColumn {
        DecisionColumn { target: vec![target], starts, ends: None }
    }

    #[test]
    fn the_nearest_get_columns_and_the_others_near_by_are_counted() {
        let others: Vec<DecisionColumn> = (0..60).map(|week| at(f64::from(week), true)).collect();
        let concurrent = ConcurrentDecisions::around(&at(50.0, true), &others, 30);
        let weeks: Vec<usize> = concurrent.allowed_for.iter().map(|(place, _)| *place).collect();
        assert_eq!(weeks, (36..60).collect::<Vec<usize>>());
        assert_eq!(concurrent.left_out(22.0), 1, "week 21 is the first within thirty weeks");
        assert_eq!(concurrent.left_out(90.0), 15);
    }

    #[test]
    fn like_decisions_share_a_column() {
        let others = vec![at(3.0, true); 2_000];
        let concurrent = ConcurrentDecisions::around(&at(5.0, false), &others, 12);
        assert_eq!((concurrent.allowed_for.len(), concurrent.left_out(9.0)), (1, 0));
    }
}
