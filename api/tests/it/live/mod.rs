//! Subscriptions over real sockets: websockets and server-sent events, on both databases, with several servers on one.

mod instances;
mod server;
mod sse;
mod websocket;
