//! The import of one file: rows are read on a thread of their own while the store writes the chunk before.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use csv::ByteRecord;
use entity::Calendar;
use entity::import_count::ImportKind;
use tokio::sync::mpsc;

use super::answer::{self, How};
use super::count::refused as count_refused;
use super::dimension::Dimensions;
use super::record::{self, Answer, AnswerFields, AnswerParts, Customer};
use super::seen::Seen;
use super::table::Table;
use super::{ImportError, Report, Target, customer, document, moment};
use crate::problem::{Code, Problem};

/// Rows per transaction.
const CHUNK_ROWS: usize = 5_000;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Customers, as CSV.
    Customers,
    /// Answers, as CSV.
    Responses,
    /// Segments, as JSON.
    Segments,
    /// Decisions, as JSON.
    Decisions,
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Columns that go by another name here: field to column.
    pub columns: BTreeMap<String, String>,
    /// A strftime pattern for moments.
    pub date_format: Option<String>,
    /// Where answers come from.
    pub source: String,
    /// True to find out what would happen and to change nothing.
    pub dry_run: bool,
    /// Who imports, for the history of declarations.
    pub imported_by: String,
}

/// Told after every chunk.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Records done so far.
    pub rows: u64,
}

/// Imports one file.
pub async fn import(
    target: &Target,
    kind: Kind,
    source: impl Read + Send + 'static,
    options: &Options,
    progress: impl Fn(Progress) + Send,
) -> Result<Report, ImportError> {
    let report = match kind {
        Kind::Segments => document::segments(target, source, options).await,
        Kind::Decisions => document::decisions(target, source, options).await,
        Kind::Customers | Kind::Responses => table(target, kind, source, options, progress).await,
    }?;
    report.log(kind, options);
    Ok(report)
}

async fn table(
    target: &Target,
    kind: Kind,
    source: impl Read + Send + 'static,
    options: &Options,
    progress: impl Fn(Progress) + Send,
) -> Result<Report, ImportError> {
    let opened = tokio::task::spawn_blocking(move || Table::open(source)).await.map_err(std::io::Error::other)?;
    let mut table = opened?;
    let columns = Columns::of(&table.header, kind, &options.columns)?;
    let (sender, mut chunks) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            let chunk = table.read(CHUNK_ROWS);
            let ended = !matches!(&chunk, Ok(records) if !records.is_empty());
            if sender.blocking_send(chunk).is_err() || ended {
                return;
            }
        }
    });
    let mut dimensions = Dimensions::load(target.database.reader(), target.values_limit).await?;
    let mut seen = Seen::default();
    let mut report = Report::default();
    let mut rows = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk?;
        let numbered = (rows + 1..).zip(&chunk);
        rows += chunk.len() as u64;
        let mut done = Report::default();
        if kind == Kind::Responses {
            let read = |record: &ByteRecord| columns.answer(record, target.calendar, options);
            let valid = valid(numbered, read, |answer: &Answer| &answer.external_id, &mut seen, &columns, &mut done);
            if !options.dry_run {
                count_refused(target, ImportKind::Responses, &done).await?;
            }
            let how = How {
                source: &options.source,
                id_field: "response_id",
                customer_field: "customer_id",
                dry_run: options.dry_run,
            };
            done.absorb(answer::record(target, &how, &mut dimensions, &valid).await?);
        } else {
            let read = |record: &ByteRecord| columns.customer(record);
            let valid =
                valid(numbered, read, |customer: &Customer| &customer.external_id, &mut seen, &columns, &mut done);
            if !options.dry_run {
                count_refused(target, ImportKind::Customers, &done).await?;
            }
            done.absorb(customer::upsert(target, "customer_id", options.dry_run, &mut dimensions, &valid).await?);
        }
        done.rejected.sort_by_key(|rejection| rejection.row);
        report.absorb(done);
        progress(Progress { rows });
    }
    reading.await.map_err(std::io::Error::other)?;
    Ok(report)
}

/// The rows that can be written; the others are rejected with their reason.
fn valid<'a, T>(
    numbered: impl Iterator<Item = (u64, &'a ByteRecord)>,
    read: impl Fn(&ByteRecord) -> Result<T, Problem>,
    id: impl Fn(&T) -> &String,
    seen: &mut Seen,
    columns: &Columns,
    report: &mut Report,
) -> Vec<(u64, T)> {
    let mut valid = Vec::new();
    for (number, record) in numbered {
        match read(record) {
            Ok(row) if seen.is_new(id(&row)) => valid.push((number, row)),
            Ok(row) => {
                let message = format!("expected each id once, found \"{}\" again", id(&row));
                report.reject(number, Problem::new(Code::Duplicate, columns.id_name(), message));
            }
            Err(problem) => report.reject(number, problem),
        }
    }
    valid
}

/// Which column holds what.
struct Columns {
    kind: Kind,
    count: usize,
    fields: BTreeMap<String, usize>,
    attributes: Vec<(String, usize)>,
}

const ANSWER_FIELDS: [&str; 5] = ["response_id", "score", "responded_at", "customer_id", "comment"];
const CUSTOMER_FIELDS: [&str; 3] = ["customer_id", "email", "name"];

impl Columns {
    fn of(header: &[String], kind: Kind, map: &BTreeMap<String, String>) -> Result<Self, ImportError> {
        let names = renamed(header, map)?;
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(name.as_str())) {
            return Err(ImportError::Header(format!("the column \"{name}\" appears twice in the header")));
        }
        let (known, required): (&[&str], &[&str]) = match kind {
            Kind::Responses => (&ANSWER_FIELDS, &ANSWER_FIELDS[..3]),
            _ => (&CUSTOMER_FIELDS, &CUSTOMER_FIELDS[..1]),
        };
        let missing: Vec<&str> = required.iter().filter(|field| !seen.contains(**field)).copied().collect();
        if !missing.is_empty() {
            return Err(ImportError::Header(format!(
                "the header lacks {}; its columns are {}. Name the column that holds it, like --map {}=COLUMN",
                quoted(&missing),
                quoted(header),
                missing[0]
            )));
        }
        let mut columns = Self { kind, count: header.len(), fields: BTreeMap::new(), attributes: Vec::new() };
        for (at, name) in names.into_iter().enumerate() {
            if known.contains(&name.as_str()) {
                columns.fields.insert(name, at);
            } else if !name.is_empty() {
                record::check_attribute_name(&name).map_err(|problem| ImportError::Header(problem.message))?;
                columns.attributes.push((name, at));
            }
        }
        Ok(columns)
    }

    fn id_name(&self) -> &'static str {
        if self.kind == Kind::Responses { "response_id" } else { "customer_id" }
    }

    fn answer(&self, record: &ByteRecord, calendar: Calendar, options: &Options) -> Result<Answer, Problem> {
        self.check_count(record)?;
        let text = |field: &str| self.text(record, field);
        let external_id = text("response_id")?;
        let score = match text("score")? {
            "" => None,
            score => Some(whole_number(score)?),
        };
        let answered_at = match text("responded_at")? {
            "" => {
                let message = "expected the time of the answer, found nothing";
                return Err(Problem::new(Code::Missing, "responded_at", message));
            }
            moment => moment::parse(moment, "responded_at", calendar, options.date_format.as_deref())?,
        };
        let parts = AnswerParts {
            external_id: external_id.to_owned(),
            score,
            customer: Some(text("customer_id")?.to_owned()),
            comment: Some(text("comment")?.to_owned()),
            attributes: self.attributes(record)?,
        };
        let fields = AnswerFields { external_id: "response_id", customer: "customer_id" };
        record::answer_from_parts(parts, answered_at, fields)
    }

    fn customer(&self, record: &ByteRecord) -> Result<Customer, Problem> {
        self.check_count(record)?;
        let text = |field: &str| self.text(record, field).map(str::to_owned);
        let (email, name) = (text("email")?, text("name")?);
        record::customer_from_parts(
            text("customer_id")?,
            Some(email),
            Some(name),
            self.attributes(record)?,
            "customer_id",
        )
    }

    fn check_count(&self, record: &ByteRecord) -> Result<(), Problem> {
        if record.len() == self.count {
            return Ok(());
        }
        let message = format!("expected {} columns as in the header, found {}", self.count, record.len());
        Err(Problem::new(Code::WrongColumnCount, "", message))
    }

    /// A field's cell, trimmed; empty when the file has no such column.
    fn text<'a>(&self, record: &'a ByteRecord, field: &str) -> Result<&'a str, Problem> {
        self.fields.get(field).map_or(Ok(""), |at| cell(record, *at, field))
    }

    fn attributes(&self, record: &ByteRecord) -> Result<BTreeMap<String, String>, Problem> {
        let mut attributes = BTreeMap::new();
        for (name, at) in &self.attributes {
            let value = cell(record, *at, name)?;
            if !value.is_empty() {
                attributes.insert(name.clone(), value.to_owned());
            }
        }
        Ok(attributes)
    }
}

/// The header with mapped columns under the names of their fields.
fn renamed(header: &[String], map: &BTreeMap<String, String>) -> Result<Vec<String>, ImportError> {
    let mut names = header.to_vec();
    for (field, column) in map {
        let Some(at) = header.iter().position(|name| name == column.trim()) else {
            return Err(ImportError::Header(format!(
                "--map {field}={column}: the file has no such column; its columns are {}",
                quoted(header)
            )));
        };
        // The file's own column of the field's name gives way to the mapped one.
        if let Some(shadowed) = names.iter().position(|name| name == field).filter(|shadowed| *shadowed != at) {
            names[shadowed] = format!("{field} (unmapped)");
        }
        names[at].clone_from(field);
    }
    Ok(names)
}

fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn cell<'a>(record: &'a ByteRecord, at: usize, field: &str) -> Result<&'a str, Problem> {
    let bytes = record.get(at).unwrap_or_default();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::new(Code::NotText, field, "expected UTF-8 text, found other bytes"))?;
    Ok(text.trim())
}

/// A whole number, also as spreadsheets write it: `9.0` is 9, `9.5` is not a score.
fn whole_number(text: &str) -> Result<i64, Problem> {
    let digits = text.split_once('.').map_or(text, |(whole, fraction)| {
        if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') { whole } else { text }
    });
    digits.parse().map_err(|_| {
        Problem::new(Code::NotANumber, "score", format!("expected a whole number from 0 to 10, found \"{text}\""))
    })
}
