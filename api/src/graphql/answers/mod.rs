//! Answers that were given already, for as long as nothing has changed.
//!
//! A dashboard asks the same question from many desks. Its answer is a function of the stored data, of the viewer's role
//! and of the calendar day, unless it holds something that passes with time (the progress of a run, the next slot, what
//! is left to spend): see [`super::limit`]. Whether the data changed is asked of the database with every request, so that
//! several processes on one database agree.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_graphql::Request;
use entity::{Day, store};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

use super::cost::Charge;
use super::operation::Told;
use super::{Api, Executed, execute_under, role_name};
use crate::auth::Viewer;
use crate::recent::{Hash, Recent};

/// The memory for answers, in bytes, unless the configuration says otherwise.
pub const ANSWER_BYTES: u64 = 32 << 20;

/// What answers are true of: the revision of the data, and the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    revision: i64,
    today: Day,
}

/// The answers of one process, all of one moment.
#[derive(Debug)]
pub struct Answers(Option<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    moment: Option<Moment>,
    answers: Recent<Known>,
    /// Those that find out at this moment, by their questions.
    gates: HashMap<Hash, Weak<AsyncMutex<()>>>,
}

/// What is known of a question.
#[derive(Clone, Debug)]
enum Known {
    /// Its answer.
    Answer(Given),
    /// That its answer is not to be kept: it passes with time, or is an error.
    Passes,
}

/// An answer that was given.
#[derive(Clone, Debug)]
struct Given {
    /// The member `data` in JSON.
    data: Arc<str>,
    operation: Option<Told>,
    cost: u64,
}

impl Moment {
    /// The present one; `None` when the database does not tell.
    pub async fn now(api: &Api) -> Option<Self> {
        let workplace = api.workplace();
        let today = workplace.calendar.day_of(workplace.clock.now());
        let revision = store::revision::current(workplace.database.reader()).await.ok()?;
        Some(Self { revision, today })
    }
}

impl Answers {
    /// None yet; they take at most so many bytes, and none are kept with 0.
    pub fn new(limit_bytes: u64) -> Self {
        let kept = || Kept { moment: None, answers: Recent::new(limit_bytes), gates: HashMap::new() };
        Self((limit_bytes > 0).then(|| Mutex::new(kept())))
    }

    fn lock(&self) -> Option<MutexGuard<'_, Kept>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn get(&self, moment: Moment, hash: &Hash) -> Option<Known> {
        let mut kept = self.lock()?;
        kept.turn_to(moment);
        if kept.moment == Some(moment) { kept.answers.get(hash) } else { None }
    }

    fn put(&self, moment: Moment, hash: Hash, known: Known) {
        let Some(mut kept) = self.lock() else { return };
        // An answer of an earlier moment came too late.
        if kept.moment == Some(moment) {
            let bytes = known.bytes();
            kept.answers.put(hash, known, bytes);
        }
    }

    /// The gate of a question: who passes it first finds out, while others wait for the answer.
    fn gate(&self, hash: &Hash) -> Arc<AsyncMutex<()>> {
        let Some(mut kept) = self.lock() else { return Arc::default() };
        if let Some(gate) = kept.gates.get(hash).and_then(Weak::upgrade) {
            return gate;
        }
        kept.gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::default();
        kept.gates.insert(*hash, Arc::downgrade(&gate));
        gate
    }
}

impl Kept {
    /// What was true of an earlier moment is gone, from memory too: somebody may have been erased.
    fn turn_to(&mut self, moment: Moment) {
        if self.moment.is_none_or(|known| known < moment) {
            self.moment = Some(moment);
            self.answers.clear();
        }
    }
}

impl Known {
    fn bytes(&self) -> usize {
        match self {
            Self::Answer(given) => given.data.len(),
            Self::Passes => 0,
        }
    }
}

/// Executes a request as a viewer, like [`execute_under`], unless its answer is known. The answer's `data` is then in
/// [`Executed::data`]. Who asks what somebody else is asking at this moment waits for that answer.
pub async fn answer(api: &Api, viewer: Viewer, request: Request, request_id: &str) -> Executed {
    // A document that speaks of mutations writes, or is as rare as not to matter.
    if api.answers().0.is_none() || request.query.contains("mutation") {
        return execute_under(api, viewer, request, request_id).await;
    }
    let Some(moment) = Moment::now(api).await else { return execute_under(api, viewer, request, request_id).await };
    let hash = hash(&viewer, &request);
    let mut known = api.answers().get(moment, &hash);
    let gate = known.is_none().then(|| api.answers().gate(&hash));
    let mut turn = None;
    if let Some(gate) = &gate {
        turn = Some(gate.lock().await);
        known = api.answers().get(moment, &hash);
    }
    match known {
        Some(Known::Answer(given)) => again(api, viewer, request, given, request_id).await,
        Some(Known::Passes) => {
            drop(turn);
            execute_under(api, viewer, request, request_id).await
        }
        None => {
            let mut executed = execute_under(api, viewer, request, request_id).await;
            let given = given(&executed);
            executed.data = given.as_ref().map(|given| Arc::clone(&given.data));
            api.answers().put(moment, hash, given.map_or(Known::Passes, Known::Answer));
            executed
        }
    }
}

/// Gives an answer again, to whoever has the budget for it.
async fn again(api: &Api, viewer: Viewer, request: Request, given: Given, request_id: &str) -> Executed {
    match api.budgets().charge(&viewer.name, given.cost, api.workplace().clock.now()) {
        Ok(left) => Executed::known(given.data, given.operation, Charge { cost: given.cost, left }),
        // Executing it says what is wrong.
        Err(_) => execute_under(api, viewer, request, request_id).await,
    }
}

/// What is to be kept of an answer; `None` for nothing.
fn given(executed: &Executed) -> Option<Given> {
    let charge = executed.charge.filter(|_| executed.lasts && executed.response.errors.is_empty())?;
    let data = serde_json::to_string(&executed.response.data).ok()?;
    Some(Given { data: Arc::from(data), operation: executed.operation.clone(), cost: charge.cost })
}

/// The same for two requests that have the same answer.
fn hash(viewer: &Viewer, request: &Request) -> Hash {
    let variables = serde_json::to_string(&request.variables).expect("variables came as JSON");
    let name = request.operation_name.as_deref();
    let mut hash = Sha256::new();
    for part in [role_name(viewer.role).as_str(), name.unwrap_or_default(), &variables, &request.query] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.update([u8::from(name.is_some())]);
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
