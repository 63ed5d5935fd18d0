//! The plan for another tool's export.

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::{Calendar, Timestamp};
use needle_rules::record::{ROUNDED, is_rounded};

use super::sample::{first, samples};
use super::{ImportPlan, PlannedColumn, PlannedImport, SampleRecord};
use crate::assign::{self, ColumnAssignment, ColumnMapping, ColumnRole, ImportField};
use crate::column_profile::{self, ColumnProfile};
use crate::columns::{ColumnLayout, named};
use crate::date_order::{self, DateOrder};
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::foreign::ForeignLayout;
use crate::format::{self, ColumnZone, FileFormat, FormatDescription};
use crate::heading::quoted;
use crate::help::CommandHelp;
use crate::options::{FileKind, ImportOptions};
use crate::row_numbering::RowNumbering;
use crate::shell::shell;

/// Records that are examined before anything is decided.
const SAMPLE_RECORDS: usize = 1_000;

/// The cells of these records, unless there are fewer than a hundred of them.
const SAMPLE_CELLS: usize = 200_000;

/// The inputs of the plan for another tool's export.
pub(super) struct ForeignPlanner<'a> {
    pub description: &'static FormatDescription,
    pub reason: String,
    pub kind: FileKind,
    pub options: &'a ImportOptions,
    pub calendar: Calendar,
    pub now: Timestamp,
    pub numbering: RowNumbering,
}

impl ForeignPlanner<'_> {
    pub(super) fn plan_import(self, table: &mut DelimitedReader) -> Result<PlannedImport, ImportError> {
        let header = table.header.clone();
        // Wide records are examined in smaller numbers, so that they stay in a few megabytes.
        let limit = (SAMPLE_CELLS / header.len().max(1)).clamp(100, SAMPLE_RECORDS);
        let sample = table.look_ahead(limit)?.to_vec();
        let is_whole = sample.len() < limit;
        let (headings, further) = format::read_headings(self.description, &header, &sample);
        let (header_rows, sample) = sample.split_at(further.min(sample.len()));
        table.skip(further);
        let columns = column_profile::columns(headings, sample);
        let notes = table.notes.clone();
        let is_responses = self.kind == FileKind::Responses;
        let mapping = ColumnMapping {
            map: &self.options.columns,
            further_scores: &self.options.further_scores,
            decisions: &self.options.decisions,
            date_format: self.options.date_format.as_deref(),
            responded_at: self.options.constants.get("responded_at").map(String::as_str),
            now: self.now,
            is_responses,
            is_whole,
            sample,
        };
        let mut assigned = match assign::assign(self.description, &columns, mapping) {
            Ok(assigned) => assigned,
            Err(message) => {
                let problem = format!("{message}; its columns are {}", names(&columns));
                let nothing = ColumnAssignment { notes, ..ColumnAssignment::default() };
                return Ok(self.refuse(&columns, &nothing, sample, further, problem, Vec::new()));
            }
        };
        assigned.notes.splice(0..0, notes);
        let is_serial = assigned
            .column_of(ImportField::RespondedAt)
            .filter(|at| self.options.date_format.is_none() && columns[*at].holds_serial_dates());
        if let Some(at) = is_serial {
            let name = &columns[at].heading.column;
            assigned.notes.push(format!("\"{name}\" holds days since 30 December 1899, as spreadsheets count them"));
        }
        let settled = match assigned.column_of(ImportField::RespondedAt) {
            Some(at) if self.options.date_format.is_none() && is_responses && is_serial.is_none() => {
                date_order::settle(table, at)?
            }
            _ => DateOrder::NotNeeded,
        };
        let time = assigned.column_of(ImportField::RespondedAt).filter(|_| self.options.date_format.is_none());
        if let Some(at) = time {
            assigned.problems.extend(date_order::half_read(table, at)?);
        }
        self.check_zone(&columns, &mut assigned, header_rows);
        check_rounded(&columns, &mut assigned);
        if let Some((problem, commands)) = self.problem(&columns, &assigned, &settled) {
            return Ok(self.refuse(&columns, &assigned, sample, further, problem, commands));
        }
        let read_by = self.columns(&columns, &assigned, &settled, header_rows);
        let samples = samples(first(sample), self.numbering, Some(&read_by), None, self.options, self.calendar);
        let plan = self.plan(&columns, &assigned, samples, further, None, Vec::new());
        Ok(PlannedImport { plan, columns: Ok(read_by) })
    }

    /// What is missing or ambiguous, as one sentence with the suggested command line, and the arguments to add to it;
    /// `None` when the file can be imported.
    fn problem(
        &self,
        columns: &[ColumnProfile],
        assigned: &ColumnAssignment,
        settled: &DateOrder,
    ) -> Option<(String, Vec<Vec<String>>)> {
        let dates =
            assigned.column_of(ImportField::RespondedAt).and_then(|at| settled.problem(&columns[at].heading.column));
        if assigned.missing.is_empty() && dates.is_none() && assigned.problems.is_empty() {
            return None;
        }
        let mut help = CommandHelp::of(self.options);
        let mut messages = Vec::new();
        for field in &assigned.missing {
            let candidates: Vec<&str> =
                field.candidates.iter().map(|at| columns[*at].heading.column.as_str()).collect();
            let could_be =
                if candidates.is_empty() { String::new() } else { format!("; it could be {}", quoted(&candidates)) };
            messages.push(format!("\"{}\" ({}{could_be})", field.field.name(), field.reason));
            help.map(field, columns);
        }
        let mut sentences = assigned.problems.clone();
        if !messages.is_empty() {
            let read_as = match self.description.format {
                FileFormat::Generic => String::new(),
                format => format!(" (read as an export of {})", format.name()),
            };
            sentences.push(format!(
                "the header lacks {}{read_as}; its columns are {}",
                messages.join(" and "),
                names(columns)
            ));
        }
        if let Some((what, patterns)) = dates {
            sentences.push(what);
            help.date_format(patterns);
        }
        if !messages.is_empty() {
            let kind = if self.kind == FileKind::Responses { "responses" } else { "customers" };
            sentences.push(format!("name the column: needle import {kind} FILE {}", shell(&help.template())));
        }
        let commands = if assigned.problems.is_empty() { help.commands() } else { Vec::new() };
        Some((sentences.join(". "), commands))
    }

    fn columns(
        &self,
        columns: &[ColumnProfile],
        assigned: &ColumnAssignment,
        settled: &DateOrder,
        header_rows: &[ByteRecord],
    ) -> ColumnLayout {
        let time = assigned.column_of(ImportField::RespondedAt);
        let foreign = ForeignLayout {
            customers: assigned.customers.clone(),
            fallback_ids: assigned.fallback_ids.clone(),
            repeats: self.description.repeats,
            order: if let DateOrder::As(order) = settled { Some(*order) } else { None },
            zone: self.options.zone.map(ColumnZone::Named).or_else(|| zone_of_times(columns, time, header_rows)),
            is_serial: time.is_some_and(|at| self.options.date_format.is_none() && columns[at].holds_serial_dates()),
            digest: assigned.digest,
        };
        let header_names: Vec<String> = columns.iter().map(|column| column.heading.column.clone()).collect();
        let mut read_by = ColumnLayout {
            kind: self.kind,
            count: columns.len(),
            named: named(&header_names),
            fields: BTreeMap::new(),
            further_scores: assigned.further_scores.clone(),
            attributes: Vec::new(),
            rules: assigned.rules.clone(),
            foreign: Some(foreign),
        };
        for (at, roles) in assigned.roles.iter().enumerate() {
            match roles {
                Some(ColumnRole::Field(field)) if *field != ImportField::Customer => {
                    read_by.fields.insert(field.name().to_owned(), at);
                }
                Some(ColumnRole::Attribute(name)) => read_by.attributes.push((name.clone(), at)),
                _ => {}
            }
        }
        read_by
    }

    /// Asks for the zone where the heading names one that could be several.
    fn check_zone(&self, columns: &[ColumnProfile], assigned: &mut ColumnAssignment, header_rows: &[ByteRecord]) {
        let Some(at) = assigned.column_of(ImportField::RespondedAt).filter(|_| self.options.zone.is_none()) else {
            return;
        };
        let name = &columns[at].heading.column;
        match zone_of_times(columns, Some(at), header_rows) {
            Some(ColumnZone::Unclear) => assigned.problems.push(format!(
                "\"{name}\" names a time zone whose abbreviation stands for several: say which with --zone, like \
                 --zone Asia/Kolkata"
            )),
            Some(ColumnZone::Named(zone)) if zone != self.calendar.zone => {
                assigned.notes.push(format!("the times of \"{name}\" are those of {}", zone.name()));
            }
            Some(ColumnZone::Fixed(offset)) if offset.local_minus_utc() != 0 => {
                assigned.notes.push(format!("the times of \"{name}\" are {offset} from UTC"));
            }
            _ => {}
        }
    }

    fn refuse(
        &self,
        columns: &[ColumnProfile],
        assigned: &ColumnAssignment,
        sample: &[ByteRecord],
        further: usize,
        message: String,
        commands: Vec<Vec<String>>,
    ) -> PlannedImport {
        let samples = samples(first(sample), self.numbering, None, Some(assigned), self.options, self.calendar);
        let plan = self.plan(columns, assigned, samples, further, Some(message.clone()), commands);
        PlannedImport { plan, columns: Err(ImportError::Header(message)) }
    }

    fn plan(
        &self,
        columns: &[ColumnProfile],
        assigned: &ColumnAssignment,
        samples: Vec<SampleRecord>,
        further: usize,
        problem: Option<String>,
        commands: Vec<Vec<String>>,
    ) -> ImportPlan {
        let planned = columns.iter().enumerate().map(|(at, column)| {
            let (roles, detail) = match assigned.roles.get(at).cloned().flatten() {
                Some(ColumnRole::Field(field)) => (field.name(), String::new()),
                Some(ColumnRole::FurtherScore) => ("score", String::new()),
                Some(ColumnRole::Attribute(name)) => ("attribute", name),
                Some(ColumnRole::RowFilter) => ("decides", "which rows count".to_owned()),
                Some(ColumnRole::Dropped(reason)) => ("dropped", reason.to_owned()),
                None => ("undecided", String::new()),
            };
            let question = column.heading.question.clone();
            PlannedColumn { column: column.heading.column.clone(), question, role: roles, detail }
        });
        let is_ours = self.description.format == FileFormat::Generic
            && self.options.format == FileFormat::Auto
            && columns.iter().any(|column| ["response_id", "responded_at"].contains(&column.heading.column.as_str()));
        let source = if is_ours { FileFormat::Needle } else { self.description.format };
        ImportPlan {
            source: source.name(),
            format: self.description.format.name(),
            reason: self.reason.clone(),
            notes: assigned.notes.clone(),
            header_rows: 1 + further,
            columns: planned.collect(),
            samples,
            problem,
            commands,
        }
    }
}

/// Refuses a file whose ids a spreadsheet has rounded.
fn check_rounded(columns: &[ColumnProfile], assigned: &mut ColumnAssignment) {
    let ids = assigned.column_of(ImportField::ResponseId).into_iter().chain(assigned.customers.iter().copied());
    let found =
        ids.filter_map(|at| Some((&columns[at].heading.column, columns[at].values.iter().find(|id| is_rounded(id))?)));
    let problems: Vec<String> =
        found.map(|(name, id)| format!("the ids of \"{name}\" look like \"{id}\": {ROUNDED}")).collect();
    assigned.problems.extend(problems);
}

fn zone_of_times(columns: &[ColumnProfile], time: Option<usize>, header_rows: &[ByteRecord]) -> Option<ColumnZone> {
    time.and_then(|at| format::zone_of(&columns[at].heading, header_rows, at))
}

fn names(columns: &[ColumnProfile]) -> String {
    quoted(&columns.iter().map(|column| column.heading.column.as_str()).collect::<Vec<_>>())
}
