//! A text that must not appear in logs or messages.

use std::fmt;

/// A secret text whose `Debug` output does not contain it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The text, to be sent where it is needed; never for a log or a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// True when the text is empty.
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
    fn a_secret_is_not_shown() {
        let secret = SecretText::from("hunter2");
        assert_eq!((format!("{secret:?}"), secret.reveal()), ("\"(secret)\"".to_owned(), "hunter2"));
        assert_eq!(format!("{:?}", SecretText::default()), "\"\"");
    }
}
