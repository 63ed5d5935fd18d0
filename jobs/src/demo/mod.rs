//! The sample company of `needle demo`: a two-sided market of snack boxes, eighteen months of its
//! customers' responses and twelve decisions with known true effects. It only generates the four
//! files of the import contract and the true effects; importing, reviewing and printing are left to
//! the caller.

mod calendar;
mod comment;
mod company;
mod csv_text;
mod decision;
mod phrases;
mod portfolio;
mod response;
mod rng;
mod score;
mod segment;
#[cfg(test)]
mod tests;
mod world;

use chrono::NaiveDate;

use calendar::DemoCalendar;

/// A generated company as of a given day: its import files and the true effects of its decisions.
///
/// The same `today` gives the same bytes on every machine: all randomness comes from a generator with
/// a constant seed.
#[derive(Debug, Clone)]
pub struct SampleCompany {
    /// `customers.csv`: some 6,000 members and 250 brands with side, region, plan or tier, and the
    /// year they joined.
    pub customers_csv: Vec<u8>,
    /// `responses.csv`: about 650 responses a week for 78 weeks, ordered by time (UTC).
    pub responses_csv: Vec<u8>,
    /// `segments.json`: nine overlapping segments, the members being the primary customer.
    pub segments_json: Vec<u8>,
    /// `decisions.json`: twelve decisions of the last eleven months, every one logged before it
    /// took effect.
    pub decisions_json: Vec<u8>,
    /// The true effect of each decision, in the order of `decisions_json`.
    pub true_effects: Vec<TrueEffect>,
    /// The Monday 52 weeks before the week of `today`: weekly runs are replayed from here.
    pub first_review: NaiveDate,
    /// The day the company was generated for; the last response is before the Monday of its week.
    pub today: NaiveDate,
}

/// The true effect of one decision, which is known only because the data are simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueEffect {
    /// The `externalId` of the decision.
    pub decision: String,
    /// The change of the expected Net Promoter Score of its target, in points, from the day it took
    /// effect.
    pub effect: f64,
    /// The result that a good review should arrive at, in a few words.
    pub note: &'static str,
}

impl SampleCompany {
    /// Generates the company as of `today`. Takes a fraction of a second and cannot fail.
    pub fn new(today: NaiveDate) -> Self {
        let calendar = DemoCalendar::new(today);
        let customers = company::customers(&calendar);
        let decisions = portfolio::twelve(&calendar);
        let responses = response::responses(&calendar, &customers, &decisions);
        Self {
            customers_csv: company::to_csv(&customers),
            responses_csv: response::to_csv(&responses, &customers),
            segments_json: segment::to_json(&segment::all(&calendar)),
            decisions_json: decision::to_json(&decisions),
            true_effects: decisions.iter().map(decision::DemoDecision::truth).collect(),
            first_review: calendar.monday(calendar::WEEKS - 52),
            today,
        }
    }
}
