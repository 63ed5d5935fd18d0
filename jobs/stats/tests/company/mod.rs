//! Simulated companies for the tests of reviews.

#![allow(dead_code, reason = "each test binary uses its own part")]

mod generator;

pub use generator::SplitMixRng;

use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::CellResponses;
use needle_stats::review::{
    ExpectedImpact, LookTiming, ReviewInput, ReviewSequence, SequentialReview, WeekPoint, series,
};

/// A decision that is never reversed.
pub fn decision(target: &[bool], starts: f64) -> DecisionColumn {
    DecisionColumn { target: target.to_vec(), starts, ends: None }
}

/// Looks at the beginning of each of the `horizon` weeks after the start, the last one ending the horizon.
pub fn weekly_reviews(
    data: &CellWeeks,
    decision: &DecisionColumn,
    others: &[DecisionColumn],
    impact: f64,
    horizon: u32,
) -> Vec<SequentialReview> {
    looks(ReviewSequence::new(ExpectedImpact { impact }, horizon), data, decision, others, horizon)
}

/// The same for a given sequence.
pub fn looks(
    mut sequence: ReviewSequence,
    data: &CellWeeks,
    decision: &DecisionColumn,
    others: &[DecisionColumn],
    horizon: u32,
) -> Vec<SequentialReview> {
    let at = |week: u32| LookTiming {
        now: number(decision.starts.ceil() + f64::from(week)),
        share: f64::from(week) / f64::from(horizon),
    };
    let looks: Vec<LookTiming> = (1..=horizon).map(at).collect();
    let responses = CellResponses::default();
    let input = ReviewInput { data, responses: &responses, decision, others };
    let found = sequence.looks(&input, &looks);
    found.into_iter().map(|finding| sequence.settle(finding, true)).collect()
}

/// The result of one look.
pub fn look(
    sequence: &mut ReviewSequence,
    data: &CellWeeks,
    now: usize,
    decision: &DecisionColumn,
    others: &[DecisionColumn],
    share: f64,
) -> SequentialReview {
    let responses = CellResponses::default();
    let input = ReviewInput { data, responses: &responses, decision, others };
    let Some(review) = sequence.look(&input, LookTiming { now, share }) else { panic!("no look") };
    review
}

/// The chart of a look.
pub fn chart_of(data: &CellWeeks, now: usize, decision: &DecisionColumn, review: &SequentialReview) -> Vec<WeekPoint> {
    let responses = CellResponses::default();
    let input = ReviewInput { data, responses: &responses, decision, others: &[] };
    series(&input, now, review.estimate.as_ref())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "weeks of a test")]
fn number(week: f64) -> usize {
    week as usize
}

/// Six cells, 44 weeks, computed with integers only, so that other languages reproduce it: the effect is in percent of
/// promoters, cells 0 to 2, from week 30 on.
pub fn made_up(effect: i64, times: u64) -> CellWeeks {
    let mut data = CellWeeks::new(6, 44);
    for cell in 0..6_usize {
        for week in 0..44_usize {
            let (c, w) = (u64::try_from(cell).expect("few"), u64::try_from(week).expect("few"));
            let responses = if c == 5 && w % 9 == 4 { 0 } else { 20 + (c * 7 + w * 13 + c * w) % 31 };
            let lift = if cell < 3 && week >= 30 { effect } else { 0 };
            let promoting = (42 + (c * 5 + w * 3 + (w * w) % 7) % 17).saturating_add_signed(lift);
            let promoters = responses * promoting / 100;
            let detractors = responses * (12 + (c * 3 + w * 5) % 13) / 100;
            let passives = responses - promoters - detractors;
            let counts =
                NpsCounts { promoters: times * promoters, passives: times * passives, detractors: times * detractors };
            data.add(cell, week, counts);
        }
    }
    data
}

/// `target.len()` cells with `responses` a week each, each with its own score around 30, common and own weekly noise,
/// and `effect` points more in the targeted cells from week `start` on.
pub fn company(seed: u64, weeks: usize, responses: u32, effect: f64, target: &[bool], start: usize) -> CellWeeks {
    let mut generator = SplitMixRng(seed);
    let mut data = CellWeeks::new(target.len(), weeks);
    let own: Vec<f64> = target.iter().map(|_| 10.0 * generator.normal()).collect();
    for week in 0..weeks {
        let common = 2.0 * generator.normal();
        for (cell, targeted) in target.iter().enumerate() {
            let lift = if *targeted && week >= start { effect } else { 0.0 };
            let score = 30.0 + own[cell] + common + generator.normal() + lift;
            let passives = 0.3;
            let promoting = (0.5 * (1.0 - passives + score / 100.0)).clamp(0.0, 0.7);
            data.add(cell, week, generator.responses(responses, promoting, 0.7 - promoting));
        }
    }
    data
}
