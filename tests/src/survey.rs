//! A synthetic survey, the same on every machine, and counts of it that share no code with the product.

use entity::{Day, ScoreCategory};
use needle_stats::nps::NpsCounts;

/// Responses of a week that has any.
const RESPONSES_PER_WEEK: u64 = 30;

/// Weeks without responses.
const SILENT_WEEKS: [i32; 3] = [6, 7, 21];

/// From this week on the scores of `EU` are better.
pub const BETTER_IN_EUROPE_FROM: i32 = 20;

const REGIONS: [Option<&str>; 4] = [Some("EU"), Some("US"), Some("APAC"), None];
const PLANS: [Option<&str>; 3] = [Some("free"), Some("pro"), None];
const SEATS: [Option<&str>; 6] = [Some("5"), Some("12.5"), Some("40"), Some("1e2"), Some("many"), None];

/// One response, as a row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyResponse {
    /// The response's id.
    pub id: String,
    /// The customer who responded; `None` for an anonymous response.
    pub customer: Option<String>,
    /// 0 to 10; `None` when the customer gave none.
    pub score: Option<u8>,
    /// The day on which the customer responded.
    pub day: Day,
    /// Attribute `region`.
    pub region: Option<&'static str>,
    /// Attribute `plan`.
    pub plan: Option<&'static str>,
    /// Attribute `seats`, which is a number for most.
    pub seats: Option<&'static str>,
}

/// The responses, by week.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The Monday of week 0.
    pub first: Day,
    /// The responses, oldest first.
    pub responses: Vec<SurveyResponse>,
}

impl Survey {
    /// The responses of some weeks from a Monday on; three of the weeks have none, and one response in eleven has no
    /// score.
    pub fn of_weeks(first: Day, weeks: i32) -> Self {
        let mut rng = SurveyRng(2024);
        let mut responses = Vec::new();
        for week in (0..weeks).filter(|week| !SILENT_WEEKS.contains(week)) {
            for at in 0..RESPONSES_PER_WEEK {
                let region = rng.one_of(&REGIONS);
                let is_better = region == Some("EU") && week >= BETTER_IN_EUROPE_FROM;
                let score = if is_better { 8 + rng.below(3) } else { rng.below(11) };
                responses.push(SurveyResponse {
                    id: format!("w{week}a{at}"),
                    customer: (at % 3 == 0).then(|| format!("c{}", rng.below(40))),
                    score: (rng.below(11) > 0).then_some(u8::try_from(score).expect("a score")),
                    day: first.plus_days(7 * week + i32::try_from(rng.below(7)).expect("a weekday")),
                    region,
                    plan: rng.one_of(&PLANS),
                    seats: rng.one_of(&SEATS),
                });
            }
        }
        Self { first, responses }
    }

    /// The Monday of a week.
    pub fn monday(&self, week: i32) -> Day {
        self.first.plus_days(7 * week)
    }

    /// The responses of `from..until`.
    #[must_use]
    pub fn between(&self, from: Day, until: Day) -> Self {
        let within = self.responses.iter().filter(|response| from <= response.day && response.day < until);
        Self { first: self.first, responses: within.cloned().collect() }
    }

    /// The survey as a CSV file.
    pub fn to_csv(&self) -> String {
        let mut file = String::from("response_id,score,responded_at,customer_id,region,plan,seats\n");
        for response in &self.responses {
            let cells = [
                response.id.clone(),
                response.score.map_or_else(String::new, |score| score.to_string()),
                response.day.to_string(),
                response.customer.clone().unwrap_or_default(),
                response.region.unwrap_or_default().to_owned(),
                response.plan.unwrap_or_default().to_owned(),
                response.seats.unwrap_or_default().to_owned(),
            ];
            file += &cells.join(",");
            file.push('\n');
        }
        file
    }

    /// The counts of the members' responses in `from..until`.
    pub fn count(&self, from: Day, until: Day, is_member: impl Fn(&SurveyResponse) -> bool) -> NpsCounts {
        let mut counts = NpsCounts::default();
        for response in self.responses.iter().filter(|response| from <= response.day && response.day < until) {
            if is_member(response) {
                add(&mut counts, response);
            }
        }
        counts
    }
}

/// Adds one response to counts; one without a score adds nothing.
pub fn add(counts: &mut NpsCounts, response: &SurveyResponse) {
    match response.score.map(ScoreCategory::of) {
        None => {}
        Some(ScoreCategory::Promoter) => counts.promoters += 1,
        Some(ScoreCategory::Passive) => counts.passives += 1,
        Some(ScoreCategory::Detractor) => counts.detractors += 1,
    }
}

/// Knuth's linear congruential generator (MMIX).
struct SurveyRng(u64);

impl SurveyRng {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        let at = usize::try_from(self.below(values.len() as u64)).expect("an index");
        values[at]
    }
}
