//! The import: one file that was read into the database, how its rows ended, and who undid it.

use std::fmt::Write as _;

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::import_count::ImportKind;

/// The id of an import; a later one has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ImportId(pub i64);

/// One file that was imported.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    /// Counts up with every import.
    #[sea_orm(primary_key)]
    pub id: ImportId,
    /// What the rows describe.
    pub kind: ImportKind,
    /// The name of the file without its folder; `None` for standard input.
    pub file_name: Option<String>,
    /// The SHA-256 digest of the file as it was, compressed or not: 32 bytes.
    pub digest: Vec<u8>,
    /// The source under which responses were stored; `None` for other kinds.
    pub source: Option<String>,
    /// The name of the token or session that imported it, or `cli`.
    pub imported_by: String,
    /// When the first rows were written, in UTC.
    pub started_at: Timestamp,
    /// When the last row was written, in UTC; `None` while it goes on, and for one that was stopped on its way.
    pub finished_at: Option<Timestamp>,
    /// How many rows were new.
    pub accepted: i64,
    /// How many rows changed something that was stored.
    pub updated: i64,
    /// How many rows held nothing new.
    pub unchanged: i64,
    /// How many rows were refused.
    pub rejected: i64,
    /// How many customers it wrote, less those who were erased since: as long as nothing else touched them, so many have
    /// its id.
    pub customers_written: i64,
    /// How many responses it wrote.
    pub responses_written: i64,
    /// When it was undone, in UTC; `None` when it was not.
    pub undone_at: Option<Timestamp>,
    /// By whom it was undone: the name of a token or session, or `cli`.
    pub undone_by: Option<String>,
}

impl Model {
    /// The digest in hexadecimal digits.
    pub fn digest_text(&self) -> String {
        self.digest.iter().fold(String::new(), |mut text, byte| {
            // Writing into a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The kind's name in lower case, as it is stored.
    pub fn kind_name(&self) -> String {
        self.kind.to_value()
    }
}

impl ActiveModelBehavior for ActiveModel {}
