//! The scope of one request: who asks, what time it is, and one version of the figures.
//!
//! Resolvers reach the database through it. What the viewer may ask for at all is decided before them, see
//! [`super::access`].

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
use needle_analytics::cube::run_blocking;
use needle_review::respondent_cache::RespondentCache;
use needle_rules::target::WriteContext;
use tokio::sync::OnceCell;

use super::Api;
use super::audit::{AuditedMutation, MutationCalls};
use super::error::ApiError;
use super::loaders::RequestLoaders;
use crate::auth::Viewer;

/// What one request sees.
pub struct RequestScope {
    /// The process's API.
    pub api: Api,
    /// Who asks.
    pub viewer: Viewer,
    /// The moment of the request.
    pub now: Timestamp,
    /// The mutations that the request calls.
    pub calls: Arc<MutationCalls>,
    snapshot: ArcSwap<RequestSnapshot>,
}

/// The batched look-ups of a request.
pub struct PinnedLoaders(Arc<RequestSnapshot>);

/// What was read once in this request.
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
    /// The decisions.
    pub decisions: Vec<DecisionRow>,
    /// The filters of their targets.
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

    /// The database.
    pub fn database(&self) -> &Database {
        &self.api.job_context().database
    }

    /// The calendar day of the request.
    pub fn today(&self) -> Day {
        self.api.job_context().calendar.day_of(self.now)
    }

    /// Where the rows of a mutation go, signed.
    pub fn target(&self, signed: &AuditedMutation) -> WriteContext {
        let job_context = self.api.job_context();
        WriteContext {
            database: job_context.database.clone(),
            calendar: job_context.calendar,
            now: self.now,
            values_limit: self.api.settings().values_limit,
            signature: Some(signed.0.clone()),
        }
    }

    /// Forgets what was read: a mutation has committed, and the rest of the request shall see it.
    pub fn discard_snapshot(&self) {
        self.snapshot.store(Arc::new(RequestSnapshot::new(self.database())));
    }

    /// The published version's figures, the same for the whole request.
    pub async fn analytics(&self) -> Result<Arc<Analytics>, AnalyticsError> {
        let pinned = self.snapshot.load_full();
        pinned.analytics.get_or_try_init(|| self.api.current_analytics()).await.cloned()
    }

    /// The respondents of the published versions in memory.
    pub fn respondents(&self) -> &RespondentCache {
        self.api.respondents()
    }

    /// Asks the figures something that takes milliseconds of a processor.
    pub async fn analyse<T: Send + 'static>(
        &self,
        analysis: impl FnOnce(&Analytics) -> Result<T, AnalyticsError> + Send + 'static,
    ) -> Result<T, AnalyticsError> {
        let analytics = self.analytics().await?;
        run_blocking(move || analysis(&analytics)).await?
    }

    /// Refuses a filter over attributes that nobody has.
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

    /// What the definition of a target asks; `None` stands for every customer.
    pub async fn target_filter(&self, definition: Option<DefinitionId>) -> Result<Option<Filter>> {
        let Some(id) = definition else { return Ok(None) };
        let missing_definition = || ApiError::Internal(format!("definition {} is gone", id.0));
        let found = self.loaders().filters.load(id).await?.ok_or_else(missing_definition)?;
        Ok(Some(Filter::clone(&found)))
    }

    /// The primary customer.
    pub async fn primary(&self) -> Result<Option<SegmentId>, StoreError> {
        let pinned = self.snapshot.load_full();
        pinned.primary.get_or_try_init(|| store::segment::primary(self.database().reader())).await.copied()
    }

    /// True when a decision has its final review.
    pub async fn has_final_review(&self, decision: DecisionId) -> Result<bool, StoreError> {
        let pinned = self.snapshot.load_full();
        let finally_reviewed = pinned
            .finally_reviewed
            .get_or_try_init(|| store::decision_review::closed(self.database().reader()))
            .await?;
        Ok(finally_reviewed.contains(&decision))
    }

    /// The edition of the published reviews that a list is read from: the newest of the moment when the request first
    /// asked, or the one that the list's cursors were made in, as long as it is kept.
    pub async fn edition(&self, cursor_edition: Option<EditionId>) -> Result<EditionId> {
        let pinned = self.snapshot.load_full();
        let read = || store::decision_standing::editions(self.database().reader());
        let editions = pinned.editions.get_or_try_init(read).await?;
        match cursor_edition {
            None => Ok(*editions.end()),
            Some(asked) if asked < *editions.start() => Err(ApiError::CursorExpired(
                "the cursor belongs to reviews that were replaced more than a day ago: begin again without it"
                    .to_owned(),
            )
            .into()),
            // A run may have published since this request first looked.
            Some(asked) if asked > *editions.end() && asked > *read().await?.end() => {
                Err(ApiError::BadUserInput("the cursor belongs to reviews that do not exist".to_owned()).into())
            }
            Some(asked) => Ok(asked),
        }
    }

    /// All decisions with their targets' definitions.
    pub async fn portfolio(&self) -> Result<Arc<DecisionPortfolio>, StoreError> {
        let pinned = self.snapshot.load_full();
        pinned.portfolio.get_or_try_init(|| DecisionPortfolio::read(self.database())).await.cloned()
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
