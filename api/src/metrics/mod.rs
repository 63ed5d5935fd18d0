//! The metrics of one process in the format of Prometheus: those that the process counts itself, and those that it
//! reads from the database.
//!
//! None contains personal data. Labels that a client can choose are bounded: methods, routes, statuses, operation
//! names.

mod database;
mod names;

use std::time::{Duration, Instant};

use entity::{Database, Timestamp};
use jobs::recompute::RunTimings;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use database::DatabaseMetrics;
use names::BoundedNames;

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Histogram buckets of request durations in seconds, from a cached result to the default timeout of a query.
const REQUEST_BUCKETS: [f64; 10] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 30.0];

/// Histogram buckets of stage durations in seconds, from an idle stage to the first count of a hundred million
/// responses.
const STAGE_BUCKETS: [f64; 9] = [0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0];

/// The metrics of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram>,
    operations: Family<OperationLabels, Counter>,
    errors: Family<ErrorLabels, Counter>,
    figures_loads: Counter,
    subscriptions: Gauge,
    websockets: Gauge,
    subscription_events: Counter,
    stage_seconds: Family<StageLabels, Histogram>,
    damage: Gauge,
    hook_deliveries: Family<HookLabels, Counter>,
    uptime: Gauge<f64, std::sync::atomic::AtomicU64>,
    started: Instant,
    names: BoundedNames,
    stored: DatabaseMetrics,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    method: &'static str,
    status: StatusLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation_type: &'static str,
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HookLabels {
    vendor: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: &'static str,
}

/// The HTTP status of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StatusLabel(u16);

impl EncodeLabelValue for StatusLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        EncodeLabelValue::encode(&u64::from(self.0), encoder)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("needle"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS)),
            operations: Family::default(),
            errors: Family::default(),
            figures_loads: Counter::default(),
            subscriptions: Gauge::default(),
            websockets: Gauge::default(),
            subscription_events: Counter::default(),
            stage_seconds: Family::new_with_constructor(|| Histogram::new(STAGE_BUCKETS)),
            damage: Gauge::default(),
            hook_deliveries: Family::default(),
            uptime: Gauge::default(),
            started: Instant::now(),
            names: BoundedNames::default(),
            stored: DatabaseMetrics::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("http_requests", "Requests completed, by route, method and status", self.requests.clone());
        let help = "Duration of requests in seconds";
        to.register_with_unit("http_request_duration", help, Unit::Seconds, self.request_seconds.clone());
        let help = "GraphQL operations executed, by the first eight digits of the SHA-256 of the name: a hundred names, all others as other";
        to.register("graphql_requests", help, self.operations.clone());
        to.register("graphql_errors", "Errors in GraphQL results, by code", self.errors.clone());
        let help = "How often the published scores and reviews were loaded into memory";
        to.register("figures_loads", help, self.figures_loads.clone());
        to.register("subscriptions_open", "Subscriptions that are open", self.subscriptions.clone());
        to.register("websockets_open", "Websockets that are open", self.websockets.clone());
        let help = "Events sent to subscribers";
        to.register("subscription_events", help, self.subscription_events.clone());
        let help = "Seconds that the stages of this process's runs took";
        to.register_with_unit("run_stage", help, Unit::Seconds, self.stage_seconds.clone());
        let help = "Tables and files that were damaged when the database was last read as a whole";
        to.register("damage", help, self.damage.clone());
        let help = "Requests to webhooks, by vendor and result";
        to.register("hook_deliveries", help, self.hook_deliveries.clone());
        to.register_with_unit(
            "process_uptime",
            "Seconds since this process started",
            Unit::Seconds,
            self.uptime.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        to.register("build", "The version of the binary", version);
    }

    /// Counts a completed request and its duration.
    pub fn request(&self, route: &'static str, method: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { route, method, status: StatusLabel(status) }).inc();
        self.request_seconds.get_or_create(&RouteLabels { route, method }).observe(took.as_secs_f64());
    }

    /// Counts an executed operation; an anonymous one has an empty name.
    pub fn operation(&self, operation_type: &'static str, name: &str) {
        let operation = self.names.label(name);
        self.operations.get_or_create(&OperationLabels { operation_type, operation }).inc();
    }

    /// Counts an error in a GraphQL result or an HTTP reply, by its code.
    pub fn error(&self, code: &'static str) {
        self.errors.get_or_create(&ErrorLabels { code }).inc();
    }

    /// Counts one load of the published scores and reviews.
    pub fn figures_loaded(&self) {
        self.figures_loads.inc();
    }

    /// Records how many findings of damage there are.
    pub fn damage_found(&self, findings: usize) {
        self.damage.set(i64::try_from(findings).unwrap_or(i64::MAX));
    }

    /// Counts a request to a webhook, by what became of it.
    pub fn hook_delivered(&self, vendor: &'static str, result: &'static str) {
        self.hook_deliveries.get_or_create(&HookLabels { vendor, result }).inc();
    }

    /// The gauge of open subscriptions.
    pub fn subscriptions(&self) -> &Gauge {
        &self.subscriptions
    }

    /// The gauge of open websockets.
    pub fn websockets(&self) -> &Gauge {
        &self.websockets
    }

    /// Counts an event that is sent to a subscriber.
    pub fn subscription_event(&self) {
        self.subscription_events.inc();
    }

    /// Records how long the stages of a run of this process took, in seconds.
    pub fn run_ended(&self, seconds: &RunTimings) {
        let RunTimings { count, score, review, publish } = *seconds;
        for (stage, seconds) in [("count", count), ("score", score), ("review", review), ("publish", publish)] {
            self.stage_seconds.get_or_create(&StageLabels { stage }).observe(seconds);
        }
    }

    /// All metrics as text. Those from the database are left out while it is not reachable.
    pub async fn encode(&self, database: &Database, now: Timestamp) -> Result<String, std::fmt::Error> {
        self.uptime.set(self.started.elapsed().as_secs_f64());
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &self.stored.registry(database, now).await)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}
