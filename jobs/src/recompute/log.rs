//! Logging of runs: the id of a run on every line while it works, and its counts and timings at the end.

use entity::run::{Model as RunRow, RunTrigger};
use tracing::Instrument as _;

use super::publisher::RunOutcome;

/// Wraps the work of a run so that every line logged within has the run's id, trigger and slot.
pub fn within<T>(run: &RunRow, work: impl Future<Output = T>) -> impl Future<Output = T> {
    work.instrument(span(run))
}

/// Logs that a run ended and how long its stages took; call it [`within`] the run. A replay has a run for every week,
/// so those are logged at the debug level.
pub fn ended(RunOutcome { run, seconds }: &RunOutcome) {
    macro_rules! log_end {
        ($level:ident) => {
            tracing::$level!(
                as_of = %run.as_of,
                published = run.version.is_some(),
                responses_seen = run.responses_seen,
                weeks_counted = run.weeks_counted,
                segments_scored = run.segments_scored,
                decisions_reviewed = run.decisions_reviewed,
                count_seconds = seconds.count,
                score_seconds = seconds.score,
                review_seconds = seconds.review,
                publish_seconds = seconds.publish,
                "a run ended"
            )
        };
    }
    if run.trigger == RunTrigger::Replay { log_end!(debug) } else { log_end!(info) }
}

fn span(run: &RunRow) -> tracing::Span {
    let slot = run.slot.map(|slot| slot.to_utc().to_rfc3339());
    tracing::info_span!("run", run = run.id.0, trigger = name(run.trigger), slot)
}

const fn name(trigger: RunTrigger) -> &'static str {
    match trigger {
        RunTrigger::Schedule => "schedule",
        RunTrigger::Manual => "manual",
        RunTrigger::CatchUp => "catch_up",
        RunTrigger::Replay => "replay",
    }
}
