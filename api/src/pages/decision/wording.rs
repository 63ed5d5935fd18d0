//! A verdict in plain sentences: what it means, what to do, and what would settle it, in the words of
//! `docs/verdicts.md`.

use chrono::{Days, NaiveDate};
use entity::verdict::{CaveatCode, ReviewMethod, Verdict};

use super::data::{DecisionData, DecisionReviewData};
use crate::pages::data::{DecisionStatusData, target_name};
use crate::pages::verdict::VerdictView as _;
use crate::pages::wording::{date, points, range, responses};

/// The verdict in one sentence.
pub fn sentence(decision: &DecisionData, today: NaiveDate) -> String {
    let Some(review) = &decision.review else { return unreviewed(decision, today) };
    let target = decision.named();
    let whose = match target_name(target.as_ref()) {
        "everyone" => "the score of all customers".to_owned(),
        name => format!("the score of \u{201c}{name}\u{201d}"),
    };
    let measured = review.effect.zip(review.interval).map(|(effect, interval)| (points(effect), range(interval)));
    match (review.verdict, measured) {
        (Verdict::MovedUp, Some((effect, range))) => {
            format!("It raised {whose} by {} points: the whole range, {range}, lies above zero.", size(&effect))
        }
        (Verdict::MovedDown, Some((effect, range))) => {
            format!("It lowered {whose} by {} points: the whole range, {range}, lies below zero.", size(&effect))
        }
        (Verdict::DidNotMove, Some((_, range))) => format!(
            "It did not move {whose} by as much as matters here, {} points up or down: the range is {range}. That is a \
             finding.",
            unsigned_points(review.equivalence_margin)
        ),
        (Verdict::TooEarly, Some((_, range))) => {
            format!("It is too early to tell whether it moved {whose}: the range is still {range}, and weeks remain.")
        }
        (Verdict::NotEnoughData, Some((_, range))) => format!(
            "There are too few responses to tell whether it moved {whose}: the horizon is over and the range, {range}, \
             settles nothing. That does not mean that nothing happened."
        ),
        (Verdict::Confounded, _) => {
            format!("Its effect on {whose} is not separable: other decisions affected the same customers and weeks.")
        }
        (verdict, None) => format!(
            "{}: no effect on {whose} could be estimated.",
            super::super::problem::capitalised(verdict.words()).trim_end_matches('.')
        ),
    }
}

/// Why the newest look no longer agrees with a verdict that is settled; `None` where it does.
pub fn contradiction(review: &DecisionReviewData) -> Option<String> {
    let range = range(review.interval.filter(|_| review.contradicted)?);
    let found = match review.verdict {
        Verdict::DidNotMove => format!(
            "the effect now lies beyond the margin of {} points (range {range})",
            unsigned_points(review.equivalence_margin)
        ),
        _ => format!("the range now contains zero again ({range})"),
    };
    Some(format!("An earlier look settled this verdict, and it stays. The responses since speak against it: {found}."))
}

/// Why the raw scores say something else than the measured effect; `None` where they do not.
pub fn raw_difference(review: &DecisionReviewData) -> Option<String> {
    let others = review.comparison_change.map_or(0.0, |change| change.points);
    let (difference, interval) = (review.change?.points - others, review.interval?);
    if (interval.low..=interval.high).contains(&difference) {
        return None;
    }
    let has = |code: CaveatCode| review.caveats.iter().any(|caveat| caveat.code == code);
    let mut reasons = Vec::new();
    if has(CaveatCode::OverlappingDecision) {
        reasons.push("for other decisions in these weeks");
    }
    if has(CaveatCode::RespondentMixShifted) {
        reasons.push("for other people responding than before");
    }
    reasons.extend(["for who responded", "for how the weeks before the window went"]);
    let whose = if review.comparison_change.is_some() { "the change of everyone else taken off, they" } else { "they" };
    Some(format!(
        "The raw scores say something else than the measured effect: {whose} changed by {} points, outside of {}. The \
         measured effect also allows {}.",
        points(difference),
        range(interval),
        joined(&reasons)
    ))
}

/// Texts as a list in a sentence.
fn joined(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Points without a sign.
fn unsigned_points(value: f64) -> String {
    size(&points(value)).to_owned()
}

/// Points without their sign.
fn size(points: &str) -> &str {
    points.trim_start_matches(['+', '\u{2212}'])
}

fn unreviewed(decision: &DecisionData, today: NaiveDate) -> String {
    let day = date(decision.takes_effect_on);
    match decision.status {
        DecisionStatusData::Cancelled => "It never took effect, so there is nothing to judge.".to_owned(),
        _ if decision.takes_effect_on > today => {
            format!("It takes effect on {day}. Until then its owner may still revise the expectation.")
        }
        _ => format!("It took effect on {day} and has no review yet: the first comes on the following Monday."),
    }
}

/// What to do with a decision that has a verdict.
pub const fn advice(status: DecisionStatusData, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MovedUp if status.is_over() => {
            "It is reversed although it raised the score: find out what it would take to bring it back."
        }
        Verdict::MovedDown if status.is_over() => {
            "It is reversed already. See whether the score recovers, and read the comments of the customers it affected."
        }
        Verdict::DidNotMove if status.is_over() => "It is reversed, and nothing was lost by that.",
        Verdict::TooEarly | Verdict::NotEnoughData if status.is_over() => {
            "It is reversed: only the weeks in which it was in effect can tell. Next time let it run until it is settled."
        }
        Verdict::MovedUp => "Keep it. Look at the range, not only at the number: could it work for other customers?",
        Verdict::MovedDown => {
            "Reverse it, unless something else was worth the price, and read the comments of the customers it affected."
        }
        Verdict::DidNotMove => {
            "Stop spending on it. Good enough is enough here; put the people where the needle moves."
        }
        Verdict::TooEarly => "Wait. Nothing is lost by looking every week.",
        Verdict::NotEnoughData => {
            "Next time ask more customers, or choose a larger segment or a longer horizon. Check what is detectable \
             before logging."
        }
        Verdict::Confounded => "Next time start decisions some weeks apart, or for different customers.",
    }
}

/// How the effect was estimated.
pub const fn method(method: ReviewMethod) -> &'static str {
    match method {
        ReviewMethod::DifferenceInDifferences => {
            "The target before and after, against the same change among everyone else (difference in differences)."
        }
        ReviewMethod::InterruptedTimeSeries => {
            "The target before and after, against its own past, for want of a comparison (interrupted time series)."
        }
    }
}

/// What would settle the verdict and when; `None` where it is settled.
pub fn what_would_settle(decision: &DecisionData) -> Option<String> {
    let review = decision.review.as_ref()?;
    let is_settled = matches!(review.verdict, Verdict::MovedUp | Verdict::MovedDown | Verdict::DidNotMove);
    if is_settled || decision.status.is_over() {
        return None;
    }
    let power_sentence = review.smallest_detectable_effect.map(|effect| {
        format!(
            "With the {} so far, an effect of {} points would have been detected with 80 % power.",
            responses(review.after.responses),
            size(&points(effect.abs()))
        )
    });
    let settled = settled(decision, review);
    match (power_sentence, settled) {
        (Some(power_sentence), settled) => Some(format!("{power_sentence} {settled}")),
        (None, settled) => Some(settled),
    }
}

fn settled(decision: &DecisionData, review: &DecisionReviewData) -> String {
    let days = Days::new(u64::from(decision.horizon_weeks) * 7);
    match review.decidable_by {
        _ if review.r#final => "This was the final review: no other look will come.".to_owned(),
        Some(day) => format!("At the present rate of responses it should be settled by {}.", date(day)),
        None if review.verdict == Verdict::Confounded => {
            "More responses of the same kind would not settle it.".to_owned()
        }
        None if review.effect.is_some() => {
            let last = decision.takes_effect_on.checked_add_days(days).map(date).unwrap_or_default();
            format!("At the present rate of responses it will not be settled by its final review about {last}.")
        }
        None => "When more responses would settle it cannot be determined.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn review(verdict: &str, effect: f64, interval: (f64, f64), change: f64, contradicted: bool) -> DecisionReviewData {
        let range = json!({"low": interval.0, "high": interval.1});
        let nps = json!({"responses": 90, "suppressed": false, "score": 10.0, "interval": {"low": 5.0, "high": 15.0}});
        serde_json::from_value(json!({
            "asOf": "2026-10-19", "final": true, "verdict": verdict, "effect": effect, "interval": range,
            "method": null, "expectationOutcome": "MET", "smallestDetectableEffect": null, "decidableBy": null,
            "equivalenceMargin": 2.0, "contradicted": contradicted, "beforeDuring": null, "afterDuring": null,
            "change": {"points": change, "interval": range}, "comparisonChange": {"points": 1.0, "interval": range},
            "before": nps, "after": nps, "comparisonBefore": null, "comparisonAfter": null, "series": [],
            "caveats": [{"code": "OVERLAPPING_DECISION", "message": "Another one."}]
        }))
        .expect("a review")
    }

    #[test]
    fn raw_scores_that_say_something_else_are_explained() {
        assert_eq!(raw_difference(&review("MOVED_UP", 5.0, (2.0, 8.0), 7.0, false)), None, "6 is within the range");
        let said = raw_difference(&review("MOVED_UP", 5.0, (2.0, 8.0), -3.0, false)).expect("an explanation");
        assert!(said.contains("changed by \u{2212}4.0 points, outside of +2.0 to +8.0"), "{said}");
        assert!(said.contains("allows for other decisions in these weeks, for who responded and for"), "{said}");
    }

    #[test]
    fn a_settled_verdict_that_later_looks_speak_against_says_so() {
        assert_eq!(contradiction(&review("DID_NOT_MOVE", 0.5, (-1.0, 1.8), 0.0, false)), None);
        let moved = contradiction(&review("DID_NOT_MOVE", 3.0, (-1.0, 7.0), 0.0, true)).expect("a sentence");
        assert!(moved.contains("beyond the margin of 2.0 points (range \u{2212}1.0 to +7.0)"), "{moved}");
        let back = contradiction(&review("MOVED_UP", 1.0, (-1.0, 3.0), 0.0, true)).expect("a sentence");
        assert!(back.contains("contains zero again (\u{2212}1.0 to +3.0)"), "{back}");
    }

    #[test]
    fn nobody_is_told_to_reverse_what_is_reversed() {
        for verdict in [Verdict::MovedUp, Verdict::MovedDown, Verdict::DidNotMove, Verdict::TooEarly] {
            let (before, after) =
                (advice(DecisionStatusData::InEffect, verdict), advice(DecisionStatusData::Reversed, verdict));
            assert!(before != after && after.starts_with("It is reversed"), "{after}");
        }
    }
}
