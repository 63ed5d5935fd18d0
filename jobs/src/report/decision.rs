//! Decisions in the report: their expectations, their newest reviews, and those that take effect soon.

use std::collections::HashMap;

use entity::decision::Model as DecisionRow;
use entity::decision_review::Model as ReviewRow;
use entity::verdict::{ExpectationOutcome, Verdict};
use entity::{Calendar, ConnectionTrait, Day, StoreError, store};
use needle_review::forecast::KnowledgeCutoff;
use needle_review::{ReviewNumbers, final_monday};
use needle_rules::decision::is_retrospective;
use needle_stats::interval::ConfidenceInterval;

use super::CurrentSegment;

/// How many days after its newest review a decision stays in the report: a quarter.
const REPORTED_DAYS: i32 = 7 * 13;

/// A decision with its newest review as of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionSummary {
    /// The company's own id of the decision.
    pub external_id: String,
    /// The title, as logged.
    pub title: String,
    /// The name of its owner.
    pub owner: String,
    /// The key of the segment it targets; `None` for every customer.
    pub target_key: Option<String>,
    /// The name of the segment it targets; `everybody` for every customer.
    pub target: String,
    /// The first day of its effect.
    pub takes_effect_on: Day,
    /// The Monday of its final review.
    pub final_on: Day,
    /// The first day on which it was no longer in effect; `None` while it is not reversed.
    pub reversed_on: Option<Day>,
    /// The expected impact, in NPS points.
    pub impact: f64,
    /// The ends of the expected range in NPS points; `None` unless both were given.
    pub expected: Option<(f64, f64)>,
    /// The verdict of its newest review; `TooEarly` before the first.
    pub verdict: Verdict,
    /// The Monday of its newest review; `None` before the first.
    pub reviewed_on: Option<Day>,
    /// True when it was logged on or after its first day of effect: its expectation is not judged.
    pub is_retrospective: bool,
    /// True when that review is the final one.
    pub is_final: bool,
    /// True when the newest review is of the report's week and the review before it had another verdict, or was
    /// missing.
    pub is_newly_settled: bool,
    /// The measured effect, in NPS points; `None` when there is no estimate.
    pub effect: Option<f64>,
    /// The confidence interval of the effect, valid over all weekly looks; `None` when there is no estimate.
    pub interval: Option<ConfidenceInterval>,
    /// How many responses its target gave since it took effect.
    pub responses: u64,
    /// How the measured effect compares with the expectation.
    pub outcome: ExpectationOutcome,
    /// The day by which more responses should settle it; `None` when that cannot be estimated.
    pub decidable_by: Option<Day>,
    /// The first caveat of the newest review.
    pub caveat: Option<String>,
}

/// Decisions with the same kind of verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionGroup {
    /// The heading of the group.
    pub title: &'static str,
    /// What the verdict means, in one sentence.
    pub meaning: &'static str,
    /// The decisions: newly settled ones first, then by the day they took effect, newest first.
    pub decisions: Vec<DecisionSummary>,
}

impl DecisionSummary {
    /// True until it is reversed or has its final review.
    pub fn is_open(&self) -> bool {
        self.reversed_on.is_none() && !self.is_final
    }

    fn new(
        row: DecisionRow,
        members: &[CurrentSegment],
        calendar: Calendar,
        cutoff: KnowledgeCutoff,
        reviews: &NewestReviews,
    ) -> Self {
        let newest = reviews.newest.get(&row.id);
        // Without a review it is too early for a verdict.
        let verdict = newest.map_or(Verdict::TooEarly, |review| review.verdict);
        let earlier = reviews.earlier.get(&row.id);
        let is_newly_settled = newest.is_some_and(|newest| {
            newest.as_of == cutoff.monday && earlier.is_none_or(|earlier| earlier.verdict != verdict)
        });
        let member = row.segment_id.and_then(|id| members.iter().find(|member| member.id == id));
        let responses = newest.map_or(0, |review| review.after().responses());
        Self {
            target_key: member.map(|member| member.key.clone()),
            target: member.map_or_else(|| "everybody".to_owned(), |member| member.name.clone()),
            takes_effect_on: row.takes_effect_on,
            final_on: final_monday(&row),
            reversed_on: row.reversed_by(cutoff.monday).filter(|_| knows_reversal(&row, cutoff)),
            impact: row.expected_impact,
            expected: row.expected_low.zip(row.expected_high),
            verdict,
            reviewed_on: newest.map(|review| review.as_of),
            is_retrospective: is_retrospective(&row, calendar),
            is_final: newest.is_some_and(|review| review.is_final),
            is_newly_settled,
            effect: newest.and_then(|review| review.effect),
            interval: newest.and_then(ReviewNumbers::interval),
            responses,
            outcome: newest.map_or(ExpectationOutcome::Undetermined, |review| review.expectation_outcome),
            decidable_by: newest.and_then(|review| review.decidable_by),
            caveat: newest.and_then(|review| Some(review.caveats.0.first()?.message.clone())),
            external_id: row.external_id,
            title: row.title,
            owner: row.owner,
        }
    }
}

/// The newest reviews of a Monday and of the one before.
struct NewestReviews {
    newest: HashMap<entity::decision::DecisionId, ReviewRow>,
    earlier: HashMap<entity::decision::DecisionId, ReviewRow>,
}

/// Every decision logged before the cutoff, without those reversed before they took effect; the newest to take effect
/// first.
pub(super) async fn portfolio<C: ConnectionTrait>(
    reader: &C,
    members: &[CurrentSegment],
    calendar: Calendar,
    cutoff: KnowledgeCutoff,
) -> Result<Vec<DecisionSummary>, StoreError> {
    let mut rows = store::decision::all(reader).await?;
    rows.retain(|row| row.logged_at < cutoff.before && !(row.cancelled && knows_reversal(row, cutoff)));
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let reviews = NewestReviews {
        newest: store::decision_review::newest_until(reader, &ids, cutoff.monday).await?,
        earlier: store::decision_review::newest_until(reader, &ids, cutoff.monday.plus_days(-7)).await?,
    };
    let summaries = rows.into_iter().rev().map(|row| DecisionSummary::new(row, members, calendar, cutoff, &reviews));
    Ok(summaries.collect())
}

/// True when a reversal, if there is one, was recorded before the cutoff.
fn knows_reversal(row: &DecisionRow, cutoff: KnowledgeCutoff) -> bool {
    row.reversal_recorded_at.is_none_or(|timestamp| timestamp < cutoff.before)
}

/// The decisions in effect at a Monday, and those whose last review is no older than a quarter, grouped by verdict.
pub(super) fn groups(portfolio: Vec<DecisionSummary>, until: Day) -> Vec<DecisionGroup> {
    let mut groups = [
        DecisionGroup { title: "Moved", meaning: "The whole range lies on one side of zero.", decisions: Vec::new() },
        DecisionGroup {
            title: "Did not move",
            meaning: "The effect is confidently smaller than what matters: this is a result, not a lack of data.",
            decisions: Vec::new(),
        },
        DecisionGroup {
            title: "Too early",
            meaning: "Not settled yet: more weekly looks follow.",
            decisions: Vec::new(),
        },
        DecisionGroup {
            title: "Undetermined",
            meaning: "Too few responses, or another decision affected the same customers.",
            decisions: Vec::new(),
        },
    ];
    for decision in portfolio {
        let is_reported = match decision.reviewed_on {
            Some(day) => day > until.plus_days(-REPORTED_DAYS),
            None => decision.takes_effect_on < until && decision.final_on > until,
        };
        let place = match decision.verdict {
            Verdict::MovedUp | Verdict::MovedDown => 0,
            Verdict::DidNotMove => 1,
            Verdict::TooEarly => 2,
            Verdict::NotEnoughData | Verdict::Confounded => 3,
        };
        if is_reported {
            groups[place].decisions.push(decision);
        }
    }
    for group in &mut groups {
        group.decisions.sort_by_key(|decision| !decision.is_newly_settled);
    }
    groups.into()
}

/// The decisions that take effect from a day to the end of the week after it, by date.
pub(super) fn upcoming(portfolio: &[DecisionSummary], as_of: Day) -> Vec<DecisionSummary> {
    let end = as_of.monday().plus_days(14);
    let within = |decision: &&DecisionSummary| {
        (as_of..end).contains(&decision.takes_effect_on) && decision.reversed_on.is_none()
    };
    portfolio.iter().rev().filter(within).cloned().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::report) fn decision_summary(title: &str, takes_effect_on: Day, verdict: Verdict) -> DecisionSummary {
        DecisionSummary {
            external_id: title.to_owned(),
            title: title.to_owned(),
            owner: "ada".to_owned(),
            target_key: None,
            target: "everybody".to_owned(),
            takes_effect_on,
            final_on: takes_effect_on.plus_days(84).monday_on_or_after(),
            reversed_on: None,
            impact: 5.0,
            expected: Some((2.0, 8.0)),
            verdict,
            reviewed_on: None,
            is_retrospective: false,
            is_final: false,
            is_newly_settled: false,
            effect: None,
            interval: None,
            responses: 0,
            outcome: ExpectationOutcome::Undetermined,
            decidable_by: None,
            caveat: None,
        }
    }

    #[test]
    fn decisions_settled_long_ago_and_those_not_in_effect_yet_are_in_no_group() {
        let until = Day(4 + 7 * 100);
        let reviewed = |title: &str, weeks_ago: i32, verdict: Verdict| {
            let reviewed_on = Some(until.plus_days(-7 * weeks_ago));
            DecisionSummary { reviewed_on, ..decision_summary(title, until.plus_days(-7 * 20), verdict) }
        };
        let portfolio = vec![
            decision_summary("to come", until.plus_days(3), Verdict::TooEarly),
            decision_summary("just begun", until.plus_days(-3), Verdict::TooEarly),
            reviewed("old", 13, Verdict::MovedUp),
            reviewed("kept", 12, Verdict::MovedUp),
            DecisionSummary { is_newly_settled: true, ..reviewed("news", 0, Verdict::MovedDown) },
            reviewed("nothing", 0, Verdict::DidNotMove),
            reviewed("twins", 1, Verdict::Confounded),
        ];
        let upcoming: Vec<_> = upcoming(&portfolio, until.plus_days(1)).iter().map(|one| one.title.clone()).collect();
        assert_eq!(upcoming, ["to come"]);
        let groups = groups(portfolio, until);
        let titles = |place: usize| groups[place].decisions.iter().map(|one| one.title.as_str()).collect::<Vec<_>>();
        assert_eq!(
            (titles(0), titles(1), titles(2), titles(3)),
            (vec!["news", "kept"], vec!["nothing"], vec!["just begun"], vec!["twins"])
        );
    }

    #[test]
    fn upcoming_decisions_are_listed_to_the_end_of_the_next_week_unless_reversed() {
        let monday = Day(4 + 7 * 100);
        let at = |days: i32| decision_summary(&days.to_string(), monday.plus_days(days), Verdict::TooEarly);
        let reversed = DecisionSummary { reversed_on: Some(monday.plus_days(8)), ..at(8) };
        let portfolio = vec![at(14), at(13), reversed, at(4), at(0)];
        let found = upcoming(&portfolio, monday.plus_days(4));
        assert_eq!(found.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["4", "13"]);
    }
}
