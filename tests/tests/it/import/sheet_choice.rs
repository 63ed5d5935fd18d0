//! Which sheet of a spreadsheet is read: the only one that holds something, or the one that is named.

use needle_import::FileKind;
use needle_tests::{ImportFixture, SpreadsheetFixture, TestDatabase, on_both_databases};

use super::{counts, importer, refused};

const HEADER: &[&str] = &["response_id", "score", "responded_at"];

fn one(id: &str) -> [[&str; 3]; 2] {
    [["response_id", "score", "responded_at"], [id, "9", "2024-07-01"]]
}

/// A spreadsheet with these sheets, each with one response of this id.
fn with_sheets(sheets: &[(&str, &str)]) -> SpreadsheetFixture {
    sheets.iter().fold(SpreadsheetFixture::default(), |spreadsheet, (name, id)| {
        let rows = one(id);
        spreadsheet.with(name, &[&rows[0], &rows[1]])
    })
}

async fn empty_and_hidden_sheets_do_not_count(test: &TestDatabase) {
    let spreadsheet = SpreadsheetFixture::of("Cover", &[&[" "]]).with("Data", &[HEADER, &["r", "9", "2024-07-01"]]);
    let spreadsheet = spreadsheet.with("Lists", &[&["a", "b"]]).hidden();
    for (file, accepted) in [(spreadsheet.xlsx(), (1, 0, 0, 0)), (spreadsheet.ods(), (0, 0, 1, 0))] {
        let (report, plan) = ImportFixture::of(test).planned(FileKind::Responses, file).await;
        assert_eq!((counts(&report), plan.notes), (accepted, vec!["the sheet \"Data\" is read".to_owned()]));
    }
}

async fn several_sheets_are_asked_about_with_the_option_to_add(test: &TestDatabase) {
    let spreadsheet = with_sheets(&[("Q1 2024", "a"), ("Q2", "b")]);
    for file in [spreadsheet.xlsx(), spreadsheet.ods()] {
        let message = refused(test, &importer(test), &file).await;
        assert_eq!(message, "the spreadsheet has 2 sheets that hold something: add --sheet 'Q1 2024' or --sheet Q2");
        let mut named = importer(test);
        named.options.sheet = Some("Q3".to_owned());
        let message = refused(test, &named, &file).await;
        assert_eq!(message, "--sheet Q3: the spreadsheet has no such sheet; its sheets are \"Q1 2024\", \"Q2\"");
    }
    for (sheet, file) in [("Q1 2024", spreadsheet.xlsx()), ("q2", spreadsheet.ods())] {
        let mut named = ImportFixture::of(test);
        named.options.sheet = Some(sheet.to_owned());
        assert_eq!(counts(&named.responses(file).await), (1, 0, 0, 0));
    }
}

async fn a_hidden_sheet_is_read_when_it_is_named(test: &TestDatabase) {
    let spreadsheet = with_sheets(&[("Raw", "a")]).hidden();
    for file in [spreadsheet.xlsx(), spreadsheet.ods()] {
        let message = refused(test, &importer(test), &file).await;
        assert!(message.ends_with("to read a hidden one, add --sheet Raw"), "{message}");
        let mut named = ImportFixture::of(test);
        named.options.sheet = Some("Raw".to_owned());
        assert_eq!(named.responses(file).await.rejected.len(), 0);
    }
}

async fn a_file_of_text_has_no_sheets(test: &TestDatabase) {
    let mut named = importer(test);
    named.options.sheet = Some("Data".to_owned());
    let message = refused(test, &named, "response_id,score,responded_at\nr,9,2024-07-01\n").await;
    assert_eq!(message, "--sheet Data: the file has no sheets, it is text");
    let empty = SpreadsheetFixture::of("Data", &[]).with("More", &[&[""]]);
    for file in [empty.xlsx(), empty.ods()] {
        assert!(refused(test, &importer(test), file).await.starts_with("the spreadsheet is empty"));
    }
}

on_both_databases!(
    empty_and_hidden_sheets_do_not_count,
    several_sheets_are_asked_about_with_the_option_to_add,
    a_hidden_sheet_is_read_when_it_is_named,
    a_file_of_text_has_no_sheets,
);
