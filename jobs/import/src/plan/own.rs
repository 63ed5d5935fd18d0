//! The plan for the product's own files.

use csv::ByteRecord;
use entity::Calendar;
use needle_rules::record::{ROUNDED, is_rounded};

use super::sample::{first, samples};
use super::{ImportPlan, PlannedColumn, PlannedImport};
use crate::assign::{StateColumn, state_column};
use crate::column_profile::{self, ColumnProfile};
use crate::columns::{CUSTOMER_FIELDS, ColumnLayout, RESPONSE_FIELDS};
use crate::date_order;
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::format::FileFormat;
use crate::heading::{HeaderRows, cell, headings};
use crate::options::{FileKind, ImportOptions};
use crate::row_rule::option;

/// Records whose ids are examined before anything is stored.
const EXAMINED_RECORDS: usize = 200;

/// Plans the import of one of the product's own files.
pub(super) fn draw(
    table: &mut DelimitedReader,
    kind: FileKind,
    options: &ImportOptions,
    calendar: Calendar,
    because: String,
) -> Result<PlannedImport, ImportError> {
    let header = table.header.clone();
    let columns = ColumnLayout::of(&header, kind, options);
    let planned = header.iter().enumerate().map(|(at, name)| {
        let field = columns.as_ref().ok().and_then(|columns| {
            columns.fields.iter().find(|(_, column)| **column == at).map(|(field, _)| own_field(field))
        });
        let attribute = columns.as_ref().ok().and_then(|columns| {
            columns.attributes.iter().find(|(_, column)| *column == at).map(|(name, _)| name.clone())
        });
        let (becomes, detail) = match (field, attribute) {
            (Some(field), _) => (field, String::new()),
            (None, Some(attribute)) => ("attribute", attribute),
            (None, None) => ("dropped", "has no name".to_owned()),
        };
        PlannedColumn { column: name.clone(), question: String::new(), role: becomes, detail }
    });
    let planned = planned.collect();
    let records = table.look_ahead(EXAMINED_RECORDS)?.to_vec();
    let mut notes = table.notes.clone();
    if kind == FileKind::Responses && options.decisions.is_empty() {
        notes.extend(uncounted(&header, &records));
    }
    let samples = samples(first(&records), table.numbering(), columns.as_ref().ok(), None, options, calendar);
    let time = columns.as_ref().ok().and_then(|columns| columns.fields.get("responded_at").copied());
    let half_read = match time.filter(|_| options.date_format.is_none()) {
        Some(at) => date_order::half_read(table, at)?,
        None => None,
    };
    let columns = columns.and_then(|columns| match rounded(&columns, &records).or(half_read) {
        Some(message) => Err(ImportError::Header(message)),
        None => Ok(columns),
    });
    let problem = columns.as_ref().err().map(ToString::to_string);
    let plan = ImportPlan {
        format: FileFormat::Needle.name(),
        reason: because,
        source: FileFormat::Needle.name(),
        notes,
        header_rows: 1,
        columns: planned,
        samples,
        problem,
        commands: Vec::new(),
    };
    Ok(PlannedImport { plan, columns })
}

/// What is wrong with the ids of a file that a spreadsheet has rounded.
fn rounded(columns: &ColumnLayout, records: &[ByteRecord]) -> Option<String> {
    let found = ["response_id", "customer_id"].into_iter().find_map(|field| {
        let at = *columns.fields.get(field)?;
        let id = records.iter().map(|record| cell(record, at)).find(|id| is_rounded(id))?;
        Some((field, id))
    });
    found.map(|(field, id)| format!("the ids of \"{field}\" look like \"{id}\": {ROUNDED}"))
}

/// Says which columns look as if they showed which responses count: in our own files they are attributes.
fn uncounted(header: &[String], records: &[ByteRecord]) -> Vec<String> {
    let profiles = column_profile::columns(headings(header, None, HeaderRows::Plain), records);
    let rejected = |column: &ColumnProfile| {
        let Some(StateColumn::Rule(rule)) = state_column(column) else { return None };
        let name = &column.heading.column;
        let value = column.values.iter().find(|value| rule.understands(value) && rule.check(name, value).is_err())?;
        Some(format!(
            "\"{name}\" is an attribute and rows with \"{value}\" in it count: {} leaves them out, --format generic reads \
             the file as another tool's",
            option("--reject", name, value)
        ))
    };
    profiles.iter().filter_map(rejected).collect()
}

fn own_field(field: &str) -> &'static str {
    let fields = RESPONSE_FIELDS.iter().chain(&CUSTOMER_FIELDS);
    fields.into_iter().find(|field_name| **field_name == field).copied().unwrap_or("attribute")
}
