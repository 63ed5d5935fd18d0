//! The claim of a run: its row, written before anything is done, once per idempotency key and slot.

use entity::audit_entry::AuditOutcome;
use entity::run::{Model as RunRow, RunState, RunTrigger};
use entity::store::audit_entry::{self, AuditSignature};
use entity::store::run::NewRun;
use entity::store::slot::SlotClaim;
use entity::{ConnectionTrait, Day, StoreError, store};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::ChangeError;

use super::RunContext;

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct RunRequest {
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
    pub signature: Option<AuditSignature>,
}

impl RunRequest {
    /// A run of today, with reviews.
    pub fn by(trigger: RunTrigger) -> Self {
        Self { trigger, as_of: None, full: false, reviews: true, slot: None, idempotency_key: None, signature: None }
    }
}

/// A run, and whether this request started it.
#[derive(Clone, Debug)]
pub struct RunClaim {
    /// The run.
    pub run: RunRow,
    /// False when an earlier request under the same key started it.
    pub is_new: bool,
}

/// Writes a run that is about to start, or answers with the one that an earlier request under the same key started.
///
/// `fence` is that of the publishing lease which its process holds already; `None` for a run that has yet to wait for it.
pub async fn claim(context: &RunContext, request: &RunRequest, fence: Option<i64>) -> Result<RunClaim, ChangeError> {
    let now = context.clock.now();
    let as_of = request.as_of.unwrap_or_else(|| context.calendar.day_of(now));
    let transaction = context.database.begin_write().await?;
    if let Some(key) = &request.idempotency_key
        && let Some(run) = store::run::by_key(&transaction, key).await?
    {
        let same = run.full == request.full && request.as_of.is_none_or(|asked| asked == run.as_of);
        if !same {
            let message = format!("the key \"{key}\" started a run with other arguments before");
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
