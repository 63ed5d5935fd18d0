//! The subscriptions of the schema. Their events come from [`crate::live`].
//!
//! Every event is executed as a request of its own, with a fresh scope: it shows what a query at the same time would
//! return. The request that opens a subscription only reports the topic that it waits for.

use std::option;
use std::sync::{Arc, OnceLock};

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use futures_util::stream::{Iter, iter};

use super::error::ApiError;
use super::node_id::NodeKind;
use super::review::DecisionReview;
use super::run::{Run, RunStageEnum, RunStateEnum};
use super::scope::RequestScope;
use crate::live::{SubscriptionEvent, SubscriptionTopic};
use entity::run::RunId;

/// The phase that a subscription is executed for.
#[derive(Clone, Debug)]
pub enum SubscriptionStep {
    /// Opening: the resolver stores the topic here.
    Open(Arc<OnceLock<SubscriptionTopic>>),
    /// One event: the resolver returns what the client selected of it.
    Event(SubscriptionEvent),
}

impl SubscriptionStep {
    fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        let missing = || ApiError::Internal("a subscription was executed without its step".to_owned());
        Ok(context.data_opt::<Self>().ok_or_else(missing)?)
    }
}

/// At most one event.
type SingleEventStream<T> = Iter<option::IntoIter<T>>;

/// The progress of a run.
#[derive(SimpleObject)]
pub struct RunProgress {
    /// The run in its current state.
    run: Run,
    /// The state of the run: its last event is the first that is not `RUNNING`.
    state: RunStateEnum,
    /// The stage that the run is in, or was in when it ended; updated about twice a second, so null for a short run.
    stage: Option<RunStageEnum>,
    /// The completed share of the stage, from 0 to 1; null when `stage` is null.
    share_done: Option<f64>,
}

/// The root of subscriptions.
#[derive(Default)]
pub struct Subscription;

/// Events, delivered as they happen over `graphql-transport-ws` or server-sent events. An operation selects one field.
/// A slow client misses intermediate events, never the newest.
#[Subscription]
impl Subscription {
    /// The progress of recomputes: at once for each running one, then whenever it changes, and when the run ends.
    async fn run_progress(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Only this run, by its global id; the subscription completes when the run ends. All runs when absent or null."
        )]
        run_id: Option<ID>,
    ) -> Result<SingleEventStream<RunProgress>> {
        match SubscriptionStep::of(context)? {
            SubscriptionStep::Open(topic) => {
                let _ = topic.set(SubscriptionTopic::Runs(run_of(context, run_id).await?));
                Ok(iter(None))
            }
            SubscriptionStep::Event(SubscriptionEvent::RunChanged(row)) => Ok(iter(Some(RunProgress {
                run: Run((**row).clone()),
                state: row.state.into(),
                stage: row.stage.map(Into::into),
                share_done: row.share_done,
            }))),
            SubscriptionStep::Event(_) => Ok(iter(None)),
        }
    }

    /// Reviews that change the verdict on their decision, and the first review of each decision; only the newest review
    /// of a decision is considered.
    async fn decision_reviewed(&self, context: &Context<'_>) -> Result<SingleEventStream<DecisionReview>> {
        match SubscriptionStep::of(context)? {
            SubscriptionStep::Open(topic) => {
                let _ = topic.set(SubscriptionTopic::Verdicts);
                Ok(iter(None))
            }
            SubscriptionStep::Event(SubscriptionEvent::VerdictChanged(id)) => {
                let row = RequestScope::of(context)?.loaders().reviews.load(*id).await?;
                Ok(iter(row.map(DecisionReview)))
            }
            SubscriptionStep::Event(_) => Ok(iter(None)),
        }
    }
}

/// The run with a global id; `None` without an id, an error when no run has it.
async fn run_of(context: &Context<'_>, id: Option<ID>) -> Result<Option<RunId>> {
    let Some(id) = id else { return Ok(None) };
    let unknown = || ApiError::BadUserInput("no run has this id".to_owned());
    let Some((NodeKind::Run, row)) = NodeKind::parse(&id) else { return Err(unknown().into()) };
    let run = RequestScope::of(context)?.loaders().runs.load(RunId(row)).await?;
    Ok(Some(run.ok_or_else(unknown)?.id))
}
