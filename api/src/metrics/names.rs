//! Bounds the names that clients choose: a metric label must not have an unlimited number of values.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// How many names are distinguished.
const NAMES_LIMIT: usize = 100;

/// The label value of every further name.
const OTHER: &str = "other";

/// The names that were recorded so far, at most [`NAMES_LIMIT`].
#[derive(Debug, Default)]
pub struct BoundedNames(Mutex<HashSet<String>>);

impl BoundedNames {
    /// The name itself if it is one of the first hundred, `other` if not. An empty name stays empty.
    pub fn bounded(&self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() < NAMES_LIMIT || names.contains(name) {
            names.insert(name.to_owned());
            return name.to_owned();
        }
        OTHER.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_names_are_distinguished_for_good() {
        let names = BoundedNames::default();
        let bounded: HashSet<String> = (0..1_000).map(|at| names.bounded(&format!("Q{at}"))).collect();
        assert_eq!(bounded.len(), NAMES_LIMIT + 1);
        assert_eq!((names.bounded("Q7").as_str(), names.bounded("Q999").as_str()), ("Q7", OTHER));
        assert_eq!(names.bounded(""), "");
    }
}
