//! One subscriber: what it waits for, and what it was told.

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

/// What somebody waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionTopic {
    /// The progress of all runs, or of one until it ends.
    Runs(Option<RunId>),
    /// Verdicts that change.
    Verdicts,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionEvent {
    /// A run, as it stands now.
    RunChanged(Box<RunRow>),
    /// The review that changed a verdict.
    VerdictChanged(ReviewId),
}

/// Somebody who waits.
#[derive(Debug)]
pub struct Subscriber {
    states: watch::Receiver<LatestState>,
    database: Database,
    topic: SubscriptionTopic,
    runs: BTreeMap<RunId, RunRow>,
    verdicts: BTreeMap<DecisionId, (ReviewId, Verdict)>,
    /// True while a state was seen and not yet compared: asking again begins with it.
    is_pending: bool,
    has_ended: bool,
}

impl Subscriber {
    /// Who waits from now on, for changes of the present state.
    pub(super) fn new(states: watch::Receiver<LatestState>, topic: SubscriptionTopic, database: Database) -> Self {
        let present = states.borrow().clone();
        let (runs, verdicts) = match (&topic, present) {
            (SubscriptionTopic::Runs(None), Some(state)) => (ended(&state), BTreeMap::new()),
            (SubscriptionTopic::Verdicts, Some(state)) => (BTreeMap::new(), state.verdicts.clone()),
            _ => Default::default(),
        };
        Self { states, database, topic, runs, verdicts, is_pending: true, has_ended: false }
    }

    /// What there is to tell next: at least one event. `None` when nothing will come any more.
    ///
    /// Runs at work are told of at once. Whoever takes long to ask again is told the newest state only. May be dropped
    /// and called again.
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
            // It ended before anybody looked.
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

/// The runs that had ended already: nobody waits for those.
fn ended(state: &LiveState) -> BTreeMap<RunId, RunRow> {
    let ended = state.runs.iter().filter(|(_, run)| run.state != RunState::Running);
    ended.map(|(id, run)| (*id, run.clone())).collect()
}
