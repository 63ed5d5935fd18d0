//! One subscriber: its topic, and the last state that it sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::decision::DecisionId;
use entity::decision_review::ReviewId;
use entity::run::{Model as RunRow, RunId, RunState};
use entity::verdict::Verdict;
use entity::{Database, store};
use tokio::sync::watch;

use super::LatestState;
use super::state::LiveState;

/// What a subscriber subscribes to.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionTopic {
    /// The progress of all runs (`None`), or of one run until it ends.
    Runs(Option<RunId>),
    /// Changed verdicts of all decisions.
    Verdicts,
}

/// A change that is sent to the client.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionEvent {
    /// A run that is new or has changed, in its current state.
    RunChanged(Box<RunRow>),
    /// The review that changed a verdict.
    VerdictChanged(ReviewId),
}

/// One open subscription on the feed.
#[derive(Debug)]
pub struct Subscriber {
    states: watch::Receiver<LatestState>,
    database: Database,
    topic: SubscriptionTopic,
    runs: BTreeMap<RunId, RunRow>,
    verdicts: BTreeMap<DecisionId, (ReviewId, Verdict)>,
    /// True while a state was received and not compared yet: the next call of `next` begins with it.
    is_pending: bool,
    has_ended: bool,
}

impl Subscriber {
    /// A subscriber to changes after the current state.
    pub(super) fn new(states: watch::Receiver<LatestState>, topic: SubscriptionTopic, database: Database) -> Self {
        let current = states.borrow().clone();
        let (runs, verdicts) = match (&topic, current) {
            (SubscriptionTopic::Runs(None), Some(state)) => (ended(&state), BTreeMap::new()),
            (SubscriptionTopic::Verdicts, Some(state)) => (BTreeMap::new(), state.verdicts.clone()),
            _ => Default::default(),
        };
        Self { states, database, topic, runs, verdicts, is_pending: true, has_ended: false }
    }

    /// The next events, at least one; `None` when no more will come.
    ///
    /// Running runs are reported immediately. A caller that takes long between two calls gets only the newest state.
    /// Cancel safe: the future may be dropped and the method called again.
    pub async fn next(&mut self) -> Option<Vec<SubscriptionEvent>> {
        loop {
            if self.has_ended {
                return None;
            }
            if !self.is_pending {
                self.states.changed().await.ok()?;
                self.is_pending = true;
            }
            let state = self.states.borrow_and_update().clone()?;
            let events = match self.topic {
                SubscriptionTopic::Runs(None) => self.run_events(&state),
                SubscriptionTopic::Runs(Some(run)) => self.single_run_events(&state, run).await,
                SubscriptionTopic::Verdicts => self.verdict_events(&state),
            };
            self.is_pending = false;
            if !events.is_empty() {
                return Some(events);
            }
        }
    }

    fn run_events(&mut self, state: &Arc<LiveState>) -> Vec<SubscriptionEvent> {
        let is_changed = |run: &&RunRow| self.runs.get(&run.id) != Some(*run);
        let events = state
            .runs
            .values()
            .filter(is_changed)
            .map(|run| SubscriptionEvent::RunChanged(Box::new(run.clone())))
            .collect();
        self.runs.clone_from(&state.runs);
        events
    }

    async fn single_run_events(&mut self, state: &Arc<LiveState>, id: RunId) -> Vec<SubscriptionEvent> {
        let found = match state.runs.get(&id) {
            Some(run) => Some(run.clone()),
            // It ended before the first state was read.
            None => match store::run::by_ids(self.database.reader(), &[id]).await {
                Ok(mut found) => found.remove(&id),
                Err(error) => {
                    tracing::warn!(%error, "a run cannot be read for its subscriber");
                    None
                }
            },
        };
        let Some(run) = found else { return Vec::new() };
        self.has_ended = run.state != RunState::Running;
        if self.runs.get(&id) == Some(&run) {
            return Vec::new();
        }
        self.runs = BTreeMap::from([(id, run.clone())]);
        vec![SubscriptionEvent::RunChanged(Box::new(run))]
    }

    fn verdict_events(&mut self, state: &Arc<LiveState>) -> Vec<SubscriptionEvent> {
        let is_changed = |(decision, (_, verdict)): &(&DecisionId, &(ReviewId, Verdict))| {
            self.verdicts.get(decision).is_none_or(|(_, before)| before != verdict)
        };
        let events = state
            .verdicts
            .iter()
            .filter(is_changed)
            .map(|(_, (review, _))| SubscriptionEvent::VerdictChanged(*review))
            .collect();
        self.verdicts.clone_from(&state.verdicts);
        events
    }
}

/// The runs that had ended before the subscription began: they are not reported.
fn ended(state: &LiveState) -> BTreeMap<RunId, RunRow> {
    let ended = state.runs.iter().filter(|(_, run)| run.state != RunState::Running);
    ended.map(|(id, run)| (*id, run.clone())).collect()
}
