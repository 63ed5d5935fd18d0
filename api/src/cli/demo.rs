//! `needle demo`: the whole product on a sample company whose truth is known.

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
    /// The folder of the sample company's database; a sample company already there is made anew.
    #[arg(long, default_value = "needle-demo")]
    data_dir: PathBuf,
    /// The day to make the sample company for [default: last Monday].
    #[arg(long, value_name = "DATE")]
    today: Option<Day>,
    /// Stop after the scoreboard.
    #[arg(long)]
    no_serve: bool,
}

/// The roles that the demo has a token for, each with what it may do.
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
        let session = CommandContext::new(database, calendar, clock, &config);
        let company = SampleCompany::new(today.to_date());
        import_company(&session, &company).await?;
        tracing::info!("replaying the weekly runs of the last year");
        recompute::replay(&session.job_context, company.first_review.into(), today, |_| {}).await?;
        let request = RunRequest { as_of: Some(today), ..RunRequest::by(RunTrigger::Manual) };
        recompute::run(&session.job_context, &request).await?;
        output::line(scoreboard::table(&session.job_context.database, &company.true_effects).await?)?;
        output::line("\nThe truth that was built in:")?;
        for truth in &company.true_effects {
            output::line(format!("  {:>4}  {} ({})", short_points(truth.effect), truth.note, truth.decision))?;
        }
        if self.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        self.serve(session, &config).await
    }

    async fn serve(self, session: CommandContext, config: &Config) -> Result<ExitCode, CommandError> {
        // Whoever reaches the demo may read: what is configured for everybody does not open it to everybody.
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, config.server.listen.port()));
        let database = &session.job_context.database;
        let mut tokens = Vec::new();
        let mut link = String::new();
        for (role, name, may) in ROLES {
            let token =
                auth::create_token(database, &format!("demo-{name}"), role, session.job_context.clock.now()).await?;
            tokens.push(format!("{token}  {name}: {may}"));
            if role == Role::Leader {
                // Behind the number sign, where no browser sends it to a server and no log holds it.
                link = format!("/sign-in#{token}");
            }
        }
        let listener = serve::listen(self.listen.unwrap_or(loopback)).await?;
        let address = listener.local_addr()?;
        output::line(format!(
            "\nPages:    http://{address}{link}\n          signs you in as a leader; without the link they are read by anybody\nGraphiQL: http://{address}/graphiql\nGraphQL:  http://{address}/graphql\nReading needs no token; writing does, in the header Authorization: Bearer <token>:\n{}",
            tokens.join("\n")
        ))?;
        let settings = config.settings(None);
        serve::serve(session, listener, serve::ReadAccess::Everybody, config, settings).await
    }
}

/// A clock that starts at the morning of the demo's day and runs on from there.
fn clock_of(calendar: Calendar, today: Day, real: &Clock) -> Clock {
    let (real, started) = (real.clone(), real.now());
    let morning = calendar.start_of(today).plus_seconds(5 * 60 * 60);
    Clock::new(move || Timestamp(morning.0 + real.now().0 - started.0))
}

/// The address of a database file that does not exist yet.
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

async fn import_company(session: &CommandContext, company: &SampleCompany) -> Result<(), CommandError> {
    let options = ImportOptions {
        columns: std::collections::BTreeMap::new(),
        date_format: None,
        format: needle_import::FileFormat::Needle,
        source: None,
        dry_run: false,
        imported_by: "demo".to_owned(),
    };
    for (kind, file) in [
        (FileKind::Customers, &company.customers_csv),
        (FileKind::Responses, &company.responses_csv),
        (FileKind::Segments, &company.segments_json),
        (FileKind::Decisions, &company.decisions_json),
    ] {
        let report =
            needle_import::import(&session.target(), kind, Cursor::new(file.clone()), &options, |_| {}).await?;
        if let Some(rejection) = report.rejected.first() {
            return Err(CommandError::Message(format!(
                "the sample company's row {} of {kind:?}: {}",
                rejection.row, rejection.message
            )));
        }
    }
    Ok(())
}
