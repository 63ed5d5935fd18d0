//! Reads the configuration file (TOML) and reports all mistakes in it at once.
//!
//! It uses `toml` directly and not a library for layered configuration: those keep neither the line and column of a key
//! nor unknown keys, and the messages need both for locations and suggestions.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Error};

use super::mistake::{ConfigMistake, MistakeLocation};
use super::nearest::nearest;
use super::outline::FileOutline;
use super::source::{ValueOrigin, key_name};
use super::syntax::{self, is_duplicate, position};
use super::value::{RawConfigValue, shortened};
use super::{Config, EffectiveConfig, SECTIONS};

/// The maximum size of a configuration file in bytes, far more than needed: passing another file, like a database, by
/// mistake fails immediately.
const LARGEST_FILE: u64 = 1 << 20;

/// Applies a file and returns its mistakes in the order of its lines.
pub fn apply(path: &Path, effective: &mut EffectiveConfig) -> Vec<ConfigMistake> {
    let name = path.display().to_string();
    match read(path) {
        Ok(bytes) => apply_bytes(&name, &bytes, effective),
        Err(message) => vec![ConfigMistake { location: MistakeLocation::File(name), message }],
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read_failure = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => "expected a file, found none of this name".to_owned(),
        ErrorKind::IsADirectory => "expected a file, found a folder".to_owned(),
        _ => format!("cannot read the file: {error}"),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)).map_err(read_failure)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("expected a file of at most {LARGEST_FILE} bytes, found a larger one"));
    }
    Ok(bytes)
}

/// Applies the content of a file and returns its mistakes in the order of its lines.
pub fn apply_bytes(file: &str, bytes: &[u8], effective: &mut EffectiveConfig) -> Vec<ConfigMistake> {
    let (text, mut problems) = syntax::decode(bytes);
    let (broken, text_kept) = syntax::check(&text);
    problems.extend(broken);
    let outline = FileOutline::of(&text);
    let mut mistakes = Vec::new();
    let mut broken_lines = BTreeSet::new();
    for problem in problems {
        // Only the first problem of a line is reported: the others usually follow from it.
        if broken_lines.insert(problem.line) {
            let (section, key) = outline.at(problem.line);
            mistakes.push(mistake_at(file, (problem.line, problem.column), section, key, problem.message));
        }
    }
    let (table, errors) = DeTable::parse_recoverable(&text_kept);
    let mut reading = ConfigFileReader { file, text: &text_kept, effective, mistakes: Vec::new() };
    for error in &errors {
        reading.report_duplicate(error, &outline);
    }
    reading.section("", "", table.get_ref());
    mistakes.extend(reading.mistakes.into_iter().filter(|mistake| !broken_lines.contains(&line_of(mistake).0)));
    mistakes.sort_by_key(line_of);
    mistakes
}

fn line_of(mistake: &ConfigMistake) -> (usize, usize) {
    match mistake.location {
        MistakeLocation::Line { line, column, .. } => (line, column),
        _ => (0, 0),
    }
}

fn mistake_at(file: &str, (line, column): (usize, usize), section: &str, key: &str, message: String) -> ConfigMistake {
    let name = |name: &str| shortened(name);
    let location =
        MistakeLocation::Line { file: file.to_owned(), line, column, section: name(section), key: name(key) };
    ConfigMistake { location, message }
}

/// Applies a parsed file and collects its mistakes.
struct ConfigFileReader<'a> {
    file: &'a str,
    text: &'a str,
    effective: &'a mut EffectiveConfig,
    mistakes: Vec<ConfigMistake>,
}

impl ConfigFileReader<'_> {
    fn mistake(&mut self, offset: usize, section: &str, key: &str, message: String) {
        self.mistakes.push(mistake_at(self.file, position(self.text, offset), section, key, message));
    }

    /// Reports a key or section that occurs twice.
    fn report_duplicate(&mut self, error: &Error, outline: &FileOutline) {
        let offset = error.span().map_or(0, |span| span.start);
        let (line, _) = position(self.text, offset);
        let (section, key) = outline.at(line);
        let first = outline.first_before(line).map(|first| format!(", first in line {first}")).unwrap_or_default();
        let message = if is_duplicate(error) {
            format!("given twice{first}")
        } else {
            format!("expected TOML: {}", error.message())
        };
        self.mistake(offset, section, key, message);
    }

    /// Reads a section: `name` is its name in the file, `meant` the existing section that its keys are checked against.
    fn section(&mut self, name: &str, meant: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let inner = joined(name, key.get_ref());
            let inner_meant = joined(meant, key.get_ref());
            if SECTIONS.contains(&inner_meant.as_str()) {
                self.inner(key, &inner, &inner_meant, value);
            } else if let Some(existing) = key_name(meant, key.get_ref()) {
                let (line, column) = position(self.text, key.span().start);
                let origin = ValueOrigin::File { file: self.file.to_owned(), line, column };
                if let Err(message) = self.effective.set(existing, &RawConfigValue::Toml(value.get_ref()), origin) {
                    let offset = if value.span().start > 0 { value.span().start } else { key.span().start };
                    self.mistake(offset, name, existing.key, message.unwrap_or_default());
                }
            } else if is_section(value.get_ref()) {
                let near = nearest_section(&inner_meant);
                let meant = near.map(|near| format!(", did you mean [{near}]?")).unwrap_or_default();
                self.mistake(key.span().start, &inner, "", format!("unknown section{meant}"));
                self.tables(&inner, near, value.get_ref());
            } else {
                let message = format!("unknown key{}", hint(meant, key.get_ref()));
                self.mistake(key.span().start, name, key.get_ref(), message);
            }
        }
    }

    /// Reads a value whose key is the name of a section.
    fn inner(&mut self, key: &Spanned<DeString<'_>>, name: &str, meant: &str, value: &Spanned<DeValue<'_>>) {
        if !value.get_ref().is_table() {
            let found = RawConfigValue::Toml(value.get_ref())
                .mismatch(&format!("a section, like [{meant}] with keys below it"));
            self.mistake(key.span().start, name, "", found);
        }
        self.tables(name, Some(meant), value.get_ref());
    }

    fn tables(&mut self, name: &str, meant: Option<&str>, value: &DeValue<'_>) {
        let Some(meant) = meant else { return };
        match value {
            DeValue::Table(table) => self.section(name, meant, table),
            DeValue::Array(array) => {
                for table in array.iter().filter_map(|item| item.get_ref().as_table()) {
                    self.section(name, meant, table);
                }
            }
            _ => {}
        }
    }
}

fn joined(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn is_section(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(array) => !array.is_empty() && array.iter().all(|item| item.get_ref().is_table()),
        _ => false,
    }
}

/// The section that was probably meant, by its full name or by the last part of it.
fn nearest_section(name: &str) -> Option<&'static str> {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    nearest(name, SECTIONS).or_else(|| {
        let meant = nearest(name.rsplit('.').next()?, SECTIONS.into_iter().map(last))?;
        SECTIONS.into_iter().find(|section| last(section) == meant)
    })
}

/// A suggestion for an unknown key: the nearest key of this section, or of another one.
fn hint(section: &str, key: &str) -> String {
    let keys = Config::keys();
    let of_section = keys.iter().filter(|(name, _)| name.section == section).map(|(name, _)| name.key);
    if let Some(near) = nearest(key, of_section) {
        return format!(", did you mean \"{near}\"?");
    }
    let Some(near) = nearest(key, keys.iter().map(|(name, _)| name.key)) else { return String::new() };
    let sections: Vec<String> =
        keys.iter().filter(|(name, _)| name.key == near).map(|(name, _)| format!("[{}]", name.section)).collect();
    let sections = sections.join(" or ");
    if near == key {
        format!(", it belongs to {sections}")
    } else {
        format!(", did you mean \"{near}\" of {sections}?")
    }
}
