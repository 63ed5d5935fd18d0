//! Made-up companies for the tests of reviews.

#![allow(dead_code, reason = "each test binary uses its own part")]

mod generator;

pub use generator::Generator;

use needle_stats::cells::CellWeeks;
use needle_stats::decision::Column;
use needle_stats::review::{Expectation, Life, Review};

/// A decision for good.
pub fn decision(target: &[bool], starts: f64) -> Column {
    Column { target: target.to_vec(), starts, ends: None }
}

/// Looks at the beginning of each of the `horizon` weeks after the start, the last one being the last look.
pub fn life(data: &CellWeeks, decision: &Column, others: &[Column], impact: f64, horizon: u32) -> Vec<Review> {
    let mut life = Life::new(Expectation { impact }, horizon);
    (1..=horizon)
        .map(|week| {
            let now = number(decision.starts.ceil() + f64::from(week));
            life.look(data, now, decision, others, f64::from(week) / f64::from(horizon))
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "weeks of a test")]
fn number(week: f64) -> usize {
    week as usize
}

/// `cells` cells of `answers` a week, each with its own score around 30, common and own weekly noise, and `effect`
/// points more in the targeted cells from week `start` on.
pub fn company(seed: u64, weeks: usize, answers: u32, effect: f64, target: &[bool], start: usize) -> CellWeeks {
    let mut generator = Generator(seed);
    let mut data = CellWeeks::new(target.len(), weeks);
    let own: Vec<f64> = target.iter().map(|_| 10.0 * generator.normal()).collect();
    for week in 0..weeks {
        let common = 2.0 * generator.normal();
        for (cell, targeted) in target.iter().enumerate() {
            let lift = if *targeted && week >= start { effect } else { 0.0 };
            let score = 30.0 + own[cell] + common + generator.normal() + lift;
            let passives = 0.3;
            let promoting = (0.5 * (1.0 - passives + score / 100.0)).clamp(0.0, 0.7);
            data.add(cell, week, generator.answers(answers, promoting, 0.7 - promoting));
        }
    }
    data
}
