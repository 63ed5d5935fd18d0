//! The values of the limits on requests, open streams and connections. [`crate::config`] reads them; [`crate::graphql::limit`]
//! and [`crate::live`] enforce them.

use std::time::Duration;

/// Limits on one request and on open streams. Each field has the name of its key in the section `[limits]` of the
/// configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Tokens of a document: names, numbers, strings and punctuation.
    pub tokens: u64,
    /// Selections of a document; those of a fragment count once per spread.
    pub selections: u64,
    /// Nesting depth of fields.
    pub depth: u64,
    /// Aliases of a document; those in a fragment count once per spread.
    pub aliases: u64,
    /// Directives of a document; those in a fragment count once per spread.
    pub directives: u64,
    /// How often one selection may be repeated in one selection set.
    pub repeats: u64,
    /// Nested lists of types and fields in an introspection query.
    pub introspection_depth: u64,
    /// Nesting depth of lists and objects in the variables.
    pub variables_depth: u64,
    /// Values in arguments; those of a variable count once per use.
    pub values: u64,
    /// Nodes of one page: the largest `first` or `last`.
    pub page: u64,
    /// The cost of one query, in units of one field.
    pub cost: u64,
    /// The cost per second of all queries of one token; unused budget accumulates up to ten seconds' worth.
    pub cost_per_second: u64,
    /// Open subscriptions of one token in one process.
    pub subscriptions_per_token: u64,
    /// Open subscriptions of one process; the same number of websockets may be open.
    pub subscriptions: u64,
}

/// Limits on connections, from the section `[server]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Open connections of the process.
    pub total: usize,
    /// Open connections of one client address; 0 for no limit of its own.
    pub per_address: usize,
    /// How long a client may take for the head of a request, and how long a connection may be idle.
    pub head_timeout: Duration,
    /// How long a client may take for the body of a request.
    pub body_timeout: Duration,
    /// How long a client may read nothing of its reply.
    pub write_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 1_000,
            per_address: 500,
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
        }
    }
}

impl RequestLimits {
    /// The same without limits on cost, for the command line, whose user has direct access to the database.
    #[must_use]
    pub fn without_cost(self) -> Self {
        Self { cost: u64::MAX, cost_per_second: u64::MAX, ..self }
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            tokens: 10_000,
            selections: 10_000,
            depth: 20,
            aliases: 100,
            directives: 50,
            repeats: 50,
            introspection_depth: 2,
            variables_depth: 32,
            values: 100_000,
            page: 1_000,
            cost: 200_000,
            cost_per_second: 200_000_000,
            subscriptions_per_token: 50,
            subscriptions: 1_000,
        }
    }
}

/// A limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The key of the limit in the configuration.
    pub limit: &'static str,
    /// What is counted, in the plural, as in "the request has 12 *selections*".
    pub noun: &'static str,
    /// The largest allowed value.
    pub maximum: u64,
    /// The value of the request, above `maximum`.
    pub found: u64,
}

impl LimitExceeded {
    /// Fails when `found` exceeds `maximum`.
    pub fn check(limit: &'static str, noun: &'static str, maximum: u64, found: u64) -> Result<(), Self> {
        if found > maximum { Err(Self { limit, noun, maximum, found }) } else { Ok(()) }
    }

    /// The error message, for a developer of a client.
    pub fn message(&self) -> String {
        let Self { limit, noun, maximum, found } = self;
        format!("the request has {found} {noun}, at most {maximum} are allowed (the limit \"{limit}\")")
    }
}
