//! What can be subscribed to. Where events come from and when is left to [`crate::live`].
//!
//! Every event is executed as a request of its own, with a fresh scope: what it shows is as true as the answer to a query
//! of that moment. The request that opens a subscription only tells what it waits for.

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

/// What a subscription is executed for.
#[derive(Clone, Debug)]
pub enum SubscriptionStep {
    /// To learn what it waits for.
    Open(Arc<OnceLock<SubscriptionTopic>>),
    /// To give an event the shape that the client asks for.
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

/// How far a run is.
#[derive(SimpleObject)]
pub struct RunProgress {
    /// The run, as it stands now.
    run: Run,
    /// Where it stands: the last event of a run is the first that is not `RUNNING`.
    state: RunStateEnum,
    /// What it is at, or was at when it ended; told about twice a second, so null for a short run.
    stage: Option<RunStageEnum>,
    /// How much of the stage is done, from 0 to 1; null where `stage` is.
    share_done: Option<f64>,
}

/// The root of subscriptions.
#[derive(Default)]
pub struct Subscription;

/// Everything that one can be told of as it happens, over `graphql-transport-ws` or server-sent events. An operation
/// has one field. Whoever is slow to take events misses those in between, never the newest.
#[Subscription]
impl Subscription {
    /// How far recomputes are: each run at work at once, then whenever it gets on, and when it ends.
    async fn run_progress(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Only this run, by its global id; the subscription is complete when the run ends. All runs when absent or null."
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

    /// The reviews that change the verdict on their decision, and the first review of each; only the newest review of a
    /// decision counts.
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

/// The run with a global id.
async fn run_of(context: &Context<'_>, id: Option<ID>) -> Result<Option<RunId>> {
    let Some(id) = id else { return Ok(None) };
    let unknown = || ApiError::BadUserInput("no run has this id".to_owned());
    let Some((NodeKind::Run, row)) = NodeKind::parse(&id) else { return Err(unknown().into()) };
    let run = RequestScope::of(context)?.loaders().runs.load(RunId(row)).await?;
    Ok(Some(run.ok_or_else(unknown)?.id))
}
