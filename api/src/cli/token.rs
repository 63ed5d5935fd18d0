//! `needle token`: makes, lists and revokes the tokens of the API.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use entity::store;
use entity::token::Role;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::auth;
use crate::config::Config;

/// Makes, lists and revokes API tokens.
#[derive(Debug, Args)]
pub struct TokenCommand {
    #[command(subcommand)]
    action: TokenAction,
}

#[derive(Debug, Subcommand)]
enum TokenAction {
    /// Make a token and print it; it cannot be shown again.
    Create {
        /// The name of its owner, under which decisions and audit entries are stored.
        #[arg(long)]
        name: String,
        /// What its owner may do.
        #[arg(long, value_enum)]
        role: RoleArgument,
    },
    /// List all tokens, without their secrets.
    List,
    /// Stop accepting the token of this name, and end its owner's sessions.
    Revoke {
        /// The name of its owner.
        #[arg(long)]
        name: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleArgument {
    /// Reads, without personal data.
    Viewer,
    /// Also logs, revises and reverses own decisions, and reads comments.
    Leader,
    /// Only writes customers and responses.
    Ingest,
    /// Everything.
    Admin,
}

impl TokenCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let job_context = CommandContext::open(&config).await?.job_context;
        let (database, now) = (&job_context.database, job_context.clock.now());
        match self.action {
            TokenAction::Create { name, role } => {
                let role = match role {
                    RoleArgument::Viewer => Role::Viewer,
                    RoleArgument::Leader => Role::Leader,
                    RoleArgument::Ingest => Role::Ingest,
                    RoleArgument::Admin => Role::Admin,
                };
                output::line(auth::create_token(database, &name, role, now).await?)
            }
            TokenAction::List => {
                for token in store::token::all(database.reader()).await? {
                    let state = match token.revoked_at {
                        Some(revoked_at) => format!("revoked {}", revoked_at.to_utc().format("%Y-%m-%d")),
                        None => "active".to_owned(),
                    };
                    let created = token.created_at.to_utc().format("%Y-%m-%d");
                    output::line(format!("{}\t{:?}\tcreated {created}\t{state}", token.name, token.role))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            TokenAction::Revoke { name } => {
                // A person of an identity provider has sessions and no token here.
                let sessions = store::session::end_all_of(database.writer(), &name).await?;
                if store::token::revoke(database.writer(), &name, now).await? || sessions > 0 {
                    Ok(ExitCode::SUCCESS)
                } else {
                    Err(CommandError::Message(format!("no active token and no session has the name \"{name}\"")))
                }
            }
        }
    }
}
