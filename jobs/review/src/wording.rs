//! A review as it is stored: titles, sentences and dates in place of indices and week numbers.

use std::collections::HashMap;

use entity::Day;
use entity::decision::{DecisionId, Model as DecisionRow};
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::review_series::{ReviewSeries, SeriesWeek};
use entity::run::RunId;
use entity::store::decision_review::NewReview;
use entity::verdict::{CaveatCode, CaveatList, StoredCaveat};
use needle_rules::wording::{count, p_value, points as signed_points, responses, score};
use needle_stats::nps::NpsCounts;
use needle_stats::review::{ReviewCaveat, SequentialReview, WeekPoint};

use crate::calendar::final_monday;
use crate::detail::{expectation_outcome, method, verdict};
use crate::study::StudyReview;

/// The row and the weekly series of a review, ready to be stored.
pub fn to_row(
    reviewed: &StudyReview,
    decision: &DecisionRow,
    titles: &HashMap<DecisionId, &str>,
    is_retrospective: bool,
    run: RunId,
) -> NewReview {
    let review = &reviewed.review;
    let estimate = review.estimate.as_ref();
    let interval = estimate.map(|estimate| estimate.interval);
    let windows = &reviewed.windows;
    let (before, after) = (windows.before, windows.since);
    let is_compared = review.comparison_before.is_some();
    let comparison_before = is_compared.then_some(windows.others_before);
    let comparison_after = is_compared.then_some(windows.others_since);
    let row = ReviewRow {
        id: ReviewId(0),
        decision_id: decision.id,
        as_of: reviewed.look.as_of,
        run_id: run,
        is_final: reviewed.look.is_final,
        verdict: verdict(review.verdict),
        effect: estimate.map(|estimate| estimate.effect),
        method: review.method.map(method),
        interval_low: interval.map(|interval| interval.low),
        interval_high: interval.map(|interval| interval.high),
        interval_level: interval.map(|interval| interval.level),
        standard_error: estimate.map(|estimate| estimate.standard_error),
        compared_days: Some(windows.days),
        before_promoters: promoters(before),
        before_passives: passives(before),
        before_detractors: detractors(before),
        after_promoters: promoters(after),
        after_passives: passives(after),
        after_detractors: detractors(after),
        comparison_before_promoters: comparison_before.map(promoters),
        comparison_before_passives: comparison_before.map(passives),
        comparison_before_detractors: comparison_before.map(detractors),
        comparison_after_promoters: comparison_after.map(promoters),
        comparison_after_passives: comparison_after.map(passives),
        comparison_after_detractors: comparison_after.map(detractors),
        expectation_outcome: expectation_outcome(review.expectation_outcome),
        smallest_detectable_effect: review.smallest_detectable_effect,
        decidable_by: decidable_by(review, decision).filter(|_| !reviewed.look.is_final),
        caveats: caveats(reviewed, titles, is_retrospective),
    };
    NewReview { row, series: series(reviewed) }
}

const fn promoters(counts: NpsCounts) -> i64 {
    counts.promoters.cast_signed()
}

const fn passives(counts: NpsCounts) -> i64 {
    counts.passives.cast_signed()
}

const fn detractors(counts: NpsCounts) -> i64 {
    counts.detractors.cast_signed()
}

fn caveats(reviewed: &StudyReview, titles: &HashMap<DecisionId, &str>, is_retrospective: bool) -> CaveatList {
    let found = reviewed.review.caveats.iter();
    let mut caveats: Vec<StoredCaveat> = found.map(|found| caveat(found, &reviewed.others, titles)).collect();
    if is_retrospective {
        let message = "The decision was logged after it took effect: it does not count in its owner's record.";
        caveats.push(StoredCaveat { code: CaveatCode::Retrospective, message: message.to_owned() });
    }
    CaveatList(caveats)
}

fn series(reviewed: &StudyReview) -> ReviewSeries {
    let week = |point: &WeekPoint| SeriesWeek {
        start: reviewed.week_zero.weeks_later(point.week),
        observed: point.observed,
        expected: point.expected,
        expected_range: point.expected_interval.map(|interval| (interval.low, interval.high)),
        responses: point.responses,
    };
    // All intervals of a series have the same level.
    let level = reviewed.series.iter().find_map(|point| Some(point.expected_interval?.level));
    ReviewSeries { level, weeks: reviewed.series.iter().map(week).collect() }
}

fn decidable_by(review: &SequentialReview, decision: &DecisionRow) -> Option<Day> {
    let weeks = review.weeks_to_decide?;
    #[expect(clippy::cast_possible_truncation, reason = "the statistics give at most 520 weeks")]
    let days = (weeks * 7.0).ceil() as i32;
    // After the final look nobody looks again.
    Some(decision.takes_effect_on.plus_days(days)).filter(|day| *day <= final_monday(decision))
}

fn caveat(review_caveat: &ReviewCaveat, others: &[DecisionId], titles: &HashMap<DecisionId, &str>) -> StoredCaveat {
    let title = |other: &usize| {
        let title = others.get(*other).and_then(|id| titles.get(id));
        format!("\"{}\"", title.copied().unwrap_or("another decision"))
    };
    let (code, message) = match review_caveat {
        ReviewCaveat::EmptyTarget => {
            (CaveatCode::FewResponses, "No customer of its target has responded yet.".to_owned())
        }
        ReviewCaveat::NoComparison => (
            CaveatCode::NoComparison,
            "It targets every customer: its effect cannot be separated from anything else that affected all customers \
             in these weeks."
                .to_owned(),
        ),
        ReviewCaveat::ShortHistory { weeks, needed } => {
            (CaveatCode::ShortHistory, format!("{weeks} weeks with responses lie before it, {needed} are needed."))
        }
        ReviewCaveat::ShortPostPeriod { weeks, needed } => (
            CaveatCode::FewResponses,
            format!(
                "{} weeks with responses have passed since, {needed} are needed.",
                score(weeks.max(0.0)).trim_end_matches(".0")
            ),
        ),
        ReviewCaveat::FewResponses { before, after, needed } => (
            CaveatCode::FewResponses,
            format!(
                "{} {} before it and {} after it, {} after it are needed.",
                responses(*before),
                if *before == 1 { "lies" } else { "lie" },
                count(*after),
                count(*needed)
            ),
        ),
        ReviewCaveat::SeasonalityUnknown { weeks, needed } => (
            CaveatCode::SeasonalityUnknown,
            format!("{weeks} weeks of history cannot show the yearly season; {needed} could."),
        ),
        ReviewCaveat::OverlappingDecision { others } => {
            let titles: Vec<String> = others.iter().map(title).collect();
            (
                CaveatCode::OverlappingDecision,
                format!("Other decisions affected the same customers in these weeks: {}.", titles.join(", ")),
            )
        }
        ReviewCaveat::TrendsNotParallel { placebo_points, drift_points } => {
            (CaveatCode::TrendsNotParallel, trends(*placebo_points, *drift_points))
        }
        ReviewCaveat::ManyDecisions { p_sequential } => (
            CaveatCode::ManyDecisions,
            format!(
                "Its interval excludes zero, but among so many concurrent decisions some do so by chance ({}): \
                 claiming a movement takes stronger evidence.",
                p_value(*p_sequential)
            ),
        ),
        ReviewCaveat::RespondentMixShifted { points } => (
            CaveatCode::RespondentMixShifted,
            format!(
                "The respondents have changed: judged by their own earlier responses, those since are {} points {} \
                 than those before. This may explain the change of the score.",
                score(points.abs()),
                if *points < 0.0 { "unhappier" } else { "happier" }
            ),
        ),
        ReviewCaveat::ManyConcurrentDecisions { left_out } => (
            CaveatCode::OverlappingDecision,
            format!("{left_out} more decisions took effect in these weeks than could be estimated separately."),
        ),
        ReviewCaveat::Confounded { other } => (
            CaveatCode::OverlappingDecision,
            format!("Its effect cannot be separated from that of {}: same customers, same weeks.", title(other)),
        ),
    };
    StoredCaveat { code, message }
}

fn trends(placebo_points: Option<f64>, drift_points: Option<f64>) -> String {
    let placebo = placebo_points.map(|points| {
        format!("The score already moved by {} points in the eight weeks before it took effect.", signed_points(points))
    });
    let drift = drift_points.map(|points| {
        let points = signed_points(points);
        format!(
            "Before it took effect, its target drifted away from all other customers by {points} points in ten weeks."
        )
    });
    placebo.into_iter().chain(drift).collect::<Vec<String>>().join(" ")
}
