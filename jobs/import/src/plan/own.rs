//! The plan of the product's own files.

use entity::Calendar;

use super::sample::{SHOWN_RECORDS, samples};
use super::{Drawn, Plan, PlannedColumn};
use crate::columns::{ANSWER_FIELDS, CUSTOMER_FIELDS, Columns};
use crate::error::ImportError;
use crate::format::Format;
use crate::options::{Kind, Options};
use crate::table::Table;

/// The plan of the product's own files.
pub(super) fn draw(
    table: &mut Table,
    kind: Kind,
    options: &Options,
    calendar: Calendar,
    because: String,
) -> Result<Drawn, ImportError> {
    let header = table.header.clone();
    let columns = Columns::of(&header, kind, &options.columns);
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
        PlannedColumn { column: name.clone(), question: String::new(), becomes, detail }
    });
    let planned = planned.collect();
    let records = table.look_ahead(SHOWN_RECORDS)?.to_vec();
    let samples = samples(&records, columns.as_ref().ok(), None, options, calendar);
    let problem = columns.as_ref().err().map(ToString::to_string);
    let plan = Plan {
        format: Format::Needle.name(),
        because,
        source: Format::Needle.name(),
        header_rows: 1,
        columns: planned,
        samples,
        problem,
        commands: Vec::new(),
    };
    Ok(Drawn { plan, columns })
}

fn own_field(field: &str) -> &'static str {
    let fields = ANSWER_FIELDS.iter().chain(&CUSTOMER_FIELDS);
    fields.into_iter().find(|field_name| **field_name == field).copied().unwrap_or("attribute")
}
