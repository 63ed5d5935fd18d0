//! Changes of the scores that are independent of decisions: the season, a strike of the couriers, the
//! noise of the weeks, and a shift in the mix of respondents. A naive comparison of before and after
//! mistakes these for the effect of a decision.

use std::f64::consts::TAU;

use chrono::{Datelike, NaiveDate};

use super::calendar::WEEKS;
use super::company::DemoCustomer;
use super::rng::{DemoRng, RandomStream};

/// Half the distance between the best and the worst time of the year, in points.
const SEASON_POINTS: f64 = 3.0;
/// The day of the year with the highest scores: the middle of May. The lowest are half a year later,
/// in the rush before the holidays.
const BEST_DAY_OF_YEAR: f64 = 135.0;

/// The weeks of the couriers' strike, and its effect on everybody's score in points.
const STRIKE_WEEKS: std::ops::Range<u32> = 40..44;
const STRIKE_POINTS: f64 = -9.0;

/// AR(1) noise of the weeks: one series shared by all, and a smaller one of each place. Standard
/// deviations in points, and correlation from one week to the next.
const SHARED_NOISE_POINTS: f64 = 1.2;
const PLACE_NOISE_POINTS: f64 = 0.6;
const NOISE_CORRELATION: f64 = 0.5;

/// Over these weeks the response rate of starters in the east rises linearly to this multiple.
const SHIFT_WEEKS: std::ops::Range<u32> = 45..68;
const SHIFT_TIMES: f64 = 2.4;

/// The places, each with its own noise: the four regions of members, and the brands.
const PLACES: [&str; 5] = ["north", "south", "west", "east", "brands"];

pub(super) struct DemoWorld {
    shared: Vec<f64>,
    places: [Vec<f64>; PLACES.len()],
}

impl DemoWorld {
    pub(super) fn new() -> Self {
        let mut rng = DemoRng::new(RandomStream::World);
        Self {
            shared: noise(SHARED_NOISE_POINTS, &mut rng),
            places: PLACES.map(|_| noise(PLACE_NOISE_POINTS, &mut rng)),
        }
    }

    /// The deviation of a customer's expected score from the baseline in that week, in points, without
    /// decisions.
    pub(super) fn points(&self, customer: &DemoCustomer, week: u32, date: NaiveDate) -> f64 {
        let strike = if during_strike(week) { STRIKE_POINTS } else { 0.0 };
        let place = if customer.is_brand() { "brands" } else { customer.region };
        let local =
            PLACES.iter().position(|one| *one == place).map_or(0.0, |position| at(&self.places[position], week));
        season_points(date) + strike + at(&self.shared, week) + local
    }
}

pub(super) fn during_strike(week: u32) -> bool {
    STRIKE_WEEKS.contains(&week)
}

/// The customer's response rate in that week, relative to the first week.
pub(super) fn response_rate_factor(customer: &DemoCustomer, week: u32) -> f64 {
    if customer.plan != "starter" || customer.region != "east" {
        return 1.0;
    }
    let passed = f64::from(week.clamp(SHIFT_WEEKS.start, SHIFT_WEEKS.end) - SHIFT_WEEKS.start);
    1.0 + (SHIFT_TIMES - 1.0) * passed / f64::from(SHIFT_WEEKS.end - SHIFT_WEEKS.start)
}

fn season_points(date: NaiveDate) -> f64 {
    let years = (f64::from(date.ordinal()) - BEST_DAY_OF_YEAR) / 365.25;
    SEASON_POINTS * (TAU * years).cos()
}

/// A stationary AR(1) series: the first week has the same variance as all others.
fn noise(points: f64, rng: &mut DemoRng) -> Vec<f64> {
    let innovation = (1.0 - NOISE_CORRELATION * NOISE_CORRELATION).sqrt();
    let mut level = rng.normal();
    (0..WEEKS)
        .map(|_| {
            let now = points * level;
            level = NOISE_CORRELATION * level + innovation * rng.normal();
            now
        })
        .collect()
}

fn at(series: &[f64], week: u32) -> f64 {
    series.get(week as usize).copied().unwrap_or_default()
}
