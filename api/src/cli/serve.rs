//! `needle serve`: the API for as long as nobody asks it to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use entity::Database;
use entity::token::Role;
use jobs::recompute::RunTimings;
use jobs::schedule::{self, ScheduleWorker, Ticker};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::context::{CommandContext, flag};
use super::error::CommandError;
use crate::auth::Viewer;
use crate::auth::jwt::IdentityProvider;
use crate::config::{CommandFlag, Config};
use crate::graphql::{Api, ApiSettings};
use crate::http::ServerState;
use crate::server;

/// Migrates the database and serves the API.
#[derive(Debug, Args)]
pub struct ServeCommand {
    /// Where to serve.
    #[arg(long, value_name = "ADDRESS", help = "Where to serve [env: NEEDLE_LISTEN] [default: 127.0.0.1:8080]")]
    listen: Option<String>,
}

/// Who may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// Whoever bears a token.
    TokenOnly,
    /// Everybody, as a viewer.
    Everybody,
}

impl ServeCommand {
    /// What this command's own flags set.
    pub fn flags(&self) -> Vec<CommandFlag> {
        flag("--listen", "server", "listen", self.listen.as_deref()).into_iter().collect()
    }

    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let session = CommandContext::open(&config).await?;
        let schedule = session.schedule(&config)?;
        let listener = listen(config.server.listen).await?;
        tracing::info!(address = %listener.local_addr()?, "serving");
        let settings = config.settings(Some(schedule));
        serve(session, listener, ReadAccess::TokenOnly, &config, settings).await
    }
}

/// Listens on an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| CommandError::Message(format!("cannot listen on {address}: {error}")))
}

/// Serves until the process is asked to stop, then ends the requests and the runs that are under way, as far as the
/// grace lasts.
pub async fn serve(
    session: CommandContext,
    listener: TcpListener,
    reading: ReadAccess,
    config: &Config,
    settings: ApiSettings,
) -> Result<ExitCode, CommandError> {
    let CommandContext { job_context: workplace, .. } = session;
    let database = workplace.database.clone();
    let anonymous = (reading == ReadAccess::Everybody).then(|| Viewer { name: "guest".to_owned(), role: Role::Viewer });
    let schedule = settings.schedule.clone();
    let settings = ApiSettings { documents: Arc::new(config.documents.open()?), ..settings };
    let identity_provider = match config.access.jwt.settings()? {
        // Whoever may read the demo needs no token, and its clock is not that of any provider.
        Some(settings) if reading == ReadAccess::TokenOnly => {
            Some(Arc::new(IdentityProvider::open(settings, workplace.clock.now()).await?))
        }
        _ => None,
    };
    let api = Api::new(workplace, settings);
    let ticker = match schedule {
        Some(schedule) => Some(Ticker::start(worker(&api, schedule).await?).await?),
        None => None,
    };
    let (stop, stopping) = watch::channel(false);
    let is_stopping = stopping.clone();
    let state = ServerState {
        api: api.clone(),
        anonymous,
        identity_provider,
        access: config.access.clone(),
        body_limit_bytes: config.server.body_limit_bytes,
        readiness: Arc::new(move || Box::pin(readiness(database.clone(), *is_stopping.borrow()))),
    };
    let grace = Duration::from_secs(config.server.shutdown_grace_seconds);
    let requests = async {
        let ended = tokio::select! {
            ended = server::serve(state, listener, until_set(stopping.clone())) => ended,
            () = delayed(until_set(stopping.clone()), grace) => {
                tracing::warn!("requests were still under way when the grace was over");
                Ok(())
            }
        };
        // Whatever ended them, the runs end too.
        stop.send_replace(true);
        ended
    };
    let runs = async {
        until_set(stopping.clone()).await;
        drop(ticker);
        let running = api.background().at_work();
        if running > 0 {
            tracing::info!(runs = running, "waiting for the runs at work");
        }
        api.background().drain(grace).await;
    };
    let stop_on_signal = async {
        tokio::select! {
            () = stop_signal() => {
                stop.send_replace(true);
            }
            () = until_set(stopping.clone()) => {}
        }
    };
    let (ended, (), ()) = tokio::join!(requests, runs, stop_on_signal);
    ended?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Done when the process is to stop.
async fn until_set(mut stopping: watch::Receiver<bool>) {
    // The sender outlives all who wait.
    let _ = stopping.wait_for(|is_set| *is_set).await;
}

/// Done so long after something else.
async fn delayed(first: impl Future<Output = ()>, pause: Duration) {
    first.await;
    tokio::time::sleep(pause).await;
}

/// The worker of the schedule; how long its runs took is measured as for all others.
async fn worker(api: &Api, schedule: schedule::ScheduleSettings) -> Result<ScheduleWorker, CommandError> {
    let measured = api.clone();
    let ended = Box::new(move |seconds: &RunTimings| measured.metrics().run_ended(seconds));
    Ok(ScheduleWorker::begin(api.job_context().clone(), schedule, api.background().clone(), ended).await?)
}

/// Whether the database answers and has every migration of this binary.
async fn readiness(database: Database, is_stopping: bool) -> Result<(), String> {
    if is_stopping {
        return Err("the server is about to stop".to_owned());
    }
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
async fn stop_signal() {
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
