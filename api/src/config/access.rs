//! `[access]`: what may be learned of the API itself, and how people come in.

use std::path::PathBuf;

use super::section::{Key, Section};
use super::value::quoted;

/// What may be learned of the API itself, and how people come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether errors name what was probably meant.
    pub suggestions: bool,
    /// Whether the page to try the API on is served.
    pub graphiql: bool,
    /// The folder with that page's scripts.
    pub graphiql_folder: PathBuf,
}

impl Default for Access {
    fn default() -> Self {
        Self { introspection: true, suggestions: true, graphiql: true, graphiql_folder: PathBuf::from("graphiql") }
    }
}

impl Section for Access {
    const KEYS: &'static [Key<Self>] = &[
        Key::new(
            "introspection",
            |access, raw| raw.flag().map(|flag| access.introspection = flag),
            |access| access.introspection.to_string(),
        ),
        Key::new(
            "suggestions",
            |access, raw| raw.flag().map(|flag| access.suggestions = flag),
            |access| access.suggestions.to_string(),
        ),
        Key::new(
            "graphiql",
            |access, raw| raw.flag().map(|flag| access.graphiql = flag),
            |access| access.graphiql.to_string(),
        ),
        Key::new(
            "graphiql_folder",
            |access, raw| raw.text("the name of a folder").map(|name| access.graphiql_folder = PathBuf::from(name)),
            |access| quoted(&access.graphiql_folder.to_string_lossy()),
        ),
    ];
}
