//! Segments, their scores, and the primary customer.

mod mutation;
mod score;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::segment::Model as SegmentRow;
use entity::store;
use entity::store::page::{RowPosition, SortKey};
use entity::{Database, Day, Filter};
use needle_analytics::score as scores;

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::customer::Customer;
use super::decision::Decision;
use super::error::ApiError;
use super::filter::{DateRange, period};
use super::loaders::SegmentScoresKey;
use super::node_id::NodeKind;
use super::nps::{GrainEnum, Nps, NpsPeriods, NpsSlice};
use super::scalar::Json;
use super::scope::RequestScope;

pub use mutation::SegmentMutation;
use score::{PrimaryDeclaration, SegmentScore};

/// A named group of customers, as its stored row.
#[derive(Clone)]
pub struct Segment(pub SegmentRow);

/// A named group of customers, by their attributes.
#[Object]
impl Segment {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::Segment.id(self.0.id.0)
    }

    /// The segment's key; unique.
    fn key(&self) -> &str {
        &self.0.key
    }

    /// The name that is shown.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What the segment is about; null when no description was given.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The filter that defines it today, in the shape of the input `ProfileFilter`. The reviews of a decision use the
    /// definition of the day on which it was logged.
    async fn filter(&self, context: &Context<'_>) -> Result<Json> {
        let filter = self.definition(RequestScope::of(context)?).await?;
        Ok(Json(serde_json::to_value(filter.as_ref())?))
    }

    /// True for the primary customer.
    async fn is_primary(&self, context: &Context<'_>) -> Result<bool> {
        Ok(RequestScope::of(context)?.primary().await? == Some(self.0.id))
    }

    /// The customers who belong to it by their current attributes, by external id.
    async fn customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Customer>> {
        let paging = PageArguments { first, after, last, before };
        Customer::page_of_segment(RequestScope::of(context)?, self.0.definition_id, &paging).await
    }

    /// The score of the newest complete week before the published run's as-of day; null before the first run.
    async fn current(&self, context: &Context<'_>) -> Option<Result<SegmentScore>> {
        async {
            let scope = RequestScope::of(context)?;
            let analytics = scope.analytics().await?;
            let Some(publication) = &analytics.publication else { return Ok(None) };
            let complete = publication.as_of.monday();
            let of = SegmentScoresKey {
                segment: self.0.id,
                version: publication.version,
                from: Some(complete.plus_days(-7)),
                until: Some(complete),
            };
            let rows = scope.loaders().scores.load(of).await?.unwrap_or_default();
            let filter = self.definition(scope).await?;
            Ok(scores::current(&analytics, &filter, &rows).map(SegmentScore))
        }
        .await
        .transpose()
    }

    /// Its score in any range of days, from the published data: that of a slice with its filter.
    async fn nps(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "When; null means always.")] during: Option<DateRange>,
        #[graphql(desc = "The range to compare with; null compares nothing.")] compare_to: Option<DateRange>,
    ) -> Result<Nps> {
        let scope = RequestScope::of(context)?;
        let slice = NpsSlice::Segment(self.definition(scope).await?);
        Nps::of_slice(scope, slice, NpsPeriods::of(during, compare_to)?).await
    }

    /// The published scores over time, bucket by bucket without gaps; only weeks that are complete.
    async fn scores(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "When; null means from the first response on.")] during: Option<DateRange>,
        #[graphql(desc = "The length of the buckets.", default_with = "GrainEnum::Week")] grain: GrainEnum,
    ) -> Result<Vec<SegmentScore>> {
        let scope = RequestScope::of(context)?;
        let (during, grain) = (period("during", during)?, needle_analytics::period::SeriesGrain::from(grain));
        let analytics = scope.analytics().await?;
        let Some(publication) = &analytics.publication else { return Ok(Vec::new()) };
        let of = SegmentScoresKey {
            segment: self.0.id,
            version: publication.version,
            from: during.from.map(Day::monday),
            until: during.until,
        };
        let loaders = scope.loaders();
        // Only weekly scores are stored; other buckets are summed out of the cube.
        let rows = match grain {
            needle_analytics::period::SeriesGrain::Week => loaders.scores.load(of).await?.unwrap_or_default(),
            _ => Arc::default(),
        };
        let filter = self.definition(scope).await?;
        let points = scope.analyse(move |analytics| scores::points(analytics, &filter, &rows, during, grain)).await?;
        Ok(points.into_iter().map(SegmentScore).collect())
    }

    /// The decisions that target it, the latest to take effect first.
    async fn decisions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Decision>> {
        Decision::page_of_segment(RequestScope::of(context)?, self.0.id, &PageArguments { first, after, last, before })
            .await
    }
}

impl Segment {
    async fn definition(&self, scope: &RequestScope) -> Result<Arc<Filter>> {
        let missing_definition = || ApiError::Internal(format!("the definition of segment {} is gone", self.0.id.0));
        Ok(scope.loaders().filters.load(self.0.definition_id).await?.ok_or_else(missing_definition)?)
    }
}

/// A filter for segments.
#[derive(InputObject)]
pub struct SegmentFilter {
    /// True: only the primary customer. False: all others.
    is_primary: Option<bool>,
}

/// Queries for segments.
#[derive(Default)]
pub struct SegmentQuery;

#[Object]
impl SegmentQuery {
    /// The segments, by key.
    async fn segments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which segments; null means all.")] filter: Option<SegmentFilter>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Segment>> {
        let scope = RequestScope::of(context)?;
        let is_primary = filter.and_then(|filter| filter.is_primary);
        page(scope.database().clone(), is_primary, &PageArguments { first, after, last, before }).await
    }

    /// The segment with this key; null when there is none.
    async fn segment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The segment's key.")] key: String,
    ) -> Option<Result<Segment>> {
        async {
            let scope = RequestScope::of(context)?;
            Ok(store::segment::by_key(scope.database().reader(), &key).await?.map(Segment))
        }
        .await
        .transpose()
    }

    /// All declarations of the primary customer, the newest, which is in force, first.
    async fn primary_declarations(&self, context: &Context<'_>) -> Result<Vec<PrimaryDeclaration>> {
        let scope = RequestScope::of(context)?;
        let declarations = store::segment::declarations(scope.database().reader()).await?;
        Ok(declarations.into_iter().map(PrimaryDeclaration).collect())
    }
}

async fn page(database: Database, is_primary: Option<bool>, paging: &PageArguments) -> Result<Connection<Segment>> {
    let cursors = CursorKind::new("segments", SortKeyKind::Text);
    let page = paging.page(&cursors)?;
    let rows = store::segment::list(database.reader(), is_primary, &page).await?;
    let position = |row: &SegmentRow| RowPosition { key: SortKey::Text(row.key.clone()), id: row.id.0 };
    let count = move || {
        let database = database.clone();
        async move { Ok(store::segment::count(database.reader(), is_primary).await?) }
    };
    Ok(Connection::new(rows, &cursors, position, Segment, count))
}
