//! `needle serve`: the API for as long as nobody asks it to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use entity::Database;
use entity::token::Role;
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
        let listener = listen(self.listen).await?;
        tracing::info!(address = %listener.local_addr()?, "serving");
        serve(session, listener, Reading::ByToken).await
    }
}

/// Listens on an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| Failure::Said(format!("cannot listen on {address}: {error}")))
}

/// Serves until the process is asked to stop, then ends the requests that are under way.
pub async fn serve(session: Session, listener: TcpListener, reading: Reading) -> Result<ExitCode, Failure> {
    let database = session.workplace.database.clone();
    let anonymous = (reading == Reading::Open).then(|| Viewer { name: "guest".to_owned(), role: Role::Viewer });
    let state = ServerState {
        api: Api::new(session.workplace, Settings::default()),
        anonymous,
        readiness: Arc::new(move || Box::pin(readiness(database.clone()))),
    };
    http::serve(state, listener, asked_to_stop()).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Whether the database answers and has every migration of this binary.
async fn readiness(database: Database) -> Result<(), String> {
    let steps = migration::status(database.writer()).await.map_err(|error| {
        tracing::warn!(%error, "the database does not answer");
        "the database does not answer".to_owned()
    })?;
    match steps.iter().find(|step| !step.applied) {
        None => Ok(()),
        Some(step) => Err(format!("the migration {} is pending", step.name)),
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
