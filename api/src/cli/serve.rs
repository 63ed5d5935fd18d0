//! `needle serve`: the API for as long as nobody asks it to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use entity::Database;
use entity::token::Role;
use jobs::schedule::{self, Ticker, Worker};
use tokio::net::TcpListener;

use super::failure::Failure;
use super::session::{Common, Session};
use crate::auth::Viewer;
use crate::graphql::{Api, Settings};
use crate::http::{self, ServerState};

/// Migrates the database and serves the API.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to serve.
    #[arg(long, env = "NEEDLE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// How long runs at work may go on when the process is asked to stop; then they stop and give their slots back.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(30);

/// Who may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Whoever bears a token.
    ByToken,
    /// Everybody, as a viewer.
    Open,
}

impl Serve {
    pub async fn run(self, common: Common) -> Result<ExitCode, Failure> {
        let session = Session::open(&common).await?;
        let schedule = session.schedule()?;
        let listener = listen(self.listen).await?;
        tracing::info!(address = %listener.local_addr()?, "serving");
        serve(session, Some(schedule), listener, Reading::ByToken).await
    }
}

/// Listens on an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| Failure::Said(format!("cannot listen on {address}: {error}")))
}

/// Serves until the process is asked to stop, then ends the requests and the runs that are under way.
pub async fn serve(
    session: Session,
    schedule: Option<schedule::Settings>,
    listener: TcpListener,
    reading: Reading,
) -> Result<ExitCode, Failure> {
    let workplace = session.workplace;
    let database = workplace.database.clone();
    let anonymous = (reading == Reading::Open).then(|| Viewer { name: "guest".to_owned(), role: Role::Viewer });
    let api = Api::new(workplace.clone(), Settings { schedule: schedule.clone(), ..Settings::default() });
    let ticker = match schedule {
        Some(settings) => {
            let worker = Worker::begin(workplace, settings, api.background().clone()).await?;
            Some(Ticker::start(worker).await?)
        }
        None => None,
    };
    let state =
        ServerState { api: api.clone(), anonymous, readiness: Arc::new(move || Box::pin(readiness(database.clone()))) };
    http::serve(state, listener, asked_to_stop()).await?;
    if let Some(ticker) = ticker {
        ticker.stop().await;
    }
    let at_work = api.background().at_work();
    if at_work > 0 {
        tracing::info!(runs = at_work, "waiting for the runs at work");
    }
    api.background().drain(SHUTDOWN_GRACE).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Whether the database answers and has every migration of this binary.
async fn readiness(database: Database) -> Result<(), String> {
    // Only reads: the writer may be at work on an import for a while, and that is no reason to send clients away.
    let compared = migration::compare(database.reader()).await.map_err(entity::StoreError::from);
    let comparison = compared.map_err(|error| {
        tracing::warn!(%error, "the database does not answer");
        "the database does not answer".to_owned()
    })?;
    match comparison.pending.first() {
        None => Ok(()),
        Some(name) => Err(format!("the migration {name} is pending")),
    }
}

/// Done when the process gets an interrupt or a termination signal.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
