//! One change over three spans of time, and the chair that stays empty at the table.

use super::DecisionSummary;
use super::score::{ReportScore, ScoreChange, SegmentScores};
use super::verbatim::{ReportVerbatims, Verbatim};

/// A segment with fewer answers in a quarter than this says too little to be spoken for.
const FEWEST_RESPONSES: u64 = 30;

/// One comparison of the primary customer's score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreComparison {
    /// What is compared, like "The week".
    pub title: &'static str,
    /// With what, like "against the week before".
    pub against: &'static str,
    /// What the lens is good for, in one sentence.
    pub meaning: &'static str,
    /// The later score.
    pub later: ReportScore,
    /// The earlier score.
    pub earlier: ReportScore,
    /// The difference; `None` without two scores.
    pub change: Option<ScoreChange>,
}

/// The customers nobody decides for: the segment with the lowest score that no open decision targets.
#[derive(Clone, Debug, PartialEq)]
pub struct EmptyChair {
    /// The segment's name.
    pub name: String,
    /// The score of its newest thirteen weeks.
    pub score: ReportScore,
    /// What one of its customers wrote; `None` where nothing fits, or these readers may not read it.
    pub verbatim: Option<Verbatim>,
}

/// The primary customer's week, quarter and year.
pub(super) fn comparisons(primary: &SegmentScores) -> [ScoreComparison; 3] {
    let lens = |title, against, meaning, later: ReportScore, earlier: ReportScore| ScoreComparison {
        title,
        against,
        meaning,
        later,
        earlier,
        change: ScoreChange::between(&later, &earlier),
    };
    let quarter = primary.quarter;
    [
        lens("The week", "against the week before", "Mostly noise: look, and wait.", primary.week, primary.week_before),
        lens(
            "The quarter",
            "thirteen weeks against the thirteen before",
            "The trend: what lasts shows here.",
            quarter,
            primary.quarter_before,
        ),
        lens(
            "The year",
            "the same thirteen weeks a year ago",
            "The season taken out: what is left is ours.",
            quarter,
            primary.year_ago,
        ),
    ]
}

/// The segment with the lowest score among those that no open decision targets.
pub(super) fn empty_chair(
    segments: &[SegmentScores],
    portfolio: &[DecisionSummary],
    verbatims: &ReportVerbatims,
) -> Option<EmptyChair> {
    let is_targeted = |key: &str| portfolio.iter().any(|one| one.is_open() && one.target_key.as_deref() == Some(key));
    let empty = segments.iter().filter(|segment| {
        segment.quarter.responses >= FEWEST_RESPONSES && segment.key.as_deref().is_some_and(|key| !is_targeted(key))
    });
    let scored = empty.filter_map(|standing| Some((standing, standing.quarter.shown()?.0)));
    let (standing, _) = scored.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let key = standing.key.as_deref().unwrap_or_default();
    let verbatim = verbatims.of_detractor_in(key).cloned();
    Some(EmptyChair { name: standing.name.clone(), score: standing.quarter, verbatim })
}

#[cfg(test)]
mod tests {
    use entity::verdict::Verdict;
    use needle_stats::nps::NpsCounts;

    use super::super::{ReportAudience, decision};
    use super::*;

    fn segment_scores(key: &str, promoters: u64, detractors: u64) -> SegmentScores {
        let audience = ReportAudience { reads_comments: true, suppress_below: 5 };
        let quarter = ReportScore::of(NpsCounts { promoters, passives: 0, detractors }, audience);
        let none = ReportScore::of(NpsCounts::default(), audience);
        SegmentScores {
            key: Some(key.to_owned()),
            name: key.to_uppercase(),
            is_primary: false,
            week: none,
            week_before: none,
            quarter,
            quarter_before: none,
            year_ago: none,
            change: None,
            trend: Vec::new(),
        }
    }

    #[test]
    fn the_chair_is_that_of_the_lowest_score_nobody_decides_for() {
        let segments = [
            segment_scores("few", 0, 29),
            segment_scores("low", 0, 40),
            segment_scores("mid", 20, 30),
            segment_scores("high", 40, 0),
        ];
        let targets = |key: &str, is_final: bool| DecisionSummary {
            target_key: Some(key.to_owned()),
            is_final,
            ..decision::tests::decision_summary(key, entity::Day(10_000), Verdict::TooEarly)
        };
        let chair = |portfolio: &[DecisionSummary]| {
            empty_chair(&segments, portfolio, &ReportVerbatims::Withheld).map(|chair| chair.name)
        };
        assert_eq!(chair(&[]).as_deref(), Some("LOW"));
        assert_eq!(chair(&[targets("low", false)]).as_deref(), Some("MID"));
        assert_eq!(chair(&[targets("low", true)]).as_deref(), Some("LOW"), "its decision is over");
        assert_eq!(chair(&["low", "mid", "high"].map(|key| targets(key, false))), None);
    }
}
