//! The answers: who is asked in which week, by which channel and about what, and what they say. The
//! score follows from the customer's leaning, the world and the decisions in force, added up in
//! points.

use chrono::NaiveDate;
use entity::ScoreCategory;

use super::calendar::{Calendar, WEEKS};
use super::comment::{self, Moment};
use super::company::Customer;
use super::decision::Decision;
use super::dice::{Dice, Subject};
use super::score::Chances;
use super::segment::Profile;
use super::table::Table;
use super::world::{self, World};

/// Answers that the weekly questionnaire brings in, and the spread between weeks.
const ANSWERS_A_WEEK: f64 = 650.0;
const ANSWERS_SPREAD: f64 = 6.0;

/// Limits of a personal leaning in points. What comes on top (season, strike, noise, decisions)
/// lies between -20 and +50, so that nobody's sum leaves -100..100, where points would stop adding
/// up.
const LOWEST_LEANING: f64 = -70.0;
const HIGHEST_LEANING: f64 = 48.0;

pub(super) struct Answer {
    /// Position in the list of customers.
    pub(super) customer: usize,
    pub(super) date: NaiveDate,
    second_of_day: u32,
    pub(super) channel: &'static str,
    touchpoint: &'static str,
    /// The expected score as it would be if nobody had decided anything.
    pub(super) undecided_points: f64,
    pub(super) score: i16,
    comment: String,
}

/// All answers in the order in which they came.
pub(super) fn answers(calendar: &Calendar, customers: &[Customer], decisions: &[Decision]) -> Vec<Answer> {
    let world = World::new();
    let mut asking = Dice::new(Subject::Answers);
    let mut commenting = Dice::new(Subject::Comments);
    let mut responses = Vec::new();
    for week in 0..WEEKS {
        for position in respondents(customers, week, calendar.monday(week), &mut asking) {
            let Some(customer) = customers.get(position) else {
                continue;
            };
            let mut response = asked(position, customer, week, calendar, &world, &mut asking);
            let profile = Profile { customer, channel: response.channel };
            let decided = decisions.iter().map(|decision| decision.points(profile, response.date)).sum::<f64>();
            response.score = Chances::at(response.undecided_points + decided).score(asking.unit());
            let comment_context = Moment {
                profile,
                date: response.date,
                touchpoint: response.touchpoint,
                category: ScoreCategory::of(response.score),
                strike: world::during_strike(week),
            };
            response.comment = comment::comment(&comment_context, decisions, &mut commenting);
            responses.push(response);
        }
    }
    responses.sort_by_key(|answer| (answer.date, answer.second_of_day, answer.customer));
    responses
}

/// The customers who answer in that week, each at most once: by how readily they do, scaled to the
/// size of the questionnaire.
fn respondents(customers: &[Customer], week: u32, monday: NaiveDate, rng: &mut Dice) -> Vec<usize> {
    let readiness = customers
        .iter()
        .map(|one| if one.joined <= monday { one.eagerness * world::times_as_often(one, week) } else { 0.0 })
        .collect::<Vec<_>>();
    let expected = ANSWERS_A_WEEK + ANSWERS_SPREAD * rng.bell();
    let scale = expected / readiness.iter().sum::<f64>().max(1.0);
    (0..).zip(readiness).filter(|(_, readiness)| rng.chance(readiness * scale)).map(|(position, _)| position).collect()
}

fn asked(
    position: usize,
    customer: &Customer,
    week: u32,
    calendar: &Calendar,
    world: &World,
    rng: &mut Dice,
) -> Answer {
    let date = calendar.day(week, rng.below(7));
    let channel = if rng.chance(0.82) { customer.channel } else { other_channel(customer, rng) };
    let touchpoint = if customer.is_brand() {
        rng.share(&[("campaign", 0.46), ("report", 0.26), ("support", 0.16), ("renewal", 0.12)])
    } else {
        rng.share(&[("delivery", 0.38), ("box", 0.36), ("support", 0.15), ("renewal", 0.11)])
    };
    let leaning = customer.leaning_points + channel_points(channel) + touchpoint_points(touchpoint);
    Answer {
        customer: position,
        date,
        second_of_day: 7 * 3_600 + rng.below(15 * 3_600),
        channel,
        touchpoint,
        undecided_points: leaning.clamp(LOWEST_LEANING, HIGHEST_LEANING) + world.points(customer, week, date),
        score: 0,
        comment: String::new(),
    }
}

fn other_channel(customer: &Customer, rng: &mut Dice) -> &'static str {
    if customer.is_brand() { "email" } else { rng.pick(&["app", "email", "sms"]) }
}

fn channel_points(channel: &str) -> f64 {
    match channel {
        "app" => 3.0,
        "sms" => -4.0,
        _ => 0.0,
    }
}

fn touchpoint_points(touchpoint: &str) -> f64 {
    match touchpoint {
        "box" | "report" => 6.0,
        "support" => -9.0,
        "renewal" => -3.0,
        _ => 0.0,
    }
}

/// The answers as `responses.csv`, numbered in the order in which they came.
pub(super) fn written(responses: &[Answer], customers: &[Customer]) -> Vec<u8> {
    let mut table =
        Table::new(&["response_id", "customer_id", "score", "responded_at", "channel", "touchpoint", "comment"]);
    for (response, number) in responses.iter().zip(1_u32..) {
        let customer = customers.get(response.customer).map(|customer| customer.id.as_str()).unwrap_or_default();
        let second = response.second_of_day;
        let time = format!("{}T{:02}:{:02}:{:02}Z", response.date, second / 3_600, second / 60 % 60, second % 60);
        table.push(&[
            &format!("r{number:06}"),
            customer,
            &response.score.to_string(),
            &time,
            response.channel,
            response.touchpoint,
            &response.comment,
        ]);
    }
    table.into_bytes()
}
