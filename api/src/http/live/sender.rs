//! The bounded queue from operations to their client: while a slow client does not read, no further events are
//! executed.

use std::time::Duration;

use async_graphql::ServerError;
use tokio::sync::mpsc;

/// How many messages may wait until the client reads them.
const QUEUE_LENGTH: usize = 4;

/// A message of an operation to its client.
#[derive(Debug)]
pub enum OperationMessage {
    /// A GraphQL result, as JSON.
    Next(String),
    /// The operation failed; this is its last message.
    Error(Vec<ServerError>),
    /// The operation has ended; this is its last message.
    Complete,
    /// The credential is no longer valid; this is its last message.
    Unauthenticated(ServerError),
    /// Keeps the connection open while there are no events.
    KeepAlive,
}

/// A message with the number of its operation.
pub type NumberedMessage = (u64, OperationMessage);

/// Sends the messages of one operation.
#[derive(Clone, Debug)]
pub struct MessageSender {
    messages: mpsc::Sender<NumberedMessage>,
    operation: u64,
    send_timeout: Duration,
}

/// The client has disconnected, or did not read within the timeout.
#[derive(Debug)]
pub struct ClientGone;

/// The two ends of a queue, which all operations of a connection share.
pub fn message_channel() -> (mpsc::Sender<NumberedMessage>, mpsc::Receiver<NumberedMessage>) {
    mpsc::channel(QUEUE_LENGTH)
}

impl MessageSender {
    /// A sender for the operation with this number; the client must read each message within `send_timeout`.
    pub fn new(messages: mpsc::Sender<NumberedMessage>, operation: u64, send_timeout: Duration) -> Self {
        Self { messages, operation, send_timeout }
    }

    /// Completes when the receiving end is dropped.
    pub async fn closed(&self) {
        self.messages.closed().await;
    }

    /// Puts a message into the queue, waiting while it is full.
    pub async fn send(&self, message: OperationMessage) -> Result<(), ClientGone> {
        self.messages.send_timeout((self.operation, message), self.send_timeout).await.map_err(|_| ClientGone)
    }
}
