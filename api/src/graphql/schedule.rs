//! The schedule: which jobs run at which times, and the outcomes of their slots.

use async_graphql::{Context, Enum, Object, Result};
use entity::slot::Model as SlotRow;
use entity::store;
use jobs::schedule::JobSchedule;

use super::access::Permission;
use super::error::ApiError;
use super::scalar::DateTime;
use super::scope::RequestScope;

/// The most slots that one field returns.
const SLOTS_LIMIT: i32 = 1_000;

/// A job that runs on a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ScheduledJob", remote = "entity::slot::Job")]
pub enum ScheduledJobEnum {
    /// The weekly recompute: scores and reviews.
    Weekly,
    /// The daily refresh of the scores.
    Daily,
    /// The short report in the morning.
    Brief,
    /// The weekly report.
    Report,
    /// The short report on Friday.
    Friday,
}

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "SlotState", remote = "entity::slot::SlotState")]
pub enum SlotStateEnum {
    /// Waiting for a process to run it, for the first time or again.
    Due,
    /// A process is running it.
    Running,
    /// The job succeeded.
    Succeeded,
    /// Given up after its last attempt.
    Failed,
    /// No process ran it in time, and a later slot replaces it or it is too old.
    Missed,
    /// Its run was cancelled.
    Cancelled,
}

/// One job of the schedule.
pub struct Schedule(JobSchedule);

/// One job of the schedule.
#[Object]
impl Schedule {
    /// The job that is scheduled.
    fn job(&self) -> ScheduledJobEnum {
        self.0.job.into()
    }

    /// The scheduled times as a cron expression.
    fn expression(&self) -> &str {
        self.0.expression.text()
    }

    /// The time zone that the expression is read in, an IANA name.
    fn time_zone(&self) -> &str {
        self.0.expression.zone().name()
    }

    /// The next scheduled times.
    fn next_slots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many slots, at most 1,000.", default = 10)] first: i32,
    ) -> Result<Vec<DateTime>> {
        let now = RequestScope::of(context)?.api.job_context().clock.now();
        let slots = self.0.expression.upcoming(now, check_first(first)?);
        Ok(slots.into_iter().map(DateTime).collect())
    }

    /// The slots that have passed, newest first.
    async fn slots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many slots, at most 1,000.", default = 10)] first: i32,
    ) -> Result<Vec<Slot>> {
        let limit = check_first(first)? as u64;
        let reader = RequestScope::of(context)?.database().reader();
        let newest = Box::pin(store::slot::newest(reader, self.0.job, limit));
        Ok(newest.await?.into_iter().map(Slot).collect())
    }
}

/// One scheduled time of one job, and whether the job was run.
pub struct Slot(SlotRow);

/// One scheduled time of one job, and whether the job was run.
#[Object]
impl Slot {
    /// The scheduled time.
    fn slot(&self) -> DateTime {
        DateTime(self.0.slot)
    }

    /// Whether it is open, or how it ended.
    fn state(&self) -> SlotStateEnum {
        self.0.state.into()
    }

    /// True when it was missed and is caught up later.
    fn is_catch_up(&self) -> bool {
        self.0.is_catch_up
    }

    /// The number of attempts so far.
    fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it ended; null while it is open.
    fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Why the last attempt did not succeed, or why the slot was missed; null otherwise. Only admins can read the
    /// details.
    fn error(&self, context: &Context<'_>) -> Result<Option<String>> {
        let may_read = RequestScope::of(context)?.viewer.may(Permission::ReadRunErrors);
        let hidden = || "it did not succeed; an admin can read why".to_owned();
        Ok(self.0.error.clone().map(|error| if may_read { error } else { hidden() }))
    }
}

/// Queries for the schedule.
#[derive(Default)]
pub struct ScheduleQuery;

#[Object]
#[expect(clippy::unused_self, reason = "the root has nothing of its own")]
impl ScheduleQuery {
    /// The scheduled jobs with their times; empty where no schedule is configured.
    fn schedules(&self, context: &Context<'_>) -> Result<Vec<Schedule>> {
        let api = &RequestScope::of(context)?.api;
        let zone = api.job_context().calendar.get().zone;
        let schedules = api.settings().schedule.iter().flat_map(|settings| settings.in_zone(zone));
        Ok(schedules.map(Schedule).collect())
    }
}

fn check_first(first: i32) -> Result<usize> {
    let within = usize::try_from(first).ok().filter(|_| (1..=SLOTS_LIMIT).contains(&first));
    let message = || format!("first: expected 1 to {SLOTS_LIMIT}, found {first}");
    Ok(within.ok_or_else(|| ApiError::BadUserInput(message()))?)
}

#[cfg(test)]
mod tests {
    use entity::slot::Job;

    use super::*;

    #[test]
    fn jobs_have_the_names_of_the_configuration() {
        for job in Job::ALL {
            let name = async_graphql::resolver_utils::enum_value(ScheduledJobEnum::from(job)).to_string();
            assert_eq!(name, job.name().to_uppercase());
        }
    }
}
