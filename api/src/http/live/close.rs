//! Close codes and reasons of a websocket: those of `graphql-transport-ws`, and those of websockets themselves.

use axum::extract::ws::{CloseFrame, close_code};

/// The maximum length of a reason in bytes: a control frame has room for 123.
const REASON_LIMIT: usize = 120;

/// Why the server closes a websocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client sent a message that the protocol does not define; the text is what was expected.
    BadMessage(&'static str),
    /// An operation before `connection_init`, or after the credential became invalid.
    Unauthorized,
    /// The credential in `connection_init` is not accepted.
    Forbidden,
    /// The client does not offer the subprotocol `graphql-transport-ws`.
    Subprotocol,
    /// No `connection_init` within the time limit.
    InitTimeout,
    /// A second operation with the id of a running one; the value is the id.
    SubscriberExists(String),
    /// A second `connection_init`.
    TooManyInits,
    /// A message is longer than the limit on request bodies.
    TooLong,
    /// The server is stopping.
    Stopping,
}

impl CloseReason {
    /// The close code.
    pub const fn code(&self) -> u16 {
        match self {
            Self::BadMessage(_) => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::Subprotocol => 4406,
            Self::InitTimeout => 4408,
            Self::SubscriberExists(_) => 4409,
            Self::TooManyInits => 4429,
            Self::TooLong => close_code::SIZE,
            Self::Stopping => close_code::AWAY,
        }
    }

    /// The close frame, with the reason in the protocol's wording.
    pub fn frame(&self) -> CloseFrame {
        let mut reason = match self {
            Self::BadMessage(why) => format!("Invalid message received: {why}"),
            Self::Unauthorized => "Unauthorized".to_owned(),
            Self::Forbidden => "Forbidden".to_owned(),
            Self::Subprotocol => "Subprotocol not acceptable".to_owned(),
            Self::InitTimeout => "Connection initialisation timeout".to_owned(),
            Self::SubscriberExists(id) => format!("Subscriber for {id} already exists"),
            Self::TooManyInits => "Too many initialisation requests".to_owned(),
            Self::TooLong => "Message too long".to_owned(),
            Self::Stopping => "Server is stopping".to_owned(),
        };
        reason.truncate(reason.floor_char_boundary(REASON_LIMIT));
        CloseFrame { code: self.code(), reason: reason.into() }
    }
}
