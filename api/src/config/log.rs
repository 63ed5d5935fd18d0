//! `[log]`: which events are logged, and how they are written.

use tracing_subscriber::EnvFilter;

use super::section::{ConfigSection, SectionKey};
use super::value::{RawConfigValue, quoted};

/// Which events are logged, and how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The format of the log.
    pub format: LogFormat,
    /// The directives of the log filter, like `info,sqlx=warn`.
    pub filter: String,
}

/// The format of the log on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

impl LogFormat {
    /// The formats with their names in the configuration.
    const NAMES: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,sqlx=warn,sea_orm_migration=warn".to_owned() }
    }
}

impl ConfigSection for LogConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "format",
            |log, raw| raw.word(LogFormat::NAMES).map(|format| log.format = format),
            |log| quoted(if log.format == LogFormat::Json { "json" } else { "text" }),
        ),
        SectionKey::new("filter", |log, raw| filter(raw).map(|filter| log.filter = filter), |log| quoted(&log.filter)),
    ];
}

fn filter(raw: &RawConfigValue<'_>) -> Result<String, String> {
    const EXPECTED: &str = "directives like \"info,sqlx=warn\"";
    let text = raw.text(EXPECTED)?;
    check_filter(text).map_err(|()| raw.mismatch(EXPECTED))?;
    Ok(text.to_owned())
}

/// Checks that the directives of a filter can be parsed.
pub fn check_filter(text: &str) -> Result<(), ()> {
    EnvFilter::try_new(text).map(drop).map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_must_consist_of_directives() {
        assert_eq!(filter(&RawConfigValue::Text("debug,sqlx=off")), Ok("debug,sqlx=off".to_owned()));
        for text in ["", "sqlx=loud", "=info"] {
            let message = filter(&RawConfigValue::Text(text)).expect_err(text);
            assert!(message.starts_with("expected directives like"), "{message}");
        }
    }
}
