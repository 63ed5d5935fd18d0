//! `[limits]`: limits on one request, on the cost budget of a token, and on open streams.

use super::section::{ConfigConflict, ConfigSection, KeyName, SectionKey};
use crate::graphql::limit::budget::SAVED_SECONDS;
use crate::limits::RequestLimits;

/// Declares a key with a whole number: its name, which is also its field, its range, and the noun of what it counts.
macro_rules! whole {
    ($key:ident, $range:expr, $of:literal) => {
        SectionKey::new(
            stringify!($key),
            |limits, raw| raw.whole_number($range, $of).map(|number| limits.$key = number),
            |limits| limits.$key.to_string(),
        )
    };
}

impl ConfigSection for RequestLimits {
    const KEYS: &'static [SectionKey<Self>] = &[
        whole!(tokens, 100..=1_000_000, "tokens"),
        whole!(selections, 100..=1_000_000, "selections"),
        whole!(depth, 5..=50, "levels"),
        whole!(aliases, 0..=10_000, "aliases"),
        whole!(directives, 0..=10_000, "directives"),
        whole!(repeats, 1..=10_000, "selections"),
        whole!(introspection_depth, 1..=10, "levels"),
        whole!(variables_depth, 1..=100, "levels"),
        whole!(values, 1_000..=10_000_000, "values"),
        whole!(page, 1..=1_000, "nodes"),
        whole!(cost, 1_000..=1_000_000_000, "points"),
        whole!(cost_per_second, 100..=200_000_000, "points"),
        whole!(subscriptions_per_token, 1..=100_000, "subscriptions"),
        whole!(subscriptions, 1..=100_000, "subscriptions"),
    ];

    fn validate(&self) -> Vec<ConfigConflict> {
        let most = self.cost_per_second.saturating_mul(SAVED_SECONDS);
        if self.cost <= most {
            return Vec::new();
        }
        let key = |key| KeyName { section: "limits", key };
        let message = format!(
            "expected cost_per_second times {SAVED_SECONDS} to be at least the cost of one query, found {most} below {}: \
             such a query would never be executed",
            self.cost
        );
        vec![ConfigConflict { keys: vec![key("cost_per_second"), key("cost")], message }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_below_the_cost_of_one_query_is_a_conflict() {
        assert_eq!(RequestLimits::default().validate(), []);
        assert_eq!(RequestLimits { cost_per_second: 20_000, ..RequestLimits::default() }.validate(), []);
        let found = RequestLimits { cost_per_second: 19_999, ..RequestLimits::default() }.validate();
        assert!(found[0].message.contains("found 199990 below 200000"), "{found:?}");
    }
}
