//! The responses: which customers respond in which week, by which channel and about which touchpoint,
//! and their scores and comments. The score is drawn from the sum of the customer's baseline, the
//! world and the decisions in effect, in points.

use chrono::NaiveDate;
use entity::ScoreCategory;

use super::calendar::{DemoCalendar, WEEKS};
use super::comment::{self, CommentContext};
use super::company::DemoCustomer;
use super::csv_text::CsvText;
use super::decision::DemoDecision;
use super::rng::{DemoRng, RandomStream};
use super::score::ScoreProbabilities;
use super::segment::DemoProfile;
use super::world::{self, DemoWorld};

/// The expected number of responses per week, and its standard deviation between weeks.
const RESPONSES_PER_WEEK: f64 = 650.0;
const RESPONSES_SPREAD: f64 = 6.0;

/// Limits of a baseline in points. The other terms (season, strike, noise, decisions) lie between -20
/// and +50, so that no sum leaves -100..100, beyond which points would no longer add up.
const LOWEST_BASELINE: f64 = -70.0;
const HIGHEST_BASELINE: f64 = 48.0;

pub(super) struct DemoResponse {
    /// Position in the list of customers.
    pub(super) customer: usize,
    pub(super) date: NaiveDate,
    second_of_day: u32,
    pub(super) channel: &'static str,
    touchpoint: &'static str,
    /// The expected score in points without any decision.
    pub(super) undecided_points: f64,
    pub(super) score: i16,
    comment: String,
}

/// All responses, ordered by time.
pub(super) fn responses(
    calendar: &DemoCalendar,
    customers: &[DemoCustomer],
    decisions: &[DemoDecision],
) -> Vec<DemoResponse> {
    let world = DemoWorld::new();
    let mut response_rng = DemoRng::new(RandomStream::Responses);
    let mut comment_rng = DemoRng::new(RandomStream::Comments);
    let mut responses = Vec::new();
    for week in 0..WEEKS {
        for position in respondents(customers, week, calendar.monday(week), &mut response_rng) {
            let Some(customer) = customers.get(position) else {
                continue;
            };
            let mut response = response_of(position, customer, week, calendar, &world, &mut response_rng);
            let profile = DemoProfile { customer, channel: response.channel };
            let decided = decisions.iter().map(|decision| decision.points(profile, response.date)).sum::<f64>();
            response.score =
                ScoreProbabilities::for_points(response.undecided_points + decided).score(response_rng.unit());
            let comment_context = CommentContext {
                profile,
                date: response.date,
                touchpoint: response.touchpoint,
                category: ScoreCategory::of(response.score),
                strike: world::during_strike(week),
            };
            response.comment = comment::comment(&comment_context, decisions, &mut comment_rng);
            responses.push(response);
        }
    }
    responses.sort_by_key(|response| (response.date, response.second_of_day, response.customer));
    responses
}

/// The positions of the customers who respond in that week, each at most once, with probabilities
/// proportional to their response rates and scaled to the expected number of responses.
fn respondents(customers: &[DemoCustomer], week: u32, monday: NaiveDate, rng: &mut DemoRng) -> Vec<usize> {
    let rates = customers
        .iter()
        .map(|one| if one.joined <= monday { one.response_rate * world::response_rate_factor(one, week) } else { 0.0 })
        .collect::<Vec<_>>();
    let expected = RESPONSES_PER_WEEK + RESPONSES_SPREAD * rng.normal();
    let scale = expected / rates.iter().sum::<f64>().max(1.0);
    (0..).zip(rates).filter(|(_, rate)| rng.chance(rate * scale)).map(|(position, _)| position).collect()
}

fn response_of(
    position: usize,
    customer: &DemoCustomer,
    week: u32,
    calendar: &DemoCalendar,
    world: &DemoWorld,
    rng: &mut DemoRng,
) -> DemoResponse {
    let date = calendar.day(week, rng.below(7));
    let channel = if rng.chance(0.82) { customer.channel } else { other_channel(customer, rng) };
    let touchpoint = if customer.is_brand() {
        rng.share(&[("campaign", 0.46), ("report", 0.26), ("support", 0.16), ("renewal", 0.12)])
    } else {
        rng.share(&[("delivery", 0.38), ("box", 0.36), ("support", 0.15), ("renewal", 0.11)])
    };
    let baseline = customer.baseline_points + channel_points(channel) + touchpoint_points(touchpoint);
    DemoResponse {
        customer: position,
        date,
        second_of_day: 7 * 3_600 + rng.below(15 * 3_600),
        channel,
        touchpoint,
        undecided_points: baseline.clamp(LOWEST_BASELINE, HIGHEST_BASELINE) + world.points(customer, week, date),
        score: 0,
        comment: String::new(),
    }
}

fn other_channel(customer: &DemoCustomer, rng: &mut DemoRng) -> &'static str {
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

/// The responses as `responses.csv`, numbered in order of time.
pub(super) fn to_csv(responses: &[DemoResponse], customers: &[DemoCustomer]) -> Vec<u8> {
    let mut table =
        CsvText::new(&["response_id", "customer_id", "score", "responded_at", "channel", "touchpoint", "comment"]);
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
