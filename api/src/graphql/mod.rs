//! The GraphQL API: one module per noun, executed by [`execute`] for HTTP and the command line alike.
//!
//! Resolvers hold no SQL and no statistics: they ask the store, the jobs and the published figures.

pub mod access;
mod audit;
mod connection;
mod customer;
mod decision;
mod detectability;
mod dimension;
pub mod error;
mod execute;
mod expansion;
mod figures;
mod filter;
mod forecaster;
mod id;
mod ledger;
mod loader;
mod loaders;
mod node;
mod nps;
pub mod operation;
pub(crate) mod random;
mod response;
mod review;
mod run;
mod scalar;
mod schedule;
mod scope;
mod segment;
#[cfg(test)]
mod statements;
mod user_error;
mod viewer;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder};
use entity::store::dimension::VALUES_LIMIT;
use jobs::recompute::{Background, Workplace};

use access::guard::{Guard, asks_beyond};
pub use execute::{Executed, execute, execute_under, is_request_error};
use figures::FiguresCache;
pub use viewer::role_name;

use crate::auth::Viewer;
use crate::metrics::Metrics;

/// How deep a query may nest.
const DEPTH_LIMIT: usize = 20;

/// What a query may cost: a field costs 1, a list as often as it may hold nodes, a free slice as
/// [`nps::SLICE_COST`] says. A page of 100 decisions with their newest reviews week by week costs about 20,000.
const COMPLEXITY_LIMIT: usize = 400_000;

/// The most directives on one field: `@skip` and `@include` are all there are.
const DIRECTIVES_LIMIT: usize = 4;

/// Everything that can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    customer::CustomerQuery,
    response::ResponseQuery,
    segment::SegmentQuery,
    decision::DecisionQuery,
    detectability::DetectabilityQuery,
    forecaster::ForecasterQuery,
    ledger::LedgerQuery,
    run::RunQuery,
    schedule::ScheduleQuery,
    dimension::DimensionQuery,
    nps::NpsQuery,
    audit::AuditQuery,
);

/// Everything that can be changed. Each mutation takes one `input` and answers with a payload: what went wrong with
/// the input is in its `userErrors`.
#[derive(Default, MergedObject)]
pub struct Mutation(
    customer::CustomerMutation,
    response::ResponseMutation,
    segment::SegmentMutation,
    decision::DecisionMutation,
    run::RunMutation,
);

/// The schema, without anything to execute it on.
pub type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

/// When the mutation `recompute` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recompute {
    /// At once, with a run that works on in the background.
    InBackground,
    /// When the run is done.
    Waits,
}

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Groups with fewer responses are suppressed for the role `VIEWER`.
    pub suppress_below: u64,
    /// When the mutation `recompute` answers.
    pub recompute: Recompute,
    /// How long a query may take; mutations are never cut off.
    pub query_timeout: Duration,
    /// What a query may cost; `None` sets no limit, for somebody who has the database at hand.
    pub complexity_limit: Option<usize>,
    /// A name with more distinct values than this is kept out of profiles.
    pub values_limit: usize,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether errors name what was probably meant.
    pub suggestions: bool,
    /// What runs by itself; `None` where nothing does.
    pub schedule: Option<jobs::schedule::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            suppress_below: 5,
            recompute: Recompute::InBackground,
            query_timeout: Duration::from_secs(30),
            complexity_limit: Some(COMPLEXITY_LIMIT),
            values_limit: VALUES_LIMIT,
            introspection: true,
            suggestions: true,
            schedule: None,
        }
    }
}

/// The API of one process. Clones are cheap and share the figures in memory.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    schema: ApiSchema,
    guarded: ApiSchema,
    workplace: Workplace,
    settings: Settings,
    figures: FiguresCache,
    background: Background,
    metrics: Metrics,
}

impl Api {
    /// The API on a database.
    pub fn new(workplace: Workplace, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            schema: builder(&settings).finish(),
            guarded: builder(&settings).extension(Guard).finish(),
            workplace,
            settings,
            figures: FiguresCache::default(),
            background: Background::default(),
            metrics: Metrics::default(),
        }))
    }

    /// The database, calendar and clock.
    pub fn workplace(&self) -> &Workplace {
        &self.0.workplace
    }

    /// What the operator has set.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The runs that work in the background of this process.
    pub fn background(&self) -> &Background {
        &self.0.background
    }

    /// What is measured in this process.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The schema to execute a document with: it looks at every field where the document asks for something that the
    /// viewer may not have.
    fn schema_for(&self, document: &ExecutableDocument, viewer: &Viewer) -> &ApiSchema {
        if asks_beyond(document, viewer) { &self.0.guarded } else { &self.0.schema }
    }

    fn figures(&self) -> &FiguresCache {
        &self.0.figures
    }
}

/// The schema with its limits, without the rules of access. Needs no database.
pub fn build_schema(complexity_limit: Option<usize>) -> ApiSchema {
    builder(&Settings { complexity_limit, ..Settings::default() }).finish()
}

fn builder(settings: &Settings) -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    let builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .limit_depth(DEPTH_LIMIT)
        .limit_complexity(settings.complexity_limit.unwrap_or(usize::MAX))
        .limit_directives(DIRECTIVES_LIMIT);
    let builder = if settings.introspection { builder } else { builder.disable_introspection() };
    if settings.suggestions { builder } else { builder.disable_suggestions() }
}

/// The schema in the schema definition language, as `needle schema` prints it and `api/schema.graphql` holds it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident().prefer_single_line_descriptions();
    build_schema(None).sdl_with_options(options)
}
