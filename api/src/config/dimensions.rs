//! `[dimensions]`: which attributes become dimensions.

use super::section::{ConfigSection, SectionKey};

/// Which attributes become dimensions that scores can be sliced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionsConfig {
    /// An attribute with more distinct values than this has high cardinality and does not become a dimension.
    pub values_limit: usize,
}

impl Default for DimensionsConfig {
    fn default() -> Self {
        Self { values_limit: 1_000 }
    }
}

impl ConfigSection for DimensionsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[SectionKey::new(
        "values_limit",
        |dimensions, raw| raw.whole_number(1..=1_000_000, "values").map(|values| dimensions.values_limit = values),
        |dimensions| dimensions.values_limit.to_string(),
    )];
}
