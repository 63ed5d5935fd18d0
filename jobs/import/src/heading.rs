//! The heading of a column: its name, its question, and the attribute name derived from it.

use std::collections::HashSet;
use std::fmt::Write as _;

use csv::ByteRecord;
use needle_rules::problem::limit;
use sha2::{Digest, Sha256};

use crate::cell::unwrapped;

/// How many header rows precede the first record, and what they contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRows {
    /// One row of column names.
    Plain,
    /// Column names, then optionally the question texts, then optionally the JSON row that Qualtrics needs to re-import
    /// its own file.
    Questions,
    /// Questions, then the parts of each question.
    Parts,
}

/// The heading of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnHeading {
    /// The name in the first header row; derived from the second row where the first is empty.
    pub column: String,
    /// The question text of a further header row; empty where there is none.
    pub question: String,
    /// The name reduced to letters and digits, in lower case: `Response ID`, `response_id` and `ResponseId` have the
    /// same key.
    pub key: String,
}

/// The headings of a file with one or more header rows; `below` is the record after the first row, if any.
pub fn headings(header: &[String], below: Option<&ByteRecord>, rows: HeaderRows) -> Vec<ColumnHeading> {
    let mut carried = String::new();
    let mut headings = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let under = below.map(|record| cell(record, at)).unwrap_or_default();
        let (mut column, mut question) = (tidy(name), String::new());
        match rows {
            HeaderRows::Plain => {}
            HeaderRows::Questions => question = if under == column { String::new() } else { under },
            HeaderRows::Parts => {
                if !column.is_empty() {
                    carried.clone_from(&column);
                }
                let part = !under.is_empty() && !is_placeholder(&under);
                if part {
                    column = if carried.is_empty() { under.clone() } else { format!("{carried} - {under}") };
                }
                question = under;
            }
        }
        let key = key(&column);
        headings.push(ColumnHeading { column, question, key });
    }
    make_unique(&mut headings);
    headings
}

/// Numbers the second and later columns of the same name, so that each can be referred to; their keys do not change.
fn make_unique(headings: &mut [ColumnHeading]) {
    let mut taken: HashSet<String> = headings.iter().map(|heading| heading.column.clone()).collect();
    let mut names = HashSet::new();
    for heading in headings {
        if heading.column.is_empty() || names.insert(heading.column.clone()) {
            continue;
        }
        let mut candidates = (2..).map(|number: usize| format!("{} ({number})", heading.column));
        if let Some(name) = candidates.find(|name| !taken.contains(name)) {
            taken.insert(name.clone());
            heading.column = name;
        }
    }
}

/// True for the placeholder that SurveyMonkey writes under a question with a single column.
fn is_placeholder(part: &str) -> bool {
    matches!(key(part).as_str(), "response" | "openendedresponse")
}

/// Reduces a name to its letters and digits, in lower case.
pub fn key(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let bare = lower.strip_prefix("*.").unwrap_or(&lower);
    let bare = bare.strip_prefix("properties.").unwrap_or(bare);
    let key: String = bare.chars().filter(|character| character.is_alphanumeric()).collect();
    if key.is_empty() { bare.to_owned() } else { key }
}

/// A cell as one line of text; empty when the record has no such cell.
pub fn cell(record: &ByteRecord, at: usize) -> String {
    unwrapped(&tidy(&String::from_utf8_lossy(record.get(at).unwrap_or_default()))).to_owned()
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl ColumnHeading {
    /// True when `name` is this column's name or its question.
    pub fn is(&self, name: &str) -> bool {
        let name = tidy(name);
        !name.is_empty() && (self.column == name || self.question == name)
    }

    /// The name followed by the question, for messages and for keyword search.
    pub fn text(&self) -> String {
        if self.question.is_empty() { self.column.clone() } else { format!("{} {}", self.column, self.question) }
    }

    /// The words of the name and the question, in lower case.
    pub fn words(&self) -> HashSet<String> {
        let lower = self.text().to_lowercase();
        lower
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// Names in double quotes, separated by commas, for messages.
pub fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Derives an attribute name from a column: without quotes and backslashes, at most [`limit::ATTRIBUTE_NAME`]
/// characters, and unique among `taken`, to which it is added.
pub fn attribute_name(column: &str, taken: &mut HashSet<String>) -> String {
    let clean: String = tidy(column)
        .chars()
        .map(|character| match character {
            '"' => '\'',
            '\\' => '/',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect();
    let clean = if clean.chars().count() > limit::ATTRIBUTE_NAME { shortened(&clean) } else { clean };
    let mut name = clean.clone();
    for number in 2.. {
        if taken.insert(name.clone()) {
            break;
        }
        let suffix = format!(" ({number})");
        let kept: String = clean.chars().take(limit::ATTRIBUTE_NAME - suffix.len()).collect();
        name = format!("{kept}{suffix}");
    }
    name
}

/// The beginning of a long name and eight digits of its digest: the same name each time the file is imported.
fn shortened(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let start: String = name.chars().take(limit::ATTRIBUTE_NAME - 10).collect();
    digest[..4].iter().fold(format!("{}… ", start.trim_end()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_are_clean_short_and_unique() {
        let mut taken = HashSet::new();
        assert_eq!(attribute_name("Which \"plan\"\n do\\you use? ", &mut taken), "Which 'plan' do/you use?");
        assert_eq!(attribute_name("Other", &mut taken), "Other");
        assert_eq!(attribute_name("Other", &mut taken), "Other (2)");
        let long = "é".repeat(150);
        let first = attribute_name(&long, &mut taken);
        let second = attribute_name(&long, &mut taken);
        assert!(first.chars().count() <= 100 && second.chars().count() <= 100 && first != second, "{first} {second}");
        assert_ne!(attribute_name(&format!("{long}a"), &mut taken), first);
    }

    #[test]
    fn one_name_in_many_spellings_has_one_key() {
        for name in ["Response ID", "response_id", " ResponseId ", "*.response-id"] {
            assert_eq!(key(name), "responseid");
        }
        assert_eq!(key("#"), "#");
        assert_eq!(key("properties.$survey_response"), "surveyresponse");
    }
}
