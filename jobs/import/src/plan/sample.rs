//! The first records of a file as they would be imported.

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::Calendar;
use needle_rules::outcome::ImportReport;
use needle_rules::problem::InputProblem;

use super::SampleRecord;
use crate::assign::{ColumnAssignment, ColumnRole};
use crate::columns::ColumnLayout;
use crate::heading::cell;
use crate::options::{FileKind, ImportOptions};
use crate::row_numbering::RowNumbering;

/// How many records are shown.
pub(super) const SHOWN_RECORDS: usize = 3;

/// The records that are shown.
pub(super) fn first(sample: &[ByteRecord]) -> &[ByteRecord] {
    &sample[..SHOWN_RECORDS.min(sample.len())]
}

/// The first records as they would be imported; by the roles assigned so far when the file cannot be read yet.
pub(super) fn samples(
    records: &[ByteRecord],
    numbering: RowNumbering,
    columns: Option<&ColumnLayout>,
    assigned: Option<&ColumnAssignment>,
    options: &ImportOptions,
    calendar: Calendar,
) -> Vec<SampleRecord> {
    let sample = |(at, record): (usize, &ByteRecord)| {
        let row = numbering.row(at as u64 + 1, record);
        let cells = (0..record.len()).map(|at| cell(record, at)).collect();
        let mut sample = SampleRecord { row, cells, fields: BTreeMap::new(), rejected: None };
        match columns {
            Some(columns) => match read(columns, record, options, calendar) {
                Ok(fields) => sample.fields = fields,
                Err(problem) => {
                    let mut report = ImportReport::default();
                    report.reject(row, problem);
                    sample.rejected = report.rejected.pop();
                }
            },
            None => sample.fields = guessed(assigned, record),
        }
        sample
    };
    records.iter().enumerate().map(sample).collect()
}

fn read(
    columns: &ColumnLayout,
    record: &ByteRecord,
    options: &ImportOptions,
    calendar: Calendar,
) -> Result<BTreeMap<String, String>, InputProblem> {
    let mut roles = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            roles.insert(name.to_owned(), value);
        }
    };
    let (customer, attributes) = if columns.kind == FileKind::Responses {
        let (response, customer) = columns.response(record, calendar, options)?;
        put("response_id", Some(response.external_id));
        put("score", response.score.map(|score| score.to_string()));
        put("responded_at", Some(response.answered_at.to_utc().to_rfc3339()));
        put("customer_id", response.customer);
        put("comment", response.comment);
        (customer, response.attributes)
    } else {
        let customer = columns.customer(record)?;
        let attributes = customer.attributes.clone();
        put("customer_id", Some(customer.external_id.clone()));
        (Some(customer), attributes)
    };
    if let Some(customer) = customer {
        put("email", customer.email);
        put("name", customer.name);
    }
    for (name, value) in attributes.0 {
        put(&format!("attribute {name}"), Some(value));
    }
    Ok(roles)
}

fn guessed(assigned: Option<&ColumnAssignment>, record: &ByteRecord) -> BTreeMap<String, String> {
    let Some(assigned) = assigned else { return BTreeMap::new() };
    let pairs = assigned.roles.iter().enumerate().filter_map(|(at, roles)| {
        let name = match roles {
            Some(ColumnRole::Field(field)) => field.name().to_owned(),
            Some(ColumnRole::Attribute(name)) => format!("attribute {name}"),
            _ => return None,
        };
        Some((name, cell(record, at))).filter(|(_, value)| !value.is_empty())
    });
    pairs.collect()
}
