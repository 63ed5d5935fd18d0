//! The shapes of the files that are understood: the product's own, and those that survey tools export.
//!
//! Each tool is a short description; how a description is laid over a file is in `assign`.

mod common;
mod delighted;
mod formbricks;
mod generic;
mod posthog;
mod qualtrics;
mod retently;
mod surveymonkey;
mod typeform;

use std::collections::HashSet;

use csv::ByteRecord;

pub use common::{DROPPED, EMAILS, FIRST_NAMES, LAST_NAMES, NAMES, RENAMED};

use crate::heading::{ColumnHeading, HeaderRows, cell, headings, key};

/// The shape of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileFormat {
    /// Found out from the header.
    #[default]
    Auto,
    /// The product's own.
    Needle,
    /// Delighted.
    Delighted,
    /// Typeform.
    Typeform,
    /// SurveyMonkey.
    SurveyMonkey,
    /// Qualtrics.
    Qualtrics,
    /// Formbricks.
    Formbricks,
    /// PostHog surveys.
    PostHog,
    /// Retently.
    Retently,
    /// Any other tool whose columns have names that tell what they hold.
    Generic,
}

impl FileFormat {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Auto,
        Self::Needle,
        Self::Delighted,
        Self::Typeform,
        Self::SurveyMonkey,
        Self::Qualtrics,
        Self::Formbricks,
        Self::PostHog,
        Self::Retently,
        Self::Generic,
    ];

    /// The name on the command line, and of the source where none is given.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Needle => "needle",
            Self::Delighted => "delighted",
            Self::Typeform => "typeform",
            Self::SurveyMonkey => "surveymonkey",
            Self::Qualtrics => "qualtrics",
            Self::Formbricks => "formbricks",
            Self::PostHog => "posthog",
            Self::Retently => "retently",
            Self::Generic => "generic",
        }
    }
}

/// Names in groups: a name of an earlier group is preferred, two names of one group contradict each other.
pub type NameTiers = &'static [&'static [&'static str]];

/// What is known of a tool's files. All names are keys, as [`crate::heading::key`] makes them.
#[derive(Debug)]
pub struct FormatDescription {
    /// The tool.
    pub format: FileFormat,
    /// Sets of columns; a file that has all of a set is this tool's.
    pub signatures: &'static [&'static [&'static str]],
    /// Which rows stand above the records.
    pub header_rows: HeaderRows,
    /// Columns with the answer's id.
    pub ids: NameTiers,
    /// Columns with the score, for tools that ask one question only.
    pub scores: NameTiers,
    /// The start of the names of columns that hold answers, where a tool does not tell the questions.
    pub response_prefix: Option<&'static str>,
    /// Columns with the moment of the answer.
    pub times: NameTiers,
    /// Columns with the id of the customer; the first that is filled counts.
    pub customers: &'static [&'static str],
    /// Columns with the customer's name that mean something else elsewhere.
    pub names: &'static [&'static str],
    /// Columns with the reason for the score, best first.
    pub comments: &'static [&'static str],
    /// Further columns that say nothing about the customer.
    pub dropped: &'static [&'static str],
    /// True when an answer without an id may go by the digest of its customer and its moment.
    pub digest: bool,
    /// True when a file may hold an answer more than once, as it went on: the latest record counts.
    pub repeats: bool,
}

/// Those of the tools; a file is the first one's whose signature it has.
const DESCRIPTIONS: [&FormatDescription; 7] = [
    &qualtrics::DESCRIPTION,
    &surveymonkey::DESCRIPTION,
    &typeform::DESCRIPTION,
    &formbricks::DESCRIPTION,
    &posthog::DESCRIPTION,
    &retently::DESCRIPTION,
    &delighted::DESCRIPTION,
];

/// The shape of a tool's files.
pub fn description_of(format: FileFormat) -> &'static FormatDescription {
    DESCRIPTIONS.into_iter().find(|description| description.format == format).unwrap_or(&generic::DESCRIPTION)
}

/// The tool whose export this is, with the columns that tell; `None` when no signature fits.
pub fn recognise(header: &[String]) -> Option<(&'static FormatDescription, Vec<String>)> {
    let keys: Vec<String> = header.iter().map(|name| key(name)).collect();
    let present: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let column = |part: &str| keys.iter().position(|key| key == part).map(|at| header[at].clone());
    let starts = |wanted: &str| header.iter().find(|name| name.contains(wanted)).cloned();
    DESCRIPTIONS.into_iter().find_map(|description| {
        description.signatures.iter().find_map(|signature| {
            // What ends in a star is no key but a part of a name as it is written.
            let found = signature.iter().map(|name| match name.strip_suffix('*') {
                Some(start) => starts(start),
                None => column(name).filter(|_| present.contains(name)),
            });
            Some((description, found.collect::<Option<Vec<_>>>()?))
        })
    })
}

/// The headings of a tool's file, and how many of the first records are header rows still.
pub fn read_headings(
    description: &FormatDescription,
    header: &[String],
    sample: &[ByteRecord],
) -> (Vec<ColumnHeading>, usize) {
    let plain = headings(header, None, HeaderRows::Plain);
    match description.header_rows {
        HeaderRows::Plain => (plain, 0),
        HeaderRows::Questions => {
            let is_import = |record: &ByteRecord| (0..record.len()).any(|at| cell(record, at).contains("\"ImportId\""));
            let import = sample.iter().take(2).position(is_import);
            let labels = match import {
                Some(at) => at == 1,
                None => sample.first().is_some_and(|record| repeats_names(&plain, record)),
            };
            let below = sample.first().filter(|_| labels);
            let rows = import.map_or(usize::from(labels), |at| at + 1);
            (headings(header, below, HeaderRows::Questions), rows)
        }
        HeaderRows::Parts => {
            let own = ["respondentid", "collectorid", "startdate", "enddate"];
            let found: Vec<usize> =
                own.iter().filter_map(|name| plain.iter().position(|heading| heading.key == *name)).collect();
            // In another language the id still stands first, and no answer lacks it.
            let own = if found.is_empty() { vec![0] } else { found };
            let below = sample.first().filter(|record| own.iter().all(|at| cell(record, *at).is_empty()));
            (headings(header, below, HeaderRows::Parts), usize::from(below.is_some()))
        }
    }
}

/// True for a record that says again, in other words, what the header says.
fn repeats_names(headings: &[ColumnHeading], record: &ByteRecord) -> bool {
    let same =
        |(at, heading): (usize, &ColumnHeading)| !heading.key.is_empty() && key(&cell(record, at)) == heading.key;
    headings.iter().enumerate().filter(|pair| same(*pair)).count() >= 2
}

/// The time zone that the rows above the records name for a column: Qualtrics tells it, and Typeform writes `(UTC)`.
pub fn zone_of(heading: &ColumnHeading, header_rows: &[ByteRecord], at: usize) -> Option<chrono_tz::Tz> {
    let named = header_rows.iter().find_map(|record| {
        let json: serde_json::Value = serde_json::from_slice(record.get(at)?).ok()?;
        json.get("timeZone")?.as_str()?.parse().ok()
    });
    named.or_else(|| {
        let (_, rest) = heading.column.rsplit_once('(')?;
        let zone = rest.trim_end().strip_suffix(')')?.trim();
        zone.parse().ok()
    })
}
