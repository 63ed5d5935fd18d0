//! Imports: files are read by the product's own reader, into both databases.

mod attribute_limit;
mod batch;
mod concurrent;
mod count;
mod customer;
mod decision;
mod dimension;
mod dry_run;
mod erase;
mod erase_files;
mod erase_mention;
mod file;
mod foreign;
mod foreign_ambiguity;
mod foreign_shape;
mod hook;
mod hook_erase;
mod identity;
mod merge;
mod own_id;
mod packed;
mod rejection;
mod response;
mod segment;
mod sheet;
mod sheet_choice;
mod spreadsheet_text;
mod undo;
mod which_rows;

use needle_import::{FileKind, ImportError};
use needle_rules::outcome::ImportReport;
use needle_tests::{ImportFixture, TestDatabase};

/// An import whose format and source are detected.
fn importer(test: &TestDatabase) -> ImportFixture {
    let mut importer = ImportFixture::of(test);
    importer.options.source = None;
    importer
}

/// The message of a file that is refused as a whole; nothing of it is stored.
async fn refused(test: &TestDatabase, importer: &ImportFixture, file: impl AsRef<[u8]>) -> String {
    let before = test.row_counts().await;
    let error = importer.read(FileKind::Responses, file).await.expect_err("a file that cannot be read");
    assert!(matches!(error, ImportError::Header(_) | ImportError::Form(_)), "{error:?}");
    assert_eq!(test.row_counts().await, before);
    error.to_string()
}

/// A file of a header and rows.
fn file(header: &str, rows: impl Iterator<Item = String>) -> String {
    let mut lines = vec![header.to_owned()];
    lines.extend(rows);
    lines.join("\n")
}

/// The counts of a report: accepted, updated, unchanged, rejected.
fn counts(report: &ImportReport) -> (u64, u64, u64, usize) {
    (report.accepted, report.updated, report.unchanged, report.rejected.len())
}

/// The refused rows of a report: row, column and code, as `--json` prints them.
fn rejected(report: &ImportReport) -> Vec<(u64, String, String)> {
    let report = serde_json::to_value(report).expect("JSON");
    let rows = report["rejected"].as_array().expect("an array");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    rows.iter().map(|row| (row["row"].as_u64().expect("a row"), text(&row["column"]), text(&row["code"]))).collect()
}

/// One refused row.
fn refusal(row: u64, column: &str, code: &str) -> (u64, String, String) {
    (row, column.to_owned(), code.to_owned())
}
