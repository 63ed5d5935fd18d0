//! What one request may ask for and what may be open at a time, as values. How they are read is left to
//! [`crate::config`], how a request is held against them to [`crate::graphql::limit`] and [`crate::live`].

/// What one request may ask for. Each field is the key of the section `[limits]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Tokens of a document: names, numbers, texts and punctuation.
    pub tokens: u64,
    /// Selections, with every fragment as often as it is spread.
    pub selections: u64,
    /// Levels of fields.
    pub depth: u64,
    /// Aliases, with those in fragments as often as they are spread.
    pub aliases: u64,
    /// Directives, counted likewise.
    pub directives: u64,
    /// How often one selection may stand in one selection set.
    pub repeats: u64,
    /// Levels of lists of fields within the schema's description of itself.
    pub introspection_depth: u64,
    /// Levels of lists and objects in the variables.
    pub variables_depth: u64,
    /// Values in arguments, those of a variable as often as it is used.
    pub values: u64,
    /// Nodes of one page: what `first` or `last` may ask for.
    pub page: u64,
    /// What a query may cost.
    pub cost: u64,
    /// What the queries of one token may cost in a second.
    pub cost_per_second: u64,
    /// Subscriptions that one token may have open in a process.
    pub subscriptions_per_token: u64,
    /// Subscriptions that a process has open, and as many websockets.
    pub subscriptions: u64,
}

impl RequestLimits {
    /// No limit on what a query costs, for somebody who has the database at hand.
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
    /// The key of the configuration.
    pub limit: &'static str,
    /// What is counted, in the plural.
    pub noun: &'static str,
    /// The value of the limit.
    pub maximum: u64,
    /// What the request asks for.
    pub found: u64,
}

impl LimitExceeded {
    /// Refuses what is more than a limit allows.
    pub fn check(limit: &'static str, noun: &'static str, maximum: u64, found: u64) -> Result<(), Self> {
        if found > maximum { Err(Self { limit, noun, maximum, found }) } else { Ok(()) }
    }

    /// The sentence for a developer.
    pub fn message(&self) -> String {
        let Self { limit, noun, maximum, found } = self;
        format!("the request has {found} {noun}, at most {maximum} are allowed (the limit \"{limit}\")")
    }
}
