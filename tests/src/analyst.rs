//! Recomputes at a time that the test chooses, and a reader of everything that a recompute stores.

use std::collections::BTreeMap;

use entity::decision::DecisionId;
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::review_series::ReviewSeries;
use entity::run::{Model as RunRow, RunId, RunTrigger};
use entity::segment_definition::DefinitionId;
use entity::tally::Model as Block;
use entity::verdict::Verdict;
use entity::{Calendar, Database, Day, Timestamp, decision_review, review_series, store};
use jobs::clock::Clock;
use jobs::recompute::{self, RunContext, RunError, RunRequest};
use needle_analytics::weekly::{WeeklyScore, weekly_of};
use sea_orm::EntityTrait as _;

use crate::{TestDatabase, timestamp};

/// Recomputes in a test's database at a given time.
#[derive(Clone, Debug)]
pub struct RunFixture {
    /// The database, the reporting zone, and the present time.
    pub context: RunContext,
}

impl RunFixture {
    /// Recomputes in a test's database in UTC, by a clock that always shows `now`.
    pub fn at(test: &TestDatabase, now: &str) -> Self {
        Self::with(test.database.clone(), now)
    }

    /// The same through another connection.
    pub fn with(database: Database, now: &str) -> Self {
        let now = timestamp(now);
        let context =
            RunContext { database, calendar: Calendar { zone: chrono_tz::UTC }.into(), clock: Clock::new(move || now) };
        Self { context }
    }

    /// A run as of the present.
    pub async fn run(&self) -> RunRow {
        self.run_request(&request()).await.expect("a run")
    }

    /// A run as of the present that rebuilds everything.
    pub async fn run_full(&self) -> RunRow {
        self.run_request(&RunRequest { full: true, ..request() }).await.expect("a full run")
    }

    /// A run as of another day.
    pub async fn run_as_of(&self, day: Day) -> RunRow {
        self.run_request(&RunRequest { as_of: Some(day), ..request() }).await.expect("a run as of another day")
    }

    /// A run with any arguments.
    pub async fn run_request(&self, request: &RunRequest) -> Result<RunRow, RunError> {
        Ok(recompute::run(&self.context, request).await?.run)
    }

    /// Replays the runs of every Monday in `from..until`.
    pub async fn replay(&self, from: Day, until: Day) -> Vec<RunRow> {
        let mut runs = Vec::new();
        recompute::replay(&self.context, from, until, |outcome| runs.push(outcome.run)).await.expect("a replay");
        runs
    }
}

/// Acquires the publishing lease for five minutes, so that every run has to wait.
pub async fn hold_publishing_lease(test: &TestDatabase, now: Timestamp) {
    let writer = test.database.writer();
    let fence =
        store::lease::take(writer, "publish", "another process", now, now.plus_seconds(300), now.plus_seconds(900))
            .await;
    fence.expect("a reply").expect("the lease");
}

/// Releases the publishing lease, whichever process holds it.
pub async fn release_publishing_lease(test: &TestDatabase) {
    let held = store::lease::current(test.database.reader(), "publish").await.expect("a reply").expect("a lease");
    store::lease::release(test.database.writer(), "publish", held.fence).await.expect("released");
}

/// A request of a person for a run as of the present.
pub fn request() -> RunRequest {
    RunRequest::by(RunTrigger::Manual)
}

/// A stored review without the ids of its database.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReview {
    /// True for the last review of the decision.
    pub is_final: bool,
    /// The conclusion of the review.
    pub verdict: Verdict,
    /// The effect in NPS points, by its bits, so that equal means identical.
    pub effect: Option<u64>,
    /// Its row, without the ids of row, decision and run.
    pub row: ReviewRow,
    /// The weekly series.
    pub series: ReviewSeries,
}

/// All reviews by the external id of their decision and by their day.
pub async fn reviews(database: &Database) -> BTreeMap<(String, Day), StoredReview> {
    let decisions = store::decision::all(database.reader()).await.expect("decisions");
    let names: BTreeMap<_, _> = decisions.into_iter().map(|row| (row.id.0, row.external_id)).collect();
    let rows = decision_review::Entity::find().all(database.reader()).await.expect("reviews");
    let series = review_series::Entity::find().all(database.reader()).await.expect("series");
    let series: BTreeMap<_, _> = series.into_iter().map(|row| (row.review_id, row.packed)).collect();
    let review = |row: ReviewRow| {
        let series = ReviewSeries::unpack(&series[&row.id]).expect("a series");
        let (is_final, verdict, effect) = (row.is_final, row.verdict, row.effect.map(f64::to_bits));
        let key = (names[&row.decision_id.0].clone(), row.as_of);
        let row = ReviewRow { id: ReviewId(0), decision_id: DecisionId(0), run_id: RunId(0), ..row };
        (key, StoredReview { is_final, verdict, effect, row, series })
    };
    rows.into_iter().map(review).collect()
}

/// The published scores by segment and week, each with the definition by which it was counted.
pub async fn scores(database: &Database) -> BTreeMap<(String, Day), (DefinitionId, WeeklyScore)> {
    let reader = database.reader();
    let publication = store::publication::current(reader).await.expect("a reply").expect("a publication");
    let segments = store::segment::all(reader).await.expect("segments");
    let keys: BTreeMap<_, _> = segments.into_iter().map(|row| (row.id.0, row.key)).collect();
    let rows = store::segment_score::of_version(reader, publication.version).await.expect("scores");
    let score = |row: entity::segment_score::Model| {
        ((keys[&row.segment_id.0].clone(), row.week), (row.definition_id, weekly_of(&row)))
    };
    rows.into_iter().map(score).collect()
}

/// All blocks, byte by byte.
pub async fn blocks(database: &Database) -> Vec<Block> {
    store::tally::all(database.reader()).await.expect("blocks")
}
