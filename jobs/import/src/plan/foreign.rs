//! The plan of another tool's export.

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::Calendar;

use super::sample::{first, samples};
use super::{Drawn, Plan, PlannedColumn, Sample};
use crate::assign::{self, Assigned, Becomes, Field, Told};
use crate::columns::Columns;
use crate::error::ImportError;
use crate::evidence::{self, Column};
use crate::foreign::Foreign;
use crate::format::{self, Format, Shape};
use crate::heading::quoted;
use crate::help::{Help, shell};
use crate::options::{Kind, Options};
use crate::order::{self, Settled};
use crate::table::Table;

/// Records that are looked at before anything is decided.
const SAMPLE_RECORDS: usize = 1_000;

/// Everything that the plan of another tool's export depends on.
pub(super) struct Foreigner<'a> {
    pub shape: &'static Shape,
    pub because: String,
    pub kind: Kind,
    pub options: &'a Options,
    pub calendar: Calendar,
}

impl Foreigner<'_> {
    pub(super) fn draw(self, table: &mut Table) -> Result<Drawn, ImportError> {
        let header = table.header.clone();
        let sample = table.look_ahead(SAMPLE_RECORDS)?.to_vec();
        let is_whole = sample.len() < SAMPLE_RECORDS;
        let (headings, further) = format::read_headings(self.shape, &header, &sample);
        let (header_rows, sample) = sample.split_at(further.min(sample.len()));
        table.skip(further);
        let columns = evidence::columns(headings, sample);
        let is_answers = self.kind == Kind::Responses;
        let mapping = Told {
            map: &self.options.columns,
            date_format: self.options.date_format.as_deref(),
            is_answers,
            is_whole,
            sample,
        };
        let assigned = match assign::assign(self.shape, &columns, mapping) {
            Ok(assigned) => assigned,
            Err(message) => {
                let said = format!("{message}; its columns are {}", names(&columns));
                return Ok(self.refuse(&columns, &Assigned::default(), sample, further, said, Vec::new()));
            }
        };
        let settled = match assigned.column_of(Field::RespondedAt) {
            Some(at) if self.options.date_format.is_none() && is_answers => order::settle(table, at)?,
            _ => Settled::NotNeeded,
        };
        if let Some((said, commands)) = self.problem(&columns, &assigned, &settled) {
            return Ok(self.refuse(&columns, &assigned, sample, further, said, commands));
        }
        let read_by = self.columns(&columns, &assigned, &settled, header_rows);
        let samples = samples(first(sample), Some(&read_by), None, self.options, self.calendar);
        let plan = self.plan(&columns, &assigned, samples, further, None, Vec::new());
        Ok(Drawn { plan, columns: Ok(read_by) })
    }

    /// What is missing or ambiguous, as one sentence with the command line that helps, and what to add to it.
    fn problem(
        &self,
        columns: &[Column],
        assigned: &Assigned,
        settled: &Settled,
    ) -> Option<(String, Vec<Vec<String>>)> {
        let dates = assigned.column_of(Field::RespondedAt).and_then(|at| settled.problem(&columns[at].heading.column));
        if assigned.lacks.is_empty() && dates.is_none() && assigned.problems.is_empty() {
            return None;
        }
        let mut help = Help::of(self.options);
        let mut messages = Vec::new();
        for field in &assigned.lacks {
            let candidates: Vec<&str> =
                field.candidates.iter().map(|at| columns[*at].heading.column.as_str()).collect();
            let could_be =
                if candidates.is_empty() { String::new() } else { format!("; it could be {}", quoted(&candidates)) };
            messages.push(format!("\"{}\" ({}{could_be})", field.field.name(), field.what));
            help.map(field, columns);
        }
        let mut sentences = assigned.problems.clone();
        if !messages.is_empty() {
            let read_as = match self.shape.format {
                Format::Generic => String::new(),
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
            let kind = if self.kind == Kind::Responses { "responses" } else { "customers" };
            sentences.push(format!("name what holds it: needle import {kind} FILE {}", shell(&help.template())));
        }
        let commands = if assigned.problems.is_empty() { help.commands() } else { Vec::new() };
        Some((sentences.join(". "), commands))
    }

    fn columns(
        &self,
        columns: &[Column],
        assigned: &Assigned,
        settled: &Settled,
        header_rows: &[ByteRecord],
    ) -> Columns {
        let time = assigned.column_of(Field::RespondedAt);
        let rules = assigned.rules.iter().map(|(at, rule)| (*at, columns[*at].heading.column.clone(), *rule));
        let foreign = Foreign {
            customers: assigned.customers.clone(),
            further_ids: assigned.further_ids.clone(),
            repeats: self.shape.repeats,
            rules: rules.collect(),
            order: if let Settled::As(order) = settled { Some(*order) } else { None },
            zone: time.and_then(|at| format::zone_of(&columns[at].heading, header_rows, at)),
            digest: assigned.digest,
        };
        let mut read_by = Columns {
            kind: self.kind,
            count: columns.len(),
            fields: BTreeMap::new(),
            attributes: Vec::new(),
            foreign: Some(foreign),
        };
        for (at, roles) in assigned.becomes.iter().enumerate() {
            match roles {
                Some(Becomes::Field(field)) if *field != Field::Customer => {
                    read_by.fields.insert(field.name().to_owned(), at);
                }
                Some(Becomes::Attribute(name)) => read_by.attributes.push((name.clone(), at)),
                _ => {}
            }
        }
        read_by
    }

    fn refuse(
        &self,
        columns: &[Column],
        assigned: &Assigned,
        sample: &[ByteRecord],
        further: usize,
        message: String,
        commands: Vec<Vec<String>>,
    ) -> Drawn {
        let samples = samples(first(sample), None, Some(assigned), self.options, self.calendar);
        let plan = self.plan(columns, assigned, samples, further, Some(message.clone()), commands);
        Drawn { plan, columns: Err(ImportError::Header(message)) }
    }

    fn plan(
        &self,
        columns: &[Column],
        assigned: &Assigned,
        samples: Vec<Sample>,
        further: usize,
        problem: Option<String>,
        commands: Vec<Vec<String>>,
    ) -> Plan {
        let planned = columns.iter().enumerate().map(|(at, column)| {
            let (roles, detail) = match assigned.becomes.get(at).cloned().flatten() {
                Some(Becomes::Field(field)) => (field.name(), String::new()),
                Some(Becomes::Attribute(name)) => ("attribute", name),
                Some(Becomes::Decides) => ("decides", "which rows count".to_owned()),
                Some(Becomes::Dropped(reason)) => ("dropped", reason.to_owned()),
                None => ("undecided", String::new()),
            };
            let question = column.heading.question.clone();
            PlannedColumn { column: column.heading.column.clone(), question, becomes: roles, detail }
        });
        let is_ours = self.shape.format == Format::Generic
            && self.options.format == Format::Auto
            && columns.iter().any(|column| ["response_id", "responded_at"].contains(&column.heading.column.as_str()));
        let source = if is_ours { Format::Needle } else { self.shape.format };
        Plan {
            source: source.name(),
            format: self.shape.format.name(),
            because: self.because.clone(),
            header_rows: 1 + further,
            columns: planned.collect(),
            samples,
            problem,
            commands,
        }
    }
}

fn names(columns: &[Column]) -> String {
    quoted(&columns.iter().map(|column| column.heading.column.as_str()).collect::<Vec<_>>())
}
