//! The file formats that an import reads: the product's own, and the exports of survey tools.
//!
//! Each tool has a short description; `assign` applies a description to the columns of a file.

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

/// The format of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileFormat {
    /// Recognised by the header.
    #[default]
    Auto,
    /// The product's own files.
    Needle,
    /// An export of Delighted.
    Delighted,
    /// An export of Typeform.
    Typeform,
    /// An export of SurveyMonkey.
    SurveyMonkey,
    /// An export of Qualtrics.
    Qualtrics,
    /// An export of Formbricks.
    Formbricks,
    /// An export of PostHog surveys.
    PostHog,
    /// An export of Retently.
    Retently,
    /// An export of any other tool, whose column names show what they contain.
    Generic,
}

impl FileFormat {
    /// All formats, in the order of the documentation.
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

    /// The name on the command line; also the name of the source when none is given.
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

/// Tiers of names: a name of an earlier tier is preferred, two matches within one tier are ambiguous.
pub type NameTiers = &'static [&'static [&'static str]];

/// How to recognise and read a tool's files. All names are keys, as [`crate::heading::key`] makes them.
#[derive(Debug)]
pub struct FormatDescription {
    /// The format described; also its name as a source.
    pub format: FileFormat,
    /// Sets of columns; a file that has all columns of one set is this tool's.
    pub signatures: &'static [&'static [&'static str]],
    /// Which header rows precede the records.
    pub header_rows: HeaderRows,
    /// Columns with the id of the response.
    pub ids: NameTiers,
    /// Columns with the score, for tools that ask only one question.
    pub scores: NameTiers,
    /// The prefix of columns that contain values of questions, for tools whose header does not contain the questions;
    /// `None` otherwise.
    pub response_prefix: Option<&'static str>,
    /// Columns with the time of the response.
    pub times: NameTiers,
    /// Columns with the id of the customer; the first non-empty one is used.
    pub customers: &'static [&'static str],
    /// Columns with the customer's name whose keys mean something else in other tools.
    pub names: &'static [&'static str],
    /// Columns with the reason for the score, best first.
    pub comments: &'static [&'static str],
    /// Further columns that contain nothing about the customer.
    pub dropped: &'static [&'static str],
    /// True when a response without an id may be identified by the digest of its customer and its timestamp.
    pub digest: bool,
    /// True when a file may contain a response more than once, as it progressed: the latest record is used.
    pub repeats: bool,
}

/// The descriptions of the tools; a file belongs to the first one with a matching signature.
const DESCRIPTIONS: [&FormatDescription; 7] = [
    &qualtrics::DESCRIPTION,
    &surveymonkey::DESCRIPTION,
    &typeform::DESCRIPTION,
    &formbricks::DESCRIPTION,
    &posthog::DESCRIPTION,
    &retently::DESCRIPTION,
    &delighted::DESCRIPTION,
];

/// The description of a format; the generic one where the format has none.
pub fn description_of(format: FileFormat) -> &'static FormatDescription {
    DESCRIPTIONS.into_iter().find(|description| description.format == format).unwrap_or(&generic::DESCRIPTION)
}

/// The keys of all columns that hold a customer's id, in whatever tool.
pub fn customer_keys() -> HashSet<&'static str> {
    DESCRIPTIONS
        .into_iter()
        .chain([&generic::DESCRIPTION])
        .flat_map(|description| description.customers)
        .copied()
        .collect()
}

/// The tool whose export this is, with the columns that identify it; `None` when no signature matches.
pub fn recognise(header: &[String]) -> Option<(&'static FormatDescription, Vec<String>)> {
    let keys: Vec<String> = header.iter().map(|name| key(name)).collect();
    let present: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let column = |part: &str| keys.iter().position(|key| key == part).map(|at| header[at].clone());
    let starts = |part: &str| header.iter().find(|name| name.contains(part)).cloned();
    DESCRIPTIONS.into_iter().find_map(|description| {
        description.signatures.iter().find_map(|signature| {
            // A name that ends in a star is not a key but a literal part of a column name.
            let found = signature.iter().map(|name| match name.strip_suffix('*') {
                Some(start) => starts(start),
                None => column(name).filter(|_| present.contains(name)),
            });
            Some((description, found.collect::<Option<Vec<_>>>()?))
        })
    })
}

/// The headings of a tool's file, and how many of the first records are further header rows.
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
            // In other languages the id is still the first column, and no response lacks it.
            let own = if found.is_empty() { vec![0] } else { found };
            let below = sample.first().filter(|record| own.iter().all(|at| cell(record, *at).is_empty()));
            (headings(header, below, HeaderRows::Parts), usize::from(below.is_some()))
        }
    }
}

/// True for a record that repeats the header's names in another spelling.
fn repeats_names(headings: &[ColumnHeading], record: &ByteRecord) -> bool {
    let same =
        |(at, heading): (usize, &ColumnHeading)| !heading.key.is_empty() && key(&cell(record, at)) == heading.key;
    headings.iter().enumerate().filter(|pair| same(*pair)).count() >= 2
}

/// The zone of the times of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnZone {
    /// A zone with a name, which may change its offset in the course of the year.
    Named(chrono_tz::Tz),
    /// An offset from UTC.
    Fixed(chrono::FixedOffset),
    /// The heading names a zone that could be several.
    Unclear,
}

/// The zones of North America as people name them, whatever the season.
const COLLOQUIAL_ZONES: [(&str, chrono_tz::Tz); 12] = [
    ("et", chrono_tz::America::New_York),
    ("eastern time", chrono_tz::America::New_York),
    ("us/eastern", chrono_tz::America::New_York),
    ("ct", chrono_tz::America::Chicago),
    ("central time", chrono_tz::America::Chicago),
    ("mt", chrono_tz::America::Denver),
    ("mountain time", chrono_tz::America::Denver),
    ("pt", chrono_tz::America::Los_Angeles),
    ("pacific time", chrono_tz::America::Los_Angeles),
    ("uk time", chrono_tz::Europe::London),
    ("london time", chrono_tz::Europe::London),
    ("central european time", chrono_tz::Europe::Berlin),
];

/// The time zone that the header rows name for a column: Qualtrics writes it as JSON, Typeform as `(UTC)`, others as
/// `(PST)`, `[GMT+1]` or `Eastern Time` at the end. `None` when there is none.
pub fn zone_of(heading: &ColumnHeading, header_rows: &[ByteRecord], at: usize) -> Option<ColumnZone> {
    let named = header_rows.iter().find_map(|record| {
        let json: serde_json::Value = serde_json::from_slice(record.get(at)?).ok()?;
        json.get("timeZone")?.as_str()?.parse().ok().map(ColumnZone::Named)
    });
    named.or_else(|| zone_in(&heading.column))
}

fn zone_in(heading: &str) -> Option<ColumnZone> {
    let inside = |open, close| {
        let (_, rest) = heading.rsplit_once(open)?;
        rest.trim_end().strip_suffix(close).map(|zone: &str| zone.trim().trim_start_matches("in ").to_owned())
    };
    let set_apart = inside('(', ')').or_else(|| inside('[', ']'));
    if let Some(zone) = &set_apart {
        // "Pacific Time (US & Canada)" carries its remark in parentheses itself.
        let before = heading.rsplit_once('(').map_or(heading, |(before, _)| before);
        return zone_called(zone)
            .or_else(|| colloquial_end(before))
            .or_else(|| is_abbreviation(zone).then_some(ColumnZone::Unclear));
    }
    let last = heading.rsplit([' ', '_', '-']).next()?;
    colloquial_end(heading).or_else(|| zone_called(last).filter(|_| last.len() > 1 && last.len() < heading.len()))
}

fn zone_called(name: &str) -> Option<ColumnZone> {
    let lower = name.to_lowercase();
    if let Some((_, zone)) = COLLOQUIAL_ZONES.iter().find(|(known, _)| *known == lower) {
        return Some(ColumnZone::Named(*zone));
    }
    // An abbreviation is a fixed offset, also where the database of zones has a zone of that name.
    let fixed = crate::date::name::offset(&lower.replace(' ', "")).map(ColumnZone::Fixed);
    fixed.or_else(|| name.parse().ok().map(ColumnZone::Named))
}

fn colloquial_end(heading: &str) -> Option<ColumnZone> {
    let lower = heading.trim_end().to_lowercase();
    let found = COLLOQUIAL_ZONES.iter().find(|(name, _)| name.len() > 2 && lower.ends_with(name));
    found.map(|(_, zone)| ColumnZone::Named(*zone))
}

/// True for what looks like the abbreviation of a zone, such as IST.
fn is_abbreviation(text: &str) -> bool {
    (3..=5).contains(&text.len()) && text.ends_with('T') && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
