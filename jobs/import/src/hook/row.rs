//! The row of a payload: planned as the only row of a file, and read as the plan says.

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::hook_delivery::HookVendor;
use entity::{Calendar, Timestamp};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::record::{CustomerRecord, ResponseRecord};

use super::fields::PayloadFields;
use super::reading::PayloadReading;
use crate::columns::ColumnLayout;
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::options::{FileKind, ImportOptions};
use crate::plan::{self, PlannedImport};

/// A response that a payload describes, as the columns of the plan say.
#[derive(Clone, Debug)]
pub struct HookRow {
    /// The name of its source.
    pub source: &'static str,
    /// The response.
    pub response: ResponseRecord,
    /// The customer whom the payload describes; `None` when it describes none.
    pub customer: Option<CustomerRecord>,
}

/// Why a payload gives no row.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Its fields cannot be told apart; what is missing, for a person.
    #[error("{0}")]
    Unclear(String),
    /// The row is rejected, as it would be in a file.
    #[error("{}", .0.message)]
    Rejected(InputProblem),
    /// The row could not be planned.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Plans and reads the row of a payload.
pub fn read(
    vendor: HookVendor,
    reading: &PayloadReading,
    map: &[(String, String)],
    calendar: Calendar,
    now: Timestamp,
) -> Result<HookRow, RowError> {
    let (header, cells): (Vec<String>, Vec<&str>) =
        reading.fields.fields.iter().map(|(name, text)| (name.clone(), text.as_str())).unzip();
    let record = ByteRecord::from(cells);
    let options = options(reading, map);
    let mut table = DelimitedReader::of_record(&header, record.clone())?;
    let unclear = |error: ImportError| match error {
        ImportError::Read(error) => RowError::Io(error),
        error => RowError::Unclear(error.to_string()),
    };
    let PlannedImport { plan, columns } =
        plan::draw(&mut table, FileKind::Responses, &options, calendar, now).map_err(unclear)?;
    let columns = match columns {
        Ok(columns) => columns,
        Err(ImportError::Read(error)) => return Err(RowError::Io(error)),
        Err(error) => return Err(RowError::Unclear(advice(vendor, &error.to_string(), &plan.commands))),
    };
    let (response, customer) = columns.response(&record, calendar, &options).map_err(RowError::Rejected)?;
    check_id(&columns, &response, calendar).map_err(RowError::Rejected)?;
    let source = reading.source.unwrap_or(plan.source);
    Ok(HookRow { source, response, customer })
}

/// An id that is made of the content would make a second response of an update: one that is made of the customer and the
/// time stays the same.
fn check_id(columns: &ColumnLayout, response: &ResponseRecord, calendar: Calendar) -> Result<(), InputProblem> {
    let is_day = calendar.start_of(calendar.day_of(response.answered_at)) == response.answered_at;
    if !columns.makes_ids() || !entity::own_id::is_digest(&response.external_id) {
        return Ok(());
    }
    if response.customer.is_some() && !is_day {
        return Ok(());
    }
    let message = "expected an id of the response, or its customer and the time of day: without them an update could not be \
                   told from another response";
    Err(InputProblem::new(ProblemCode::Missing, "response_id", message))
}

/// How the row is read: what the person mapped, else what the tool itself names.
fn options(reading: &PayloadReading, map: &[(String, String)]) -> ImportOptions {
    let mut columns: BTreeMap<String, String> = BTreeMap::new();
    let mut further_scores = Vec::new();
    for (field, column) in map.iter().filter(|(_, column)| is_there(&reading.fields, column)) {
        if !columns.contains_key(field) {
            columns.insert(field.clone(), column.clone());
        } else if field == "score" {
            further_scores.push(column.clone());
        }
    }
    for (field, column) in &reading.known {
        if !columns.contains_key(*field) && !columns.values().any(|mapped| mapped == column) {
            columns.insert((*field).to_owned(), column.clone());
        }
    }
    ImportOptions {
        columns,
        date_format: None,
        further_scores,
        sheet: None,
        update: true,
        constants: BTreeMap::new(),
        decisions: Vec::new(),
        zone: None,
        format: reading.format,
        source: None,
        dry_run: false,
        file_name: None,
        imported_by: "webhook".to_owned(),
    }
}

fn is_there(fields: &PayloadFields, column: &str) -> bool {
    fields.has(&column.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What is missing, with the lines of the configuration that would say it, in place of the command of an import.
fn advice(vendor: HookVendor, problem: &str, commands: &[Vec<String>]) -> String {
    let what = problem.split(". name the column: ").next().unwrap_or(problem);
    let pairs = |command: &Vec<String>| {
        let pairs = command.chunks(2).filter(|pair| pair[0] == "--map").filter_map(|pair| pair.get(1));
        pairs.map(|pair| format!("{pair:?}")).collect::<Vec<_>>().join(", ")
    };
    let lines: Vec<String> = commands.iter().map(pairs).filter(|pairs| !pairs.is_empty()).collect();
    if lines.is_empty() {
        return format!("{what}. Columns are named under [hooks.map]");
    }
    let lines: Vec<String> = lines.iter().map(|pairs| format!("{} = [{pairs}]", vendor.name())).collect();
    format!("{what}. Name the column under [hooks.map]: {}", lines.join(" or "))
}
