//! Names that clients choose, bounded: a label must not have as many values as somebody can think of.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// So many names are told apart.
const NAMES_LIMIT: usize = 100;

/// What every further name is called.
const OTHER: &str = "other";

/// The names seen so far.
#[derive(Debug, Default)]
pub struct BoundedNames(Mutex<HashSet<String>>);

impl BoundedNames {
    /// The name itself while it is one of the first, `other` from then on. No name at all stays none.
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
    fn the_first_names_are_told_apart_and_stay_so() {
        let names = BoundedNames::default();
        let bounded: HashSet<String> = (0..1_000).map(|at| names.bounded(&format!("Q{at}"))).collect();
        assert_eq!(bounded.len(), NAMES_LIMIT + 1);
        assert_eq!((names.bounded("Q7").as_str(), names.bounded("Q999").as_str()), ("Q7", OTHER));
        assert_eq!(names.bounded(""), "");
    }
}
