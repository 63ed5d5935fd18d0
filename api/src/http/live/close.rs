//! How a websocket ends: the codes of `graphql-transport-ws`, and those of websockets themselves.

use axum::extract::ws::{CloseFrame, close_code};

/// The most bytes of a reason: a frame of control holds no more.
const REASON_LIMIT: usize = 120;

/// Why a websocket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// A message that is none of the protocol's.
    BadMessage(&'static str),
    /// An operation before anybody said who asks, or after that is no longer true.
    Unauthorized,
    /// Nobody may ask by what was shown.
    Forbidden,
    /// The client speaks another protocol.
    Subprotocol,
    /// Nobody said in time who asks.
    InitTimeout,
    /// Two operations of one name.
    SubscriberExists(String),
    /// Somebody said twice who asks.
    TooManyInits,
    /// A message is too long.
    TooLong,
    /// The server stops.
    Stopping,
}

impl CloseReason {
    /// The code.
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

    /// The frame, with the reason that the protocol words.
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
