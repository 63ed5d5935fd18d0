//! How the records of another tool's export are read: their customer, their time, and which records are skipped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use csv::ByteRecord;
use entity::{Calendar, Timestamp};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::record::{self, CustomerRecord};
use sha2::{Digest, Sha256};

use crate::cell::{cell, text};
use crate::date::{self, DayMonthOrder};
use crate::format::ColumnZone;
use crate::timestamp::{self, SERIAL_FORMAT};

/// How the records of a tool are read.
#[derive(Clone, Debug)]
pub struct ForeignLayout {
    /// The columns with the customer's id; the first non-empty one is used.
    pub customers: Vec<usize>,
    /// Further columns with the response's id, used where the first is empty.
    pub fallback_ids: Vec<usize>,
    /// True when a response may occur more than once, as it progressed.
    pub repeats: bool,
    /// The order of day and month; `None` where no date needs it.
    pub order: Option<DayMonthOrder>,
    /// The time zone of local times; `None` for the reporting zone.
    pub zone: Option<ColumnZone>,
    /// True when times are days as spreadsheets count them.
    pub is_serial: bool,
    /// True when a response without an id is identified by the digest of its customer and timestamp.
    pub digest: bool,
}

impl ForeignLayout {
    /// Reads a time by `format`, or by the order and the zone of the file.
    pub fn timestamp(&self, text: &str, reporting: Calendar, format: Option<&str>) -> Result<Timestamp, InputProblem> {
        let (zone, offset) = match self.zone {
            Some(ColumnZone::Named(zone)) => (Calendar { zone }, None),
            Some(ColumnZone::Fixed(offset)) => (reporting, Some(offset)),
            Some(ColumnZone::Unclear) | None => (reporting, None),
        };
        if let Some(format) = format.filter(|format| *format != SERIAL_FORMAT) {
            let has_own = ["%z", "%:z", "%#z", "%Z", "%+", "%s"].iter().any(|part| format.contains(part));
            let Some(offset) = offset.filter(|_| !has_own) else {
                return timestamp::parse(text, "responded_at", zone, Some(format));
            };
            let as_utc = timestamp::parse(text, "responded_at", Calendar { zone: chrono_tz::UTC }, Some(format))?;
            return Ok(as_utc.plus_seconds(-i64::from(offset.local_minus_utc())));
        }
        let written = if self.is_serial || format.is_some() { date::serial(text) } else { date::parse(text) };
        let found = written.and_then(|written| written.with_offset(offset).to_timestamp(self.order, zone, reporting));
        let Some(found) = found else {
            let expected = match self.order {
                Some(DayMonthOrder::DayFirst) => "a time with the day before the month, as elsewhere in this file",
                Some(DayMonthOrder::MonthFirst) => "a time with the month before the day, as elsewhere in this file",
                None => "a time that can be read in one way only",
            };
            return Err(InputProblem::new(
                ProblemCode::NotADate,
                "responded_at",
                format!("expected {expected}, found \"{text}\""),
            ));
        };
        timestamp::within_years(found, text, "responded_at")
    }

    /// The customer's id, and a customer record where the row contains an email address or a name. `fields` are the
    /// columns by field.
    pub fn customer(
        &self,
        fields: &BTreeMap<String, usize>,
        record: &ByteRecord,
    ) -> Result<(String, Option<CustomerRecord>), InputProblem> {
        let email = Some(text(fields, record, "email")?).filter(|email| !record::is_nobody(email)).unwrap_or_default();
        let mut id = String::new();
        for at in &self.customers {
            let text = cell(record, *at, "customer_id")?;
            if !text.is_empty() && !record::is_nobody(text) {
                text.clone_into(&mut id);
                break;
            }
        }
        if id.is_empty() {
            id = email.to_lowercase();
        }
        let name = match text(fields, record, "name")? {
            "" => format!("{} {}", text(fields, record, "first_name")?, text(fields, record, "last_name")?)
                .trim()
                .to_owned(),
            name => name.to_owned(),
        };
        let name = if record::is_nobody(&name) { String::new() } else { name };
        if id.is_empty() || (email.is_empty() && name.is_empty()) {
            return Ok((id, None));
        }
        let attributes = BTreeMap::new();
        let customer =
            record::customer_from_parts(id.clone(), Some(email.to_owned()), Some(name), attributes, "customer_id")?;
        Ok((id, Some(customer)))
    }

    /// The first non-empty id of a response in the fallback columns; empty when there is none.
    pub fn fallback_id<'a>(&self, record: &'a ByteRecord) -> Result<&'a str, InputProblem> {
        for at in &self.fallback_ids {
            let id = cell(record, *at, "response_id")?;
            if !id.is_empty() {
                return Ok(id);
            }
        }
        Ok("")
    }

    /// The id of a response that its tool gave none: the same each time the file is imported. It is that of the customer
    /// and the time; of the content of the row where nobody is named.
    pub fn digest(customer: &str, answered_at: Timestamp, record: &ByteRecord) -> String {
        let mut hasher = Sha256::new();
        if customer.is_empty() {
            hasher.update(Self::content(record));
        } else {
            hasher.update((customer.len() as u64).to_le_bytes());
            hasher.update(customer.as_bytes());
        }
        hasher.update(answered_at.0.to_le_bytes());
        written(hasher)
    }

    /// The id of the further responses of the same customer at the same time, in the order of the file: people of one company
    /// answer on the same day.
    pub fn further_digest(digest: &str, number: u32) -> String {
        let mut hasher = Sha256::new();
        hasher.update(digest.as_bytes());
        hasher.update(number.to_le_bytes());
        written(hasher)
    }

    /// The digest of all cells of a record.
    pub fn content(record: &ByteRecord) -> Vec<u8> {
        let mut hasher = Sha256::new();
        for cell in record {
            hasher.update((cell.len() as u64).to_le_bytes());
            hasher.update(cell);
        }
        hasher.finalize().to_vec()
    }
}

/// The prefix and half of the digest, as the ids that we make are written.
fn written(hasher: Sha256) -> String {
    hasher.finalize()[..16].iter().fold("digest:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
