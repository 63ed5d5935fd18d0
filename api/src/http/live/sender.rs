//! The way from an operation to its client: narrow, so that what a slow client does not take is not even made.

use std::time::Duration;

use async_graphql::ServerError;
use tokio::sync::mpsc;

/// So many messages wait for a client to take them.
const QUEUE_LENGTH: usize = 4;

/// Something that an operation tells its client.
#[derive(Debug)]
pub enum OperationMessage {
    /// A response or an event, as JSON.
    Next(String),
    /// Nothing was executed, or no more can be; it is the last.
    Error(Vec<ServerError>),
    /// There is no more.
    Complete,
    /// Whoever asked may not ask any more.
    Unauthenticated(ServerError),
    /// The stream is alive.
    KeepAlive,
}

/// Something said, and the number of the operation that said it.
pub type NumberedMessage = (u64, OperationMessage);

/// Where one operation speaks.
#[derive(Clone, Debug)]
pub struct MessageSender {
    messages: mpsc::Sender<NumberedMessage>,
    operation: u64,
    send_timeout: Duration,
}

/// The client takes nothing any more.
#[derive(Debug)]
pub struct ClientGone;

/// The ends of a way that operations share.
pub fn message_channel() -> (mpsc::Sender<NumberedMessage>, mpsc::Receiver<NumberedMessage>) {
    mpsc::channel(QUEUE_LENGTH)
}

impl MessageSender {
    /// The outlet of an operation, whose client may take so long.
    pub fn new(messages: mpsc::Sender<NumberedMessage>, operation: u64, send_timeout: Duration) -> Self {
        Self { messages, operation, send_timeout }
    }

    /// Done when nobody is there to hear it.
    pub async fn closed(&self) {
        self.messages.closed().await;
    }

    /// Says something once the client takes it.
    pub async fn send(&self, message: OperationMessage) -> Result<(), ClientGone> {
        self.messages.send_timeout((self.operation, message), self.send_timeout).await.map_err(|_| ClientGone)
    }
}
