//! Metrics that are read from the database when they are scraped: within two seconds or not at all, and at most every
//! five seconds, so that scraping cannot overload it.

use std::time::Duration;

use entity::hook_delivery::HookVendor;
use entity::import_count::{ImportKind, ImportOutcome, Model as ImportCount};
use entity::slot::{Job, SlotState};
use entity::store::measure::{RunCount, StageSeconds};
use entity::{Database, StoreError, Timestamp, store};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long reading may take.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long values, or the failure to read them, are cached.
const CACHE_DURATION: Duration = Duration::from_secs(5);

/// The state of a running run: exported as a gauge and not as a counter, because it also decreases.
const RUNNING: &str = "running";

/// The final states of a slot.
const SETTLED: [SlotState; 4] = [SlotState::Succeeded, SlotState::Failed, SlotState::Missed, SlotState::Cancelled];

const HOUR_MICROSECONDS: f64 = 3_600e6;

type LabelPairs = Vec<(&'static str, String)>;

/// The cached values of the database.
#[derive(Debug, Default)]
pub struct DatabaseMetrics {
    /// Locked while the database is read, so that concurrent scrapes read it once.
    cached: Mutex<Option<(Instant, Option<DatabaseMetricValues>)>>,
}

#[derive(Clone, Debug)]
struct DatabaseMetricValues {
    runs: Vec<RunCount>,
    slots: Vec<(Job, SlotState, i64)>,
    published_at: Option<Timestamp>,
    stages: Option<StageSeconds>,
    stale_weeks: i64,
    imports: Vec<ImportCount>,
    waiting_hooks: Vec<(HookVendor, i64, Timestamp)>,
}

impl DatabaseMetrics {
    /// The values as metrics; only `up_database 0` when they cannot be read.
    pub async fn registry(&self, database: &Database, now: Timestamp) -> Registry {
        let values = self.values(database).await;
        let mut registry = Registry::with_prefix("needle");
        let is_up = ConstGauge::new(i64::from(values.is_some()));
        registry.register("up_database", "1 while the database is reachable", is_up);
        if let Some(values) = values {
            values.register(&mut registry, now);
        }
        registry
    }

    async fn values(&self, database: &Database) -> Option<DatabaseMetricValues> {
        let mut cached = self.cached.lock().await;
        if let Some((read, values)) = &*cached
            && read.elapsed() < CACHE_DURATION
        {
            return values.clone();
        }
        let values = match tokio::time::timeout(DATABASE_TIMEOUT, DatabaseMetricValues::read(database)).await {
            Ok(Ok(values)) => Some(values),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database's metrics cannot be read");
                None
            }
            Err(_) => {
                tracing::warn!(seconds = DATABASE_TIMEOUT.as_secs(), "reading the database's metrics took too long");
                None
            }
        };
        *cached = Some((Instant::now(), values.clone()));
        values
    }
}

impl DatabaseMetricValues {
    async fn read(database: &Database) -> Result<Self, StoreError> {
        let reader = database.reader();
        Ok(Self {
            runs: store::measure::runs(reader).await?,
            slots: store::slot::counts(reader).await?,
            published_at: store::measure::published_at(reader).await?,
            stages: store::measure::newest_stage_seconds(reader).await?,
            stale_weeks: store::measure::stale_weeks(reader).await?,
            imports: store::import_count::all(reader).await?,
            waiting_hooks: store::hook_delivery::waiting(reader).await?,
        })
    }

    fn register(self, registry: &mut Registry, now: Timestamp) {
        self.register_runs(registry);
        self.register_slots(registry);
        if let Some(published_at) = self.published_at {
            #[expect(clippy::cast_precision_loss, reason = "hours do not need the precision of microseconds")]
            let hours = (now.0 - published_at.0) as f64 / HOUR_MICROSECONDS;
            let help = "Hours since the published version was published; absent before the first";
            registry.register("hours_since_last_published_run", help, ConstGauge::new(hours));
        }
        if let Some(stages) = self.stages {
            let seconds = Family::<LabelPairs, Gauge<f64, std::sync::atomic::AtomicU64>>::default();
            for (stage, measured) in [
                ("count", stages.count),
                ("score", stages.score),
                ("review", stages.review),
                ("publish", stages.publish),
            ] {
                if let Some(measured) = measured {
                    seconds.get_or_create(&vec![("stage", stage.to_owned())]).set(measured);
                }
            }
            let help = "Seconds that the stages of the newest published run took";
            registry.register_with_unit("last_run_stage", help, Unit::Seconds, seconds);
        }
        registry.register("stale_weeks", "Weeks that must be counted again", ConstGauge::new(self.stale_weeks));
        let waiting = Family::<LabelPairs, Gauge>::default();
        for (vendor, deliveries, _) in self.waiting_hooks {
            waiting.get_or_create(&vec![("vendor", vendor.name().to_owned())]).set(deliveries);
        }
        registry.register("hook_deliveries_waiting", "Requests to webhooks that are kept unread, by vendor", waiting);
        let labelled = self.imports.into_iter().map(|count| {
            let labels =
                vec![("kind", kind_name(count.kind).to_owned()), ("outcome", outcome_name(count.outcome).to_owned())];
            (labels, count.rows.unsigned_abs())
        });
        register_counts(registry, "import_rows", "Imported rows, by kind and outcome", labelled);
    }

    fn register_runs(&self, registry: &mut Registry) {
        let (open, ended): (Vec<&RunCount>, Vec<&RunCount>) =
            self.runs.iter().partition(|count| count.state == RUNNING);
        let running = open.iter().map(|count| count.runs).sum::<i64>();
        registry.register("runs_running", "Runs in state running", ConstGauge::new(running));
        let labelled = ended.into_iter().map(|count| {
            let labels = vec![("trigger", count.trigger.clone()), ("state", count.state.clone())];
            (labels, count.runs.unsigned_abs())
        });
        register_counts(registry, "runs", "Runs that ended, by trigger and state", labelled);
    }

    /// Settled slots are counters; open slots are a gauge, because their number also decreases.
    fn register_slots(&self, registry: &mut Registry) {
        let (open, settled): (Vec<_>, Vec<_>) =
            self.slots.iter().copied().partition(|(_, state, _)| matches!(state, SlotState::Due | SlotState::Running));
        let labels =
            |job: Job, state: SlotState| vec![("job", job.name().to_owned()), ("state", state.name().to_owned())];
        // `rate` ignores the first value of a series, and with it the first missed slot: every series starts at zero.
        let none = Job::ALL.into_iter().flat_map(|job| SETTLED.map(|state| (job, state, 0)));
        let counts = none.chain(settled).map(|(job, state, slots)| (labels(job, state), slots.unsigned_abs()));
        register_counts(registry, "slots", "Settled slots of the schedule, by job and state", counts);
        let family = Family::<LabelPairs, Gauge>::default();
        for (job, state, slots) in open {
            family.get_or_create(&labels(job, state)).set(slots);
        }
        registry.register("slots_open", "Slots of the schedule that are due or running", family);
    }
}

fn register_counts(registry: &mut Registry, name: &str, help: &str, counts: impl Iterator<Item = (LabelPairs, u64)>) {
    let family = Family::<LabelPairs, Counter>::default();
    for (labels, count) in counts {
        family.get_or_create(&labels).inc_by(count);
    }
    registry.register(name, help, family);
}

const fn kind_name(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Customers => "customers",
        ImportKind::Responses => "responses",
        ImportKind::Segments => "segments",
        ImportKind::Decisions => "decisions",
    }
}

const fn outcome_name(outcome: ImportOutcome) -> &'static str {
    match outcome {
        ImportOutcome::Accepted => "accepted",
        ImportOutcome::Updated => "updated",
        ImportOutcome::Unchanged => "unchanged",
        ImportOutcome::Rejected => "rejected",
    }
}
