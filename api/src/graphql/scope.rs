//! The scope of one request: its viewer, its time, and one published version of the data.
//!
//! Resolvers reach the database through it. Whether the viewer may select a field is decided before its resolver runs,
//! see [`super::access`].
//!
//! Every selected field of every object is a future of its own, as large as the largest field of its type, so what only
//! some fields wait for is boxed here: the futures of a decision's fields went from 11 kB to one, and a list of decisions
//! takes a quarter fewer instructions.

use std::collections::{HashMap, HashSet};
use std::ops::{Deref, RangeInclusive};
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_graphql::{Context, Result};
use entity::decision::{DecisionId, Model as DecisionRow};
use entity::review_edition::EditionId;
use entity::segment::SegmentId;
use entity::segment_definition::DefinitionId;
use entity::{Database, Day, Filter, StoreError, Timestamp, store};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::work::run_blocking;
use needle_review::respondent_cache::RespondentCache;
use needle_rules::target::WriteContext;
use tokio::sync::OnceCell;

use super::Api;
use super::audit::{AuditedMutation, MutationCalls};
use super::error::ApiError;
use super::loaders::RequestLoaders;
use crate::auth::Viewer;

/// Data that one request reads, consistent for its duration.
pub struct RequestScope {
    /// The API of the process, with its caches and settings.
    pub api: Api,
    /// The viewer that the request is executed as.
    pub viewer: Viewer,
    /// When the request began.
    pub now: Timestamp,
    /// The mutations that the request calls, for the audit log.
    pub calls: Arc<MutationCalls>,
    snapshot: ArcSwap<RequestSnapshot>,
}

/// The batched look-ups of a request, on the snapshot that was current when they were taken.
pub struct PinnedLoaders(Arc<RequestSnapshot>);

/// Data that a request reads once and then reuses.
struct RequestSnapshot {
    loaders: RequestLoaders,
    analytics: OnceCell<Arc<Analytics>>,
    primary: OnceCell<Option<SegmentId>>,
    finally_reviewed: OnceCell<HashSet<DecisionId>>,
    editions: OnceCell<RangeInclusive<EditionId>>,
    portfolio: OnceCell<Arc<DecisionPortfolio>>,
}

/// All decisions, and the definitions of their targets.
pub struct DecisionPortfolio {
    /// All stored decisions, reversed ones included.
    pub decisions: Vec<DecisionRow>,
    /// The filters of their targets, by segment definition.
    pub filters: HashMap<DefinitionId, Filter>,
}

impl RequestScope {
    /// The scope of a request that starts now.
    pub fn new(api: Api, viewer: Viewer) -> Self {
        let now = api.job_context().clock.now();
        let snapshot = ArcSwap::from_pointee(RequestSnapshot::new(&api.job_context().database));
        Self { api, viewer, now, calls: Arc::default(), snapshot }
    }

    /// The scope of the request that a resolver works for.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        let missing = || ApiError::Internal("a request was executed without its scope".to_owned());
        Ok(context.data_opt::<Self>().ok_or_else(missing)?)
    }

    /// The database of the process.
    pub fn database(&self) -> &Database {
        &self.api.job_context().database
    }

    /// The calendar day of the request.
    pub fn today(&self) -> Day {
        self.api.job_context().calendar.get().day_of(self.now)
    }

    /// The context in which a mutation writes its rows and its audit entry.
    pub fn target(&self, audited: &AuditedMutation) -> WriteContext {
        let job_context = self.api.job_context();
        WriteContext {
            database: job_context.database.clone(),
            calendar: job_context.calendar.get(),
            now: self.now,
            attribute_limits: self.api.settings().attribute_limits,
            signature: Some(audited.0.clone()),
            import: None,
        }
    }

    /// Discards the snapshot after a commit, so that later fields see the change.
    pub fn discard_snapshot(&self) {
        self.snapshot.store(Arc::new(RequestSnapshot::new(self.database())));
    }

    /// The analytics of the published version, the same for the whole request.
    pub async fn analytics(&self) -> Result<Arc<Analytics>, AnalyticsError> {
        let pinned = self.snapshot.load_full();
        pinned.analytics.get_or_try_init(|| Box::pin(self.api.current_analytics())).await.cloned()
    }

    /// The cached respondents of the published versions.
    pub fn respondents(&self) -> &RespondentCache {
        self.api.respondents()
    }

    /// Runs an analytics query on a blocking thread.
    pub async fn analyse<T: Send + 'static>(
        &self,
        analysis: impl FnOnce(&Analytics) -> Result<T, AnalyticsError> + Send + 'static,
    ) -> Result<T, AnalyticsError> {
        let analytics = self.analytics().await?;
        Box::pin(run_blocking(move || analysis(&analytics))).await?
    }

    /// Rejects a filter over unknown attributes.
    pub async fn check_filter(&self, filter: Option<&Filter>) -> Result<(), AnalyticsError> {
        match filter {
            None => Ok(()),
            Some(_) => self.analytics().await?.check(filter),
        }
    }

    /// The request's batched look-ups.
    pub fn loaders(&self) -> PinnedLoaders {
        PinnedLoaders(self.snapshot.load_full())
    }

    /// The filter of a target's definition; `None` means every customer.
    pub async fn target_filter(&self, definition: Option<DefinitionId>) -> Result<Option<Filter>> {
        let Some(id) = definition else { return Ok(None) };
        let missing_definition = || ApiError::Internal(format!("definition {} is gone", id.0));
        let found = self.loaders().filters.load(id).await?.ok_or_else(missing_definition)?;
        Ok(Some(Filter::clone(&found)))
    }

    /// The segment that is the primary customer; `None` before the first declaration.
    pub async fn primary(&self) -> Result<Option<SegmentId>, StoreError> {
        let pinned = self.snapshot.load_full();
        pinned.primary.get_or_try_init(|| Box::pin(store::segment::primary(self.database().reader()))).await.copied()
    }

    /// True when a decision has its final review.
    pub async fn has_final_review(&self, decision: DecisionId) -> Result<bool, StoreError> {
        let pinned = self.snapshot.load_full();
        let finally_reviewed = pinned
            .finally_reviewed
            .get_or_try_init(|| Box::pin(store::decision_review::closed(self.database().reader())))
            .await?;
        Ok(finally_reviewed.contains(&decision))
    }

    /// The edition of the published reviews that a list is read from: the newest at the time of the request's first
    /// look, or the one that the list's cursors were made in, while it is kept.
    pub async fn edition(&self, cursor_edition: Option<EditionId>) -> Result<EditionId> {
        let pinned = self.snapshot.load_full();
        let read = || Box::pin(store::decision_standing::editions(self.database().reader()));
        let editions = pinned.editions.get_or_try_init(read).await?;
        match cursor_edition {
            None => Ok(*editions.end()),
            Some(requested) if requested < *editions.start() => Err(ApiError::CursorExpired(
                "the cursor belongs to reviews that were replaced more than a day ago: start again without it"
                    .to_owned(),
            )
            .into()),
            // A run may have published since this request first looked.
            Some(requested) if requested > *editions.end() && requested > *read().await?.end() => {
                Err(ApiError::BadUserInput("the cursor belongs to reviews that do not exist".to_owned()).into())
            }
            Some(requested) => Ok(requested),
        }
    }

    /// All decisions with their targets' definitions.
    pub async fn portfolio(&self) -> Result<Arc<DecisionPortfolio>, StoreError> {
        let pinned = self.snapshot.load_full();
        pinned.portfolio.get_or_try_init(|| Box::pin(DecisionPortfolio::read(self.database()))).await.cloned()
    }
}

impl RequestSnapshot {
    fn new(database: &Database) -> Self {
        Self {
            loaders: RequestLoaders::new(database),
            analytics: OnceCell::new(),
            primary: OnceCell::new(),
            finally_reviewed: OnceCell::new(),
            editions: OnceCell::new(),
            portfolio: OnceCell::new(),
        }
    }
}

impl Deref for PinnedLoaders {
    type Target = RequestLoaders;

    fn deref(&self) -> &RequestLoaders {
        &self.0.loaders
    }
}

impl DecisionPortfolio {
    async fn read(database: &Database) -> Result<Arc<Self>, StoreError> {
        let decisions = store::decision::all(database.reader()).await?;
        let definitions: HashSet<DefinitionId> =
            decisions.iter().filter_map(|decision| decision.definition_id).collect();
        let filters = store::segment::filters(database.reader(), &Vec::from_iter(definitions)).await?;
        Ok(Arc::new(Self { decisions, filters }))
    }
}
