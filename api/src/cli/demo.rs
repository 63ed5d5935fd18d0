//! `needle demo`: the whole product on a sample company whose true effects are known.

use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use entity::run::RunTrigger;
use entity::token::Role;
use entity::{Calendar, Day, Timestamp, store};
use jobs::clock::Clock;
use jobs::demo::SampleCompany;
use jobs::recompute::{self, RunRequest};
use needle_import::{FileKind, ImportOptions};
use needle_rules::wording::short_points;

use super::context::{CommandContext, connect};
use super::error::CommandError;
use super::{output, scoreboard, serve};
use crate::auth;
use crate::clock::system_clock;
use crate::config::Config;

/// Makes a sample company and shows the product on it.
#[derive(Debug, Args)]
pub struct DemoCommand {
    /// Where to serve [default: the configured port, on loopback only].
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The folder of the sample company's database; an older sample company there is replaced.
    #[arg(long, default_value = "needle-demo")]
    data_dir: PathBuf,
    /// The day to make the sample company for [default: last Monday].
    #[arg(long, value_name = "DATE")]
    today: Option<Day>,
    /// Stop after the scoreboard.
    #[arg(long)]
    no_serve: bool,
}

/// The roles that the demo makes tokens for: role, name, and what the role may do.
const ROLES: [(Role, &str, &str); 4] = [
    (Role::Admin, "admin", "does and reads everything"),
    (Role::Leader, "leader", "defines segments, logs own decisions, reads comments"),
    (Role::Ingest, "ingest", "only writes customers and responses"),
    (Role::Viewer, "viewer", "reads, without personal data"),
];

impl DemoCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let real = system_clock();
        let calendar = Calendar { zone: config.reporting.time_zone.unwrap_or(chrono_tz::UTC) };
        let today = self.today.unwrap_or_else(|| calendar.day_of(real.now()).monday());
        let clock = clock_of(calendar, today, &real);
        let url = fresh_file(&self.data_dir)?;
        tracing::info!(%today, "making the sample company");
        let database = connect(&url).await?;
        let calendar = store::setting::calendar(database.writer(), config.reporting.time_zone).await?;
        let context = CommandContext::new(database, calendar, clock, &config);
        let company = SampleCompany::new(today.to_date());
        import_company(&context, &company).await?;
        tracing::info!("replaying the weekly runs of the last year");
        recompute::replay(&context.job_context, company.first_review.into(), today, |_| {}).await?;
        let request = RunRequest { as_of: Some(today), ..RunRequest::by(RunTrigger::Manual) };
        recompute::run(&context.job_context, &request).await?;
        output::line(scoreboard::table(&context.job_context.database, &company.true_effects).await?)?;
        output::line("\nTrue effects, as built into the sample company:")?;
        for truth in &company.true_effects {
            output::line(format!("  {:>4}  {} ({})", short_points(truth.effect), truth.note, truth.decision))?;
        }
        if self.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        self.serve(context, &config).await
    }

    async fn serve(self, context: CommandContext, config: &Config) -> Result<ExitCode, CommandError> {
        // Reading the demo needs no token, so a configured public address does not apply to it.
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, config.server.listen.port()));
        let database = &context.job_context.database;
        let mut tokens = Vec::new();
        let mut link = String::new();
        for (role, name, rights) in ROLES {
            let token =
                auth::create_token(database, &format!("demo-{name}"), role, context.job_context.clock.now()).await?;
            tokens.push(format!("{token}  {name}: {rights}"));
            if role == Role::Leader {
                // In the fragment of the URL, which browsers do not send to a server, so that no log holds it.
                link = format!("/sign-in#{token}");
            }
        }
        let mut signals = serve::StopSignals::register()?;
        let listener = serve::listen(self.listen.unwrap_or(loopback)).await?;
        let address = listener.local_addr()?;
        output::line(format!(
            "\nPages:    http://{address}{link}\n          signs you in as a leader; reading works without it\nGraphiQL: http://{address}/graphiql\nGraphQL:  http://{address}/graphql\nReading needs no token; writing does, in the header Authorization: Bearer <token>:\n{}",
            tokens.join("\n")
        ))?;
        let settings = config.settings(None);
        // Its database was just written: no disk was full.
        serve::serve(context, listener, &mut signals, serve::ReadAccess::Everybody, config, settings).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A clock that starts five hours into the demo's day and runs on in real time.
fn clock_of(calendar: Calendar, today: Day, real: &Clock) -> Clock {
    let (real, started) = (real.clone(), real.now());
    let morning = calendar.start_of(today).plus_seconds(5 * 60 * 60);
    Clock::new(move || Timestamp(morning.0 + real.now().0 - started.0))
}

/// The URL of a new database file in the folder; an older one is deleted.
fn fresh_file(folder: &Path) -> Result<String, CommandError> {
    let io_failure =
        |error: std::io::Error| CommandError::Message(format!("cannot use the folder {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(io_failure)?;
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(folder.join(format!("needle.db{suffix}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io_failure(error)),
            _ => {}
        }
    }
    Ok(format!("sqlite://{}?mode=rwc", folder.join("needle.db").display()))
}

async fn import_company(context: &CommandContext, company: &SampleCompany) -> Result<(), CommandError> {
    let options = ImportOptions {
        columns: std::collections::BTreeMap::new(),
        date_format: None,
        decisions: Vec::new(),
        further_scores: Vec::new(),
        update: false,
        sheet: None,
        constants: std::collections::BTreeMap::new(),
        zone: None,
        format: needle_import::FileFormat::Needle,
        source: None,
        dry_run: false,
        file_name: None,
        imported_by: "demo".to_owned(),
    };
    for (kind, name, file) in [
        (FileKind::Customers, "customers.csv", &company.customers_csv),
        (FileKind::Responses, "responses.csv", &company.responses_csv),
        (FileKind::Segments, "segments.json", &company.segments_json),
        (FileKind::Decisions, "decisions.json", &company.decisions_json),
    ] {
        let options = ImportOptions { file_name: Some(name.to_owned()), ..options.clone() };
        let report =
            needle_import::import(&context.target(), kind, Cursor::new(file.clone()), &options, |_| {}).await?;
        if let Some(rejection) = report.rejected.first() {
            return Err(CommandError::Message(format!(
                "the sample company's row {} of {kind:?}: {}",
                rejection.row, rejection.message
            )));
        }
    }
    Ok(())
}
