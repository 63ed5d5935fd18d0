//! Everything that the resolvers of one request look up by key.

use std::collections::HashMap;
use std::sync::Arc;

use entity::audit_entry::{AuditEntryId, Model as EntryRow};
use entity::customer::{CustomerId, Model as CustomerRow};
use entity::decision::{DecisionId, Model as DecisionRow};
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::import::{ImportId, Model as ImportRow};
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::review_series::Model as SeriesRow;
use entity::run::{Model as RunRow, RunId};
use entity::segment::{Model as SegmentRow, SegmentId};
use entity::segment_definition::DefinitionId;
use entity::segment_score::Model as ScoreRow;
use entity::store::page::{PageRequest, RowPage, RowPosition};
use entity::store::response::ResponseDetail;
use entity::{Attributes, Database, Day, Filter, StoreError, store};

use super::loader::Loader;

/// The scores of one segment in one published version and range of weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentScoresKey {
    /// The segment whose scores are read.
    pub segment: SegmentId,
    /// The published version that the scores belong to.
    pub version: i64,
    /// The first week; `None` without a bound.
    pub from: Option<Day>,
    /// The day after the last week; `None` without a bound.
    pub until: Option<Day>,
}

/// One page of the customers whom a segment's definition holds for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SegmentCustomersKey {
    /// The definition whose filter selects the customers.
    pub definition: DefinitionId,
    /// The page in the order of external ids.
    pub page: PageRequest,
}

type FilterLoader = Loader<DefinitionId, Arc<Filter>>;

/// The look-ups of one request.
pub struct RequestLoaders {
    /// Customers by id.
    pub customers: Loader<CustomerId, CustomerRow>,
    /// Responses by id.
    pub responses: Loader<ResponseId, ResponseRow>,
    /// Profiles by id, without names that represent predicates.
    pub profiles: Loader<ProfileId, Arc<Attributes>>,
    /// Response details: comments, and attributes that are no dimensions, by response.
    pub response_details: Loader<ResponseId, ResponseDetail>,
    /// Pages of customers by segment definition.
    pub segment_customers: Loader<SegmentCustomersKey, Arc<RowPage<CustomerRow>>>,
    /// How many customers a segment definition holds for.
    pub customer_counts: Loader<DefinitionId, u64>,
    /// Segments by id.
    pub segments: Loader<SegmentId, SegmentRow>,
    /// Filters by definition.
    pub filters: Loader<DefinitionId, Arc<Filter>>,
    /// Scores by segment and weeks.
    pub scores: Loader<SegmentScoresKey, Arc<Vec<ScoreRow>>>,
    /// Decisions by id.
    pub decisions: Loader<DecisionId, DecisionRow>,
    /// Decisions by target, in order of effect.
    pub segment_decisions: Loader<SegmentId, Arc<Vec<DecisionRow>>>,
    /// The newest review by decision.
    pub newest_reviews: Loader<DecisionId, Arc<ReviewRow>>,
    /// The positions of reviews in their lists, by decision.
    pub review_positions: Loader<DecisionId, Arc<Vec<RowPosition>>>,
    /// The positions of responses in their lists, by customer.
    pub response_positions: Loader<CustomerId, Arc<Vec<RowPosition>>>,
    /// Reviews by id.
    pub reviews: Loader<ReviewId, Arc<ReviewRow>>,
    /// The packed weekly series of reviews, by review.
    pub review_series: Loader<ReviewId, Arc<SeriesRow>>,
    /// Runs by id.
    pub runs: Loader<RunId, RunRow>,
    /// Entries of the audit log by id.
    pub audit_entries: Loader<AuditEntryId, EntryRow>,
    /// Imports by id.
    pub imports: Loader<ImportId, ImportRow>,
}

/// A loader of rows by id, given the store's function.
macro_rules! by_id {
    ($database:expr, $fetch:path) => {{
        let database = $database.clone();
        Loader::new(move |keys| {
            let database = database.clone();
            async move { $fetch(database.reader(), &keys).await }
        })
    }};
    ($database:expr, $fetch:path, shared) => {{
        let database = $database.clone();
        Loader::new(move |keys| {
            let database = database.clone();
            async move {
                let found = $fetch(database.reader(), &keys).await?;
                Ok(found.into_iter().map(|(key, value)| (key, Arc::new(value))).collect())
            }
        })
    }};
}

impl RequestLoaders {
    /// Look-ups in a database.
    pub fn new(database: &Database) -> Self {
        let filters: FilterLoader = by_id!(database, store::segment::filters, shared);
        Self {
            segment_customers: customers_of(database.clone(), filters.clone()),
            customer_counts: customer_counts(database.clone(), filters.clone()),
            filters,
            customers: by_id!(database, store::customer::by_ids),
            responses: by_id!(database, store::response::by_ids),
            profiles: profiles(database.clone()),
            response_details: by_id!(database, store::response::details),
            segments: by_id!(database, store::segment::by_ids),
            scores: scores(database.clone()),
            decisions: by_id!(database, store::decision::by_ids),
            segment_decisions: by_id!(database, store::decision::of_segments, shared),
            newest_reviews: by_id!(database, store::decision_review::newest, shared),
            review_positions: by_id!(database, store::decision_review::positions, shared),
            response_positions: by_id!(database, store::response::positions, shared),
            reviews: by_id!(database, store::decision_review::by_ids, shared),
            review_series: by_id!(database, store::review_series::by_reviews, shared),
            runs: by_id!(database, store::run::by_ids),
            audit_entries: by_id!(database, store::audit_entry::by_ids),
            imports: by_id!(database, store::import::by_ids),
        }
    }
}

/// Profiles without the names that represent predicates.
fn profiles(database: Database) -> Loader<ProfileId, Arc<Attributes>> {
    Loader::new(move |keys: Vec<ProfileId>| {
        let database = database.clone();
        async move {
            let found = store::profile::by_ids(database.reader(), &keys).await?;
            Ok(found.into_iter().map(|(id, attributes)| (id, Arc::new(attributes.visible()))).collect())
        }
    })
}

/// One statement for each distinct range of weeks: the fields of a query rarely have more than two.
fn scores(database: Database) -> Loader<SegmentScoresKey, Arc<Vec<ScoreRow>>> {
    Loader::new(move |keys: Vec<SegmentScoresKey>| {
        let database = database.clone();
        async move {
            let mut ranges: HashMap<(i64, Option<Day>, Option<Day>), Vec<SegmentId>> = HashMap::new();
            for key in keys {
                ranges.entry((key.version, key.from, key.until)).or_default().push(key.segment);
            }
            let mut found = HashMap::new();
            for ((version, from, until), segments) in ranges {
                let rows =
                    store::segment_score::of_segments(database.reader(), version, &segments, from, until).await?;
                let with_key = |(segment, rows)| (SegmentScoresKey { segment, version, from, until }, Arc::new(rows));
                found.extend(rows.into_iter().map(with_key));
            }
            Ok(found)
        }
    })
}

/// One statement for each distinct page: the fields of a query rarely have more than two.
fn customers_of(database: Database, filters: FilterLoader) -> Loader<SegmentCustomersKey, Arc<RowPage<CustomerRow>>> {
    Loader::over(move |keys: Vec<SegmentCustomersKey>| {
        let (database, filters) = (database.clone(), filters.clone());
        async move {
            let mut pages: HashMap<PageRequest, Vec<DefinitionId>> = HashMap::new();
            for SegmentCustomersKey { definition, page } in keys {
                pages.entry(page).or_default().push(definition);
            }
            let mut found = HashMap::new();
            for (page, definitions) in pages {
                let groups = definitions_with_filters(&filters, definitions).await?;
                let criteria: Vec<&Filter> = groups.iter().map(|(_, filter)| filter.as_ref()).collect();
                let rows = store::customer_group::pages(database.reader(), &criteria, &page).await?;
                let with_key = groups.iter().zip(rows).map(|((definition, _), rows)| {
                    (SegmentCustomersKey { definition: *definition, page: page.clone() }, Arc::new(rows))
                });
                found.extend(with_key);
            }
            Ok(found)
        }
    })
}

fn customer_counts(database: Database, filters: FilterLoader) -> Loader<DefinitionId, u64> {
    Loader::over(move |keys: Vec<DefinitionId>| {
        let (database, filters) = (database.clone(), filters.clone());
        async move {
            let groups = definitions_with_filters(&filters, keys).await?;
            let criteria: Vec<&Filter> = groups.iter().map(|(_, filter)| filter.as_ref()).collect();
            let counts = store::customer_group::counts(database.reader(), &criteria).await?;
            Ok(groups.iter().map(|(definition, _)| *definition).zip(counts).collect())
        }
    })
}

/// Definitions with their filters.
async fn definitions_with_filters(
    filters: &FilterLoader,
    definitions: Vec<DefinitionId>,
) -> Result<Vec<(DefinitionId, Arc<Filter>)>, Arc<StoreError>> {
    let found = definitions.iter().map(|definition| filters.load(*definition));
    let found = futures_util::future::try_join_all(found).await?;
    Ok(definitions.into_iter().zip(found).filter_map(|(definition, filter)| Some((definition, filter?))).collect())
}
