//! Made-up companies for the tests of reviews.

#![allow(dead_code, reason = "each test binary uses its own part")]

use needle_stats::cells::CellWeeks;
use needle_stats::decision::Column;
use needle_stats::nps::Counts;
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

/// A small generator with a fixed sequence per seed: `SplitMix64` (Steele, Lea & Flood 2014).
pub struct Generator(pub u64);

impl Generator {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        f64::from(top) / 4_294_967_296.0
    }

    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// `answers` answers, of which the given shares promote and detract.
    pub fn answers(&mut self, answers: u32, promoting: f64, detracting: f64) -> Counts {
        (0..answers)
            .map(|_| {
                let one = self.uniform();
                let score = if one < promoting { 10 } else { 7 - u8::from(one > 1.0 - detracting) };
                Counts::from_score(score).unwrap_or_default()
            })
            .sum()
    }
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
