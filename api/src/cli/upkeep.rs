//! What `needle serve` does beside its requests and its schedule: it removes erased data from the files of the database
//! and from its own memory, looks for damage, and deletes what webhooks kept for a month.

use std::time::Duration;

use jobs::doctor::{self, DoctorContext, SchemaState};
use jobs::recompute::RunContext;
use needle_import::hook;
use needle_rules::removal;
use needle_rules::target::WriteContext;

use crate::graphql::Api;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks after all of it until it is dropped.
pub async fn keep_up(api: Api) {
    tokio::join!(remove_erased(&api), look_for_damage(&api), drop_old_deliveries(&api));
}

async fn remove_erased(api: &Api) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let context = api.job_context();
        if let Err(error) = removal::remove_due(&context.database, context.clock.now()).await {
            tracing::warn!(%error, "what was erased is still in the files of the database: trying again");
        }
        if let Err(error) = api.drop_outdated().await {
            tracing::debug!(%error, "cannot tell whether the data in memory is outdated");
        }
    }
}

/// Deletes what arrived at webhooks more than a month ago, now and in each night.
async fn drop_old_deliveries(api: &Api) {
    let RunContext { database, clock, calendar } = api.job_context();
    loop {
        let context = WriteContext {
            database: database.clone(),
            calendar: calendar.get(),
            now: clock.now(),
            attribute_limits: api.settings().attribute_limits,
            signature: None,
            import: None,
        };
        match hook::drop_old(&context).await {
            Ok((0, 0)) => {}
            Ok((0, deliveries)) => tracing::info!(deliveries, "deleted the records of old deliveries to webhooks"),
            Ok((unread, deliveries)) => {
                tracing::warn!(unread, deliveries, "deleted old deliveries to webhooks, some of which were never read");
            }
            Err(error) => {
                tracing::warn!(%error, "old deliveries to webhooks cannot be deleted: trying again in the next night");
            }
        }
        let night = removal::next_night(calendar.get(), clock.now());
        while clock.now() < night {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Reads all but the large tables now, and every row in each night.
async fn look_for_damage(api: &Api) {
    let RunContext { database, clock, calendar } = api.job_context();
    let mut is_first = true;
    loop {
        let context = DoctorContext {
            database: database.clone(),
            schema: SchemaState::default(),
            clock: clock.clone(),
            values_limit: api.settings().attribute_limits.values,
            quick: is_first,
        };
        let damage = doctor::find_damage(&context).await;
        for finding in &damage {
            tracing::error!(area = finding.area, advice = finding.advice, "damage: {}", finding.message);
        }
        // A look at the small tables cannot take back what a whole one has found.
        if !damage.is_empty() || !is_first {
            api.set_damage(damage);
        }
        is_first = false;
        let night = removal::next_night(calendar.get(), clock.now());
        while clock.now() < night {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
