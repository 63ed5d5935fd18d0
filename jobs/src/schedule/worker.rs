//! The worker of one process: writes passed slots down, claims them one at a time, and does their runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::run::{Model as RunRow, RunId, RunTrigger};
use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::slot::Claim;
use entity::{StoreError, Timestamp, store};
use needle_rules::segment::Refusal;
use tokio::task::JoinHandle;

use super::slot::{HELD_SECONDS, LOOK, account, can_be_claimed, claim_oldest, next_look};
use super::{Plan, ScheduleError, Settings};
use crate::delivery::{self, DeliveryError, form_of};
use crate::recompute::{self, Background, RecomputeError, Request, RunError, Seconds, Stop, Watch, Workplace, process};
use crate::report::Form;

/// How often a claim is renewed.
const RENEWAL: Duration = Duration::from_secs(4);

/// What a look at a job's slots finds.
enum Work {
    /// A claimed slot.
    Slot(Claim, SlotRow),
    /// Nothing, until this moment.
    None { until: Timestamp },
}

/// The worker of one process. Clones are the same worker.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

/// Told how long the stages of a published run took.
pub type Ended = Box<dyn Fn(&Seconds) + Send + Sync>;

struct Inner {
    workplace: Workplace,
    settings: Settings,
    background: Background,
    ended: Ended,
    /// Before this moment nothing is to be done for a job.
    quiet_until: Mutex<BTreeMap<Job, Timestamp>>,
}

impl Worker {
    /// Begins the schedule in the database: slots count from now on where it never ran, or ran by other expressions.
    pub async fn begin(
        context: Workplace,
        settings: Settings,
        background: Background,
        ended: Ended,
    ) -> Result<Self, ScheduleError> {
        let transaction = context.database.begin_write().await?;
        for schedule in &settings.plans {
            let (expression, zone) = (schedule.expression.text(), schedule.expression.zone().name());
            let now = context.clock.now();
            store::schedule::begin(&transaction, schedule.job, expression, zone, now).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Self(Arc::new(Inner { workplace: context, settings, background, ended, quiet_until: Mutex::default() })))
    }

    /// Does what is due: writes passed slots down and starts a run for the oldest open one of each job.
    pub async fn tick(&self) -> Result<(), ScheduleError> {
        if self.0.background.is_closed() {
            return Ok(());
        }
        for schedule in &self.0.settings.plans {
            let now = self.0.workplace.clock.now();
            let quiet_until = self.quiet().get(&schedule.job).copied();
            // A clock that has gone back must not keep the job quiet.
            let furthest = now.plus(LOOK);
            if quiet_until.is_some_and(|quiet_until| now < quiet_until && quiet_until <= furthest) {
                continue;
            }
            match self.claim(schedule, now).await? {
                Work::Slot(claim, slot) => self.start(claim, &slot),
                Work::None { until } => {
                    self.quiet().insert(schedule.job, until);
                }
            }
        }
        Ok(())
    }

    fn quiet(&self) -> std::sync::MutexGuard<'_, BTreeMap<Job, Timestamp>> {
        self.0.quiet_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes passed slots down and claims the oldest that can be done, unless another one of the job is at work.
    async fn claim(&self, plan: &Plan, now: Timestamp) -> Result<Work, StoreError> {
        let Inner { workplace, settings, .. } = &*self.0;
        let reader = workplace.database.reader();
        let schedule = store::schedule::of_job(reader, plan.job).await?;
        let is_passed = |until: Timestamp| plan.expression.next(until).is_some_and(|next| next <= now);
        let open = store::slot::open(reader, plan.job).await?;
        let is_idle =
            schedule.is_some_and(|stored| !is_passed(stored.accounted_until) && stored.accounted_until <= now);
        if is_idle && !open.iter().any(|slot| can_be_claimed(slot, now)) {
            return Ok(Work::None { until: next_look(plan, &open, now) });
        }
        let transaction = workplace.database.begin_write().await?;
        // Another writer may have kept us waiting: a claim must not be over before it is made.
        let now = workplace.clock.now();
        account(&transaction, plan, settings.late_after, now).await?;
        let claimed = claim_oldest(&transaction, plan.job, settings, now).await?;
        transaction.commit().await?;
        Ok(claimed
            .map_or_else(|| Work::None { until: next_look(plan, &open, now) }, |(claim, slot)| Work::Slot(claim, slot)))
    }

    /// Starts the run of a claimed slot in the background.
    fn start(&self, claim: Claim, slot: &SlotRow) {
        let monitor = Watch::of_slot(Some(claim));
        let (worker, watched, attempts) = (self.clone(), monitor.clone(), slot.attempts + 1);
        let trigger = if slot.is_catch_up { RunTrigger::CatchUp } else { RunTrigger::Schedule };
        let work = async move {
            let renewal = worker.keep_renewing(claim, watched.clone());
            if let Some(form) = form_of(claim.job) {
                let outcome = worker.deliver(claim, form, &watched).await;
                drop(renewal);
                worker.end(claim, attempts, outcome.map_err(Into::into)).await;
                worker.quiet().remove(&claim.job);
                return;
            }
            match worker.claim_run(claim, attempts, trigger).await {
                Ok(run) => {
                    let work = async {
                        let outcome = worker.run(claim, attempts, run.id, &watched).await;
                        drop(renewal);
                        worker.end(claim, attempts, outcome.map_err(Into::into)).await;
                    };
                    recompute::within(&run, work).await;
                }
                Err(refusal) => worker.end(claim, attempts, Err(RunError::from(refusal).into())).await,
            }
            worker.quiet().remove(&claim.job);
        };
        // A process that is about to end lets the claim run out at once: it is given back where the run is refused.
        if !self.0.background.spawn(monitor, work) {
            let worker = self.clone();
            tokio::spawn(async move {
                worker.end(claim, attempts, Err(RunError::from(RecomputeError::ShuttingDown).into())).await;
            });
        }
    }

    async fn claim_run(&self, claim: Claim, attempts: i32, trigger: RunTrigger) -> Result<RunRow, Refusal> {
        let reviews = claim.job == Job::Weekly;
        let request = Request { reviews, slot: Some((claim, attempts)), ..Request::by(trigger) };
        Ok(recompute::claim(&self.0.workplace, &request, None).await?.run)
    }

    async fn run(&self, claim: Claim, attempts: i32, run: RunId, monitor: &Watch) -> Result<(), RunError> {
        tracing::info!(job = claim.job.name(), attempts, "a scheduled run begins");
        (self.0.ended)(&recompute::execute(&self.0.workplace, run, monitor).await?.seconds);
        Ok(())
    }

    /// Sends the report of a claimed slot, and settles the slot when everybody got it.
    async fn deliver(&self, claim: Claim, form: Form, monitor: &Watch) -> Result<(), DeliveryError> {
        let Inner { workplace: context, settings, .. } = &*self.0;
        if let Some(channels) = &settings.channels {
            delivery::deliver(context, channels, claim, form, monitor).await?;
        }
        let (writer, now) = (context.database.writer(), context.clock.now());
        store::slot::settle(writer, claim, SlotState::Succeeded, None, now).await?;
        Ok(())
    }

    async fn end(&self, claim: Claim, attempts: i32, outcome: Result<(), WorkError>) {
        if let Err(error) = self.settle(claim, attempts, outcome).await {
            tracing::error!(%error, job = claim.job.name(), "the outcome of a slot could not be written down");
        }
    }

    /// Writes down what became of a claimed slot; a published one is settled already.
    async fn settle(&self, claim: Claim, attempts: i32, outcome: Result<(), WorkError>) -> Result<(), StoreError> {
        let Err(error) = outcome else { return Ok(()) };
        let Inner { workplace: context, settings, .. } = &*self.0;
        let (now, text) = (context.clock.now(), error.to_string());
        let writer = context.database.writer();
        let (job, slot) = (claim.job.name(), claim.slot.to_utc().to_rfc3339());
        match error.why() {
            Why::Cancelled => {
                store::slot::settle(writer, claim, SlotState::Cancelled, Some(&text), now).await?;
            }
            Why::ShuttingDown => {
                store::slot::give_back(writer, claim, now, &text, false).await?;
                tracing::info!(job, slot, "the slot was given back");
            }
            Why::NotYet if attempts.unsigned_abs() < settings.attempts => {
                let pause = match &error {
                    WorkError::Run(_) => settings.pause_after(attempts),
                    WorkError::Delivery(error) => {
                        settings.delivery_pause_after(attempts, error.pause(), &format!("{} {slot}", process::name()))
                    }
                };
                let not_before = now.plus(pause);
                if store::slot::give_back(writer, claim, not_before, &text, true).await? {
                    tracing::warn!(
                        job,
                        slot,
                        attempts,
                        error = text,
                        pause_seconds = pause.as_secs(),
                        "a scheduled run failed: it will be tried again"
                    );
                }
            }
            Why::NotYet | Why::GivenUp => {
                if store::slot::settle(writer, claim, SlotState::Failed, Some(&text), now).await? {
                    tracing::error!(job, slot, attempts, error = text, "a scheduled run failed for the last time");
                }
            }
        }
        Ok(())
    }

    fn keep_renewing(&self, claim: Claim, monitor: Watch) -> Renewal {
        let context = self.0.workplace.clone();
        Renewal(tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEWAL).await;
                let until = context.clock.now().plus_seconds(HELD_SECONDS);
                match store::slot::renew(context.database.writer(), claim, until).await {
                    Ok(true) => {}
                    // Lost, or just settled: then the run is at its end anyway.
                    Ok(false) => return monitor.stop(Stop::LostSlot),
                    Err(error) => tracing::warn!(%error, "the claim on a slot could not be renewed: trying again"),
                }
            }
        }))
    }
}

/// Why the work of a slot was not done.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

/// What is to become of a slot whose work was not done.
enum Why {
    Cancelled,
    ShuttingDown,
    NotYet,
    GivenUp,
}

impl WorkError {
    fn why(&self) -> Why {
        match self {
            Self::Run(RunError::Recompute(error)) | Self::Delivery(DeliveryError::Stopped(error)) => match error {
                RecomputeError::Cancelled => Why::Cancelled,
                RecomputeError::ShuttingDown => Why::ShuttingDown,
                _ => Why::NotYet,
            },
            Self::Delivery(DeliveryError::GivenUp(_)) => Why::GivenUp,
            Self::Run(_) | Self::Delivery(_) => Why::NotYet,
        }
    }
}

/// Renews a claim until it is dropped, also where a panic drops it: then the claim runs out.
struct Renewal(JoinHandle<()>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}
