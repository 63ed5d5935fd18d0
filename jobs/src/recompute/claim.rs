//! The claim of a run: its row, inserted before the run does anything, once per idempotency key and slot.

use entity::audit_entry::AuditOutcome;
use entity::run::{Model as RunRow, RunState, RunTrigger};
use entity::store::audit_entry::{self, AuditSignature};
use entity::store::run::NewRun;
use entity::store::slot::SlotClaim;
use entity::{ConnectionTrait, Day, StoreError, store};
use needle_rules::day;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::ChangeError;

use super::RunContext;

/// What a run should do.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// What requests the run: the schedule, a catch-up, a replay or a person.
    pub trigger: RunTrigger,
    /// The day as of which to compute; `None` for today.
    pub as_of: Option<Day>,
    /// True to rebuild everything from the raw responses.
    pub full: bool,
    /// False to refresh the scores and to review nothing.
    pub reviews: bool,
    /// The claim on the slot that the run belongs to, and the number of the attempt, from 1; `None` for a run without a
    /// slot.
    pub slot: Option<(SlotClaim, i32)>,
    /// Requests with the same key share the first run, unless it failed; `None` always starts a new run.
    pub idempotency_key: Option<String>,
    /// The audit entry, written in the transaction that claims the run; `None` for requests that are not audited.
    pub signature: Option<AuditSignature>,
}

impl RunRequest {
    /// A run of today, with reviews.
    pub fn by(trigger: RunTrigger) -> Self {
        Self { trigger, as_of: None, full: false, reviews: true, slot: None, idempotency_key: None, signature: None }
    }
}

/// The result of a claim.
#[derive(Clone, Debug)]
pub struct RunClaim {
    /// The row of the run, new or of an earlier request.
    pub run: RunRow,
    /// False when an earlier request under the same key started it.
    pub is_new: bool,
}

/// Inserts the row of a run that is about to start, or returns the run that an earlier request under the same key
/// started.
///
/// `fence` is that of the publishing lease, where the process holds it already; `None` for a run that has yet to wait
/// for it. Returns a problem when the day is after today, and a conflict when the key was used with other arguments.
pub async fn claim(context: &RunContext, request: &RunRequest, fence: Option<i64>) -> Result<RunClaim, ChangeError> {
    let now = context.clock.now();
    let today = context.calendar.get().day_of(now);
    let as_of = request.as_of.unwrap_or(today);
    day::check_as_of("asOf", as_of, today)?;
    let transaction = context.database.begin_write().await?;
    if let Some(key) = &request.idempotency_key
        && let Some(mut run) = store::run::by_key(&transaction, key).await?
    {
        // A run that nobody works on any more is none that the request could be answered with.
        if run.slot.is_none() && store::run::abandon_orphan(&transaction, run.id, now).await? {
            run.state = RunState::Abandoned;
        }
        let same = run.full == request.full && request.as_of.is_none_or(|requested| requested == run.as_of);
        if !same {
            let message = format!("the key \"{key}\" was used before for a run with other arguments");
            return Err(InputProblem::new(ProblemCode::Conflict, "key", message).into());
        }
        if !matches!(run.state, RunState::Failed | RunState::Abandoned) {
            sign(&transaction, request).await?;
            transaction.commit().await.map_err(StoreError::from)?;
            return Ok(RunClaim { run, is_new: false });
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
    Ok(RunClaim { run: context.run(id).await?, is_new: true })
}

async fn sign<C: ConnectionTrait>(transaction: &C, request: &RunRequest) -> Result<(), StoreError> {
    match &request.signature {
        Some(signature) => audit_entry::write(transaction, signature, AuditOutcome::Done, None).await,
        None => Ok(()),
    }
}
