//! Which column of a file holds which field, and how a record is read as a response or a customer.

use std::collections::{BTreeMap, BTreeSet};

use csv::ByteRecord;
use entity::{Calendar, Timestamp};
use needle_rules::problem::{InputProblem, ProblemCode, limit};
use needle_rules::record::{self, CustomerRecord, ResponseFieldNames, ResponseParts, ResponseRecord};

use crate::cell::{cell, text};
use crate::column_profile::is_document;
use crate::error::ImportError;
use crate::foreign::ForeignLayout;
use crate::heading::quoted;
use crate::options::{FileKind, ImportOptions};
use crate::row_filter::{self, RowFilter};
use crate::{score, timestamp};

/// The field or attribute of each column.
#[derive(Clone, Debug)]
pub struct ColumnLayout {
    /// What the file contains.
    pub kind: FileKind,
    /// How many columns the header has.
    pub count: usize,
    /// How many of them there are up to the last one with a name: a record has at least as many.
    pub named: usize,
    /// The position of each field that is read from one column.
    pub fields: BTreeMap<String, usize>,
    /// Further columns with the score.
    pub further_scores: Vec<usize>,
    /// The attributes, each with its column.
    pub attributes: Vec<(String, usize)>,
    /// The columns that decide which rows are imported.
    pub rules: Vec<RowFilter>,
    /// How another tool's export is read; `None` for the product's own files.
    pub foreign: Option<ForeignLayout>,
}

/// The fields of the product's own files of responses; the first three are required.
pub const RESPONSE_FIELDS: [&str; 7] =
    ["response_id", "score", "responded_at", "customer_id", "comment", "email", "name"];
/// Names of columns that hold an address or the name of a person in files that are our own otherwise.
const PERSONAL: [(&str, &[&str]); 2] = [
    ("email", &["email", "e-mail", "email address", "email_address", "mail"]),
    ("name", &["name", "full name", "full_name"]),
];
/// The fields of the product's own files of customers; the first is required.
pub const CUSTOMER_FIELDS: [&str; 3] = ["customer_id", "email", "name"];

impl ColumnLayout {
    /// The layout of one of the product's own files, with its columns renamed and its constants as the options say.
    pub fn of(header: &[String], kind: FileKind, options: &ImportOptions) -> Result<Self, ImportError> {
        let names = renamed(header, &options.columns)?;
        let mut names_so_far = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !names_so_far.insert(name.as_str())) {
            return Err(ImportError::Header(format!("the column \"{name}\" appears twice in the header")));
        }
        let (expected, required): (&[&str], &[&str]) = match kind {
            FileKind::Responses => (&RESPONSE_FIELDS, &RESPONSE_FIELDS[..3]),
            _ => (&CUSTOMER_FIELDS, &CUSTOMER_FIELDS[..1]),
        };
        let is_there = |field: &str| names_so_far.contains(field) || options.constants.contains_key(field);
        let missing: Vec<&str> = required.iter().filter(|field| !is_there(field)).copied().collect();
        if !missing.is_empty() {
            return Err(ImportError::Header(format!(
                "the header lacks {}; its columns are {}. Name the column that holds it, like --map {}=COLUMN",
                quoted(&missing),
                quoted(header),
                missing[0]
            )));
        }
        let mut columns = Self {
            kind,
            count: header.len(),
            named: named(header),
            fields: BTreeMap::new(),
            further_scores: further_scores(header, options)?,
            attributes: Vec::new(),
            rules: row_filter::of_own(header, &options.decisions)?,
            foreign: None,
        };
        let has = |field: &str| names_so_far.contains(field);
        let personal = |name: &String| {
            let lower = name.to_lowercase();
            let found = PERSONAL.iter().find(|(field, others)| !has(field) && others.contains(&lower.as_str()));
            found.map(|(field, _)| (*field).to_owned())
        };
        let names: Vec<String> = names.iter().map(|name| personal(name).unwrap_or_else(|| name.clone())).collect();
        for (at, name) in names.into_iter().enumerate() {
            // Of two columns for one field the first is it.
            if columns.further_scores.contains(&at) {
                continue;
            }
            if expected.contains(&name.as_str()) && !columns.fields.contains_key(&name) {
                columns.fields.insert(name, at);
            } else if !name.is_empty() {
                record::check_attribute_name(&name).map_err(|problem| ImportError::Header(problem.message))?;
                columns.attributes.push((name, at));
            }
        }
        Ok(columns)
    }

    /// The field with the id of a record.
    pub fn id_name(&self) -> &'static str {
        if self.kind == FileKind::Responses { "response_id" } else { "customer_id" }
    }

    /// True when ids are made for responses that have none.
    pub fn makes_ids(&self) -> bool {
        self.foreign.as_ref().is_some_and(|foreign| foreign.digest)
    }

    /// True when a file may contain a response more than once.
    pub fn may_repeat_responses(&self) -> bool {
        self.foreign.as_ref().is_some_and(|foreign| foreign.repeats)
    }

    /// Reads a response, and the customer where the record describes one.
    pub fn response(
        &self,
        record: &ByteRecord,
        calendar: Calendar,
        options: &ImportOptions,
    ) -> Result<(ResponseRecord, Option<CustomerRecord>), InputProblem> {
        self.check_count(record)?;
        self.rules.iter().try_for_each(|filter| filter.check(record))?;
        let text = |field: &str| self.text(record, field);
        let score = match self.score_text(record)? {
            "" => None,
            score if score::is_no_answer(score) => None,
            score if self.foreign.is_some() => Some(score::labelled(score)?),
            score => Some(score::written_number(score)?),
        };
        let answered_at = self.answered_at(record, calendar, options)?;
        let (customer, details) = match &self.foreign {
            Some(foreign) => foreign.customer(&self.fields, record)?,
            None => self.own_customer(record)?,
        };
        let further_id = match &self.foreign {
            Some(foreign) => foreign.fallback_id(record)?,
            None => "",
        };
        let external_id = match Some(text("response_id")?).filter(|id| !id.is_empty()).unwrap_or(further_id) {
            "" if self.foreign.as_ref().is_some_and(|foreign| foreign.digest) => {
                ForeignLayout::digest(&customer, answered_at, record)
            }
            id => id.to_owned(),
        };
        let parts = ResponseParts {
            external_id,
            score,
            customer: Some(customer),
            // A NUL is no part of what somebody said.
            comment: Some(text("comment")?.replace('\0', "")),
            attributes: self.attributes_with(record, options)?,
        };
        let fields = ResponseFieldNames { external_id: "response_id", customer: "customer_id" };
        Ok((record::response_from_parts(parts, answered_at, fields)?, details))
    }

    /// The cell with the score; of several columns for one question, the one that the record answers.
    fn score_text<'a>(&self, record: &'a ByteRecord) -> Result<&'a str, InputProblem> {
        let mut found = self.text(record, "score")?;
        for at in &self.further_scores {
            let further = cell(record, *at, "score")?;
            if further.is_empty() || score::is_no_answer(further) {
                continue;
            }
            if !found.is_empty() && !score::is_no_answer(found) {
                let message = format!(
                    "expected an answer in one of the columns that were named for the score, found \"{found}\" and \"{further}\""
                );
                return Err(InputProblem::new(ProblemCode::Invalid, "score", message));
            }
            found = further;
        }
        Ok(found)
    }

    /// The customer of a response in one of our own files: by its id, else by its address in lower case. Address and name
    /// belong to the customer: as attributes of the response everybody could read them.
    fn own_customer(&self, record: &ByteRecord) -> Result<(String, Option<CustomerRecord>), InputProblem> {
        let text = |field: &str| self.text(record, field).map(str::to_owned);
        let somebody = |text: &String| !text.is_empty() && !record::is_nobody(text);
        let [email, name] = [text("email")?, text("name")?].map(|text| Some(text).filter(somebody).unwrap_or_default());
        let id = Some(text("customer_id")?).filter(somebody).unwrap_or_else(|| email.to_lowercase());
        if id.is_empty() || (email.is_empty() && name.is_empty()) {
            return Ok((id, None));
        }
        let (email, name) = (Some(email), Some(name));
        let customer = record::customer_from_parts(id.clone(), email, name, BTreeMap::new(), "customer_id")?;
        Ok((id, Some(customer)))
    }

    fn answered_at(
        &self,
        record: &ByteRecord,
        calendar: Calendar,
        options: &ImportOptions,
    ) -> Result<Timestamp, InputProblem> {
        if let Some(constant) = options.constants.get("responded_at") {
            return timestamp::parse(constant, "responded_at", calendar, None);
        }
        let text = self.text(record, "responded_at")?;
        if text.is_empty() {
            let message = "expected the time of the response, found nothing";
            return Err(InputProblem::new(ProblemCode::Missing, "responded_at", message));
        }
        match &self.foreign {
            Some(foreign) => foreign.timestamp(text, calendar, options.date_format.as_deref()),
            None => timestamp::parse(text, "responded_at", calendar, options.date_format.as_deref()),
        }
    }

    /// Reads a customer.
    pub fn customer(&self, record: &ByteRecord) -> Result<CustomerRecord, InputProblem> {
        self.check_count(record)?;
        if let Some(foreign) = &self.foreign {
            let (id, details) = foreign.customer(&self.fields, record)?;
            let (email, name) = details.map(|customer| (customer.email, customer.name)).unwrap_or_default();
            return record::customer_from_parts(id, email, name, self.attributes(record)?, "customer_id");
        }
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

    fn check_count(&self, record: &ByteRecord) -> Result<(), InputProblem> {
        // Some tools end their rows with a delimiter but not their header, or the other way round.
        let is_surplus = |cell: &[u8]| cell.trim_ascii().is_empty();
        let ends_emptily = record.len() > self.count && record.iter().skip(self.count).all(is_surplus);
        if (self.named..=self.count).contains(&record.len()) || ends_emptily {
            return Ok(());
        }
        let message = format!("expected {} columns as in the header, found {}", self.count, record.len());
        Err(InputProblem::new(ProblemCode::WrongColumnCount, "", message))
    }

    /// The trimmed cell of a field; empty when the file has no such column.
    fn text<'a>(&self, record: &'a ByteRecord, field: &str) -> Result<&'a str, InputProblem> {
        text(&self.fields, record, field)
    }

    /// The attributes of a response: those of `--set`, and those of the record, which win.
    fn attributes_with(
        &self,
        record: &ByteRecord,
        options: &ImportOptions,
    ) -> Result<BTreeMap<String, String>, InputProblem> {
        let constants = options.constants.iter().filter(|(name, _)| *name != "responded_at");
        let mut attributes: BTreeMap<String, String> =
            constants.map(|(name, value)| (name.clone(), value.clone())).collect();
        attributes.extend(self.attributes(record)?);
        Ok(attributes)
    }

    fn attributes(&self, record: &ByteRecord) -> Result<BTreeMap<String, String>, InputProblem> {
        let mut attributes = BTreeMap::new();
        for (name, at) in &self.attributes {
            let value = cell(record, *at, name)?;
            if value.is_empty() || (self.foreign.is_some() && is_document(value)) {
                continue;
            }
            // A long text in a column that is not a field is no reason to reject the response.
            let value = if self.foreign.is_some() { shortened(value) } else { value };
            attributes.insert(name.clone(), value.to_owned());
        }
        Ok(attributes)
    }
}

/// How many columns there are up to the last one with a name.
pub fn named(header: &[String]) -> usize {
    header.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
}

/// The part of a value that fits into an attribute.
fn shortened(value: &str) -> &str {
    value.char_indices().nth(limit::ATTRIBUTE_VALUE).map_or(value, |(end, _)| &value[..end])
}

/// The positions of the further columns with the score.
fn further_scores(header: &[String], options: &ImportOptions) -> Result<Vec<usize>, ImportError> {
    let position = |column: &String| {
        header.iter().position(|name| name == column.trim()).ok_or_else(|| {
            ImportError::Header(format!(
                "--map score={column}: the file has no such column; its columns are {}",
                quoted(header)
            ))
        })
    };
    options.further_scores.iter().map(position).collect()
}

/// The header with mapped columns renamed to their fields.
fn renamed(header: &[String], map: &BTreeMap<String, String>) -> Result<Vec<String>, ImportError> {
    let mut names = header.to_vec();
    for (field, column) in map {
        let Some(at) = header.iter().position(|name| name == column.trim()) else {
            return Err(ImportError::Header(format!(
                "--map {field}={column}: the file has no such column; its columns are {}",
                quoted(header)
            )));
        };
        if map.iter().any(|(other, name)| other < field && name.trim() == column.trim()) {
            return Err(ImportError::Header(format!(
                "--map {field}={column}: this column is mapped already; a column has one role"
            )));
        }
        // A mapped column replaces the file's own column of the field's name.
        if let Some(shadowed) = names.iter().position(|name| name == field).filter(|shadowed| *shadowed != at) {
            names[shadowed] = format!("{field} (unmapped)");
        }
        names[at].clone_from(field);
    }
    Ok(names)
}
