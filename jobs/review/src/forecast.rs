//! Forecasting records of the owners of decisions, and the total impact of decisions, from the newest reviews.
//!
//! Decisions logged after they took effect are left out, because responses may already have shown the outcome, and so
//! are effects that are confounded with another decision's. The statistics are [`needle_stats::record`] and
//! [`needle_stats::portfolio`].

use std::collections::BTreeMap;

use entity::decision::Model as DecisionRow;
use entity::decision_review::Model as ReviewRow;
use entity::segment::SegmentId;
use entity::verdict::Verdict;
use entity::{Calendar, ConnectionTrait, Day, Period, StoreError, Timestamp, store};
use needle_rules::decision::is_retrospective;
use needle_stats::portfolio::{self, MeasuredEffect, PortfolioTotal};
use needle_stats::record::{self, ExpectedRange, ForecastRecord, ImpactForecast, JudgedForecast};

/// The level of a total's interval.
const LEVEL: f64 = 0.95;

/// The forecasting record of one owner of decisions.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecasterRecord {
    /// The name of the owner, as logged with the decisions.
    pub owner: String,
    /// How many decisions were logged before they took effect.
    pub decisions: usize,
    /// How many of the judged ones moved the score, up or down.
    pub moved: usize,
    /// How their expectations compare with the measured effects.
    pub record: ForecastRecord,
}

/// What the decisions of a ledger are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerGrouping {
    /// By owner.
    Owner,
    /// By targeted segment.
    Segment,
}

/// The key of a group of decisions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerKey {
    /// The owner's name.
    Owner(String),
    /// The target; `None` for every customer.
    Segment(Option<SegmentId>),
}

/// The total impact of the decisions of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct ImpactLedger {
    /// The total of all decisions of the period.
    pub total: PortfolioTotal,
    /// The total of each group, in order of the keys.
    pub entries: Vec<(LedgerKey, PortfolioTotal)>,
}

/// The point in time as of which records are computed: what was recorded later is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnowledgeCutoff {
    /// Decisions logged, and reversals recorded, at this timestamp or later are left out.
    pub before: Timestamp,
    /// A Monday: reviews as of later Mondays are left out.
    pub monday: Day,
}

/// A decision with the effect in its newest review.
struct MeasuredDecision {
    decision: DecisionRow,
    effect: MeasuredEffect,
    moved: bool,
}

/// The record of every owner of a decision that was logged before it took effect, by name.
pub async fn forecasters<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
) -> Result<Vec<ForecasterRecord>, StoreError> {
    forecasters_of(connection, calendar, None).await
}

/// The same as of a cutoff in the past.
pub async fn forecasters_as_of<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    cutoff: KnowledgeCutoff,
) -> Result<Vec<ForecasterRecord>, StoreError> {
    forecasters_of(connection, calendar, Some(cutoff)).await
}

async fn forecasters_of<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    cutoff: Option<KnowledgeCutoff>,
) -> Result<Vec<ForecasterRecord>, StoreError> {
    let decisions = logged_in_time(connection, calendar, cutoff).await?;
    let mut owners: BTreeMap<String, (usize, Vec<MeasuredDecision>)> = BTreeMap::new();
    for decision in &decisions {
        owners.entry(decision.owner.clone()).or_default().0 += 1;
    }
    for measured in measured_decisions(connection, decisions, cutoff).await? {
        owners.entry(measured.decision.owner.clone()).or_default().1.push(measured);
    }
    let forecasts: Vec<Vec<JudgedForecast>> =
        owners.values().map(|(_, all)| all.iter().map(MeasuredDecision::forecast).collect()).collect();
    let records = record::records(&forecasts);
    let forecaster = |((owner, (decisions, measured)), record): ((_, (_, Vec<MeasuredDecision>)), _)| {
        ForecasterRecord { owner, decisions, moved: measured.iter().filter(|one| one.moved).count(), record }
    };
    Ok(owners.into_iter().zip(records).map(forecaster).collect())
}

/// The total impact of the decisions that took effect in a period, each effect shrunk by the variance of the effects of
/// all periods.
pub async fn ledger<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    during: Period,
    by: LedgerGrouping,
) -> Result<ImpactLedger, StoreError> {
    ledger_of(connection, calendar, during, by, None).await
}

/// The same as of a cutoff in the past.
pub async fn ledger_as_of<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    during: Period,
    by: LedgerGrouping,
    cutoff: KnowledgeCutoff,
) -> Result<ImpactLedger, StoreError> {
    ledger_of(connection, calendar, during, by, Some(cutoff)).await
}

async fn ledger_of<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    during: Period,
    by: LedgerGrouping,
    cutoff: Option<KnowledgeCutoff>,
) -> Result<ImpactLedger, StoreError> {
    let portfolio = measured_decisions(connection, logged_in_time(connection, calendar, cutoff).await?, cutoff).await?;
    let mut groups: BTreeMap<LedgerKey, Vec<usize>> = BTreeMap::new();
    let mut all = Vec::new();
    for (place, measured) in portfolio.iter().enumerate() {
        let day = measured.decision.takes_effect_on;
        if during.contains(day) {
            all.push(place);
            groups.entry(by.key(&measured.decision)).or_default().push(place);
        }
    }
    let effects: Vec<MeasuredEffect> = portfolio.iter().map(|measured| measured.effect).collect();
    let keys: Vec<LedgerKey> = groups.keys().cloned().collect();
    let mut totals = portfolio::totals(&effects, &groups.into_values().chain([all]).collect::<Vec<_>>(), LEVEL);
    let total = totals.pop().unwrap_or_else(|| portfolio::empty_total(LEVEL));
    Ok(ImpactLedger { total, entries: keys.into_iter().zip(totals).collect() })
}

/// The decisions that were logged before they took effect.
async fn logged_in_time<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    cutoff: Option<KnowledgeCutoff>,
) -> Result<Vec<DecisionRow>, StoreError> {
    let mut decisions = store::decision::all(connection).await?;
    decisions.retain(|decision| !is_retrospective(decision, calendar));
    decisions.retain(|decision| cutoff.is_none_or(|cutoff| decision.logged_at < cutoff.before));
    Ok(decisions)
}

/// The decisions whose newest review has an effect that is not confounded.
async fn measured_decisions<C: ConnectionTrait>(
    connection: &C,
    decisions: Vec<DecisionRow>,
    cutoff: Option<KnowledgeCutoff>,
) -> Result<Vec<MeasuredDecision>, StoreError> {
    let ids: Vec<_> = decisions.iter().map(|decision| decision.id).collect();
    let mut newest = match cutoff {
        None => store::decision_review::newest(connection, &ids).await?,
        Some(cutoff) => store::decision_review::newest_until(connection, &ids, cutoff.monday).await?,
    };
    let found = decisions.into_iter().filter_map(|decision| {
        let review = newest.remove(&decision.id)?;
        MeasuredDecision::new(decision, &review)
    });
    Ok(found.collect())
}

impl MeasuredDecision {
    /// `None` where the review has no effect, or its effect is confounded with another decision's.
    fn new(decision: DecisionRow, review: &ReviewRow) -> Option<Self> {
        let (effect, standard_error) = (review.effect?, review.standard_error?);
        let moved = match review.verdict {
            Verdict::Confounded => return None,
            Verdict::MovedUp | Verdict::MovedDown => true,
            Verdict::DidNotMove | Verdict::TooEarly | Verdict::NotEnoughData => false,
        };
        let is_measured = effect.is_finite() && standard_error > 0.0;
        is_measured.then_some(Self { decision, effect: MeasuredEffect { effect, standard_error }, moved })
    }

    fn forecast(&self) -> JudgedForecast {
        JudgedForecast {
            forecast: ImpactForecast { impact: self.decision.expected_impact, range: range(&self.decision) },
            effect: self.effect.effect,
            standard_error: self.effect.standard_error,
        }
    }
}

/// The range that the owner gave; where only one end was given, the other is as far from the impact.
fn range(decision: &DecisionRow) -> Option<ExpectedRange> {
    let mirrored = |end: f64| 2.0 * decision.expected_impact - end;
    let (low, high) = match (decision.expected_low, decision.expected_high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, mirrored(low)),
        (None, Some(high)) => (mirrored(high), high),
        (None, None) => return None,
    };
    Some(ExpectedRange { low, high, level: decision.expected_level })
}

impl LedgerGrouping {
    fn key(self, decision: &DecisionRow) -> LedgerKey {
        match self {
            Self::Owner => LedgerKey::Owner(decision.owner.clone()),
            Self::Segment => LedgerKey::Segment(decision.segment_id),
        }
    }
}
