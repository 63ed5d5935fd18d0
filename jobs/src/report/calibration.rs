//! How far expectations came true, worded to teach.

use entity::verdict::{ExpectationOutcome, Verdict};
use entity::{Calendar, ConnectionTrait, Period, StoreError};
use needle_review::forecast::{self, ForecasterRecord, KnowledgeCutoff, LedgerGrouping};
use needle_stats::portfolio::PortfolioTotal;

use super::decision::DecisionSummary;

/// Weeks of the decisions that are added up.
const LEDGER_WEEKS: i32 = 52;

/// How far expectations came true.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportCalibration {
    /// Decisions whose effect was better than expected.
    pub exceeded: usize,
    /// As expected.
    pub met: usize,
    /// Worse than expected.
    pub missed: usize,
    /// Decisions that are over, of which it cannot be told.
    pub undetermined: usize,
    /// Owners of decisions, by name.
    pub forecasters: Vec<ForecasterRecord>,
    /// What the decisions that took effect within the last year add up to.
    pub total: PortfolioTotal,
}

impl ReportCalibration {
    /// How many expectations were judged.
    pub fn determined(&self) -> usize {
        self.exceeded + self.met + self.missed
    }
}

/// Counts what was expected and what came of it.
pub(super) async fn measure<C: ConnectionTrait>(
    reader: &C,
    calendar: Calendar,
    portfolio: &[DecisionSummary],
    cutoff: KnowledgeCutoff,
) -> Result<ReportCalibration, StoreError> {
    let count = |outcome: ExpectationOutcome| portfolio.iter().filter(|one| one.outcome == outcome).count();
    let is_over =
        |one: &&DecisionSummary| one.outcome == ExpectationOutcome::Undetermined && one.verdict != Verdict::TooEarly;
    let year = Period::weeks_before(cutoff.monday, LEDGER_WEEKS);
    Ok(ReportCalibration {
        exceeded: count(ExpectationOutcome::Exceeded),
        met: count(ExpectationOutcome::Met),
        missed: count(ExpectationOutcome::Missed),
        undetermined: portfolio.iter().filter(is_over).count(),
        forecasters: forecast::forecasters_as_of(reader, calendar, cutoff).await?,
        total: forecast::ledger_as_of(reader, calendar, year, LedgerGrouping::Owner, cutoff).await?.total,
    })
}
