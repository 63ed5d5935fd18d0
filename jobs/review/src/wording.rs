//! A review as it is stored and read: names, sentences and dates in place of indices and weeks.

use std::collections::HashMap;

use entity::Day;
use entity::decision::{DecisionId, Model as DecisionRow};
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::run::RunId;
use needle_rules::wording::{count, p_value, points as signed_points, responses, score};
use needle_stats::review::{Caveat as Doubt, ExpectationOutcome, Method, Review, Verdict};

use crate::detail::{Caveat, Detail, Week};
use crate::study::Reviewed;

/// The row of a review.
pub fn to_row(
    reviewed: &Reviewed,
    decision: &DecisionRow,
    titles: &HashMap<DecisionId, &str>,
    is_retrospective: bool,
    run: RunId,
) -> ReviewRow {
    let review = &reviewed.review;
    let detail = detail(reviewed, decision, titles, is_retrospective);
    ReviewRow {
        id: ReviewId(0),
        decision_id: decision.id,
        as_of: reviewed.look.as_of,
        run_id: run,
        is_final: reviewed.look.is_final,
        verdict: verdict_name(review.verdict).to_owned(),
        effect: review.estimate.as_ref().map(|estimate| estimate.effect),
        detail: serde_json::to_value(detail).expect("numbers and texts have a JSON form"),
    }
}

fn detail(
    reviewed: &Reviewed,
    decision: &DecisionRow,
    titles: &HashMap<DecisionId, &str>,
    is_retrospective: bool,
) -> Detail {
    let review = &reviewed.review;
    let mut caveats: Vec<Caveat> = review.caveats.iter().map(|doubt| caveat(doubt, &reviewed.others, titles)).collect();
    if is_retrospective {
        let message = "It was logged after it took effect: it does not count in its owner's record.";
        caveats.push(Caveat { code: "RETROSPECTIVE".to_owned(), message: message.to_owned() });
    }
    let estimate = review.estimate.as_ref();
    Detail {
        method: review.method.map(|method| method_name(method).to_owned()),
        interval: estimate.map(|estimate| estimate.interval.into()),
        standard_error: estimate.map(|estimate| estimate.standard_error),
        before: review.before.into(),
        after: review.after.into(),
        comparison_before: review.comparison_before.map(Into::into),
        comparison_after: review.comparison_after.map(Into::into),
        expectation_outcome: outcome_name(review.expectation_outcome).to_owned(),
        smallest_detectable_effect: review.smallest_detectable_effect,
        decidable_by: decidable_by(review, decision),
        caveats,
        series: series(reviewed),
    }
}

fn series(reviewed: &Reviewed) -> Vec<Week> {
    let week = |point: &needle_stats::review::WeekPoint| Week {
        start: reviewed.week_zero.weeks_later(point.week),
        observed: point.observed,
        expected: point.expected,
        expected_interval: point.expected_interval.map(Into::into),
        responses: point.responses,
    };
    reviewed.series.iter().map(week).collect()
}

fn decidable_by(review: &Review, decision: &DecisionRow) -> Option<Day> {
    let weeks = review.weeks_to_decide?;
    #[expect(clippy::cast_possible_truncation, reason = "the statistics give at most 520 weeks")]
    let days = (weeks * 7.0).ceil() as i32;
    Some(decision.takes_effect_on.plus_days(days))
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MovedUp => "MOVED_UP",
        Verdict::MovedDown => "MOVED_DOWN",
        Verdict::DidNotMove => "DID_NOT_MOVE",
        Verdict::TooEarly => "TOO_EARLY",
        Verdict::NotEnoughData => "NOT_ENOUGH_DATA",
        Verdict::Confounded => "CONFOUNDED",
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::DifferenceInDifferences => "DIFFERENCE_IN_DIFFERENCES",
        Method::InterruptedTimeSeries => "INTERRUPTED_TIME_SERIES",
    }
}

fn outcome_name(outcome: ExpectationOutcome) -> &'static str {
    match outcome {
        ExpectationOutcome::Exceeded => "EXCEEDED",
        ExpectationOutcome::Met => "MET",
        ExpectationOutcome::Missed => "MISSED",
        ExpectationOutcome::Undetermined => "UNDETERMINED",
    }
}

fn caveat(doubt: &Doubt, others: &[DecisionId], titles: &HashMap<DecisionId, &str>) -> Caveat {
    let title = |other: &usize| {
        let title = others.get(*other).and_then(|id| titles.get(id));
        format!("\"{}\"", title.copied().unwrap_or("another decision"))
    };
    let (code, message) = match doubt {
        Doubt::EmptyTarget => ("FEW_RESPONSES", "Nobody of its target has answered yet.".to_owned()),
        Doubt::NoComparison => (
            "NO_COMPARISON",
            "It concerns every customer: whatever else happened to everybody in these weeks cannot be told apart \
             from it."
                .to_owned(),
        ),
        Doubt::ShortHistory { weeks, needed } => {
            ("SHORT_HISTORY", format!("{weeks} weeks with answers lie before it, {needed} are needed."))
        }
        Doubt::ShortAftermath { weeks, needed } => {
            ("FEW_RESPONSES", format!("{weeks:.1} weeks with answers have passed since, {needed} are needed."))
        }
        Doubt::FewResponses { before, after, needed } => (
            "FEW_RESPONSES",
            format!(
                "{} {} before it and {} after it, {} after it are needed.",
                responses(*before),
                if *before == 1 { "lies" } else { "lie" },
                count(*after),
                count(*needed)
            ),
        ),
        Doubt::SeasonalityUnknown { weeks, needed } => (
            "SEASONALITY_UNKNOWN",
            format!("{weeks} weeks of history cannot show what a year's season does; {needed} could."),
        ),
        Doubt::OverlappingDecision { others } => {
            let titles: Vec<String> = others.iter().map(title).collect();
            ("OVERLAPPING_DECISION", format!("Others met its customers in these weeks: {}.", titles.join(", ")))
        }
        Doubt::TrendsNotParallel { placebo_points, drift_points } => {
            ("TRENDS_NOT_PARALLEL", trends(*placebo_points, *drift_points))
        }
        Doubt::ManyDecisions { p_sequential } => (
            "MANY_DECISIONS",
            format!(
                "Its interval excludes zero, but among so many decisions watched at once some do by luck ({}): it \
                 takes more to claim a movement.",
                p_value(*p_sequential)
            ),
        ),
        Doubt::RespondentMixShifted { points } => (
            "RESPONDENT_MIX_SHIFTED",
            format!(
                "Those who answer since are other people: by their own earlier answers they are {} points {} than \
                 those before. Whatever the score did, they may be why.",
                score(points.abs()),
                if *points < 0.0 { "unhappier" } else { "happier" }
            ),
        ),
        Doubt::Crowded { left_out } => (
            "OVERLAPPING_DECISION",
            format!("{left_out} more decisions took effect in these weeks than could be told apart from each other."),
        ),
        Doubt::Confounded { other } => (
            "OVERLAPPING_DECISION",
            format!("It cannot be told apart from {}: the same customers, the same weeks.", title(other)),
        ),
    };
    Caveat { code: code.to_owned(), message }
}

fn trends(placebo_points: Option<f64>, drift_points: Option<f64>) -> String {
    let placebo = placebo_points.map(|points| {
        format!(
            "The score moved by {} points in the eight weeks before it already, when it was not in effect.",
            signed_points(points)
        )
    });
    let drift = drift_points.map(|points| {
        let points = signed_points(points);
        format!("Before it, its target drifted away from everybody else by {points} points in ten weeks.")
    });
    placebo.into_iter().chain(drift).collect::<Vec<String>>().join(" ")
}
