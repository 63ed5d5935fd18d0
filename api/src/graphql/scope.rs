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
use needle_analytics::cube::off_thread;
use needle_analytics::figures::{Figures, FiguresError};
use needle_review::respondent_cache::RespondentCache;
use needle_rules::target::Target;
use tokio::sync::OnceCell;

use super::Api;
use super::audit::{Calls, Signed};
use super::error::ApiError;
use super::loaders::Loaders;
use crate::auth::Viewer;

/// What one request sees.
pub struct Scope {
    /// The process's API.
    pub api: Api,
    /// Who asks.
    pub viewer: Viewer,
    /// The moment of the request.
    pub now: Timestamp,
    /// The mutations that the request calls.
    pub calls: Arc<Calls>,
    pinned: ArcSwap<Pinned>,
}

/// The batched look-ups of a request.
pub struct LoadersOf(Arc<Pinned>);

/// What was read once in this request.
struct Pinned {
    loaders: Loaders,
    figures: OnceCell<Arc<Figures>>,
    primary: OnceCell<Option<SegmentId>>,
    closed: OnceCell<HashSet<DecisionId>>,
    editions: OnceCell<RangeInclusive<EditionId>>,
    portfolio: OnceCell<Arc<Portfolio>>,
}

/// All decisions, and the definitions of their targets.
pub struct Portfolio {
    /// The decisions.
    pub decisions: Vec<DecisionRow>,
    /// The filters of their targets.
    pub filters: HashMap<DefinitionId, Filter>,
}

impl Scope {
    /// The scope of a request that starts now.
    pub fn new(api: Api, viewer: Viewer) -> Self {
        let now = api.workplace().clock.now();
        let pinned = ArcSwap::from_pointee(Pinned::new(&api.workplace().database));
        Self { api, viewer, now, calls: Arc::default(), pinned }
    }

    /// The scope of the request that a resolver works for.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        let missing = || ApiError::Internal("a request was executed without its scope".to_owned());
        Ok(context.data_opt::<Self>().ok_or_else(missing)?)
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.api.workplace().database
    }

    /// The calendar day of the request.
    pub fn today(&self) -> Day {
        self.api.workplace().calendar.day_of(self.now)
    }

    /// Where the rows of a mutation go, signed.
    pub fn target(&self, signed: &Signed) -> Target {
        let job_context = self.api.workplace();
        Target {
            database: job_context.database.clone(),
            calendar: job_context.calendar,
            now: self.now,
            values_limit: self.api.settings().values_limit,
            signature: Some(signed.0.clone()),
        }
    }

    /// Forgets what was read: a mutation has committed, and the rest of the request shall see it.
    pub fn forget(&self) {
        self.pinned.store(Arc::new(Pinned::new(self.database())));
    }

    /// The published version's figures, the same for the whole request.
    pub async fn figures(&self) -> Result<Arc<Figures>, FiguresError> {
        let pinned = self.pinned.load_full();
        pinned.figures.get_or_try_init(|| self.api.current_figures()).await.cloned()
    }

    /// The respondents of the published versions in memory.
    pub fn respondents(&self) -> &RespondentCache {
        self.api.respondents()
    }

    /// Asks the figures something that takes milliseconds of a processor.
    pub async fn ask<T: Send + 'static>(
        &self,
        analysis: impl FnOnce(&Figures) -> Result<T, FiguresError> + Send + 'static,
    ) -> Result<T, FiguresError> {
        let analytics = self.figures().await?;
        off_thread(move || analysis(&analytics)).await?
    }

    /// Refuses a filter over attributes that nobody has.
    pub async fn check_filter(&self, filter: Option<&Filter>) -> Result<(), FiguresError> {
        match filter {
            None => Ok(()),
            Some(_) => self.figures().await?.check(filter),
        }
    }

    /// The request's batched look-ups.
    pub fn loaders(&self) -> LoadersOf {
        LoadersOf(self.pinned.load_full())
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
        let pinned = self.pinned.load_full();
        pinned.primary.get_or_try_init(|| store::segment::primary(self.database().reader())).await.copied()
    }

    /// True when a decision has its final review.
    pub async fn is_closed(&self, decision: DecisionId) -> Result<bool, StoreError> {
        let pinned = self.pinned.load_full();
        let finally_reviewed =
            pinned.closed.get_or_try_init(|| store::decision_review::closed(self.database().reader())).await?;
        Ok(finally_reviewed.contains(&decision))
    }

    /// The edition of the published reviews that a list is read from: the newest of the moment when the request first
    /// asked, or the one that the list's cursors were made in, as long as it is kept.
    pub async fn edition(&self, cursor_edition: Option<EditionId>) -> Result<EditionId> {
        let pinned = self.pinned.load_full();
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
    pub async fn portfolio(&self) -> Result<Arc<Portfolio>, StoreError> {
        let pinned = self.pinned.load_full();
        pinned.portfolio.get_or_try_init(|| Portfolio::read(self.database())).await.cloned()
    }
}

impl Pinned {
    fn new(database: &Database) -> Self {
        Self {
            loaders: Loaders::new(database),
            figures: OnceCell::new(),
            primary: OnceCell::new(),
            closed: OnceCell::new(),
            editions: OnceCell::new(),
            portfolio: OnceCell::new(),
        }
    }
}

impl Deref for LoadersOf {
    type Target = Loaders;

    fn deref(&self) -> &Loaders {
        &self.0.loaders
    }
}

impl Portfolio {
    async fn read(database: &Database) -> Result<Arc<Self>, StoreError> {
        let decisions = store::decision::all(database.reader()).await?;
        let definitions: HashSet<DefinitionId> =
            decisions.iter().filter_map(|decision| decision.definition_id).collect();
        let filters = store::segment::filters(database.reader(), &Vec::from_iter(definitions)).await?;
        Ok(Arc::new(Self { decisions, filters }))
    }
}
