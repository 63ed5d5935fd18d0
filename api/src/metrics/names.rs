//! Names that clients choose, as labels of metrics that everybody may read: bounded in number, and nothing to read.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// How many names are distinguished.
const NAMES_LIMIT: usize = 100;

/// The label value of every further name.
const OTHER: &str = "other";

/// How many bytes of the digest a label shows, as hexadecimal digits.
const DIGEST_BYTES: usize = 4;

/// The labels that were recorded so far, at most [`NAMES_LIMIT`].
#[derive(Debug, Default)]
pub struct BoundedNames(Mutex<HashSet<String>>);

impl BoundedNames {
    /// The label of a name: the first eight digits of its SHA-256 if it is one of the first hundred names, else `other`.
    /// An empty name stays empty.
    pub fn label(&self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let label = Sha256::digest(name.as_bytes()).iter().take(DIGEST_BYTES).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut labels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if labels.len() < NAMES_LIMIT || labels.contains(&label) {
            labels.insert(label.clone());
            return label;
        }
        OTHER.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_names_are_distinguished_for_good_and_none_can_be_read() {
        let names = BoundedNames::default();
        let labels: HashSet<String> = (0..1_000).map(|at| names.label(&format!("Q{at}"))).collect();
        assert_eq!(labels.len(), NAMES_LIMIT + 1);
        assert!(labels.iter().all(|label| label == OTHER || label.len() == 8), "{labels:?}");
        assert_eq!((names.label("Q7"), names.label("Q999").as_str()), (names.label("Q7"), OTHER));
        assert_ne!(names.label("Q7"), OTHER);
        assert_eq!(names.label(""), "");
    }
}
