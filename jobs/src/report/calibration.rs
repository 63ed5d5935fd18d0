//! How the expectations of decisions compare with their measured effects.

use entity::verdict::{ExpectationOutcome, Verdict};
use entity::{Calendar, ConnectionTrait, Period, StoreError};
use needle_review::forecast::{self, ForecasterRecord, KnowledgeCutoff, LedgerGrouping};
use needle_stats::portfolio::PortfolioTotal;

use super::decision::DecisionSummary;

/// The total covers decisions that took effect within this many weeks.
const LEDGER_WEEKS: i32 = 52;

/// How expectations compare with measured effects.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportCalibration {
    /// How many decisions had a better effect than expected.
    pub exceeded: usize,
    /// How many had the expected effect.
    pub met: usize,
    /// How many had a worse effect than expected.
    pub missed: usize,
    /// How many cannot be judged although their horizon is over.
    pub undetermined: usize,
    /// The record of each owner of decisions, by name.
    pub forecasters: Vec<ForecasterRecord>,
    /// The total impact of the decisions that took effect within the last year.
    pub total: PortfolioTotal,
}

impl ReportCalibration {
    /// How many expectations were judged: exceeded, met or missed.
    pub fn determined(&self) -> usize {
        self.exceeded + self.met + self.missed
    }
}

/// Computes the calibration as of a cutoff.
pub(super) async fn measure<C: ConnectionTrait>(
    reader: &C,
    calendar: Calendar,
    portfolio: &[DecisionSummary],
    cutoff: KnowledgeCutoff,
) -> Result<ReportCalibration, StoreError> {
    // An expectation that was written down when responses could show the effect is none: records leave it out too.
    let forecasts = || portfolio.iter().filter(|one| !one.is_retrospective);
    let count = |outcome: ExpectationOutcome| forecasts().filter(|one| one.outcome == outcome).count();
    let is_over =
        |one: &&DecisionSummary| one.outcome == ExpectationOutcome::Undetermined && one.verdict != Verdict::TooEarly;
    let year = Period::weeks_before(cutoff.monday, LEDGER_WEEKS);
    Ok(ReportCalibration {
        exceeded: count(ExpectationOutcome::Exceeded),
        met: count(ExpectationOutcome::Met),
        missed: count(ExpectationOutcome::Missed),
        undetermined: forecasts().filter(is_over).count(),
        forecasters: forecast::forecasters_as_of(reader, calendar, cutoff).await?,
        total: forecast::ledger_as_of(reader, calendar, year, LedgerGrouping::Owner, cutoff).await?.total,
    })
}
