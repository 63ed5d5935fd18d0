//! `needle serve`: serves the API and the pages until the process gets a signal to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use entity::token::Role;
use entity::{Database, StoreError};
use jobs::recompute::RunTimings;
use jobs::schedule::{self, ScheduleWorker, Ticker};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::context::{self, CommandContext, flag};
use super::error::CommandError;
use super::upkeep::keep_up;
use crate::auth::Viewer;
use crate::auth::jwt::IdentityProvider;
use crate::config::{CommandFlag, Config};
use crate::graphql::{Api, ApiSettings};
use crate::http::{HookReceiver, ServerState};
use crate::server;

/// Migrates the database and serves the API.
#[derive(Debug, Args)]
pub struct ServeCommand {
    #[arg(long, value_name = "ADDRESS", help = "Where to serve [env: NEEDLE_LISTEN] [default: 127.0.0.1:8080]")]
    listen: Option<String>,
}

/// How often a server that was started on a full disk tries whether there is room.
const ROOM_CHECK: Duration = Duration::from_secs(5);

/// Who may read the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// Clients with a token or a session.
    TokenOnly,
    /// Also clients without either, as the viewer `guest`.
    Everybody,
}

/// Why a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServeEnd {
    /// The process got a signal to stop.
    Signal,
    /// The database was opened by this process alone, on a full disk, and has room again: it is to be opened anew.
    HasRoom,
}

impl ServeCommand {
    /// The flags of this command, as the configuration takes them.
    pub fn flags(&self) -> Vec<CommandFlag> {
        flag("--listen", "server", "listen", self.listen.as_deref()).into_iter().collect()
    }

    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let mut context = CommandContext::open(&config).await?;
        let mut signals = StopSignals::register()?;
        loop {
            let schedule = context.schedule(&config)?;
            let listener = listen(config.server.listen).await?;
            tracing::info!(address = %listener.local_addr()?, "serving");
            let settings = config.settings(Some(schedule));
            match serve(context, listener, &mut signals, ReadAccess::TokenOnly, &config, settings).await? {
                ServeEnd::Signal => return Ok(ExitCode::SUCCESS),
                ServeEnd::HasRoom => {
                    context::close().await;
                    context = CommandContext::open(&config).await?;
                }
            }
        }
    }
}

/// The signals that stop a server: SIGINT and SIGTERM.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// From here on these signals do not end the process by themselves. To be called before the socket is bound, so that
    /// whoever can connect can also stop the server in an orderly way.
    pub fn register() -> Result<Self, CommandError> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Completes when the process gets one of them, or got one before.
    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Binds a socket to an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| CommandError::Message(format!("cannot listen on {address}: {error}")))
}

/// Serves until the process gets a signal to stop, then waits for running requests and runs, at most for the configured
/// grace period each.
pub async fn serve(
    context: CommandContext,
    listener: TcpListener,
    signals: &mut StopSignals,
    access: ReadAccess,
    config: &Config,
    settings: ApiSettings,
) -> Result<ServeEnd, CommandError> {
    let CommandContext { job_context, .. } = context;
    let database = job_context.database.clone();
    let anonymous = (access == ReadAccess::Everybody).then(|| Viewer { name: "guest".to_owned(), role: Role::Viewer });
    let schedule = settings.schedule.clone();
    let settings = ApiSettings { documents: Arc::new(config.documents.open()?), ..settings };
    let identity_provider = match config.access.jwt.settings()? {
        // The demo is read without a token, and its clock is not that of any provider.
        Some(settings) if access == ReadAccess::TokenOnly => {
            Some(Arc::new(IdentityProvider::open(settings, job_context.clock.now()).await?))
        }
        _ => None,
    };
    let api = Api::new(job_context, settings);
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
        hooks: Arc::new(HookReceiver::new(&config.hooks)),
        body_limit_bytes: config.server.body_limit_bytes,
        readiness: Arc::new(move || Box::pin(readiness(database.clone(), *is_stopping.borrow()))),
    };
    let grace = Duration::from_secs(config.server.shutdown_grace_seconds);
    let requests = async {
        let ended = tokio::select! {
            ended = server::serve(state, listener, until_set(stopping.clone())) => ended,
            () = delayed(until_set(stopping.clone()), grace) => {
                tracing::warn!("requests still running after the grace period");
                Ok(())
            }
        };
        // The runs end with the requests, also when serving failed.
        stop.send_replace(true);
        ended
    };
    let runs = async {
        until_set(stopping.clone()).await;
        drop(ticker);
        let running = api.background().at_work();
        if running > 0 {
            tracing::info!(runs = running, "waiting for running recomputes");
        }
        api.background().drain(grace).await;
    };
    let upkeep = async {
        tokio::select! {
            () = Box::pin(keep_up(api.clone())) => {}
            () = until_set(stopping.clone()) => {}
        }
    };
    let end = async {
        let end = tokio::select! {
            () = signals.received() => ServeEnd::Signal,
            () = has_room(&api.job_context().database) => ServeEnd::HasRoom,
            () = until_set(stopping.clone()) => ServeEnd::Signal,
        };
        stop.send_replace(true);
        end
    };
    let (ended, (), (), end) = tokio::join!(requests, runs, upkeep, end);
    ended?;
    tracing::info!("stopped");
    Ok(end)
}

/// Completes once a database that was opened on a full disk has room again; never for any other.
async fn has_room(database: &Database) {
    if !database.is_alone() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(ROOM_CHECK).await;
        let attempt = async { Ok::<_, StoreError>(database.begin_write().await?.commit().await?) };
        match attempt.await {
            Ok(()) => return tracing::info!("the disk of the database has room again: opening it anew"),
            Err(error) => tracing::warn!(%error, "nothing can be written"),
        }
    }
}

/// Completes once the flag is set.
async fn until_set(mut stopping: watch::Receiver<bool>) {
    // The sender outlives all receivers.
    let _ = stopping.wait_for(|is_set| *is_set).await;
}

/// Completes `pause` after `first`.
async fn delayed(first: impl Future<Output = ()>, pause: Duration) {
    first.await;
    tokio::time::sleep(pause).await;
}

/// The worker of the schedule. The durations of its runs go to the same metrics as those of other runs.
async fn worker(api: &Api, schedule: schedule::ScheduleSettings) -> Result<ScheduleWorker, CommandError> {
    let recorder = api.clone();
    let on_run_end = Box::new(move |seconds: &RunTimings| recorder.metrics().run_ended(seconds));
    Ok(ScheduleWorker::begin(api.job_context().clone(), schedule, api.background().clone(), on_run_end).await?)
}

/// Ok when the database is reachable and has every migration of this binary; else the reason why requests must wait.
async fn readiness(database: Database, is_stopping: bool) -> Result<(), String> {
    if is_stopping {
        return Err("the server is about to stop".to_owned());
    }
    // Uses the reader only: the writer may be busy with an import for a while, and the server is ready all the same.
    let compared = migration::compare(database.reader()).await.map_err(entity::StoreError::from);
    let comparison = compared.map_err(|error| {
        tracing::warn!(%error, "the database is not reachable");
        "the database is not reachable".to_owned()
    })?;
    match comparison.pending.first() {
        None => Ok(()),
        Some(name) => Err(format!("the migration {name} is pending")),
    }
}
