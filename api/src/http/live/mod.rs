//! GraphQL over transports that stream: websockets by the protocol `graphql-transport-ws`, and server-sent events by that of
//! the package `graphql-sse` in its mode of distinct connections.
//!
//! What is the same for both is in [`operation`]: opening, events, the token that is looked at again.

mod close;
mod message;
pub mod operation;
mod sender;
pub mod sse;
pub mod websocket;
