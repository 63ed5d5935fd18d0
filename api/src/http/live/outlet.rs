//! The way from an operation to its client: narrow, so that what a slow client does not take is not even made.

use std::time::Duration;

use async_graphql::ServerError;
use tokio::sync::mpsc;

/// So many messages wait for a client to take them.
const WAITING: usize = 4;

/// Something that an operation tells its client.
#[derive(Debug)]
pub enum Said {
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
pub type Line = (u64, Said);

/// Where one operation speaks.
#[derive(Clone, Debug)]
pub struct Outlet {
    lines: mpsc::Sender<Line>,
    number: u64,
    patience: Duration,
}

/// The client takes nothing any more.
#[derive(Debug)]
pub struct Gone;

/// The ends of a way that operations share.
pub fn lines() -> (mpsc::Sender<Line>, mpsc::Receiver<Line>) {
    mpsc::channel(WAITING)
}

impl Outlet {
    /// The outlet of an operation, whose client may take so long.
    pub fn new(messages: mpsc::Sender<Line>, number: u64, send_timeout: Duration) -> Self {
        Self { lines: messages, number, patience: send_timeout }
    }

    /// Done when nobody is there to hear it.
    pub async fn closed(&self) {
        self.lines.closed().await;
    }

    /// Says something once the client takes it.
    pub async fn say(&self, message: Said) -> Result<(), Gone> {
        self.lines.send_timeout((self.number, message), self.patience).await.map_err(|_| Gone)
    }
}
