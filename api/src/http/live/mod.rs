//! GraphQL over streaming transports: websockets with the protocol `graphql-transport-ws`, and server-sent events with
//! the protocol of the package `graphql-sse` in its distinct connections mode.
//!
//! [`operation`] contains what both share: opening, events, and the repeated check of the credential.

mod close;
mod message;
pub mod operation;
mod sender;
pub mod sse;
pub mod websocket;
