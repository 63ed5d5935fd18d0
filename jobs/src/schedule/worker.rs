//! The worker of one process: records passed slots, claims them one at a time, and does their runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono_tz::Tz;
use entity::run::{Model as RunRow, RunId, RunTrigger};
use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::slot::SlotClaim;
use entity::{StoreError, Timestamp, store};
use needle_rules::segment::ChangeError;
use tokio::task::JoinHandle;

use super::clock_guard::ClockGuard;
use super::slot::{CLOCK_SET_BACK, HELD_SECONDS, LOOK, account, can_be_claimed, claim_newest, next_look};
use super::slot_outcome::age;
use super::{JobSchedule, ScheduleError, ScheduleSettings};
use crate::delivery::{self, DeliveryError, form_of};
use crate::recompute::{
    self, BackgroundRuns, RecomputeError, RunContext, RunError, RunMonitor, RunRequest, RunTimings, StopReason, process,
};
use crate::report::ReportForm;

/// How often a claim is renewed.
const RENEWAL: Duration = Duration::from_secs(4);

/// The result of checking a job's slots.
enum SlotSearch {
    /// A claimed slot.
    Slot(SlotClaim, SlotRow),
    /// Nothing to do before this timestamp.
    None { until: Timestamp },
}

/// The worker of one process. Clones are the same worker.
#[derive(Clone)]
pub struct ScheduleWorker(Arc<WorkerState>);

/// Called with how long the stages of a published run took.
pub type TimingsObserver = Box<dyn Fn(&RunTimings) + Send + Sync>;

struct WorkerState {
    context: RunContext,
    settings: ScheduleSettings,
    background: BackgroundRuns,
    observe_timings: TimingsObserver,
    guard: ClockGuard,
    started: tokio::time::Instant,
    /// The reporting zone under which the schedule has begun in the database; `None` before, which a wrong clock delays.
    begun_in: Mutex<Option<Tz>>,
    /// Per job, the timestamp before which there is nothing to do.
    quiet_until: Mutex<BTreeMap<Job, Timestamp>>,
}

impl ScheduleWorker {
    /// Begins the schedule in the database: slots count from now on where a job was never scheduled, or under another
    /// expression. `ended` is called after each published run.
    pub async fn begin(
        context: RunContext,
        settings: ScheduleSettings,
        background: BackgroundRuns,
        ended: TimingsObserver,
    ) -> Result<Self, ScheduleError> {
        let worker = Self(Arc::new(WorkerState {
            context,
            settings,
            background,
            observe_timings: ended,
            guard: ClockGuard::default(),
            started: tokio::time::Instant::now(),
            begun_in: Mutex::default(),
            quiet_until: Mutex::default(),
        }));
        if worker.trusts_clock().await? {
            match worker.begin_schedules(worker.reporting_zone()).await {
                Err(error) if error.is_disk_full() => tracing::error!(%error, "the schedule waits until there is room"),
                begun => begun?,
            }
        }
        Ok(worker)
    }

    fn reporting_zone(&self) -> Tz {
        self.0.context.calendar.get().zone
    }

    /// Begins the schedules as they are under a reporting zone. Slots of those that follow it count from now on where it
    /// has changed.
    async fn begin_schedules(&self, zone: Tz) -> Result<(), StoreError> {
        let WorkerState { context, settings, .. } = &*self.0;
        let transaction = context.database.begin_write().await?;
        for schedule in settings.in_zone(zone) {
            let (expression, zone) = (schedule.expression.text(), schedule.expression.zone().name());
            let now = context.clock.now();
            store::schedule::begin(&transaction, schedule.job, expression, zone, now).await?;
        }
        transaction.commit().await?;
        self.quiet().clear();
        *self.begun_in() = Some(zone);
        Ok(())
    }

    /// Compares the machine's clock with that of the database and with the monotonic one. Other clocks are trusted.
    async fn trusts_clock(&self) -> Result<bool, StoreError> {
        let WorkerState { context, guard, started, .. } = &*self.0;
        if !context.clock.is_machines() {
            return Ok(true);
        }
        let before = context.clock.now();
        let database = store::diagnosis::clock(context.database.reader()).await?;
        let wall = context.clock.now();
        // A reply that took long says nothing about the difference of the clocks.
        let database = database.map(|database| if before <= database && database <= wall { wall } else { database });
        let doubt = guard.doubt(started.elapsed(), wall, database);
        let is_trusted = doubt.is_none();
        context.clock.set_doubt(doubt);
        Ok(is_trusted)
    }

    /// Does what is due: records passed slots and starts a run for the newest open one of each job.
    pub async fn tick(&self) -> Result<(), ScheduleError> {
        if self.0.background.is_closed() {
            return Ok(());
        }
        self.0.context.calendar.refresh(&self.0.context.database).await?;
        if !self.trusts_clock().await? {
            return Ok(());
        }
        let zone = self.reporting_zone();
        if *self.begun_in() != Some(zone) {
            self.begin_schedules(zone).await?;
        }
        recompute::take_up(&self.0.context, &self.0.background).await?;
        let mut failure = None;
        for schedule in self.0.settings.in_zone(zone) {
            let now = self.0.context.clock.now();
            let quiet_until = self.quiet().get(&schedule.job).copied();
            // After the clock was set back, the stored timestamp lies far ahead and must not delay the job.
            let furthest = now.plus(LOOK);
            if quiet_until.is_some_and(|quiet_until| now < quiet_until && quiet_until <= furthest) {
                continue;
            }
            // A failure of one job delays no other one.
            match self.claim(&schedule, now).await {
                Ok(SlotSearch::Slot(claim, slot)) => self.start(claim, &slot),
                Ok(SlotSearch::None { until }) => {
                    self.quiet().insert(schedule.job, until);
                }
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    fn begun_in(&self) -> std::sync::MutexGuard<'_, Option<Tz>> {
        self.0.begun_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn quiet(&self) -> std::sync::MutexGuard<'_, BTreeMap<Job, Timestamp>> {
        self.0.quiet_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records passed slots and claims the newest that can be done, unless another one of the job is in progress.
    async fn claim(&self, plan: &JobSchedule, now: Timestamp) -> Result<SlotSearch, StoreError> {
        let WorkerState { context, settings, .. } = &*self.0;
        let reader = context.database.reader();
        let schedule = store::schedule::of_job(reader, plan.job).await?;
        let is_passed = |until: Timestamp| plan.expression.next(until).is_some_and(|next| next <= now);
        let open = store::slot::open(reader, plan.job).await?;
        let is_idle = schedule.is_some_and(|stored| {
            !is_passed(stored.accounted_until) && age(now, stored.accounted_until) <= CLOCK_SET_BACK
        });
        if is_idle && !open.iter().any(|slot| can_be_claimed(slot, now)) {
            return Ok(SlotSearch::None { until: next_look(plan, &open, now) });
        }
        let transaction = context.database.begin_write().await?;
        // Waiting for another writer may have taken long: read the clock now, so that the claim has not expired
        // already.
        let now = context.clock.now();
        account(&transaction, plan, settings.late_after, now).await?;
        let claimed = claim_newest(&transaction, plan.job, settings, now).await?;
        transaction.commit().await?;
        Ok(claimed.map_or_else(
            || SlotSearch::None { until: next_look(plan, &open, now) },
            |(claim, slot)| SlotSearch::Slot(claim, slot),
        ))
    }

    /// Starts the run of a claimed slot in the background.
    fn start(&self, claim: SlotClaim, slot: &SlotRow) {
        let monitor = RunMonitor::of_slot(Some(claim));
        let (worker, task_monitor, attempts) = (self.clone(), monitor.clone(), slot.attempts + 1);
        let trigger = if slot.is_catch_up { RunTrigger::CatchUp } else { RunTrigger::Schedule };
        let work = async move {
            let renewal = worker.keep_renewing(claim, task_monitor.clone());
            if let Some(form) = form_of(claim.job) {
                let outcome = worker.deliver(claim, form, &task_monitor).await;
                drop(renewal);
                worker.end(claim, attempts, outcome.map_err(Into::into)).await;
                worker.quiet().remove(&claim.job);
                return;
            }
            match worker.claim_run(claim, attempts, trigger).await {
                Ok(run) => {
                    let work = async {
                        let outcome = worker.run(claim, attempts, run.id, &task_monitor).await;
                        drop(renewal);
                        worker.end(claim, attempts, outcome.map_err(Into::into)).await;
                    };
                    recompute::within(&run, work).await;
                }
                Err(error) => worker.end(claim, attempts, Err(RunError::from(error).into())).await,
            }
            worker.quiet().remove(&claim.job);
        };
        // A process that is shutting down starts no run: the claim is given back at once instead of expiring.
        if !self.0.background.spawn(monitor, work) {
            let worker = self.clone();
            tokio::spawn(async move {
                worker.end(claim, attempts, Err(RunError::from(RecomputeError::ShuttingDown).into())).await;
            });
        }
    }

    async fn claim_run(&self, claim: SlotClaim, attempts: i32, trigger: RunTrigger) -> Result<RunRow, ChangeError> {
        let reviews = claim.job == Job::Weekly;
        let request = RunRequest { reviews, slot: Some((claim, attempts)), ..RunRequest::by(trigger) };
        Ok(recompute::claim(&self.0.context, &request, None).await?.run)
    }

    async fn run(&self, claim: SlotClaim, attempts: i32, run: RunId, monitor: &RunMonitor) -> Result<(), RunError> {
        tracing::info!(job = claim.job.name(), attempts, "a scheduled run begins");
        (self.0.observe_timings)(&recompute::execute(&self.0.context, run, monitor).await?.seconds);
        Ok(())
    }

    /// Sends the report of a claimed slot, and settles the slot when every recipient got it.
    async fn deliver(&self, claim: SlotClaim, form: ReportForm, monitor: &RunMonitor) -> Result<(), DeliveryError> {
        let WorkerState { context, settings, .. } = &*self.0;
        if let Some(channels) = &settings.channels {
            delivery::deliver(context, channels, claim, form, monitor).await?;
        }
        let (writer, now) = (context.database.writer(), context.clock.now());
        if store::slot::settle(writer, claim, SlotState::Succeeded, None, now).await? {
            store::slot::settle_earlier(writer, claim, now).await?;
        }
        Ok(())
    }

    async fn end(&self, claim: SlotClaim, attempts: i32, outcome: Result<(), SlotError>) {
        if let Err(error) = self.settle(claim, attempts, outcome).await {
            tracing::error!(%error, job = claim.job.name(), "the outcome of a slot could not be recorded");
        }
    }

    /// Records the outcome of a claimed slot; that of a published run is settled already.
    async fn settle(&self, claim: SlotClaim, attempts: i32, outcome: Result<(), SlotError>) -> Result<(), StoreError> {
        let Err(error) = outcome else { return Ok(()) };
        let WorkerState { context, settings, .. } = &*self.0;
        let (now, text) = (context.clock.now(), error.to_string());
        let writer = context.database.writer();
        let (job, slot) = (claim.job.name(), claim.slot.to_utc().to_rfc3339());
        match error.failure() {
            SlotFailure::Cancelled => {
                store::slot::settle(writer, claim, SlotState::Cancelled, Some(&text), now).await?;
            }
            SlotFailure::ShuttingDown => {
                store::slot::give_back(writer, claim, now, &text, false).await?;
                tracing::info!(job, slot, "the slot was given back");
            }
            SlotFailure::NotYet if attempts.unsigned_abs() < settings.attempts => {
                let pause = match &error {
                    SlotError::Run(_) => settings.pause_after(attempts),
                    SlotError::Delivery(error) => {
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
            SlotFailure::NotYet | SlotFailure::GivenUp => {
                if store::slot::settle(writer, claim, SlotState::Failed, Some(&text), now).await? {
                    tracing::error!(job, slot, attempts, error = text, "a scheduled run failed for the last time");
                }
            }
        }
        Ok(())
    }

    fn keep_renewing(&self, claim: SlotClaim, monitor: RunMonitor) -> ClaimRenewal {
        let context = self.0.context.clone();
        ClaimRenewal(tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEWAL).await;
                let until = context.clock.now().plus_seconds(HELD_SECONDS);
                match store::slot::renew(context.database.keeper(), claim, until).await {
                    Ok(true) => {}
                    // Lost to another process, or just settled: then the run has ended anyway.
                    Ok(false) => return monitor.stop(StopReason::LostSlot),
                    Err(error) => tracing::warn!(%error, "the claim on a slot could not be renewed: trying again"),
                }
            }
        }))
    }
}

/// Why the work of a slot was not done.
#[derive(Debug, thiserror::Error)]
enum SlotError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

/// How a slot is settled whose work was not done.
enum SlotFailure {
    Cancelled,
    ShuttingDown,
    NotYet,
    GivenUp,
}

impl SlotError {
    fn failure(&self) -> SlotFailure {
        match self {
            Self::Run(RunError::Recompute(error)) | Self::Delivery(DeliveryError::Stopped(error)) => match error {
                RecomputeError::Cancelled => SlotFailure::Cancelled,
                RecomputeError::ShuttingDown => SlotFailure::ShuttingDown,
                _ => SlotFailure::NotYet,
            },
            Self::Delivery(DeliveryError::GivenUp(_)) => SlotFailure::GivenUp,
            Self::Run(_) | Self::Delivery(_) => SlotFailure::NotYet,
        }
    }
}

/// Renews a claim until it is dropped, also when a panic drops it: then the claim expires.
struct ClaimRenewal(JoinHandle<()>);

impl Drop for ClaimRenewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}
