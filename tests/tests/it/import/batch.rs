//! Changed rows are written in chunks: as many statements for many rows as for few.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use needle_import::{FileKind, ImportProgress, import};
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases, settle, stale_weeks};

use super::{counts, file};

const RESPONSES: &str = "response_id,score,responded_at,customer_id,comment,region";

/// Rows of responses whose every field depends on `version`.
fn responses(rows: usize, version: usize) -> String {
    let row = |at: usize| {
        let (score, day, customer) = ((at + version) % 11, 1 + version, (at + version) % 7);
        let region = ["EU", "US"][(at + version) % 2];
        format!("r{at},{score},2024-07-{day:02}T08:00:00Z,c{customer},comment {version} of {at},{region}")
    };
    file(RESPONSES, (0..rows).map(row))
}

/// Rows of customers whose every field depends on `version`.
fn customers(rows: usize, version: usize) -> String {
    let row = |at: usize| format!("c{at},c{at}@{version}.example.com,Name {version},{}", (at + version) % 2);
    file("customer_id,email,name,plan", (0..rows).map(row))
}

/// The number of statements of an import that changes so many rows.
async fn statements(test: &TestDatabase, kind: FileKind, file: String, rows: u64) -> usize {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&statements);
    let note = move |statement: &str| noted.lock().expect("no panic").push(statement.to_owned());
    let mut importer = ImportFixture::into(test.database.clone().with_statement_observer(note));
    importer.options.update = true;
    let report = importer.read(kind, file).await.expect("imported");
    assert_eq!(counts(&report), (0, rows, 0, 0));
    let statements = statements.lock().expect("no panic");
    statements.len()
}

async fn changed_responses_take_as_many_statements_for_many_as_for_few(test: &TestDatabase) {
    ImportFixture::of(test).responses(responses(900, 0)).await;
    let few = statements(test, FileKind::Responses, responses(9, 1), 9).await;
    let many = statements(test, FileKind::Responses, responses(900, 2), 900).await;
    assert_eq!(few, many);
}

async fn changed_customers_take_as_many_statements_for_many_as_for_few(test: &TestDatabase) {
    ImportFixture::of(test).customers(customers(900, 0)).await;
    let few = statements(test, FileKind::Customers, customers(9, 1), 9).await;
    let many = statements(test, FileKind::Customers, customers(900, 2), 900).await;
    assert_eq!(few, many);
}

async fn a_changed_file_of_several_chunks_leaves_what_a_first_import_of_it_would(test: &TestDatabase) {
    let mut importer = ImportFixture::of(test);
    importer.options.update = true;
    importer.responses(responses(5_500, 0)).await;
    settle(&test.database).await;
    assert_eq!(counts(&importer.responses(responses(5_500, 13)).await), (0, 5_500, 0, 0));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-08".to_owned()].into());
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.responses.len(), 5_500);
    for at in [0_usize, 1, 999, 1_000, 4_999, 5_000, 5_499] {
        let response = contents.response(&format!("r{at}"));
        assert_eq!(response.score.map(usize::try_from), Some(Ok((at + 13) % 11)));
        assert_eq!((response.day.as_str(), response.answered_at.as_str()), ("2024-07-14", "2024-07-14T08:00:00+00:00"));
        assert_eq!(response.customer, Some(format!("c{}", (at + 13) % 7)));
        assert_eq!(response.comment, Some(format!("comment 13 of {at}")));
        assert_eq!(response.profile, attributes([("region", ["EU", "US"][(at + 13) % 2])]));
    }
}

async fn chunks_of_a_wide_file_have_fewer_rows(test: &TestDatabase) {
    let header: Vec<String> = (0..97).map(|at| format!("k{at}")).collect();
    let row = |at: usize| format!("r{at},9,2024-07-01{}", ",1".repeat(97));
    let wide = file(&format!("response_id,score,responded_at,{}", header.join(",")), (0..1_500).map(row));
    let importer = ImportFixture::of(test);
    let written = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&written);
    let progress = move |progress: ImportProgress| noted.lock().expect("no panic").push(progress.rows);
    let (context, options) = (&importer.context, &importer.options);
    let report = import(context, FileKind::Responses, Cursor::new(wide), options, progress).await.expect("imported");
    assert_eq!(counts(&report), (1_500, 0, 0, 0));
    let mut written = written.lock().expect("no panic").clone();
    written.dedup();
    assert_eq!(written, [600, 1_200, 1_500]);
}

on_both_databases!(
    chunks_of_a_wide_file_have_fewer_rows,
    changed_responses_take_as_many_statements_for_many_as_for_few,
    changed_customers_take_as_many_statements_for_many_as_for_few,
    a_changed_file_of_several_chunks_leaves_what_a_first_import_of_it_would,
);
