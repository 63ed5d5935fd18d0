//! What `needle serve` does beside its requests and its schedule: it removes erased data from the files of the database
//! and from its own memory.

use std::time::Duration;

use needle_rules::removal;

use crate::graphql::Api;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks after both until it is dropped.
pub async fn keep_up(api: Api) {
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
