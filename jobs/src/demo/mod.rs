//! The sample company of `needle demo`: a two-sided market of snack boxes, eighteen months of its
//! customers' answers and twelve decisions whose true effects are known. It only writes the four
//! files of the import contract and the truth behind them; importing, reviewing and printing are
//! left to whoever asked for it.

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

/// A company made up for a given day: what it would import, and what is true about it.
///
/// The same `today` gives the same bytes on every machine: all chance comes from a generator seeded
/// by a constant.
#[derive(Debug, Clone)]
pub struct SampleCompany {
    /// `customers.csv`: some 6,000 members and 250 brands with side, region, plan or tier, and the
    /// year they joined.
    pub customers_csv: Vec<u8>,
    /// `responses.csv`: about 650 answers a week for 78 weeks, ordered by the time of the answer
    /// (UTC).
    pub responses_csv: Vec<u8>,
    /// `segments.json`: nine overlapping segments, the members being the primary customer.
    pub segments_json: Vec<u8>,
    /// `decisions.json`: twelve decisions of the last eleven months, every one logged before it
    /// took effect.
    pub decisions_json: Vec<u8>,
    /// What each decision really did, in the order of `decisions_json`.
    pub true_effects: Vec<TrueEffect>,
    /// The Monday 52 weeks before the week of `today`: weekly runs are replayed from here.
    pub first_review: NaiveDate,
    /// The day the company was made up for; the last answer is older than the Monday of its week.
    pub today: NaiveDate,
}

/// What one decision really did, which only the maker of the world can know.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueEffect {
    /// The `externalId` of the decision.
    pub decision: String,
    /// The change of the expected Net Promoter Score of its target, in points, from the day it took
    /// effect.
    pub effect: f64,
    /// A few words on what a good review should make of it.
    pub note: &'static str,
}

impl SampleCompany {
    /// Makes the company up as of `today`. Takes a fraction of a second and cannot fail.
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
