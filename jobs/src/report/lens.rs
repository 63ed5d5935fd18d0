//! Comparisons of the primary customer's score over a week, a quarter and a year, and the "empty chair".
//!
//! The empty chair is a practice of meetings: a chair is kept free for customers who are not represented. Here it is
//! the segment with the lowest score that no open decision targets.

use super::DecisionSummary;
use super::score::{ReportScore, ScoreChange, SegmentScores};
use super::verbatim::{ReportVerbatims, Verbatim};

/// Segments with fewer responses in a quarter than this are not considered for the empty chair.
const FEWEST_RESPONSES: u64 = 30;

/// One comparison of the primary customer's score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreComparison {
    /// What is compared, like "The week".
    pub title: &'static str,
    /// With what, like "against the week before".
    pub against: &'static str,
    /// How to read the comparison, in one sentence.
    pub meaning: &'static str,
    /// The later score.
    pub later: ReportScore,
    /// The earlier score.
    pub earlier: ReportScore,
    /// The later score minus the earlier one; `None` unless both are shown.
    pub change: Option<ScoreChange>,
}

/// The segment with the lowest score that no open decision targets.
#[derive(Clone, Debug, PartialEq)]
pub struct EmptyChair {
    /// The name of the segment.
    pub name: String,
    /// Its score over the newest thirteen weeks.
    pub score: ReportScore,
    /// A comment of one of its detractors; `None` where none is suitable, or the audience may not read comments.
    pub verbatim: Option<Verbatim>,
}

/// The comparisons of the primary customer's week, quarter and year.
pub(super) fn comparisons(primary: &SegmentScores) -> [ScoreComparison; 3] {
    let comparison = |title, against, meaning, later: ReportScore, earlier: ReportScore| ScoreComparison {
        title,
        against,
        meaning,
        later,
        earlier,
        change: ScoreChange::between(&later, &earlier),
    };
    let quarter = primary.quarter;
    [
        comparison(
            "The week",
            "against the week before",
            "One week is mostly chance.",
            primary.week,
            primary.week_before,
        ),
        comparison(
            "The quarter",
            "thirteen weeks against the thirteen before",
            "The trend: lasting changes show here.",
            quarter,
            primary.quarter_before,
        ),
        comparison(
            "The year",
            "the same thirteen weeks a year ago",
            "Without the season: the same weeks of the year are compared.",
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
    let scored = empty.filter_map(|segment| Some((segment, segment.quarter.shown()?.0)));
    let (segment, _) = scored.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let key = segment.key.as_deref().unwrap_or_default();
    let verbatim = verbatims.of_detractor_in(key).cloned();
    Some(EmptyChair { name: segment.name.clone(), score: segment.quarter, verbatim })
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
    fn the_empty_chair_is_the_lowest_score_that_no_open_decision_targets() {
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
