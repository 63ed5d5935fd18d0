//! `[dimensions]`: which attributes can be sliced by.

use super::section::{ConfigSection, SectionKey};

/// Which attributes can be sliced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionsConfig {
    /// An attribute with more distinct values than this is kept out of the profiles.
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
