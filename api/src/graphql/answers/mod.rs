//! Answers that were given already, for as long as nothing has changed.
//!
//! A dashboard asks the same question from many desks. Its answer is a function of the stored data, of the viewer's role
//! and of the calendar day, unless it holds something that passes with time (the progress of a run, the next slot, what
//! is left to spend): see [`super::limit`]. Whether the data changed is asked of the database with every request, so that
//! several processes on one database agree.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Request;
use entity::{Day, store};
use sha2::{Digest as _, Sha256};

use super::cost::Charge;
use super::operation::Told;
use super::{Api, Executed, execute_under, role_name};
use crate::auth::Viewer;
use crate::recent::{Hash, Recent};

/// The memory for answers, in bytes, unless the configuration says otherwise.
pub const ANSWER_BYTES: u64 = 32 << 20;

/// What answers are true of: the revision of the data, and the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    answers: Recent<Given>,
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
        let kept = || Mutex::new(Kept { moment: None, answers: Recent::new(limit_bytes) });
        Self((limit_bytes > 0).then(kept))
    }

    fn get(&self, moment: Moment, hash: &Hash) -> Option<Given> {
        let mut kept = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn_to(moment);
        kept.answers.get(hash)
    }

    fn put(&self, moment: Moment, hash: Hash, given: Given) {
        let Some(kept) = &self.0 else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        // An answer of an earlier moment came too late.
        if kept.moment == Some(moment) {
            let bytes = given.data.len();
            kept.answers.put(hash, given, bytes);
        }
    }
}

impl Kept {
    /// What was true of another moment is gone, from memory too: somebody may have been erased.
    fn turn_to(&mut self, moment: Moment) {
        if self.moment != Some(moment) {
            self.moment = Some(moment);
            self.answers.clear();
        }
    }
}

/// Executes a request as a viewer, like [`execute_under`], unless its answer is known. The answer's `data` is then in
/// [`Executed::data`].
pub async fn answer(api: &Api, viewer: Viewer, request: Request, request_id: &str) -> Executed {
    if api.answers().0.is_none() {
        return execute_under(api, viewer, request, request_id).await;
    }
    let hash = hash(&viewer, &request);
    let moment = Moment::now(api).await;
    let known = moment.and_then(|moment| api.answers().get(moment, &hash));
    if let Some(given) = known {
        return match api.budgets().charge(&viewer.name, given.cost, api.workplace().clock.now()) {
            Ok(left) => Executed::known(given.data, given.operation, Charge { cost: given.cost, left }),
            // Executing it says what is wrong.
            Err(_) => execute_under(api, viewer, request, request_id).await,
        };
    }
    let mut executed = execute_under(api, viewer, request, request_id).await;
    let (Some(moment), Some(charge), true) = (moment, executed.charge, executed.lasts) else { return executed };
    if executed.response.errors.is_empty()
        && let Ok(data) = serde_json::to_string(&executed.response.data)
    {
        let data = Arc::<str>::from(data);
        let given = Given { data: Arc::clone(&data), operation: executed.operation.clone(), cost: charge.cost };
        api.answers().put(moment, hash, given);
        executed.data = Some(data);
    }
    executed
}

/// The same for two requests that have the same answer.
fn hash(viewer: &Viewer, request: &Request) -> Hash {
    let variables = serde_json::to_string(&request.variables).unwrap_or_default();
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
