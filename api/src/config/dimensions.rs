//! `[dimensions]`: which attributes become dimensions.

use needle_rules::dimension::AttributeLimits;

use super::section::{ConfigSection, SectionKey};

/// Which attributes become dimensions that scores can be sliced by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DimensionsConfig {
    /// How many attributes there may be, and how many values a dimension.
    pub limits: AttributeLimits,
}

impl ConfigSection for DimensionsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "values_limit",
            |dimensions, raw| raw.whole_number(1..=1_000_000, "values").map(|values| dimensions.limits.values = values),
            |dimensions| dimensions.limits.values.to_string(),
        ),
        SectionKey::new(
            "names_limit",
            |dimensions, raw| raw.whole_number(1..=100_000, "names").map(|names| dimensions.limits.names = names),
            |dimensions| dimensions.limits.names.to_string(),
        ),
        SectionKey::new(
            "new_names_per_request",
            |dimensions, raw| {
                raw.whole_number(1..=100_000, "names").map(|names| dimensions.limits.new_names_per_request = names)
            },
            |dimensions| dimensions.limits.new_names_per_request.to_string(),
        ),
        SectionKey::new(
            "names_per_customer",
            |dimensions, raw| {
                raw.whole_number(1..=100_000, "names").map(|names| dimensions.limits.names_per_customer = names)
            },
            |dimensions| dimensions.limits.names_per_customer.to_string(),
        ),
    ];
}
