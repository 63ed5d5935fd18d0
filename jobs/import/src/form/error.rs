//! Why the form of a file keeps it from being read, and what to do about it.

use std::io;

use crate::shell::shell;

/// Why a file cannot be read as a table of text, although it is there.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Reading or copying failed.
    #[error("cannot read the file: {0}")]
    Read(#[from] io::Error),
    /// The file is of a kind that is not read; the text says which, and what to do.
    #[error("the file is not delimited text but {0}")]
    OtherKind(&'static str),
    /// The file is cut off, or its contents do not agree with its checksums.
    #[error("the {kind} is damaged or cut off ({reason}): nothing of it was imported. Export or copy it again")]
    Damaged {
        /// What is damaged.
        kind: &'static str,
        /// What its reader found.
        reason: String,
    },
    /// The file would be larger than is read.
    #[error("the {kind} holds more than {limit}: {advice}")]
    TooLarge {
        /// What is too large.
        kind: &'static str,
        /// The limit, in words.
        limit: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// A password protects the file.
    #[error("the {0} is encrypted: save it without a password")]
    Encrypted(&'static str),
    /// An archive in an archive.
    #[error("the {0} holds another archive: unpack it, and import the file inside")]
    Nested(&'static str),
    /// An archive without a file.
    #[error("the zip archive holds no file")]
    EmptyArchive,
    /// An archive of several files.
    #[error("the zip archive holds {count} files ({first}): unpack it, and import the one with the table", first = list(.0), count = .0.len())]
    SeveralFiles(Vec<String>),
    /// A compression that is not read.
    #[error("\"{0}\" in the zip archive is compressed in a way that is not read: unpack it first")]
    UnknownCompression(String),
    /// A sheet was named, and the file has none.
    #[error("--sheet {0}: the file has no sheets, it is text")]
    NoSheets(String),
    /// The named sheet is not there.
    #[error("--sheet {wanted}: the spreadsheet has no such sheet; its sheets are {known}", known = list(.known))]
    UnknownSheet {
        /// The name that was given.
        wanted: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Several sheets could be meant.
    #[error("the spreadsheet has {count} sheets that hold something: add {options}", count = .0.len(), options = options(.0))]
    SeveralSheets(Vec<String>),
    /// Every sheet that holds something is hidden.
    #[error("the sheets of the spreadsheet that can be seen are empty; to read a hidden one, add {options}", options = options(.0))]
    OnlyHidden(Vec<String>),
    /// No sheet holds anything.
    #[error("the spreadsheet is empty: expected a header line with column names")]
    EmptySpreadsheet,
    /// Formulas whose results the file does not hold.
    #[error(
        "the sheet \"{sheet}\" has {found}, such as in {cell}: the program that wrote the file did not calculate. Open it in \
         a spreadsheet program, save it there, and import that file"
    )]
    NotCalculated {
        /// The sheet.
        sheet: String,
        /// The first such cell, like `C2`.
        cell: String,
        /// How many cells there are, in words.
        found: String,
    },
}

/// Names in quotation marks; of many, the first few.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    let more = if names.len() > SHOWN { ", and others" } else { "" };
    format!("{}{more}", quoted.join(", "))
}

/// The option to add, for each sheet.
fn options(names: &[String]) -> String {
    let option = |name: &String| format!("--sheet {}", shell(std::slice::from_ref(name)));
    names.iter().map(option).collect::<Vec<_>>().join(" or ")
}
