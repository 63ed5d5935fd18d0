//! The recompute: one run, from its claim to its publication.
//!
//! A run counts the stale weeks in the database, packs them with polars, scores every segment, reviews the decisions
//! and publishes all of it in one transaction under the lease that only one publisher holds at a time.

mod background;
pub(crate) mod count;
mod derive;
pub(crate) mod lease;
mod log;
pub(crate) mod process;
mod publish;
mod replay;
mod watch;
mod work;

use std::any::Any;
use std::panic::AssertUnwindSafe;

use chrono_tz::Tz;
use entity::audit_entry::AuditOutcome;
use entity::run::{Model as RunRow, RunId, RunState, RunTrigger};
use entity::store::audit_entry::{self, Signature};
use entity::store::run::NewRun;
use entity::store::slot::Claim as SlotClaim;
use entity::{Calendar, ConnectionTrait, Database, Day, StoreError, store};
use futures_util::FutureExt;

pub use background::Background;
pub use entity::store::run::Seconds;
pub use log::within;
pub use process::name as process_name;
pub use replay::replay;
pub use watch::{Stop, Watch};

use self::lease::PublishingLease;
use self::work::Memory;
use crate::clock::Clock;
use crate::cube::CubeError;
use crate::problem::{Code, Problem};
use crate::segment::Refusal;

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// What asks.
    pub trigger: RunTrigger,
    /// The day from which to look back; `None` for today.
    pub as_of: Option<Day>,
    /// True to rebuild everything from the raw responses.
    pub full: bool,
    /// False to refresh the scores and to review nothing.
    pub reviews: bool,
    /// The claim on the slot that the run answers for, and which attempt at it this is.
    pub slot: Option<(SlotClaim, i32)>,
    /// The same key answers with the first run.
    pub idempotency_key: Option<String>,
    /// Who signs the request, in the transaction that claims the run; `None` where nobody has to.
    pub signature: Option<Signature>,
}

impl Request {
    /// A run of today, with reviews.
    pub fn by(trigger: RunTrigger) -> Self {
        Self { trigger, as_of: None, full: false, reviews: true, slot: None, idempotency_key: None, signature: None }
    }
}

/// A run, and whether this request started it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The run.
    pub run: RunRow,
    /// False when an earlier request under the same key started it.
    pub is_new: bool,
}

/// Where runs work.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The database.
    pub database: Database,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// The clock.
    pub clock: Clock,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RecomputeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// Another publisher took over.
    #[error("another run took over the publishing lease: nothing of this run was published")]
    LostLease,
    /// Another process claimed the slot.
    #[error("another process took over the slot: nothing of this run was published")]
    LostSlot,
    /// Somebody asked it to stop.
    #[error("the run was cancelled: nothing of it was published")]
    Cancelled,
    /// Its process is about to end.
    #[error("the process was asked to stop before the run was done: nothing of it was published")]
    ShuttingDown,
    /// A defect of ours.
    #[error("the run came to a sudden end ({0}): nothing of it was published")]
    Panicked(String),
    /// Another publisher did not finish in time.
    #[error("another run, of {owner}, has been publishing for {waited_seconds} seconds: try again later")]
    Busy {
        /// Who publishes.
        owner: String,
        /// How long this run waited.
        waited_seconds: u64,
    },
}

impl RecomputeError {
    /// How a run that ended so is marked.
    fn state(&self) -> RunState {
        match self {
            Self::Cancelled => RunState::Cancelled,
            Self::ShuttingDown => RunState::Abandoned,
            _ => RunState::Failed,
        }
    }
}

/// Why a run that was asked for did not come about; those before it in a replay are published.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A run failed.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// A run could not be claimed.
    #[error(transparent)]
    Claim(#[from] Refusal),
}

/// Writes a run that is about to start, or answers with the one that an earlier request under the same key started.
pub async fn claim(workplace: &Workplace, request: &Request) -> Result<Claim, Refusal> {
    claim_under(workplace, request, None).await
}

/// Claims a run for the holder of the lease with this fence, or for somebody who has yet to wait for it.
async fn claim_under(workplace: &Workplace, request: &Request, fence: Option<i64>) -> Result<Claim, Refusal> {
    let now = workplace.clock.now();
    let as_of = request.as_of.unwrap_or_else(|| workplace.calendar.day_of(now));
    let transaction = workplace.database.begin_write().await?;
    if let Some(key) = &request.idempotency_key
        && let Some(run) = store::run::by_key(&transaction, key).await?
    {
        let same = run.full == request.full && request.as_of.is_none_or(|asked| asked == run.as_of);
        if !same {
            let message = format!("the key \"{key}\" started a run with other arguments before");
            return Err(Problem::new(Code::Conflict, "key", message).into());
        }
        if !matches!(run.state, RunState::Failed | RunState::Abandoned) {
            sign(&transaction, request).await?;
            transaction.commit().await.map_err(StoreError::from)?;
            return Ok(Claim { run, is_new: false });
        }
        store::run::release_key(&transaction, run.id).await?;
    }
    if let Some((slot, _)) = request.slot {
        store::run::abandon_for_slot(&transaction, (slot.job, slot.slot), now).await?;
    }
    let new = NewRun {
        trigger: request.trigger,
        idempotency_key: request.idempotency_key.clone(),
        slot: request.slot.map(|(claim, attempt)| (claim.job, claim.slot, attempt)),
        as_of,
        full: request.full,
        reviews: request.reviews,
        fence,
    };
    let id = store::run::start(&transaction, new, now).await?;
    sign(&transaction, request).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Claim { run: read(workplace, id).await?, is_new: true })
}

async fn sign<C: ConnectionTrait>(transaction: &C, request: &Request) -> Result<(), StoreError> {
    match &request.signature {
        Some(signature) => audit_entry::write(transaction, signature, AuditOutcome::Done, None).await,
        None => Ok(()),
    }
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run.
    pub run: RunRow,
    /// How long its stages took.
    pub seconds: Seconds,
}

/// Waits for its turn, then claims and does a run: for somebody who waits for the outcome.
///
/// Under an idempotency key that was used before, answers with that run and does nothing.
pub async fn run(workplace: &Workplace, request: &Request) -> Result<Outcome, RunError> {
    let lease = PublishingLease::take(workplace, &Watch::default()).await?;
    let outcome = run_under(workplace, &lease, request, &mut Memory::default()).await;
    lease.release().await;
    outcome
}

/// Does a claimed run: waits for its turn, works and publishes. A run that fails is marked so, with the reason.
///
/// Call it [`within`] the run, so that every line of the log has its id.
pub async fn execute(workplace: &Workplace, id: RunId, watch: &Watch) -> Result<Outcome, RecomputeError> {
    let following = watch.follow(workplace, id);
    let lease = match PublishingLease::take(workplace, watch).await {
        Ok(lease) => lease,
        Err(error) => return Err(mark_ended(workplace, id, watch, error).await),
    };
    let outcome = execute_under(workplace, &lease, id, watch, &mut Memory::default()).await;
    lease.release().await;
    drop(following);
    outcome
}

async fn run_under(
    workplace: &Workplace,
    lease: &PublishingLease,
    request: &Request,
    memory: &mut Memory,
) -> Result<Outcome, RunError> {
    let Claim { run, is_new } = claim_under(workplace, request, Some(lease.fence())).await?;
    if is_new {
        let watch = Watch::default();
        let _following = watch.follow(workplace, run.id);
        Ok(within(&run, execute_under(workplace, lease, run.id, &watch, memory)).await?)
    } else {
        Ok(Outcome { run, seconds: Seconds::default() })
    }
}

async fn execute_under(
    workplace: &Workplace,
    lease: &PublishingLease,
    id: RunId,
    watch: &Watch,
    memory: &mut Memory,
) -> Result<Outcome, RecomputeError> {
    let worked = AssertUnwindSafe(take_turn_and_work(workplace, lease, id, watch, memory)).catch_unwind().await;
    match worked.unwrap_or_else(|panic| Err(RecomputeError::Panicked(last_words(panic.as_ref())))) {
        Ok(seconds) => {
            let outcome = Outcome { run: read(workplace, id).await?, seconds };
            log::ended(&outcome);
            Ok(outcome)
        }
        Err(error) => Err(mark_ended(workplace, id, watch, error).await),
    }
}

async fn take_turn_and_work(
    workplace: &Workplace,
    lease: &PublishingLease,
    id: RunId,
    watch: &Watch,
    memory: &mut Memory,
) -> Result<Seconds, RecomputeError> {
    let now = workplace.clock.now();
    let waited_too_long = now.minus(lease::PATIENCE);
    store::run::take_turn(workplace.database.writer(), id, lease.fence(), waited_too_long, now).await?;
    let run = read(workplace, id).await?;
    work::work(workplace, lease, &run, watch, memory).await
}

/// What a panic said: a text that stands in the source holds no data, one that was put together may.
fn last_words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&'static str>().copied();
    said.unwrap_or("what it said is left out: it may hold data").to_owned()
}

async fn mark_ended(workplace: &Workplace, id: RunId, watch: &Watch, error: RecomputeError) -> RecomputeError {
    let (now, writer, (stage, share)) = (workplace.clock.now(), workplace.database.writer(), watch.progress());
    let told = store::run::tell(writer, id, stage, share).await;
    let marked = store::run::end(writer, id, error.state(), &error.to_string(), now).await;
    if let Err(second) = told.and(marked) {
        tracing::error!(error = %second, run = id.0, "the end of a run could not be written down");
    }
    error
}

/// Changes the reporting time zone: every answer gets its day again, and every week is stale until the next run.
pub async fn change_time_zone(database: &Database, zone: Tz) -> Result<Calendar, StoreError> {
    let calendar = Calendar { zone };
    let transaction = database.begin_write().await?;
    store::setting::change_time_zone(&transaction, zone).await?;
    let before = store::tally::extent(&transaction).await?;
    store::response::redate(&transaction, calendar).await?;
    let after = store::tally::extent(&transaction).await?;
    if let Some((first, end)) = before.into_iter().chain(after).reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)))
    {
        store::stale_week::mark(&transaction, (first.0..end.0).map(Day)).await?;
    }
    transaction.commit().await?;
    Ok(calendar)
}

async fn read(workplace: &Workplace, id: RunId) -> Result<RunRow, StoreError> {
    let mut found = store::run::by_ids(workplace.database.writer(), &[id]).await?;
    found.remove(&id).ok_or_else(|| StoreError::MissingRow { table: "run", id: id.0 })
}
