//! What an import would do with a file: its format and why, what each column becomes, and three records as they would come in.

mod foreign;
mod own;
mod sample;

use std::collections::BTreeMap;

use entity::Calendar;
use needle_rules::outcome::RowRejection;
use serde::Serialize;

use self::foreign::ForeignPlanner;
use crate::columns::{ColumnLayout, RESPONSE_FIELDS};
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::format::{self, FileFormat, FormatDescription};
use crate::heading::{key, quoted};
use crate::options::{FileKind, ImportOptions};

/// What an import would do with a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlan {
    /// The name of the format.
    pub format: &'static str,
    /// Why it is that format.
    #[serde(rename = "because")]
    pub reason: String,
    /// Where its answers come from when nobody says: the same with and without `--map`.
    pub source: &'static str,
    /// Rows above the first record.
    pub header_rows: usize,
    /// The columns, in the order of the file.
    pub columns: Vec<PlannedColumn>,
    /// The first records.
    pub samples: Vec<SampleRecord>,
    /// Why the file cannot be imported as it is; absent when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What to add to the command line: one line for each choice, of which a person takes one; none when nothing is
    /// needed. `COLUMN` stands where the file has nothing to choose from.
    pub commands: Vec<Vec<String>>,
}

/// What one column becomes.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedColumn {
    /// Its name.
    pub column: String,
    /// Its question, where a further header row tells it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub question: String,
    /// A field, `attribute`, `decides` or `dropped`.
    #[serde(rename = "becomes")]
    pub role: &'static str,
    /// The attribute's name, or the reason.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// One record as it would come in.
#[derive(Clone, Debug, Serialize)]
pub struct SampleRecord {
    /// Its number, from 1.
    pub row: usize,
    /// Its cells.
    pub cells: Vec<String>,
    /// The fields and attributes it would have; what they are read from where that cannot be said yet.
    #[serde(rename = "becomes")]
    pub fields: BTreeMap<String, String>,
    /// Why it would be rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RowRejection>,
}

/// A plan, and the columns to read by; or why there are none.
pub struct PlannedImport {
    /// What would happen.
    pub plan: ImportPlan,
    /// How records are read.
    pub columns: Result<ColumnLayout, ImportError>,
}

/// Looks at a file and says what would become of it. The header rows below the first are left out of the table.
pub fn draw(
    table: &mut DelimitedReader,
    kind: FileKind,
    options: &ImportOptions,
    calendar: Calendar,
) -> Result<PlannedImport, ImportError> {
    let description = match shape(&table.header, kind, options) {
        FileOrigin::Own(because) => return own::draw(table, kind, options, calendar, because),
        FileOrigin::Foreign(shape, because) => {
            ForeignPlanner { description: shape, reason: because, kind, options, calendar }
        }
    };
    description.plan_import(table)
}

enum FileOrigin {
    Own(String),
    Foreign(&'static FormatDescription, String),
}

/// Whose file this is.
fn shape(header: &[String], kind: FileKind, options: &ImportOptions) -> FileOrigin {
    let required: &[&str] = if kind == FileKind::Responses { &RESPONSE_FIELDS[..3] } else { &["customer_id"] };
    let own = || FileOrigin::Own(format!("the header has {}", quoted(required)));
    let has = |field: &&str| header.iter().any(|name| name == *field);
    let has_or_maps = |field: &&str| has(field) || options.columns.contains_key(*field);
    match options.format {
        FileFormat::Needle => return FileOrigin::Own("--format says so".to_owned()),
        FileFormat::Auto => {}
        format => return FileOrigin::Foreign(format::description_of(format), "--format says so".to_owned()),
    }
    if required.iter().all(has) {
        return own();
    }
    if kind == FileKind::Responses
        && let Some((description, found)) = format::recognise(header)
    {
        return FileOrigin::Foreign(description, format!("the header has {}", quoted(&found)));
    }
    // The names of its columns make a file the product's own: --map alone would give another tool's file another source.
    if required.iter().all(has_or_maps) && (kind == FileKind::Customers || has_own_ids(header)) {
        return FileOrigin::Own(format!("the header has or --map names {}", quoted(required)));
    }
    let looks_like_an_id = |name: &String| ["id", "uuid", "key"].contains(&key(name).as_str());
    if kind == FileKind::Customers && (header.iter().any(looks_like_an_id) || !options.columns.is_empty()) {
        return own();
    }
    FileOrigin::Foreign(
        format::description_of(FileFormat::Generic),
        "no tool's export has these columns: they are told by their names".to_owned(),
    )
}

/// True when the header has a name that only the product's own files have.
fn has_own_ids(header: &[String]) -> bool {
    header.iter().any(|name| name == "response_id" || name == "responded_at")
}
