//! The needle ledger: what the decisions of a period add up to.

use async_graphql::{Context, Enum, Error, Object, Result, SimpleObject};
use needle_review::forecast::{self, LedgerKey};
use needle_stats::portfolio::PortfolioTotal;

use super::filter::{DateRange, period};
use super::nps::Interval;
use super::scope::RequestScope;
use super::segment::Segment;

/// What the decisions of a ledger are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "LedgerBy", remote = "needle_review::forecast::LedgerGrouping")]
pub enum LedgerByEnum {
    /// Their owners.
    Owner,
    /// Their target segments.
    Segment,
}

/// What some decisions add up to.
#[derive(SimpleObject)]
pub struct LedgerTotal {
    /// The number of decisions with a measured effect.
    decisions: usize,
    /// The sum of their effects in NPS points, each shrunk towards 0 according to how much all decisions' effects vary,
    /// so that lucky estimates do not inflate it. Decisions on different targets add points of different scores.
    points: f64,
    /// The 95 % interval of `points`.
    interval: Interval,
    /// The sum of the effects as estimated, without shrinkage, which overstates.
    unshrunk_points: f64,
}

/// One group of a ledger.
#[derive(SimpleObject)]
pub struct LedgerEntry {
    /// The owner; null when grouped by target.
    owner: Option<String>,
    /// The target; null when grouped by owner, and for decisions on every customer.
    segment: Option<Segment>,
    /// What the group's decisions add up to.
    total: LedgerTotal,
}

/// The points that the decisions of a period moved.
#[derive(SimpleObject)]
pub struct NeedleLedger {
    /// What all decisions of the period add up to.
    total: LedgerTotal,
    /// The totals of the groups.
    entries: Vec<LedgerEntry>,
}

impl From<PortfolioTotal> for LedgerTotal {
    fn from(total: PortfolioTotal) -> Self {
        Self {
            decisions: total.effects,
            points: total.points,
            interval: total.interval.into(),
            unshrunk_points: total.unshrunk,
        }
    }
}

/// Queries for the ledger.
#[derive(Default)]
pub struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// The points moved by the decisions that took effect in a range of days, by their newest reviews. Decisions logged
    /// on or after the day they took effect never count, nor do effects that cannot be separated from those of other
    /// decisions.
    async fn needle_ledger(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "When they took effect; null means always.")] during: Option<DateRange>,
        #[graphql(desc = "What to group them by.", default_with = "LedgerByEnum::Owner")] by: LedgerByEnum,
    ) -> Result<NeedleLedger> {
        let scope = RequestScope::of(context)?;
        let calendar = scope.api.job_context().calendar.get();
        let found = forecast::ledger(scope.database().reader(), calendar, period("during", during)?, by.into()).await?;
        let loaders = scope.loaders();
        let entry = |(key, total): (LedgerKey, PortfolioTotal)| {
            let loaders = &loaders;
            async move {
                let (owner, segment) = match key {
                    LedgerKey::Owner(owner) => (Some(owner), None),
                    LedgerKey::Segment(None) => (None, None),
                    LedgerKey::Segment(Some(id)) => (None, loaders.segments.load(id).await?.map(Segment)),
                };
                Ok::<_, Error>(LedgerEntry { owner, segment, total: total.into() })
            }
        };
        let entries = futures_util::future::try_join_all(found.entries.into_iter().map(entry)).await?;
        Ok(NeedleLedger { total: found.total.into(), entries })
    }
}
