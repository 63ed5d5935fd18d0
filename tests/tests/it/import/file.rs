//! Files as other programs write them: encodings, delimiters, headers, column names and date formats.

use needle_import::{FileFormat, FileKind, ImportError};
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases};

use super::{counts, refusal, rejected};

const PLAIN: &str = "\
response_id,score,responded_at,customer_id,comment,région
r1,10,2024-07-01,c1,\"grüße;\ttwo
lines, \"\"quoted\"\"\",EU
r2,0,2024-07-02,c2,日本 🦀,APAC
";

/// The same records with another delimiter; a cell that contains it is quoted.
fn delimited_by(delimiter: char) -> String {
    let header = "response_id,score,responded_at,customer_id,comment,région".replace(',', &delimiter.to_string());
    let cells =
        |cells: [&str; 6]| cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).join(&delimiter.to_string());
    let first = cells(["r1", "10", "2024-07-01", "c1", "grüße;\ttwo\nlines, \"quoted\"", "EU"]);
    let second = cells(["r2", "0", "2024-07-02", "c2", "日本 🦀", "APAC"]);
    format!("{header}\n{first}\n{second}\n")
}

fn utf_16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

async fn every_encoding_and_delimiter_brings_the_same_responses(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    assert_eq!(counts(&importer.responses(PLAIN).await), (2, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").comment.as_deref(), Some("grüße;\ttwo\nlines, \"quoted\""));
    assert_eq!(contents.response("r2").comment.as_deref(), Some("日本 🦀"));
    assert_eq!(contents.response("r1").profile, attributes([("région", "EU")]));
    for (name, file) in [
        ("a byte order mark", format!("\u{feff}{PLAIN}").into_bytes()),
        ("UTF-16, little end first", utf_16(PLAIN, u16::to_le_bytes)),
        ("UTF-16, big end first", utf_16(PLAIN, u16::to_be_bytes)),
        ("lines that end in CR LF", PLAIN.replace("EU\n", "EU\r\n").replace("région\n", "région\r\n").into_bytes()),
        ("no line end at the end", PLAIN.trim_end().as_bytes().to_vec()),
        ("empty lines", PLAIN.replace("EU\n", "EU\n\n\n").into_bytes()),
        ("semicolons", delimited_by(';').into_bytes()),
        ("tabs", delimited_by('\t').into_bytes()),
        ("spaces around names", PLAIN.replace("score,", " score ,").replace("région\n", "région  \n").into_bytes()),
        ("spaces around cells", PLAIN.replace("r2,0,2024-07-02,c2,", " r2 , 0 ,2024-07-02 ,\tc2, ").into_bytes()),
    ] {
        let report = importer.responses(file).await;
        assert_eq!(counts(&report), (0, 0, 2, 0), "{name}: {report:?}");
    }
    assert_eq!(DatabaseContents::of(&test.database).await, contents);
}

async fn refused(test: &TestDatabase, importer: &ImportFixture, kind: FileKind, file: &str) -> String {
    let before = test.row_counts().await;
    let error = importer.read(kind, file).await.expect_err("a file that cannot be read");
    assert!(matches!(error, ImportError::Header(_)), "{error:?}");
    assert_eq!(test.row_counts().await, before);
    error.to_string()
}

async fn a_file_without_a_required_column_changes_nothing_and_the_error_names_it(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let message =
        refused(test, &importer, FileKind::Responses, "response_id,rating,responded_at\nr1,9,2024-07-01\n").await;
    assert!(
        message.contains("\"score\"") && message.contains("\"rating\"") && message.contains("--map score="),
        "{message}"
    );
    let message = refused(test, &importer, FileKind::Responses, "a,b\n1,2\n").await;
    assert!(
        ["\"response_id\"", "\"score\"", "\"responded_at\""].iter().all(|name| message.contains(name)),
        "{message}"
    );
    let message = refused(test, &importer, FileKind::Customers, "id,email\nc1,a@example.com\n").await;
    assert!(message.contains("\"customer_id\""), "{message}");
    let message = refused(test, &importer, FileKind::Customers, "").await;
    assert!(message.contains("empty"), "{message}");
}

async fn a_header_that_names_a_column_twice_is_refused(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let message = refused(test, &importer, FileKind::Customers, "customer_id,plan,region, plan \nc1,a,b,c\n").await;
    assert!(message.contains("\"plan\"") && message.contains("twice"), "{message}");
    let message =
        refused(test, &importer, FileKind::Responses, "response_id,score,score,responded_at\nr1,9,9,2024-07-01\n")
            .await;
    assert!(message.contains("\"score\""), "{message}");
}

async fn a_name_that_no_attribute_can_have_is_refused(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    for name in ["back\\slash".to_owned(), "\"\"\"quoted\"\"\"".to_owned(), "n".repeat(101)] {
        refused(test, &importer, FileKind::Customers, &format!("customer_id,{name}\nc1,a\n")).await;
    }
}

async fn a_file_with_a_header_only_changes_nothing(test: &TestDatabase) {
    let before = test.row_counts().await;
    let report = ImportFixture::of(test).responses("response_id,score,responded_at\n").await;
    assert_eq!(counts(&report), (0, 0, 0, 0));
    assert_eq!(test.row_counts().await, before);
}

async fn columns_are_mapped_by_name_and_the_others_stay_attributes(test: &TestDatabase) {
    let mut importer = ImportFixture::of(test)
        .map("response_id", "Id")
        .map("score", "How likely are you to recommend us?")
        .map("responded_at", " When ");
    importer.options.format = FileFormat::Needle;
    let file = "Id,How likely are you to recommend us?,When,score\nr1,9,2024-07-01,old\n";
    assert_eq!(counts(&importer.responses(file).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").score, Some(9));
    assert_eq!(contents.response("r1").profile, attributes([("score (unmapped)", "old")]));
    let message = refused(test, &importer.map("comment", "Words"), FileKind::Responses, file).await;
    assert!(message.contains("Words") && message.contains("\"When\""), "{message}");
}

async fn a_date_format_replaces_the_usual_ones(test: &TestDatabase) {
    let mut importer = ImportFixture::of(test);
    importer.options.date_format = Some("%d/%m/%Y %H:%M".to_owned());
    let file = "response_id,score,responded_at\nr1,9,01/07/2024 23:30\nr2,9,2024-07-01\n";
    assert_eq!(rejected(&importer.responses(file).await), [refusal(2, "responded_at", "NOT_A_DATE")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").answered_at, "2024-07-01T23:30:00+00:00");
    importer.options.date_format = Some("%m/%d/%Y".to_owned());
    importer.add_responses("response_id,score,responded_at\nr3,9,01/07/2024\n").await;
    assert_eq!(DatabaseContents::of(&test.database).await.response("r3").day, "2024-01-07");
}

async fn a_column_without_a_name_is_left_out(test: &TestDatabase) {
    let file = ",response_id,score,responded_at,\n0,r1,9,2024-07-01,x\n";
    assert_eq!(counts(&ImportFixture::of(test).responses(file).await), (1, 0, 0, 0));
    assert!(DatabaseContents::of(&test.database).await.response("r1").profile.is_empty());
}

on_both_databases!(
    every_encoding_and_delimiter_brings_the_same_responses,
    a_file_without_a_required_column_changes_nothing_and_the_error_names_it,
    a_header_that_names_a_column_twice_is_refused,
    a_name_that_no_attribute_can_have_is_refused,
    a_file_with_a_header_only_changes_nothing,
    columns_are_mapped_by_name_and_the_others_stay_attributes,
    a_date_format_replaces_the_usual_ones,
    a_column_without_a_name_is_left_out,
);
