//! `[dimensions]`: which attributes can be sliced by.

use super::section::{Key, Section};

/// Which attributes can be sliced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// An attribute with more distinct values than this is kept out of the profiles.
    pub values_limit: usize,
}

impl Default for Dimensions {
    fn default() -> Self {
        Self { values_limit: 1_000 }
    }
}

impl Section for Dimensions {
    const KEYS: &'static [Key<Self>] = &[Key::new(
        "values_limit",
        |dimensions, raw| raw.whole(1..=1_000_000, "values").map(|values| dimensions.values_limit = values),
        |dimensions| dimensions.values_limit.to_string(),
    )];
}
