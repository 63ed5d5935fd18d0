//! The result of a detectability analysis as one sentence.

use entity::Day;
use needle_stats::detectability::{POWER, PowerAnalysis};

use super::ProposedDecision;
use super::history::TargetHistory;
use needle_rules::wording::{month, responses, short_points};

/// Weeks in a month.
const MONTH_WEEKS: f64 = 365.25 / 12.0 / 7.0;

/// No score moves by more, NPS points.
const LARGEST_EFFECT: f64 = 200.0;

/// The facts that the sentence names.
pub(super) struct AdviceFacts {
    /// The target's responses per week.
    pub responses_per_week: f64,
    /// Weeks of history that have responses on each side of the comparison.
    pub history_weeks: usize,
    /// Weeks for which the effect is observed.
    pub horizon_weeks: usize,
}

impl AdviceFacts {
    /// The facts of a proposed decision, given its target's history.
    pub(super) fn of(history: &TargetHistory, proposal: ProposedDecision) -> Self {
        Self {
            responses_per_week: history.responses_per_week,
            history_weeks: history.weeks,
            horizon_weeks: proposal.horizon_weeks.unsigned_abs() as usize,
        }
    }
}

/// The sentence, like "40 responses a month: +3 points cannot be distinguished from chance before March 2025; +9 could
/// within 12 weeks."
pub(super) fn sentence(
    facts: &AdviceFacts,
    analysis: Option<PowerAnalysis>,
    proposal: ProposedDecision,
    decidable_by: Option<Day>,
) -> String {
    let rate = rate(facts.responses_per_week * MONTH_WEEKS);
    let horizon = facts.horizon_weeks;
    let weeks = if horizon == 1 { "one week".to_owned() } else { format!("{horizon} weeks") };
    let Some(analysis) = analysis else {
        let history = facts.history_weeks;
        return format!(
            "{rate} and {history} weeks of history: too little to distinguish any effect from chance within {weeks}."
        );
    };
    let impact = proposal.expected_impact;
    let fall = impact < 0.0;
    let smallest = detectable_points(analysis.smallest_effect, fall);
    let Some(power) = analysis.power else {
        return format!(
            "{rate}: within {weeks} {smallest} points could be distinguished from chance, and nothing smaller."
        );
    };
    let expected = short_points(impact);
    let is_possible = analysis.smallest_effect <= LARGEST_EFFECT;
    let could = if is_possible { format!("; {smallest} could within {weeks}.") } else { ".".to_owned() };
    match decidable_by {
        Some(day) if power >= POWER => {
            format!("{rate}: {expected} points should be distinguishable from chance by {}.", month(day))
        }
        Some(day) => {
            format!("{rate}: {expected} points cannot be distinguished from chance before {}{could}", month(day))
        }
        None => format!("{rate}: {expected} points cannot be distinguished from chance within ten years{could}"),
    }
}

fn rate(monthly: f64) -> String {
    if monthly < 1.0 {
        return "Less than one response a month".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of responses above one")]
    let rounded = monthly.round() as u64;
    format!("{} a month", responses(rounded))
}

/// An effect rounded away from zero to at most one decimal, so that a detectable one stays one.
fn detectable_points(effect: f64, fall: bool) -> String {
    let rounded = (effect.abs() * 10.0 - 1e-9).ceil() / 10.0;
    short_points(if fall { -rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence_for(responses_per_week: f64, impact: f64, analysis: Option<(f64, f64)>, by: Option<&str>) -> String {
        let facts = AdviceFacts { responses_per_week, history_weeks: 5, horizon_weeks: 12 };
        let takes_effect_on = Day(20_000);
        let proposal = ProposedDecision { takes_effect_on, horizon_weeks: 12, expected_impact: impact };
        let power = |power: f64| (impact != 0.0).then_some(power);
        let analysis = analysis.map(|(smallest_effect, chance)| PowerAnalysis {
            smallest_effect,
            power: power(chance),
            weeks_to_decide: None,
        });
        let day = |text: &str| Day::from(text.parse::<chrono::NaiveDate>().expect("a date"));
        sentence(&facts, analysis, proposal, by.map(day))
    }

    #[test]
    fn the_sentence_says_how_many_what_and_when() {
        assert_eq!(
            sentence_for(9.2, 3.0, Some((8.93, 0.2)), Some("2025-03-10")),
            "40 responses a month: +3 points cannot be distinguished from chance before March 2025; \
             +9 could within 12 weeks."
        );
        assert_eq!(
            sentence_for(100.0, -7.5, Some((4.01, 0.99)), Some("2024-12-02")),
            "435 responses a month: \u{2212}7.5 points should be distinguishable from chance by December 2024."
        );
        assert_eq!(
            sentence_for(9.2, -1.0, Some((8.93, 0.05)), None),
            "40 responses a month: \u{2212}1 points cannot be distinguished from chance within ten years; \
             \u{2212}9 could within 12 weeks."
        );
    }

    #[test]
    fn numbers_are_grouped_and_have_neither_a_minus_zero_nor_a_plural_of_one() {
        assert_eq!(
            sentence_for(400.0, -0.04, Some((2.0, 0.05)), None),
            "1,739 responses a month: 0 points cannot be distinguished from chance within ten years; \
             \u{2212}2 could within 12 weeks."
        );
        assert_eq!(
            sentence_for(0.25, 0.0, Some((8.93, 0.0)), None),
            "1 response a month: within 12 weeks +9 points could be distinguished from chance, and nothing smaller."
        );
    }

    #[test]
    fn what_cannot_be_estimated_is_stated_as_well() {
        assert_eq!(
            sentence_for(9.2, 0.0, Some((8.93, 0.0)), None),
            "40 responses a month: within 12 weeks +9 points could be distinguished from chance, and nothing smaller."
        );
        assert_eq!(
            sentence_for(0.1, 3.0, None, None),
            "Less than one response a month and 5 weeks of history: too little to distinguish any effect from \
             chance within 12 weeks."
        );
        assert_eq!(
            sentence_for(9.2, 3.0, Some((250.0, 0.0)), None),
            "40 responses a month: +3 points cannot be distinguished from chance within ten years."
        );
    }
}
