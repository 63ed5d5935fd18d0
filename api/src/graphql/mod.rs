//! The GraphQL API: one module per noun, executed by [`execute()`] for HTTP and the command line alike.
//!
//! Resolvers hold no SQL and no statistics: they call the store, the jobs and the published analytics.

pub mod access;
mod audit;
mod cache;
mod connection;
mod cost;
mod customer;
mod decision;
mod delivery;
mod detectability;
mod dimension;
pub mod document;
pub mod error;
mod execute;
mod filter;
mod forecaster;
mod hook_delivery;
mod import;
mod ledger;
pub mod limit;
mod loader;
mod loaders;
mod node;
mod node_id;
mod nps;
mod nps_group;
pub mod operation;
pub(crate) mod random;
mod response;
mod review;
mod run;
mod scalar;
mod schedule;
mod scope;
mod segment;
mod subscription;
#[cfg(test)]
mod tests;
mod user_error;
mod viewer;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{MergedObject, SDLExportOptions, Schema, SchemaBuilder};
use entity::StoreError;
use jobs::doctor::DoctorFinding;
use jobs::recompute::{BackgroundRuns, RunContext};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::cache::AnalyticsCache;
use needle_review::respondent_cache::RespondentCache;
use needle_rules::dimension::AttributeLimits;

use access::guard::{AccessGuard, exceeds_access};
pub use cache::CACHE_BYTES;
use cache::ResultCache;
use document::DocumentStore;
pub use execute::{ExecutionRequest, ExecutionResult, execute, is_request_error};
use limit::budget::CostBudgets;
use limit::{RequestLimits, SchemaPrices};
use subscription::Subscription;
pub use subscription::SubscriptionStep;
pub use viewer::role_name;

use crate::auth::Viewer;
use crate::limits::ConnectionLimits;
use crate::live::{LiveHub, LiveTimings};
use crate::metrics::Metrics;

/// The nesting depth of selections that async-graphql allows: more than the limits of [`limit`], which are checked
/// first.
const RECURSION_LIMIT: usize = 100;

/// The root of queries: everything that can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    cost::CostQuery,
    customer::CustomerQuery,
    response::ResponseQuery,
    segment::SegmentQuery,
    decision::DecisionQuery,
    detectability::DetectabilityQuery,
    forecaster::ForecasterQuery,
    ledger::LedgerQuery,
    run::RunQuery,
    schedule::ScheduleQuery,
    delivery::DeliveryQuery,
    hook_delivery::HookDeliveryQuery,
    import::ImportQuery,
    dimension::DimensionQuery,
    nps::NpsQuery,
    audit::AuditQuery,
);

/// The root of mutations. Each takes one `input` and returns a payload; errors in the input are listed in its
/// `userErrors`.
#[derive(Default, MergedObject)]
pub struct Mutation(
    customer::CustomerMutation,
    customer::CustomerMergeMutation,
    response::ResponseMutation,
    segment::SegmentMutation,
    decision::DecisionMutation,
    run::RunMutation,
    import::ImportMutation,
);

/// The schema of async-graphql. Each request brings the scope in which its resolvers run, see [`execute()`].
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// When the mutation `recompute` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecomputeMode {
    /// At once, while the run continues in the background.
    Background,
    /// After the run has ended.
    Foreground,
}

/// Settings of the API, from the configuration.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Groups with fewer responses are suppressed for the role `VIEWER`.
    pub suppress_below: u64,
    /// When the mutation `recompute` returns.
    pub recompute: RecomputeMode,
    /// The time limit of a query; mutations have none.
    pub query_timeout: Duration,
    /// Limits on the connections of the server.
    pub connections: ConnectionLimits,
    /// Limits on one request, and the budget of a token.
    pub limits: RequestLimits,
    /// Intervals and timeouts of subscriptions.
    pub live_timings: LiveTimings,
    /// The persisted and trusted documents that clients may name over HTTP.
    pub documents: Arc<DocumentStore>,
    /// The memory for cached results, in bytes; 0 turns the cache off.
    pub result_cache_bytes: u64,
    /// How many attributes and values there may be.
    pub attribute_limits: AttributeLimits,
    /// Whether clients may introspect the schema.
    pub introspection: bool,
    /// Whether validation errors suggest similar names.
    pub suggestions: bool,
    /// The schedule of recomputes and reports; `None` where nothing is scheduled.
    pub schedule: Option<jobs::schedule::ScheduleSettings>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            suppress_below: 5,
            recompute: RecomputeMode::Background,
            query_timeout: Duration::from_secs(30),
            connections: ConnectionLimits::default(),
            limits: RequestLimits::default(),
            live_timings: LiveTimings::default(),
            documents: Arc::default(),
            result_cache_bytes: CACHE_BYTES,
            attribute_limits: AttributeLimits::default(),
            introspection: true,
            suggestions: true,
            schedule: None,
        }
    }
}

/// The API of one process. Clones are cheap and share all caches.
#[derive(Clone)]
pub struct Api(Arc<ApiInner>);

struct ApiInner {
    schema: ApiSchema,
    guarded_schema: ApiSchema,
    prices: SchemaPrices,
    budgets: CostBudgets,
    cache: ResultCache,
    job_context: RunContext,
    settings: ApiSettings,
    analytics_cache: AnalyticsCache,
    respondents: RespondentCache,
    background: BackgroundRuns,
    live: LiveHub,
    metrics: Metrics,
    damage: ArcSwap<Vec<DoctorFinding>>,
}

impl Api {
    /// The API over a database, with empty caches.
    pub fn new(job_context: RunContext, settings: ApiSettings) -> Self {
        let metrics = Metrics::default();
        Self(Arc::new(ApiInner {
            schema: builder(&settings).finish(),
            guarded_schema: builder(&settings).extension(AccessGuard).finish(),
            prices: SchemaPrices::of_schema(&sdl()),
            budgets: CostBudgets::new(settings.limits.cost_per_second),
            cache: ResultCache::new(settings.result_cache_bytes),
            live: LiveHub::new(&settings.limits, settings.live_timings, &metrics),
            job_context,
            settings,
            analytics_cache: AnalyticsCache::default(),
            respondents: RespondentCache::default(),
            background: BackgroundRuns::default(),
            metrics,
            damage: ArcSwap::default(),
        }))
    }

    /// The database, calendar and clock that resolvers share with the jobs.
    pub fn job_context(&self) -> &RunContext {
        &self.0.job_context
    }

    /// The settings that the API was made with.
    pub fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    /// The recomputes that this process runs in the background.
    pub fn background(&self) -> &BackgroundRuns {
        &self.0.background
    }

    /// The change feed and the open subscriptions of this process.
    pub fn live(&self) -> &LiveHub {
        &self.0.live
    }

    /// The metrics of this process.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What was damaged in the database when it was last read as a whole.
    pub fn damage(&self) -> Arc<Vec<DoctorFinding>> {
        self.0.damage.load_full()
    }

    /// Records what is damaged in the database.
    pub fn set_damage(&self, found: Vec<DoctorFinding>) {
        self.metrics().damage_found(found.len());
        self.0.damage.store(Arc::new(found));
    }

    /// The query budgets of viewers in this process.
    pub fn budgets(&self) -> &CostBudgets {
        &self.0.budgets
    }

    fn cache(&self) -> &ResultCache {
        &self.0.cache
    }

    fn prices(&self) -> &SchemaPrices {
        &self.0.prices
    }

    /// The schema to execute a document with: one that checks access to every field if the document selects a field
    /// that is forbidden to the viewer, otherwise one without these checks.
    fn schema_for(&self, document: &ExecutableDocument, viewer: &Viewer) -> &ApiSchema {
        if exceeds_access(document, viewer) { &self.0.guarded_schema } else { &self.0.schema }
    }

    /// The published analytics, loaded again once a newer version is published.
    pub async fn current_analytics(&self) -> Result<Arc<Analytics>, AnalyticsError> {
        let RunContext { database, calendar, .. } = self.job_context();
        let mut is_loaded = false;
        let on_load = || {
            is_loaded = true;
            self.metrics().figures_loaded();
        };
        let analytics = self.analytics_cache().current(database, calendar.get(), on_load).await?;
        // The first version in another time zone; one that was in memory already may be older than the change.
        if is_loaded {
            calendar.set(analytics.calendar);
        }
        Ok(analytics)
    }

    /// Drops what this process holds in memory of earlier versions of the data.
    pub async fn drop_outdated(&self) -> Result<(), StoreError> {
        self.cache().drop_outdated(self).await;
        self.analytics_cache().drop_outdated(&self.job_context().database).await?;
        self.respondents().drop_outdated();
        Ok(())
    }

    fn analytics_cache(&self) -> &AnalyticsCache {
        &self.0.analytics_cache
    }

    fn respondents(&self) -> &RespondentCache {
        &self.0.respondents
    }
}

/// The schema without access checks, to print it. Needs no database.
pub fn build_schema() -> ApiSchema {
    builder(&ApiSettings::default()).finish()
}

/// async-graphql's own limits stay off, except on recursion: [`limit`] measures a document before it is executed.
fn builder(settings: &ApiSettings) -> SchemaBuilder<Query, Mutation, Subscription> {
    let builder =
        Schema::build(Query::default(), Mutation::default(), Subscription).limit_recursive_depth(RECURSION_LIMIT);
    let builder = if settings.introspection { builder } else { builder.disable_introspection() };
    if settings.suggestions { builder } else { builder.disable_suggestions() }
}

/// The schema in the schema definition language, as `needle schema` prints it and `api/schema.graphql` holds it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident().prefer_single_line_descriptions();
    build_schema().sdl_with_options(options)
}
