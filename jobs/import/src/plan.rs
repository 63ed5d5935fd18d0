//! What an import would do with a file: its format and why, what each column becomes, and three records as they would come in.

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::Calendar;
use needle_rules::outcome::{Rejection, Report};
use needle_rules::problem::Problem;
use serde::Serialize;

use crate::assign::{Assigned, Becomes, Field, Told};
use crate::columns::{Columns, quoted};
use crate::evidence::Column;
use crate::file::{Kind, Options};
use crate::foreign::Foreign;
use crate::format::{self, Format, Shape};
use crate::heading::{cell, key};
use crate::help::{Help, shell};
use crate::order::{self, Settled};
use crate::table::Table;
use crate::{ImportError, assign, evidence};

/// Records that are looked at before anything is decided.
const SAMPLE_RECORDS: usize = 1_000;

/// Records that are shown.
const SHOWN_RECORDS: usize = 3;

/// What an import would do with a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The name of the format.
    pub format: &'static str,
    /// Why it is that format.
    pub because: String,
    /// Where its answers come from when nobody says: the same with and without `--map`.
    pub source: &'static str,
    /// Rows above the first record.
    pub header_rows: usize,
    /// The columns, in the order of the file.
    pub columns: Vec<PlannedColumn>,
    /// The first records.
    pub samples: Vec<Sample>,
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
    pub becomes: &'static str,
    /// The attribute's name, or the reason.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// One record as it would come in.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Its number, from 1.
    pub row: usize,
    /// Its cells.
    pub cells: Vec<String>,
    /// The fields and attributes it would have; what they are read from where that cannot be said yet.
    pub becomes: BTreeMap<String, String>,
    /// Why it would be rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Rejection>,
}

/// A plan, and the columns to read by; or why there are none.
pub struct Drawn {
    /// What would happen.
    pub plan: Plan,
    /// How records are read.
    pub columns: Result<Columns, ImportError>,
}

/// Looks at a file and says what would become of it. The header rows below the first are left out of the table.
pub fn draw(table: &mut Table, kind: Kind, options: &Options, calendar: Calendar) -> Result<Drawn, ImportError> {
    let shape = match shape(&table.header, kind, options) {
        Chosen::Own(because) => return draw_own(table, kind, options, calendar, because),
        Chosen::Foreign(shape, because) => Foreigner { shape, because, kind, options, calendar },
    };
    shape.draw(table)
}

enum Chosen {
    Own(String),
    Foreign(&'static Shape, String),
}

/// Whose file this is.
fn shape(header: &[String], kind: Kind, options: &Options) -> Chosen {
    let required: &[&str] =
        if kind == Kind::Responses { &crate::columns::ANSWER_FIELDS[..3] } else { &["customer_id"] };
    let own = || Chosen::Own(format!("the header has {}", quoted(required)));
    let has = |field: &&str| header.iter().any(|name| name == *field);
    let has_or_maps = |field: &&str| has(field) || options.columns.contains_key(*field);
    match options.format {
        Format::Needle => return Chosen::Own("--format says so".to_owned()),
        Format::Auto => {}
        format => return Chosen::Foreign(format::shape_of(format), "--format says so".to_owned()),
    }
    if required.iter().all(has) {
        return own();
    }
    if kind == Kind::Responses
        && let Some((shape, found)) = format::recognise(header)
    {
        return Chosen::Foreign(shape, format!("the header has {}", quoted(&found)));
    }
    // The names of its columns make a file the product's own: --map alone would give another tool's file another source.
    if required.iter().all(has_or_maps) && (kind == Kind::Customers || has_own_ids(header)) {
        return Chosen::Own(format!("the header has or --map names {}", quoted(required)));
    }
    let looks_like_an_id = |name: &String| ["id", "uuid", "key"].contains(&key(name).as_str());
    if kind == Kind::Customers && (header.iter().any(looks_like_an_id) || !options.columns.is_empty()) {
        return own();
    }
    Chosen::Foreign(
        format::shape_of(Format::Generic),
        "no tool's export has these columns: they are told by their names".to_owned(),
    )
}

/// True when the header has a name that only the product's own files have.
fn has_own_ids(header: &[String]) -> bool {
    header.iter().any(|name| name == "response_id" || name == "responded_at")
}

/// The plan of the product's own files.
fn draw_own(
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
    let fields = crate::columns::ANSWER_FIELDS.iter().chain(&crate::columns::CUSTOMER_FIELDS);
    fields.into_iter().find(|known| **known == field).copied().unwrap_or("attribute")
}

/// Everything that the plan of another tool's export depends on.
struct Foreigner<'a> {
    shape: &'static Shape,
    because: String,
    kind: Kind,
    options: &'a Options,
    calendar: Calendar,
}

impl Foreigner<'_> {
    fn draw(self, table: &mut Table) -> Result<Drawn, ImportError> {
        let header = table.header.clone();
        let sample = table.look_ahead(SAMPLE_RECORDS)?.to_vec();
        let is_whole = sample.len() < SAMPLE_RECORDS;
        let (headings, further) = format::read_headings(self.shape, &header, &sample);
        let (header_rows, sample) = sample.split_at(further.min(sample.len()));
        table.skip(further);
        let columns = evidence::columns(headings, sample);
        let is_answers = self.kind == Kind::Responses;
        let told = Told {
            map: &self.options.columns,
            date_format: self.options.date_format.as_deref(),
            is_answers,
            is_whole,
            sample,
        };
        let assigned = match assign::assign(self.shape, &columns, told) {
            Ok(assigned) => assigned,
            Err(said) => {
                let said = format!("{said}; its columns are {}", names(&columns));
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
        let mut said = Vec::new();
        for lack in &assigned.lacks {
            let candidates: Vec<&str> = lack.candidates.iter().map(|at| columns[*at].heading.column.as_str()).collect();
            let could_be =
                if candidates.is_empty() { String::new() } else { format!("; it could be {}", quoted(&candidates)) };
            said.push(format!("\"{}\" ({}{could_be})", lack.field.name(), lack.what));
            help.map(lack, columns);
        }
        let mut sentences = assigned.problems.clone();
        if !said.is_empty() {
            let read_as = match self.shape.format {
                Format::Generic => String::new(),
                format => format!(" (read as an export of {})", format.name()),
            };
            sentences.push(format!(
                "the header lacks {}{read_as}; its columns are {}",
                said.join(" and "),
                names(columns)
            ));
        }
        if let Some((what, patterns)) = dates {
            sentences.push(what);
            help.date_format(patterns);
        }
        if !said.is_empty() {
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
        for (at, becomes) in assigned.becomes.iter().enumerate() {
            match becomes {
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
        said: String,
        commands: Vec<Vec<String>>,
    ) -> Drawn {
        let samples = samples(first(sample), None, Some(assigned), self.options, self.calendar);
        let plan = self.plan(columns, assigned, samples, further, Some(said.clone()), commands);
        Drawn { plan, columns: Err(ImportError::Header(said)) }
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
            let (becomes, detail) = match assigned.becomes.get(at).cloned().flatten() {
                Some(Becomes::Field(field)) => (field.name(), String::new()),
                Some(Becomes::Attribute(name)) => ("attribute", name),
                Some(Becomes::Decides) => ("decides", "which rows count".to_owned()),
                Some(Becomes::Dropped(reason)) => ("dropped", reason.to_owned()),
                None => ("undecided", String::new()),
            };
            let question = column.heading.question.clone();
            PlannedColumn { column: column.heading.column.clone(), question, becomes, detail }
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

fn first(sample: &[ByteRecord]) -> &[ByteRecord] {
    &sample[..SHOWN_RECORDS.min(sample.len())]
}

fn names(columns: &[Column]) -> String {
    quoted(&columns.iter().map(|column| column.heading.column.as_str()).collect::<Vec<_>>())
}

/// The first records as they would come in; by what is assigned so far where they cannot be read yet.
fn samples(
    records: &[ByteRecord],
    columns: Option<&Columns>,
    assigned: Option<&Assigned>,
    options: &Options,
    calendar: Calendar,
) -> Vec<Sample> {
    let sample = |(at, record): (usize, &ByteRecord)| {
        let row = at + 1;
        let cells = (0..record.len()).map(|at| cell(record, at)).collect();
        let mut sample = Sample { row, cells, becomes: BTreeMap::new(), rejected: None };
        match columns {
            Some(columns) => match read(columns, record, options, calendar) {
                Ok(becomes) => sample.becomes = becomes,
                Err(problem) => {
                    let mut report = Report::default();
                    report.reject(row as u64, problem);
                    sample.rejected = report.rejected.pop();
                }
            },
            None => sample.becomes = guessed(assigned, record),
        }
        sample
    };
    records.iter().enumerate().map(sample).collect()
}

fn read(
    columns: &Columns,
    record: &ByteRecord,
    options: &Options,
    calendar: Calendar,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut becomes = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            becomes.insert(name.to_owned(), value);
        }
    };
    let (customer, attributes) = if columns.kind == Kind::Responses {
        let (answer, customer) = columns.answer(record, calendar, options)?;
        put("response_id", Some(answer.external_id));
        put("score", answer.score.map(|score| score.to_string()));
        put("responded_at", Some(answer.answered_at.to_utc().to_rfc3339()));
        put("customer_id", answer.customer);
        put("comment", answer.comment);
        (customer, answer.attributes)
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
    Ok(becomes)
}

fn guessed(assigned: Option<&Assigned>, record: &ByteRecord) -> BTreeMap<String, String> {
    let Some(assigned) = assigned else { return BTreeMap::new() };
    let pairs = assigned.becomes.iter().enumerate().filter_map(|(at, becomes)| {
        let name = match becomes {
            Some(Becomes::Field(field)) => field.name().to_owned(),
            Some(Becomes::Attribute(name)) => format!("attribute {name}"),
            _ => return None,
        };
        Some((name, cell(record, at))).filter(|(_, value)| !value.is_empty())
    });
    pairs.collect()
}
