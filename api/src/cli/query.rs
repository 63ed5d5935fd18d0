//! `needle query`: executes GraphQL against the database without a server.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use async_graphql::{Request, ServerError, Variables};
use clap::Args;
use entity::token::Role;
use serde::Serialize;
use tracing::Instrument as _;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::auth::Viewer;
use crate::config::Config;
use crate::graphql::{self, Api, ApiSettings, ExecutionRequest, RecomputeMode, random};

/// The timeout of a query: longer than a server's, because no other client waits.
const QUERY_TIMEOUT: Duration = Duration::from_hours(1);

/// Executes GraphQL and prints the result as JSON.
#[derive(Debug, Args)]
pub struct QueryCommand {
    /// The file with the document; - or none is standard input.
    file: Option<PathBuf>,
    /// The document's variables, as a JSON object.
    #[arg(long, value_name = "JSON", value_parser = variables)]
    variables: Option<serde_json::Value>,
    /// The viewer's name; the role is admin.
    #[arg(long = "as", value_name = "NAME", default_value = "cli")]
    name: String,
}

fn variables(text: &str) -> Result<serde_json::Value, String> {
    match serde_json::from_str(text) {
        Ok(object @ serde_json::Value::Object(_)) => Ok(object),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(error) => Err(format!("expected a JSON object: {error}")),
    }
}

/// The result as it is printed, in the order of the specification.
#[derive(Serialize)]
struct PrintedResult<'a> {
    /// `None` when nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a async_graphql::Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, async_graphql::Value>,
}

impl QueryCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let document = self.document()?;
        let context = CommandContext::open(&config).await?;
        let schedule = context.schedule(&config)?;
        let settings = config.settings(Some(schedule));
        let limits = settings.limits.clone().without_cost();
        let settings =
            ApiSettings { recompute: RecomputeMode::Foreground, query_timeout: QUERY_TIMEOUT, limits, ..settings };
        let api = Api::new(context.job_context, settings);
        let request = Request::new(document).variables(Variables::from_json(self.variables.unwrap_or_default()));
        let viewer = Viewer { name: self.name, role: Role::Admin };
        let request_id = random::request_id();
        let span = tracing::error_span!("request", request_id);
        let execution = ExecutionRequest::new(viewer, request, &request_id);
        let response = graphql::execute(&api, execution).instrument(span).await.response;
        let failed = !response.errors.is_empty();
        let printed = PrintedResult {
            data: (!graphql::is_request_error(&response)).then_some(&response.data),
            errors: &response.errors,
            extensions: &response.extensions,
        };
        // Text at once: a JSON value in between would sort the keys, which are in the order of the query.
        output::line(serde_json::to_string(&printed).map_err(|error| CommandError::Message(error.to_string()))?)?;
        Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn document(&self) -> Result<String, CommandError> {
        let mut document = String::new();
        match &self.file {
            Some(file) if file.as_os_str() != "-" => {
                let io_failure =
                    |error: std::io::Error| CommandError::Message(format!("cannot read {}: {error}", file.display()));
                document = std::fs::read_to_string(file).map_err(io_failure)?;
            }
            _ => {
                std::io::stdin().read_to_string(&mut document)?;
            }
        }
        Ok(document)
    }
}
