//! How the pages show what a review concludes: words, colours and shapes.

use entity::verdict::{ExpectationOutcome, StoredCaveat, Verdict};

/// How a verdict is shown.
pub trait VerdictView {
    /// The verdict in lower-case words.
    fn words(self) -> &'static str;

    /// The CSS class of its colour.
    fn class(self) -> &'static str;

    /// Its symbol as the path of an SVG of 16 by 16 units: no verdict is shown by colour alone.
    fn shape(self) -> &'static str;
}

impl VerdictView for Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::MovedUp => "moved up",
            Self::MovedDown => "moved down",
            Self::DidNotMove => "did not move",
            Self::TooEarly => "too early",
            Self::NotEnoughData => "not enough data",
            Self::Confounded => "confounded",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::MovedUp => "up",
            Self::MovedDown => "down",
            Self::DidNotMove => "flat",
            Self::TooEarly => "early",
            Self::NotEnoughData => "unknown",
            Self::Confounded => "confounded",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::MovedUp => "M8 2 15 14H1z",
            Self::MovedDown => "M8 14 1 2h14z",
            Self::DidNotMove => "M1 5h14v6H1z",
            Self::TooEarly => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2z",
            Self::NotEnoughData => "M8 1l7 7-7 7-7-7zm0 3.4L4.4 8 8 11.6 11.6 8z",
            Self::Confounded => "M3 1l5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z",
        }
    }
}

/// How the outcome of an expectation is shown.
pub trait OutcomeView {
    /// The outcome in words; `None` when it is undetermined.
    fn words(self) -> Option<&'static str>;
}

impl OutcomeView for ExpectationOutcome {
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Exceeded => Some("better than expected"),
            Self::Met => Some("as expected"),
            Self::Missed => Some("worse than expected"),
            Self::Undetermined => None,
        }
    }
}

/// How a caveat is shown.
pub trait CaveatView {
    /// The kind in words, like `few responses`.
    fn kind(&self) -> String;
}

impl CaveatView for StoredCaveat {
    fn kind(&self) -> String {
        self.code.name().replace('_', " ").to_lowercase()
    }
}
