//! A stored review for tests to which its contents do not matter.

use entity::Day;
use entity::decision::DecisionId;
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::review_series::{ReviewSeries, SeriesWeek};
use entity::run::RunId;
use entity::store::decision_review::NewReview;
use entity::verdict::{CaveatCode, CaveatList, ExpectationOutcome, ReviewMethod, StoredCaveat, Verdict};

/// A review with a value in every column; its weekly series has one week with an expected score and one without.
pub fn new_review(decision_id: DecisionId, as_of: Day, run_id: RunId) -> NewReview {
    let row = ReviewRow {
        id: ReviewId(0),
        decision_id,
        as_of,
        run_id,
        is_final: false,
        verdict: Verdict::TooEarly,
        effect: Some(1.1),
        method: Some(ReviewMethod::DifferenceInDifferences),
        interval_low: Some(-2.2),
        interval_high: Some(4.4),
        interval_level: Some(0.95),
        standard_error: Some(1.0 / 3.0),
        compared_days: Some(28),
        before_promoters: 1,
        before_passives: 2,
        before_detractors: 3,
        after_promoters: 4,
        after_passives: 5,
        after_detractors: 6,
        comparison_before_promoters: Some(7),
        comparison_before_passives: Some(8),
        comparison_before_detractors: Some(9),
        comparison_after_promoters: Some(10),
        comparison_after_passives: Some(11),
        comparison_after_detractors: Some(12),
        expectation_outcome: ExpectationOutcome::Undetermined,
        smallest_detectable_effect: Some(5.5),
        decidable_by: Some(as_of.plus_days(14)),
        caveats: CaveatList(vec![StoredCaveat { code: CaveatCode::FewResponses, message: "It's \"few\".".to_owned() }]),
    };
    let week = SeriesWeek {
        start: as_of.plus_days(-14),
        responses: 40,
        observed: Some(12.5),
        expected: None,
        expected_range: None,
    };
    let since = SeriesWeek {
        start: as_of.plus_days(-7),
        responses: 0,
        observed: None,
        expected: Some(-0.1),
        expected_range: Some((-30.0, 30.3)),
    };
    NewReview { row, series: ReviewSeries { level: Some(0.95), weeks: vec![week, since] } }
}
