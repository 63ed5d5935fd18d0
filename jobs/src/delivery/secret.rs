//! A text that must not be shown: it goes to the one place that needs it.

use std::fmt;

/// A text that shows itself to nobody.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The text: for the one who asks for it, never for a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "\"\"" } else { "\"(secret)\"" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = SecretText::from("hunter2");
        assert_eq!((format!("{secret:?}"), secret.reveal()), ("\"(secret)\"".to_owned(), "hunter2"));
        assert_eq!(format!("{:?}", SecretText::default()), "\"\"");
    }
}
