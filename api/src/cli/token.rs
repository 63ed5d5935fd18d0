//! `needle token`: who may speak to the API.

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
    /// Make a token; it is printed once, alone.
    Create {
        /// Who bears it.
        #[arg(long)]
        name: String,
        /// What the bearer may do.
        #[arg(long, value_enum)]
        role: RoleArgument,
    },
    /// List all tokens, without their secrets.
    List,
    /// Stop accepting the token of this name, and end the bearer's sessions.
    Revoke {
        /// Who bears it.
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
                        None => "in force".to_owned(),
                    };
                    let created = token.created_at.to_utc().format("%Y-%m-%d");
                    output::line(format!("{}\t{:?}\tcreated {created}\t{state}", token.name, token.role))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            TokenAction::Revoke { name } => {
                // Whoever signed in by an identity provider has sessions and no token of ours.
                let sessions = store::session::end_all_of(database.writer(), &name).await?;
                if store::token::revoke(database.writer(), &name, now).await? || sessions > 0 {
                    Ok(ExitCode::SUCCESS)
                } else {
                    Err(CommandError::Message(format!("no token in force and no session has the name \"{name}\"")))
                }
            }
        }
    }
}
