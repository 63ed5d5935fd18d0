//! Tests of subscriptions over real sockets: websockets and server-sent events, on both databases, and with several
//! servers on one database.

mod instances;
mod server;
mod sse;
mod websocket;
