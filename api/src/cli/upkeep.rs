//! What `needle serve` does beside its requests and its schedule: it removes erased data from the files of the database
//! and from its own memory, and looks for damage.

use std::time::Duration;

use jobs::doctor::{self, DoctorContext, SchemaState};
use jobs::recompute::RunContext;
use needle_rules::removal;

use crate::graphql::Api;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks after both until it is dropped.
pub async fn keep_up(api: Api) {
    tokio::join!(remove_erased(&api), look_for_damage(&api));
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
