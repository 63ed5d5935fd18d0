//! The address of a database: what it may be, and how it is shown without its secrets.

use crate::store::StoreError;

/// Checks that an address names a kind of database that can be connected to; opens nothing.
pub fn check_address(url: &str) -> Result<(), StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(());
    }
    if !url.starts_with("sqlite:") {
        return Err(StoreError::UnknownDatabase { url: without_password(url) });
    }
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::InMemory);
    }
    Ok(())
}

/// The address without its credentials, for messages.
///
/// When in doubt it leaves out too much: an address that has no scheme, or that can be read in two ways, is hidden.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").or_else(|| url.split_once(':')) else {
        return HIDDEN.to_owned();
    };
    if !scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character)) {
        return HIDDEN.to_owned();
    }
    let separator = if url[scheme.len()..].starts_with("://") { "://" } else { ":" };
    let (base, parameters) = match rest.split_once('?') {
        Some((base, parameters)) => (base, Some(parameters)),
        None => (rest, None),
    };
    // An @ behind the question mark: a password may hold either.
    if parameters.is_some_and(|parameters| parameters.contains('@')) || separator == ":" && scheme != "sqlite" {
        return format!("{scheme}{separator}{HIDDEN}");
    }
    let place = match base.rsplit_once('@') {
        Some((_, place)) => format!("{HIDDEN}@{place}"),
        None if scheme == "sqlite" || is_host(base) => base.to_owned(),
        None => HIDDEN.to_owned(),
    };
    let parameters = parameters.map(|parameters| {
        let shown: Vec<String> = parameters.split('&').map(parameter_without_secret).collect();
        format!("?{}", shown.join("&"))
    });
    format!("{scheme}{separator}{place}{}", parameters.unwrap_or_default())
}

/// Replaces the parts of an address that are not shown.
const HIDDEN: &str = "...";

/// The parameters of an address that are no secrets.
const SHOWN_PARAMETERS: [&str; 9] =
    ["application_name", "cache", "dbname", "host", "immutable", "mode", "port", "sslmode", "user"];

fn parameter_without_secret(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if SHOWN_PARAMETERS.contains(&name) => parameter.to_owned(),
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

/// Whether what precedes the path is a host, with a port or without one: `user:password` looks almost like it.
fn is_host(base: &str) -> bool {
    let authority = base.split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port).split_once(':');
    port.is_none_or(|(_, port)| port.chars().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_anything_that_may_be_a_password() {
        for (url, expected) in [
            ("sqlite://needle.db?mode=rwc", "sqlite://needle.db?mode=rwc"),
            ("sqlite:needle.db", "sqlite:needle.db"),
            ("postgres://db/needle", "postgres://db/needle"),
            ("postgres://[::1]:5432/needle", "postgres://[::1]:5432/needle"),
            ("postgres://ada:hunter2@db:5432/needle?sslmode=require", "postgres://...@db:5432/needle?sslmode=require"),
            ("postgres://ada:hunt@er2@db/needle", "postgres://...@db/needle"),
            ("postgres://db/needle?user=ada&password=hunter2", "postgres://db/needle?user=ada&password=..."),
            ("postgres://db/needle?p%61ssword=hunter2", "postgres://db/needle?p%61ssword=..."),
            ("postgres://db/needle?password=hunt@er2", "postgres://..."),
            ("postgres://ada:hunt?er2@db/needle", "postgres://..."),
            ("postgres://ada:hunter2", "postgres://..."),
            ("mysql://ada:hunter2@db/needle", "mysql://...@db/needle"),
            ("ada:hunter2@db/needle", "ada:..."),
            ("host=db password=hunter2", "..."),
            ("host=db password=hunter2 options=a:b", "..."),
        ] {
            assert_eq!(without_password(url), expected, "{url}");
        }
    }
}
