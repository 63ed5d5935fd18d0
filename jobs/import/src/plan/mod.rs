//! What an import would do with a file: its format and the reason for it, the role of each column, and three sample
//! records as they would be imported.

mod foreign;
mod own;
mod sample;

use std::collections::BTreeMap;

use entity::{Calendar, Timestamp};
use needle_rules::outcome::RowRejection;
use serde::Serialize;

use self::foreign::ForeignPlanner;
use crate::columns::{ColumnLayout, RESPONSE_FIELDS};
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::format::{self, FileFormat, FormatDescription};
use crate::heading::{key, quoted};
use crate::options::{FileKind, ImportOptions};

/// What an import would do with a file; the JSON of `--dry-run --json`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlan {
    /// The name of the format.
    pub format: &'static str,
    /// Why it was read as that format.
    #[serde(rename = "because")]
    pub reason: String,
    /// The source used when none is given: the same with and without `--map`.
    pub source: &'static str,
    /// What was decided about the file for the person who imports it, as sentences.
    pub notes: Vec<String>,
    /// How many header rows precede the first record.
    pub header_rows: usize,
    /// The columns, in the order of the file.
    pub columns: Vec<PlannedColumn>,
    /// The first records, at most three.
    pub samples: Vec<SampleRecord>,
    /// Why the file cannot be imported as it is; absent when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The arguments to add to the command line: one line for each choice, of which the user takes one; empty when
    /// nothing is needed. `COLUMN` is a placeholder where the file offers no choice.
    pub commands: Vec<Vec<String>>,
}

/// The planned role of one column.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedColumn {
    /// The name in the header.
    pub column: String,
    /// The question text of a further header row; absent where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub question: String,
    /// A field, `attribute`, `decides` or `dropped`.
    #[serde(rename = "becomes")]
    pub role: &'static str,
    /// The name of the attribute, or the reason; empty for a field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// One record as it would be imported.
#[derive(Clone, Debug, Serialize)]
pub struct SampleRecord {
    /// The number of the record, from 1; in a sheet, that of the row.
    pub row: u64,
    /// The cells as they are in the file.
    pub cells: Vec<String>,
    /// The fields and attributes it would have; the cells they would be read from while the column roles are
    /// incomplete.
    #[serde(rename = "becomes")]
    pub fields: BTreeMap<String, String>,
    /// Why it would be rejected; absent when it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RowRejection>,
}

/// A plan, and the columns to read by or the reason why there are none.
pub struct PlannedImport {
    /// What the import would do.
    pub plan: ImportPlan,
    /// How records are read; an error when the file cannot be imported as it is.
    pub columns: Result<ColumnLayout, ImportError>,
}

/// Examines a file and plans its import. Header rows after the first are removed from the reader.
pub fn draw(
    table: &mut DelimitedReader,
    kind: FileKind,
    options: &ImportOptions,
    calendar: Calendar,
    now: Timestamp,
) -> Result<PlannedImport, ImportError> {
    if kind == FileKind::Customers && options.format == FileFormat::Auto {
        refuse_responses(&table.header)?;
    }
    let description = match shape(&table.header, kind, options) {
        FileOrigin::Own(because) => return own::draw(table, kind, options, calendar, because),
        FileOrigin::Foreign(shape, because) => {
            let numbering = table.numbering();
            ForeignPlanner { description: shape, reason: because, kind, options, calendar, now, numbering }
        }
    };
    description.plan_import(table)
}

/// Refuses a file of responses that is to be imported as one of customers: scores and times would become attributes.
fn refuse_responses(header: &[String]) -> Result<(), ImportError> {
    let is_own = ["score", "responded_at"].iter().all(|field| header.iter().any(|name| name == field));
    let found = match format::recognise(header) {
        _ if is_own => "the header has \"score\" and \"responded_at\"".to_owned(),
        Some((description, found)) => {
            format!("the header has {}, like exports of {}", quoted(&found), description.format.name())
        }
        None => return Ok(()),
    };
    Err(ImportError::Header(format!(
        "this looks like a file of responses: {found}. `needle import responses` reads those; to read it as one of \
         customers all the same, add --format needle"
    )))
}

enum FileOrigin {
    Own(String),
    Foreign(&'static FormatDescription, String),
}

/// Whether a file is the product's own or another tool's, and why.
fn shape(header: &[String], kind: FileKind, options: &ImportOptions) -> FileOrigin {
    let required: &[&str] = if kind == FileKind::Responses { &RESPONSE_FIELDS[..3] } else { &["customer_id"] };
    let own = || FileOrigin::Own(format!("the header has {}", quoted(required)));
    let has = |field: &&str| header.iter().any(|name| name == *field) || options.constants.contains_key(*field);
    let has_or_maps = |field: &&str| has(field) || options.columns.contains_key(*field);
    match options.format {
        FileFormat::Needle => return FileOrigin::Own("--format names it".to_owned()),
        FileFormat::Auto => {}
        format => return FileOrigin::Foreign(format::description_of(format), "--format names it".to_owned()),
    }
    if required.iter().all(has) {
        return own();
    }
    if kind == FileKind::Responses
        && let Some((description, found)) = format::recognise(header)
    {
        return FileOrigin::Foreign(description, format!("the header has {}", quoted(&found)));
    }
    // A file is the product's own by the names of its columns: otherwise --map alone would change the source of another
    // tool's file.
    if required.iter().all(has_or_maps) && (kind == FileKind::Customers || has_own_ids(header)) {
        return FileOrigin::Own(format!("the header has or --map names {}", quoted(required)));
    }
    let looks_like_an_id = |name: &String| ["id", "uuid", "key"].contains(&key(name).as_str());
    if kind == FileKind::Customers && (header.iter().any(looks_like_an_id) || !options.columns.is_empty()) {
        return own();
    }
    FileOrigin::Foreign(
        format::description_of(FileFormat::Generic),
        "no tool's export has these columns: they are recognised by their names".to_owned(),
    )
}

/// True when the header has a name that only the product's own files have.
fn has_own_ids(header: &[String]) -> bool {
    header.iter().any(|name| name == "response_id" || name == "responded_at")
}
