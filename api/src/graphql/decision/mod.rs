//! Decisions: what was decided, what was expected of it, and whether it moved the needle.

mod list;
mod mutation;
mod sensitivity;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::decision::Model as DecisionRow;
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::store;
use entity::store::decision::status;
use entity::store::page::{RowPage, RowPosition};
use entity::verdict::Verdict;
use needle_analytics::work::run_blocking;
use needle_rules::decision::is_retrospective;

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind, page_of};
use super::error::ApiError;
use super::node_id::NodeKind;
use super::review::DecisionReview;
use super::scalar::{Date, DateTime};
use super::scope::RequestScope;
use super::segment::Segment;
use sensitivity::{BeyondHorizon, RankTest};

pub use list::DecisionQuery;
pub use mutation::DecisionMutation;

/// A decision, as its stored row.
#[derive(Clone)]
pub struct Decision(pub DecisionRow);

/// What the owner expects of a decision.
#[derive(SimpleObject)]
pub struct Expectation {
    /// The expected impact, in NPS points.
    impact: f64,
    /// The low end of the expected range, in NPS points; null when the owner gave none.
    low: Option<f64>,
    /// The high end of the expected range, in NPS points; null when the owner gave none.
    high: Option<f64>,
    /// How sure the owner is that the impact lies from `low` to `high`, 0 to 1.
    level: f64,
}

/// The status of a decision, by its dates and reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DecisionStatus", remote = "entity::store::decision::DecisionStatus")]
pub enum DecisionStatusEnum {
    /// It has not taken effect yet.
    Planned,
    /// It is in effect, and its final review is still to come.
    InEffect,
    /// Its final review exists.
    Reviewed,
    /// It was reversed after it took effect.
    Reversed,
    /// It was reversed before it took effect.
    Cancelled,
}

/// A decision, logged with the impact that its owner expects before it takes effect.
#[Object]
impl Decision {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::Decision.id(self.0.id.0)
    }

    /// The company's id of the decision; unique.
    fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// What was decided.
    fn title(&self) -> &str {
        &self.0.title
    }

    /// The reasons for it; null when none were given.
    fn rationale(&self) -> Option<&str> {
        self.0.rationale.as_deref()
    }

    /// The name of the viewer who owns it and its forecast.
    fn owner(&self) -> &str {
        &self.0.owner
    }

    /// When it was logged, as stated by the client.
    fn logged_at(&self) -> DateTime {
        DateTime(self.0.logged_at)
    }

    /// When it was stored.
    fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// The first day of its effect.
    fn takes_effect_on(&self) -> Date {
        Date(self.0.takes_effect_on)
    }

    /// The number of weeks for which its effect is observed.
    fn horizon_weeks(&self) -> i32 {
        self.0.horizon_weeks
    }

    /// The segment it targets; null means every customer. Its reviews use the segment's definition of the day on which
    /// it was logged.
    async fn target(&self, context: &Context<'_>) -> Option<Result<Segment>> {
        async {
            let Some(id) = self.0.segment_id else { return Ok(None) };
            Ok(RequestScope::of(context)?.loaders().segments.load(id).await?.map(Segment))
        }
        .await
        .transpose()
    }

    /// What the owner expects of it. Sealed once the decision takes effect.
    fn expectation(&self) -> Expectation {
        Expectation {
            impact: self.0.expected_impact,
            low: self.0.expected_low,
            high: self.0.expected_high,
            level: self.0.expected_level,
        }
    }

    /// True when it was logged on or after the day it took effect: reviewed, but never counted in calibration.
    fn retrospective(&self, context: &Context<'_>) -> Result<bool> {
        Ok(is_retrospective(&self.0, RequestScope::of(context)?.api.job_context().calendar.get()))
    }

    /// True when it was stored on or after the day it took effect with an earlier `loggedAt`, as files of a company's past
    /// have: that the forecast came first is what the file says.
    fn backdated(&self, context: &Context<'_>) -> Result<bool> {
        Ok(needle_rules::decision::is_backdated(&self.0, RequestScope::of(context)?.api.job_context().calendar.get()))
    }

    /// Its status today.
    async fn status(&self, context: &Context<'_>) -> Result<DecisionStatusEnum> {
        let scope = RequestScope::of(context)?;
        let has_final_review = scope.has_final_review(self.0.id).await?;
        Ok(status(&self.0, has_final_review, scope.today()).into())
    }

    /// The first day on which it no longer applied; null unless it was reversed by today.
    fn reversed_on(&self, context: &Context<'_>) -> Option<Result<Date>> {
        let scope = RequestScope::of(context);
        scope.map(|scope| self.0.reversed_by(scope.today()).map(Date)).transpose()
    }

    /// The day from which it is to be reversed, after today; null without such a plan. `cancelReversal` takes it back.
    fn reversal_planned_on(&self, context: &Context<'_>) -> Option<Result<Date>> {
        let planned = |scope: &RequestScope| match self.0.reversed_by(scope.today()) {
            Some(_) => None,
            None => self.0.reversed_on.map(Date),
        };
        RequestScope::of(context).map(planned).transpose()
    }

    /// When the reversal, or the plan of one, was recorded; null without one.
    fn reversal_recorded_at(&self) -> Option<DateTime> {
        self.0.reversal_recorded_at.map(DateTime)
    }

    /// Why it was reversed, or is to be; null unless it is.
    fn reversal_reason(&self) -> Option<&str> {
        self.0.reversal_reason.as_deref()
    }

    /// True when the verdict of its newest review is `MOVED_UP` or `MOVED_DOWN`, false when it is `DID_NOT_MOVE`,
    /// otherwise null.
    async fn moved_the_needle(&self, context: &Context<'_>) -> Option<Result<bool>> {
        async { Ok(self.newest_review(RequestScope::of(context)?).await?.and_then(|review| moved(review.verdict))) }
            .await
            .transpose()
    }

    /// The newest review: the one with the latest `asOf`; null before the first.
    async fn review(&self, context: &Context<'_>) -> Option<Result<DecisionReview>> {
        async { Ok(self.newest_review(RequestScope::of(context)?).await?.map(DecisionReview)) }.await.transpose()
    }

    /// All reviews, one per week at most, oldest first.
    async fn reviews(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<DecisionReview>> {
        let cursors = CursorKind::new("reviews", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let loaders = RequestScope::of(context)?.loaders();
        // First the positions of reviews, for all decisions at once; then the reviews themselves, for all pages at
        // once.
        let all = loaders.review_positions.load(self.0.id).await?.unwrap_or_default();
        let RowPage { rows, has_previous, has_next } = page_of(all.to_vec(), &page, false, RowPosition::clone);
        let found = rows.into_iter().map(|position| loaders.reviews.load(ReviewId(position.id)));
        let found = futures_util::future::try_join_all(found).await?;
        let reviews = found.into_iter().flatten().map(DecisionReview).collect();
        let rows = RowPage { rows: reviews, has_previous, has_next };
        let position = |review: &DecisionReview| store::decision_review::position(&review.0);
        let total = all.len() as u64;
        let count = move || futures_util::future::ready(Ok(total));
        Ok(Connection::new(rows, &cursors, position, |review| review, count))
    }

    /// Its effect beyond its horizon, as of the published version; null until the horizon is over, and where nothing
    /// can be estimated. It changes no verdict.
    async fn beyond_horizon(&self, context: &Context<'_>) -> Option<Result<BeyondHorizon>> {
        Box::pin(BeyondHorizon::of(context, &self.0)).await.transpose()
    }

    /// A rank test on the raw scores from 0 to 10, shown next to the verdict; null before the first responses after it
    /// took effect. It changes no verdict.
    async fn rank_test(&self, context: &Context<'_>) -> Option<Result<RankTest>> {
        Box::pin(RankTest::of(context, &self.0)).await.transpose()
    }

    /// The other decisions whose weeks of effect overlap this one's and which target some of the same customers: their
    /// effects cannot be separated.
    async fn overlapping(&self, context: &Context<'_>) -> Result<Vec<Decision>> {
        let scope = RequestScope::of(context)?;
        let (analytics, portfolio) = futures_util::join!(scope.analytics(), scope.portfolio());
        let (analytics, portfolio) = (analytics?, portfolio?);
        let decision = self.0.clone();
        let ids = run_blocking(move || {
            needle_review::overlapping(&analytics, &decision, &portfolio.decisions, &portfolio.filters)
        })
        .await?;
        let loaders = scope.loaders();
        let found = futures_util::future::try_join_all(ids.into_iter().map(|id| loaders.decisions.load(id))).await?;
        Ok(found.into_iter().flatten().map(Decision).collect())
    }
}

/// Whether a decision moved the score; `None` when that cannot be determined.
const fn moved(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::MovedUp | Verdict::MovedDown => Some(true),
        Verdict::DidNotMove => Some(false),
        Verdict::TooEarly | Verdict::NotEnoughData | Verdict::Confounded => None,
    }
}

impl Decision {
    async fn newest_review(&self, scope: &RequestScope) -> Result<Option<Arc<ReviewRow>>> {
        Ok(scope.loaders().newest_reviews.load(self.0.id).await?)
    }

    /// The decision of a review.
    pub async fn of_review(scope: &RequestScope, review: &ReviewRow) -> Result<Self> {
        let id = review.decision_id;
        let found = scope.loaders().decisions.load(id).await?;
        Ok(found.map(Self).ok_or_else(|| ApiError::Internal(format!("decision {} is gone", id.0)))?)
    }
}
