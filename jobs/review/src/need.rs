//! Which raw responses the reviews of a run need, decided from counts alone, before any of them is read.

use std::collections::{BTreeSet, HashMap};

use entity::Day;
use entity::decision::{DecisionId, Model as DecisionRow};

use crate::calendar::{final_monday, horizons_overlap};

/// How many weeks before a decision its respondents are searched for: two years reach the second-last response of a
/// customer who is surveyed once a year.
pub const WEEKS_BEFORE: i32 = 104;

/// With more responses than this before a decision its respondents are not read: adjusting for each customer's earlier
/// responses removes sampling error, and with so many responses little remains besides the noise of the weeks, at a
/// cost that grows with every response (3 milliseconds a review at this number, as much as all the rest of it).
const AFFORDABLE_RESPONSES: i64 = 120_000;

/// The days whose respondents a run reads, and the decisions whose reviews use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RespondentNeed {
    /// The first day that is read.
    pub from: Day,
    /// The day after the last one that is read.
    pub until: Day,
    decisions: BTreeSet<DecisionId>,
}

impl RespondentNeed {
    /// What the reviews of the `due` decisions need; `responses` are the scored responses of every week. `None`
    /// when nothing is needed.
    ///
    /// Whether respondents are read for a decision is a pure function of the responses before the week in which it
    /// takes effect: all of its reviews use them, or none does. The other affordable decisions that began later are
    /// included as well, so that the runs of a replay read only once.
    pub fn of(due: &[DecisionRow], decisions: &[DecisionRow], responses: &HashMap<Day, i64>) -> Option<Self> {
        let affordable = |decision: &&DecisionRow| is_affordable(decision, responses);
        // What a due decision may claim depends on the findings for those whose horizons overlap its own.
        let is_concurrent = |decision: &&DecisionRow| due.iter().any(|due| horizons_overlap(decision, due));
        let from = decisions.iter().filter(is_concurrent).filter(affordable).map(first_day).min()?;
        let served = decisions.iter().filter(|decision| first_day(decision) >= from).filter(affordable);
        let mut need = Self { from, until: from, decisions: BTreeSet::new() };
        for decision in served {
            need.until = need.until.max(final_monday(decision));
            need.decisions.insert(decision.id);
        }
        Some(need)
    }

    /// What a decision that takes effect on `day` would need; `responses` is the count of those before it. `None`
    /// when there are more than is affordable.
    pub fn before(day: Day, responses: u64) -> Option<Self> {
        let until = day.monday();
        let affordable = i64::try_from(responses).is_ok_and(|count| count <= AFFORDABLE_RESPONSES);
        affordable.then(|| Self { from: until.plus_days(-7 * WEEKS_BEFORE), until, decisions: BTreeSet::new() })
    }

    /// The same need with another end.
    #[must_use]
    pub fn until(self, until: Day) -> Self {
        Self { until, ..self }
    }

    /// True when respondents are read for a decision.
    pub fn serves(&self, decision: DecisionId) -> bool {
        self.decisions.contains(&decision)
    }

    /// True when reading this need reads everything of the other one.
    pub fn covers(&self, other: &Self) -> bool {
        self.from <= other.from && other.until <= self.until && other.decisions.is_subset(&self.decisions)
    }
}

/// The first day of which a decision's reviews use respondents.
fn first_day(decision: &DecisionRow) -> Day {
    decision.takes_effect_on.monday().plus_days(-7 * WEEKS_BEFORE)
}

fn is_affordable(decision: &DecisionRow, responses: &HashMap<Day, i64>) -> bool {
    let first = first_day(decision);
    let before = (0..WEEKS_BEFORE).filter_map(|week| responses.get(&first.plus_days(7 * week)));
    before.sum::<i64>() <= AFFORDABLE_RESPONSES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, day};

    fn decision(id: i64, takes_effect_on: &str, horizon_weeks: i32) -> DecisionRow {
        fixture::decision(id, day(takes_effect_on), horizon_weeks)
    }

    /// The same number of responses in every week of 2022 to 2025.
    fn every_week(responses: i64) -> HashMap<Day, i64> {
        (0..208).map(|week| (day("2022-01-03").plus_days(7 * week), responses)).collect()
    }

    #[test]
    fn two_years_before_the_earliest_due_decision_are_needed_until_the_last_review() {
        let decisions = [decision(1, "2023-01-04", 4), decision(2, "2024-07-03", 12), decision(3, "2024-10-07", 21)];
        let need = RespondentNeed::of(&decisions[1..2], &decisions, &every_week(10)).expect("a need");
        assert_eq!((need.from, need.until), (day("2022-07-04"), day("2025-03-03")));
        assert_eq!([1, 2, 3].map(|id| need.serves(DecisionId(id))), [false, true, true]);
        let later = RespondentNeed::of(&decisions[2..], &decisions, &every_week(10)).expect("a need");
        assert!(need.covers(&later) && !later.covers(&need));
        assert_eq!(RespondentNeed::of(&[], &decisions, &every_week(10)), None);
    }

    #[test]
    fn decisions_that_are_over_have_their_respondents_while_others_overlap_them() {
        let decisions = [decision(1, "2024-05-06", 12), decision(2, "2024-07-03", 12)];
        let need = RespondentNeed::of(&decisions[1..], &decisions, &every_week(10)).expect("a need");
        assert_eq!(need.from, day("2022-05-09"));
        assert!(need.serves(DecisionId(1)));
    }

    #[test]
    fn a_decision_with_too_many_responses_before_it_has_no_respondents() {
        let decisions = [decision(1, "2024-07-03", 12)];
        let mut responses = every_week(0);
        let needs = |responses: &HashMap<Day, i64>| RespondentNeed::of(&decisions, &decisions, responses).is_some();
        responses.insert(day("2024-06-24"), AFFORDABLE_RESPONSES);
        assert!(needs(&responses));
        for (outside, weekly) in [("2024-07-01", 1_000_000), ("2022-06-27", 1_000_000)] {
            responses.insert(day(outside), weekly);
            assert!(needs(&responses), "{outside} is neither before it nor within two years");
        }
        responses.insert(day("2022-07-04"), 1);
        assert!(!needs(&responses));
    }
}
