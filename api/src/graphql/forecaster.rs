//! How accurate each owner's expectations were.

use async_graphql::{Context, Object, Result};
use entity::store::page::{RowPosition, SortKey};
use needle_review::forecast;

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind, page_of};
use super::scope::RequestScope;

/// An owner of decisions, with the statistics of their forecasts.
#[derive(Clone)]
pub struct Forecaster(forecast::ForecasterRecord);

/// An owner of decisions, and the accuracy of their expectations. Decisions logged on or after the day they took effect
/// never count. Every figure is null below two judged decisions, and figures from few decisions are shrunk.
#[Object]
impl Forecaster {
    /// The name of the owner.
    fn owner(&self) -> &str {
        &self.0.owner
    }

    /// How many decisions they logged before they took effect.
    fn decisions(&self) -> usize {
        self.0.decisions
    }

    /// How many of these have a measured effect in their newest review, separated from other decisions': the number of
    /// decisions in every figure below.
    fn judged(&self) -> usize {
        self.0.record.judged
    }

    /// How many of the judged moved the needle, up or down.
    fn moved(&self) -> usize {
        self.0.moved
    }

    /// By how many NPS points the expected impact exceeds the measured effect on average, negative when it falls short;
    /// shrunk towards 0 as far as chance may have caused it.
    fn bias(&self) -> Option<f64> {
        self.0.record.bias
    }

    /// How many points are measured per point expected: 1 when expectations come true, 0 when they are uninformative.
    fn slope(&self) -> Option<f64> {
        self.0.record.slope
    }

    /// The share of the effects' probability, 0 to 1, that lies in the expected ranges; shrunk towards
    /// `expectedCoverage` when few. Null below two judged decisions with a range.
    fn coverage(&self) -> Option<f64> {
        self.0.record.coverage
    }

    /// What `coverage` should be: the mean level of the same ranges. Null like `coverage`.
    fn expected_coverage(&self) -> Option<f64> {
        self.0.record.expected_coverage
    }

    /// The Brier score of the expected direction, against the probability of a rise: 0 is sure and right, 0.25 a coin
    /// toss, 1 sure and wrong; shrunk towards 0.25 when few.
    fn brier(&self) -> Option<f64> {
        self.0.record.brier
    }

    /// By which share the expectations come closer than the forecast "no change" (expected CRPS): 1 at best, 0 for no
    /// closer, negative for farther; shrunk towards 0 when few.
    fn skill(&self) -> Option<f64> {
        self.0.record.skill
    }
}

/// Queries for owners of decisions.
#[derive(Default)]
pub struct ForecasterQuery;

#[Object]
impl ForecasterQuery {
    /// How well each owner's expectations came true, by name.
    async fn forecasters(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Forecaster>> {
        let scope = RequestScope::of(context)?;
        let cursors = CursorKind::new("forecasters", SortKeyKind::Text);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let calendar = scope.api.job_context().calendar.get();
        let found = forecast::forecasters(scope.database().reader(), calendar).await?;
        let total = found.len() as u64;
        let position = |one: &forecast::ForecasterRecord| RowPosition { key: SortKey::Text(one.owner.clone()), id: 0 };
        let rows = page_of(found, &page, false, position);
        let count = move || futures_util::future::ready(Ok(total));
        Ok(Connection::new(rows, &cursors, position, Forecaster, count))
    }
}
