//! `[database]`: the address of the database.

use std::fmt;

use entity::address::{check_address, without_password};

use super::section::{ConfigSection, SectionKey};
use super::value::{RawConfigValue, quoted};

/// The database that stores all data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// The address, like `sqlite://needle.db?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: DatabaseUrl,
}

/// The address of a database. `Display` and `Debug` omit the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address including its password, for connecting; never use it in a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self("sqlite://needle.db?mode=rwc".to_owned())
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", without_password(&self.0))
    }
}

impl ConfigSection for DatabaseConfig {
    const KEYS: &'static [SectionKey<Self>] = &[SectionKey::new(
        "url",
        |database, raw| url(raw).map(|url| database.url = url),
        |database| quoted(&database.url.to_string()),
    )];
}

fn url(raw: &RawConfigValue<'_>) -> Result<DatabaseUrl, String> {
    let text = raw.text("an address that begins with sqlite:// or postgres://")?;
    check_address(text).map_err(|error| error.to_string())?;
    Ok(DatabaseUrl(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_sqlite_or_postgresql_and_never_shows_its_password() {
        let url = url(&RawConfigValue::Text("postgres://ada:hunter2@db/needle")).expect("an address");
        assert_eq!(url.reveal(), "postgres://ada:hunter2@db/needle");
        assert_eq!(format!("{url} {url:?}"), "postgres://...@db/needle \"postgres://...@db/needle\"");
        for text in
            ["mysql://ada:hunter2@db/needle", "host=db password=hunter2", "ada:hunter2@db", "", "sqlite::memory:"]
        {
            let message = super::url(&RawConfigValue::Text(text)).expect_err(text);
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
