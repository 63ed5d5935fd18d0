//! The state of runs and verdicts, which subscribers compare with the last one they sent.

use std::collections::BTreeMap;

use entity::decision::DecisionId;
use entity::decision_review::ReviewId;
use entity::run::{Model as RunRow, RunId, RunState};
use entity::verdict::Verdict;
use entity::{Database, StoreError, store};

/// How many ended runs are kept for subscribers that have not sent their end yet.
const ENDED_LIMIT: usize = 100;

/// Runs and verdicts as of one read of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveState {
    /// The newest run at the previous read: later ids are new runs.
    first: RunId,
    /// The running runs, and those that ended recently.
    pub runs: BTreeMap<RunId, RunRow>,
    /// The newest review of each decision, with its verdict.
    pub verdicts: BTreeMap<DecisionId, (ReviewId, Verdict)>,
}

impl LiveState {
    /// Reads the state for the first time.
    pub async fn read(database: &Database) -> Result<Self, StoreError> {
        let first = store::run::newest_id(database.reader()).await?.unwrap_or(RunId::BEFORE_ALL);
        // Runs are read first: if a run ends in between, its verdicts are read now and its end with the next state.
        let runs = store::run::at_work_or_newer(database.reader(), first, &[]).await?;
        Ok(Self { first, runs: by_id(runs), verdicts: verdicts(database).await? })
    }

    /// Reads the state that follows this one: one statement, and a second one where a run has succeeded meanwhile.
    pub async fn next(&self, database: &Database) -> Result<Self, StoreError> {
        let newest = self.runs.keys().next_back().copied().unwrap_or(self.first).max(self.first);
        let is_open = |run: &&RunRow| run.state == RunState::Running;
        let open: Vec<RunId> = self.runs.values().filter(is_open).map(|run| run.id).collect();
        let read = store::run::at_work_or_newer(database.reader(), newest, &open).await?;
        let has_succeeded = read.iter().any(|run| run.state == RunState::Succeeded);
        let verdicts = if has_succeeded { verdicts(database).await? } else { self.verdicts.clone() };
        let mut runs = self.runs.clone();
        runs.extend(by_id(read));
        forget_ended(&mut runs);
        Ok(Self { first: newest, runs, verdicts })
    }
}

fn by_id(runs: Vec<RunRow>) -> BTreeMap<RunId, RunRow> {
    runs.into_iter().map(|run| (run.id, run)).collect()
}

async fn verdicts(database: &Database) -> Result<BTreeMap<DecisionId, (ReviewId, Verdict)>, StoreError> {
    let found = store::decision_review::newest_verdicts(database.reader()).await?;
    Ok(found.into_iter().map(|(decision, review, verdict)| (decision, (review, verdict))).collect())
}

/// Drops the oldest ended runs above [`ENDED_LIMIT`].
fn forget_ended(runs: &mut BTreeMap<RunId, RunRow>) {
    let ended: Vec<RunId> = runs.values().filter(|run| run.state != RunState::Running).map(|run| run.id).collect();
    for id in ended.iter().take(ended.len().saturating_sub(ENDED_LIMIT)) {
        runs.remove(id);
    }
}
