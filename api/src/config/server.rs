//! `[server]`: the address, timeouts and sizes of the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::section::{ConfigSection, SectionKey};
use super::value::quoted;
use crate::graphql::{ApiSettings, CACHE_BYTES};
use crate::limits::ConnectionLimits;
use crate::live::LiveTimings;

/// The address, timeouts and sizes of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// The IP address and port to serve on.
    pub listen: SocketAddr,
    /// The timeout of a query, in seconds; mutations have none.
    pub query_timeout_seconds: u64,
    /// Scores of groups with fewer responses than this are not shown to the role viewer.
    pub suppress_below: u64,
    /// The memory for cached results, in bytes; 0 disables the cache.
    pub answer_bytes: u64,
    /// The largest accepted body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// The number of open connections.
    pub connections: usize,
    /// The number of open connections of one client address; 0 for no limit of its own.
    pub connections_per_address: usize,
    /// How long a client may take for the head of a request, and how long a connection may be idle, in seconds.
    pub head_timeout_seconds: u64,
    /// How long a client may take for the body of a request, in seconds.
    pub body_timeout_seconds: u64,
    /// How long a client may read nothing of its reply, in seconds.
    pub write_timeout_seconds: u64,
    /// How long running requests may take after the process was told to stop, in seconds.
    pub shutdown_grace_seconds: u64,
    /// The time between two keep-alive messages of a subscription, in seconds.
    pub keep_alive_seconds: u64,
    /// The time within which a websocket must send `connection_init`, in seconds.
    pub connection_init_seconds: u64,
    /// The poll interval of a database without notifications while there are subscribers, in milliseconds.
    pub live_poll_ms: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            query_timeout_seconds: 30,
            suppress_below: 5,
            answer_bytes: CACHE_BYTES,
            body_limit_bytes: 1 << 20,
            connections: 1_000,
            connections_per_address: 500,
            head_timeout_seconds: 15,
            body_timeout_seconds: 30,
            write_timeout_seconds: 30,
            shutdown_grace_seconds: 30,
            keep_alive_seconds: 15,
            connection_init_seconds: 10,
            live_poll_ms: 500,
        }
    }
}

impl ConfigSection for ServerConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::with_variable(
            "listen",
            "NEEDLE_LISTEN",
            |server, raw| raw.address().map(|address| server.listen = address),
            |server| quoted(&server.listen.to_string()),
        ),
        SectionKey::new(
            "query_timeout_seconds",
            |server, raw| raw.whole_number(1..=3_600, "seconds").map(|seconds| server.query_timeout_seconds = seconds),
            |server| server.query_timeout_seconds.to_string(),
        ),
        SectionKey::new(
            "suppress_below",
            |server, raw| raw.whole_number(0..=10_000, "responses").map(|responses| server.suppress_below = responses),
            |server| server.suppress_below.to_string(),
        ),
        SectionKey::new(
            "answer_bytes",
            |server, raw| raw.whole_number(0..=4_294_967_296, "bytes").map(|bytes| server.answer_bytes = bytes),
            |server| server.answer_bytes.to_string(),
        ),
        SectionKey::new(
            "body_limit_bytes",
            |server, raw| raw.whole_number(1_024..=67_108_864, "bytes").map(|bytes| server.body_limit_bytes = bytes),
            |server| server.body_limit_bytes.to_string(),
        ),
        SectionKey::new(
            "connections",
            |server, raw| raw.whole_number(16..=1_000_000, "connections").map(|number| server.connections = number),
            |server| server.connections.to_string(),
        ),
        SectionKey::new(
            "connections_per_address",
            |server, raw| {
                raw.whole_number(0..=1_000_000, "connections").map(|number| server.connections_per_address = number)
            },
            |server| server.connections_per_address.to_string(),
        ),
        SectionKey::new(
            "head_timeout_seconds",
            |server, raw| raw.whole_number(1..=3_600, "seconds").map(|seconds| server.head_timeout_seconds = seconds),
            |server| server.head_timeout_seconds.to_string(),
        ),
        SectionKey::new(
            "body_timeout_seconds",
            |server, raw| raw.whole_number(1..=3_600, "seconds").map(|seconds| server.body_timeout_seconds = seconds),
            |server| server.body_timeout_seconds.to_string(),
        ),
        SectionKey::new(
            "write_timeout_seconds",
            |server, raw| raw.whole_number(1..=3_600, "seconds").map(|seconds| server.write_timeout_seconds = seconds),
            |server| server.write_timeout_seconds.to_string(),
        ),
        SectionKey::new(
            "shutdown_grace_seconds",
            |server, raw| raw.whole_number(0..=3_600, "seconds").map(|seconds| server.shutdown_grace_seconds = seconds),
            |server| server.shutdown_grace_seconds.to_string(),
        ),
        SectionKey::new(
            "keep_alive_seconds",
            |server, raw| raw.whole_number(1..=300, "seconds").map(|seconds| server.keep_alive_seconds = seconds),
            |server| server.keep_alive_seconds.to_string(),
        ),
        SectionKey::new(
            "connection_init_seconds",
            |server, raw| raw.whole_number(1..=300, "seconds").map(|seconds| server.connection_init_seconds = seconds),
            |server| server.connection_init_seconds.to_string(),
        ),
        SectionKey::new(
            "live_poll_ms",
            |server, raw| raw.whole_number(50..=60_000, "milliseconds").map(|pause| server.live_poll_ms = pause),
            |server| server.live_poll_ms.to_string(),
        ),
    ];
}

impl ServerConfig {
    /// The limits on connections.
    fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits {
            total: self.connections,
            per_address: self.connections_per_address,
            head_timeout: Duration::from_secs(self.head_timeout_seconds),
            body_timeout: Duration::from_secs(self.body_timeout_seconds),
            write_timeout: Duration::from_secs(self.write_timeout_seconds),
        }
    }

    /// The settings of the GraphQL API that come from this section; all others have their defaults.
    pub fn settings(&self) -> ApiSettings {
        ApiSettings {
            suppress_below: self.suppress_below,
            query_timeout: Duration::from_secs(self.query_timeout_seconds),
            connections: self.connection_limits(),
            result_cache_bytes: self.answer_bytes,
            live_timings: LiveTimings {
                keep_alive: Duration::from_secs(self.keep_alive_seconds),
                connection_init: Duration::from_secs(self.connection_init_seconds),
                poll: Duration::from_millis(self.live_poll_ms),
            },
            ..ApiSettings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_section_are_those_of_the_api() {
        let (ours, theirs) = (ServerConfig::default().settings(), ApiSettings::default());
        assert_eq!(ours.suppress_below, theirs.suppress_below);
        assert_eq!(ours.query_timeout, theirs.query_timeout);
        assert_eq!(ours.result_cache_bytes, theirs.result_cache_bytes);
        assert_eq!(ours.live_timings, theirs.live_timings);
        assert_eq!(ours.connections, theirs.connections);
    }
}
