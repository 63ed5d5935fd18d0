//! `needle doctor`: looks the database over, and says what is wrong with it and what to do.
//!
//! It opens the database to read only and migrates nothing, so that it also answers for one that is empty, older, newer,
//! damaged or out of reach.

use std::process::ExitCode;

use clap::Args;
use entity::{Database, StoreError};
use jobs::doctor::{self, Finding, Level, Patient, Schema};
use serde_json::json;

use super::failure::Failure;
use super::output;
use crate::auth::jwt::Origin;
use crate::clock::system_clock;
use crate::config::{Config, Jwt};

/// Looks the database over; exit status 1 when something is wrong.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Leave out what reads every answer: the tally against the answers, references, days, unused values.
    #[arg(long)]
    quick: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub async fn run(self, config: Config) -> Result<ExitCode, Failure> {
        let findings = match self.patient(&config).await {
            Ok(patient) => doctor::examine(&patient).await,
            Err(error) => doctor::unreachable(&error),
        };
        let findings: Vec<Finding> = findings.into_iter().chain(keys_of_provider(&config.access.jwt).await).collect();
        let is_healthy = doctor::is_healthy(&findings);
        if self.json {
            output::json(&json!({ "ok": is_healthy, "findings": findings }))?;
        } else {
            output::line(report(&findings))?;
        }
        Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    async fn patient(&self, config: &Config) -> Result<Patient, StoreError> {
        let database = Database::inspect(config.database.url.reveal()).await?;
        let migration::Comparison { applied, pending, unknown } = migration::compare(database.reader()).await?;
        let schema = Schema { applied, pending, unknown };
        Ok(Patient {
            database,
            schema,
            clock: system_clock(),
            values_limit: config.dimensions.values_limit,
            quick: self.quick,
        })
    }
}

/// Whether the keys of the identity provider are there, where tokens of one are accepted.
async fn keys_of_provider(jwt: &Jwt) -> Option<Finding> {
    let area = "identity provider";
    let problem = |code, message, advice: &str| {
        let advice = Some(advice.to_owned());
        Finding { area, code, level: Level::Problem, message, advice }
    };
    let origin = jwt.settings().ok()??.jwks;
    let keys = match origin.read().await {
        Ok(keys) => keys.count(&jwt.algorithms),
        Err(error) => {
            let advice = "correct jwks in [access.jwt], or see who may read it from here: its tokens are refused";
            return Some(problem("no-keys", error.to_string(), advice));
        }
    };
    if keys == 0 {
        let message = format!("{origin} holds no key for the accepted algorithms");
        return Some(problem("no-usable-key", message, "compare algorithms in [access.jwt] with the key set"));
    }
    let is_in_the_open = matches!(&origin, Origin::Url(uri) if uri.scheme_str() == Some("http"));
    let message = format!("{origin} holds {keys} usable {}", if keys == 1 { "key" } else { "keys" });
    if is_in_the_open {
        let advice = Some("fetch keys by https: whoever is on the way can put others in their place".to_owned());
        return Some(Finding { area, code: "keys-unencrypted", level: Level::Warning, message, advice });
    }
    Some(Finding { area, code: "ok", level: Level::Ok, message, advice: None })
}

/// The findings by area, each with what to do below it, and how many there are of each kind.
fn report(findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            lines.push(area.to_owned());
        }
        let level = match finding.level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Problem => "PROBLEM",
        };
        lines.push(format!("  {level:<8} {}", finding.message));
        lines.extend(finding.advice.iter().map(|advice| format!("  {:<8} -> {advice}", "")));
    }
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let (problems, warnings, notes) = (count(Level::Problem), count(Level::Warning), count(Level::Note));
    lines.push(format!("\nproblems: {problems}, warnings: {warnings}, notes: {notes}"));
    lines.join("\n")
}
