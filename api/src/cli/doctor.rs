//! `needle doctor`: checks the database, and reports what is wrong with it and what to do.
//!
//! It opens the database read-only and migrates nothing, so that it also works on one that is empty, older, newer,
//! damaged or unreachable.

use std::process::ExitCode;

use clap::Args;
use entity::{Database, StoreError};
use jobs::doctor::{self, DoctorContext, DoctorFinding, FindingLevel, SchemaState};
use serde_json::json;

use super::error::CommandError;
use super::output;
use crate::auth::jwt::JwksOrigin;
use crate::clock::system_clock;
use crate::config::{Config, JwtConfig};

/// Checks the database; exit status 1 when something is wrong.
#[derive(Debug, Args)]
pub struct DoctorCommand {
    /// Leave out what reads every response: the tally against the responses, references, days, unused values.
    #[arg(long)]
    quick: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

impl DoctorCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let findings = match self.open_for_checks(&config).await {
            Ok(context) => doctor::examine(&context).await,
            Err(error) => doctor::unreachable(&error),
        };
        let findings: Vec<DoctorFinding> =
            findings.into_iter().chain(check_provider_keys(&config.access.jwt).await).collect();
        let is_healthy = doctor::is_healthy(&findings);
        if self.json {
            output::json(&json!({ "ok": is_healthy, "findings": findings }))?;
        } else {
            output::line(report(&findings))?;
        }
        Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    async fn open_for_checks(&self, config: &Config) -> Result<DoctorContext, StoreError> {
        let database = Database::inspect(config.database.url.reveal()).await?;
        let migration::SchemaComparison { applied, pending, unknown } = migration::compare(database.reader()).await?;
        let schema = SchemaState { applied, pending, unknown };
        Ok(DoctorContext {
            database,
            schema,
            clock: system_clock(),
            values_limit: config.dimensions.limits.values,
            quick: self.quick,
        })
    }
}

/// Checks that the keys of the identity provider can be read and used; `None` where no provider is configured.
async fn check_provider_keys(jwt: &JwtConfig) -> Option<DoctorFinding> {
    let area = "identity provider";
    let problem = |code, message, advice: &str| {
        let advice = Some(advice.to_owned());
        DoctorFinding { area, code, level: FindingLevel::Problem, message, advice }
    };
    let origin = jwt.settings().ok()??.jwks;
    let keys = match origin.read().await {
        Ok(keys) => keys.count(&jwt.algorithms),
        Err(error) => {
            let advice = "correct jwks in [access.jwt], or make it readable from here: all its tokens are refused";
            return Some(problem("no-keys", error.to_string(), advice));
        }
    };
    if keys == 0 {
        let message = format!("{origin} holds no key for the accepted algorithms");
        return Some(problem("no-usable-key", message, "compare algorithms in [access.jwt] with the key set"));
    }
    let is_unencrypted = matches!(&origin, JwksOrigin::Url(uri) if uri.scheme_str() == Some("http"));
    let message = format!("{origin} holds {keys} usable {}", if keys == 1 { "key" } else { "keys" });
    if is_unencrypted {
        let advice = Some("fetch keys by https: an attacker on the network can replace them".to_owned());
        return Some(DoctorFinding { area, code: "keys-unencrypted", level: FindingLevel::Warning, message, advice });
    }
    Some(DoctorFinding { area, code: "ok", level: FindingLevel::Ok, message, advice: None })
}

/// The findings by area, each followed by its advice, and the number of problems, warnings and notes.
fn report(findings: &[DoctorFinding]) -> String {
    let mut lines = Vec::new();
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            lines.push(area.to_owned());
        }
        let level = match finding.level {
            FindingLevel::Ok => "ok",
            FindingLevel::Note => "note",
            FindingLevel::Warning => "warning",
            FindingLevel::Problem => "PROBLEM",
        };
        lines.push(format!("  {level:<8} {}", finding.message));
        lines.extend(finding.advice.iter().map(|advice| format!("  {:<8} -> {advice}", "")));
    }
    let count = |level: FindingLevel| findings.iter().filter(|finding| finding.level == level).count();
    let (problems, warnings, notes) =
        (count(FindingLevel::Problem), count(FindingLevel::Warning), count(FindingLevel::Note));
    lines.push(format!("\nproblems: {problems}, warnings: {warnings}, notes: {notes}"));
    lines.join("\n")
}
