//! The plan for the product's own files.

use entity::Calendar;

use super::sample::{SHOWN_RECORDS, samples};
use super::{ImportPlan, PlannedColumn, PlannedImport};
use crate::columns::{CUSTOMER_FIELDS, ColumnLayout, RESPONSE_FIELDS};
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::format::FileFormat;
use crate::options::{FileKind, ImportOptions};

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
    let records = table.look_ahead(SHOWN_RECORDS)?.to_vec();
    let samples = samples(&records, columns.as_ref().ok(), None, options, calendar);
    let problem = columns.as_ref().err().map(ToString::to_string);
    let plan = ImportPlan {
        format: FileFormat::Needle.name(),
        reason: because,
        source: FileFormat::Needle.name(),
        notes: table.notes.clone(),
        header_rows: 1,
        columns: planned,
        samples,
        problem,
        commands: Vec::new(),
    };
    Ok(PlannedImport { plan, columns })
}

fn own_field(field: &str) -> &'static str {
    let fields = RESPONSE_FIELDS.iter().chain(&CUSTOMER_FIELDS);
    fields.into_iter().find(|field_name| **field_name == field).copied().unwrap_or("attribute")
}
