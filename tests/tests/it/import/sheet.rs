//! Sheets of spreadsheets: their cells are read as what they are, and not as they would be typed.

use needle_import::FileKind;
use needle_tests::{
    DatabaseContents, ImportFixture, SheetCell, SpreadsheetFixture, TestDatabase, attributes, on_both_databases,
};

use super::{counts, importer, refusal, refused, rejected};

const HEADER: [&str; 6] = ["response_id", "score", "responded_at", "customer_id", "comment", "region"];

/// A spreadsheet of one sheet in both formats.
fn both(spreadsheet: &SpreadsheetFixture) -> [(&'static str, Vec<u8>); 2] {
    [("xlsx", spreadsheet.xlsx()), ("ods", spreadsheet.ods())]
}

fn words(text: &str) -> SheetCell {
    SheetCell::Text(text.to_owned())
}

fn number(text: &str) -> SheetCell {
    SheetCell::Number(text.to_owned())
}

async fn a_sheet_says_what_its_table_as_text_says(test: &TestDatabase) {
    let sheet = SpreadsheetFixture::of(
        "Responses",
        &[
            &["Spring survey", "", "", ""],
            &HEADER,
            &["r1", "10", "2024-07-01", "007", "grüße, \"so\"\nand <so>", "EU"],
            &["r2", "0", "2024-07-02T09:30:00", "118000000123", "", "US"],
            &["", "", "", "", "", ""],
            &["r3", "9", "2024-07-03", "8"],
        ],
    );
    for (format, file) in both(&sheet) {
        let mut importer = ImportFixture::of(test);
        importer.options.source = Some(format.to_owned());
        assert_eq!(counts(&importer.responses(file).await), (3, 0, 0, 0), "{format}");
        let contents = DatabaseContents::of(&test.database).await;
        let response = |id: &str| &contents.responses[&(format.to_owned(), id.to_owned())];
        assert_eq!(response("r1").comment.as_deref(), Some("grüße, \"so\"\nand <so>"), "{format}");
        assert_eq!(response("r1").profile, attributes([("region", "EU")]));
        assert_eq!(response("r1").answered_at, "2024-07-01T00:00:00+00:00");
        assert_eq!(response("r2").answered_at, "2024-07-02T09:30:00+00:00");
        for customer in ["007", "118000000123", "8"] {
            assert!(
                contents.customers.contains_key(customer),
                "{format}: {customer} in {:?}",
                contents.customers.keys()
            );
        }
        let lines = format!("{}\nr1,10,2024-07-01,007,\"grüße, \"\"so\"\"\nand <so>\",EU\n", HEADER.join(","));
        assert_eq!(counts(&importer.responses(lines).await), (0, 0, 1, 0), "{format}: the same as text");
    }
}

async fn an_export_of_a_tool_is_recognised_in_a_sheet(test: &TestDatabase) {
    let rows: [&[&str]; 2] = [
        &["#", "How likely are you to recommend us?", "Email", "Response Type", "Submit Date (UTC)", "Network ID"],
        &["abc1", "9", "ada@example.org", "completed", "2024-07-01T10:00:00", "n1"],
    ];
    let lines: Vec<String> = rows.iter().map(|row| row.join(",").replace("01T10", "01 10")).collect();
    let sheet = SpreadsheetFixture::of("Typeform", &rows);
    assert_eq!(counts(&importer(test).responses(lines.join("\n")).await), (1, 0, 0, 0));
    for (format, file) in both(&sheet) {
        assert_eq!(counts(&importer(test).responses(file).await), (0, 0, 1, 0), "{format}");
    }
}

async fn cells_are_read_by_their_types(test: &TestDatabase) {
    let header = ["response_id", "score", "responded_at", "paid", "share", "spent", "note", "sum"].map(words).to_vec();
    let first = vec![
        number("17"),
        number("9.0"),
        SheetCell::LocalTime("2024-07-01T00:00:00".to_owned()),
        SheetCell::Boolean(true),
        SheetCell::Percent(0.07),
        number("0.30000000000000004"),
        SheetCell::Error("#N/A".to_owned()),
        SheetCell::Formula(Some(8.5)),
    ];
    let sheet = SpreadsheetFixture::default().with_cells("Data", vec![header, first]);
    for (format, file) in both(&sheet) {
        let mut importer = ImportFixture::of(test);
        importer.options.source = Some(format.to_owned());
        let (report, plan) = importer.planned(FileKind::Responses, file).await;
        assert_eq!(counts(&report), (1, 0, 0, 0), "{format}");
        let contents = DatabaseContents::of(&test.database).await;
        let response = &contents.responses[&(format.to_owned(), "17".to_owned())];
        let expected = attributes([("paid", "true"), ("share", "7%"), ("spent", "0.3"), ("sum", "8.5")]);
        assert_eq!((response.score, &response.profile), (Some(9), &expected), "{format}");
        let notes = ["the sheet \"Data\" is read", "#N/A is read as an empty cell: 1 of them, the first in G2"];
        assert_eq!(plan.notes, notes, "{format}");
    }
}

async fn days_may_be_counted_from_1904(test: &TestDatabase) {
    let sheet = SpreadsheetFixture::of("Data", &[&HEADER[..3], &["m", "9", "2024-07-01T18:00:00"]]).since_1904();
    assert_eq!(counts(&ImportFixture::of(test).responses(sheet.xlsx()).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("m").answered_at, "2024-07-01T18:00:00+00:00");
}

async fn rows_are_rejected_by_their_number_in_the_sheet(test: &TestDatabase) {
    let row = |id: &str, score: SheetCell, customer: SheetCell| {
        vec![words(id), score, SheetCell::LocalTime("2024-07-01".to_owned()), customer]
    };
    let rows = vec![
        vec![words("Spring survey")],
        HEADER[..4].iter().map(|name| words(name)).collect(),
        row("a", number("9"), words("c1")),
        vec![],
        row("b", SheetCell::LocalTime("2024-07-10".to_owned()), words("c2")),
        row("c", SheetCell::Error("#REF!".to_owned()), words("c3")),
        row("d", number("9"), SheetCell::Error("#DIV/0!".to_owned())),
        row("e", number("8.5"), words("c5")),
    ];
    let sheet = SpreadsheetFixture::default().with_cells("Data", rows);
    for (format, file) in both(&sheet) {
        let mut importer = ImportFixture::of(test);
        importer.options.source = Some(format.to_owned());
        let report = importer.responses(file).await;
        let expected = vec![
            refusal(5, "score", "NOT_A_NUMBER"),
            refusal(6, "score", "INVALID"),
            refusal(7, "customer_id", "INVALID"),
            refusal(8, "score", "NOT_A_NUMBER"),
        ];
        assert_eq!((report.accepted, rejected(&report)), (1, expected), "{format}");
        assert!(report.rejected[0].message.contains("a spreadsheet has turned it into a date"));
        assert!(report.rejected[1].message.contains("found #REF!: the formula of this cell failed"));
    }
}

async fn numbers_that_a_sheet_cannot_hold_are_no_ids(test: &TestDatabase) {
    let rows: [&[&str]; 2] = [&HEADER[..4], &["r", "9", "2024-07-01", "12345678901234567890"]];
    for (format, file) in both(&SpreadsheetFixture::of("Data", &rows)) {
        let message = refused(test, &importer(test), file).await;
        assert!(message.contains("a spreadsheet has rounded it"), "{format}: {message}");
    }
}

async fn formulas_without_results_are_not_read_as_nothing(test: &TestDatabase) {
    let header = HEADER[..3].iter().map(|name| SheetCell::Text((*name).to_owned())).collect();
    let row = vec![number("1"), SheetCell::Formula(None), SheetCell::LocalTime("2024-07-01".to_owned())];
    for (format, file) in both(&SpreadsheetFixture::default().with_cells("Data", vec![header, row])) {
        let message = refused(test, &importer(test), file).await;
        let expected = "the sheet \"Data\" has a formula without a result, such as in B2";
        assert!(message.starts_with(expected), "{format}: {message}");
    }
}

async fn dates_that_a_sheet_read_by_half_are_refused(test: &TestDatabase) {
    let own: [&[&str]; 3] = [&HEADER[..3], &["a", "9", "2024-04-03"], &["b", "8", "13/04/2024"]];
    let foreign: [&[&str]; 3] =
        [&["Response ID", "NPS", "Submitted at"], &["a", "9", "2024-04-03"], &["b", "8", "13/04/2024"]];
    for rows in [own, foreign] {
        for (format, file) in both(&SpreadsheetFixture::of("Data", &rows)) {
            let message = refused(test, &importer(test), file).await;
            let expected = "some cells are dates, like \"2024-04-03\", and others texts, like \"13/04/2024\"";
            assert!(message.contains(expected), "{format}: {message}");
        }
    }
}

async fn what_stands_beside_and_below_the_table_is_left_out(test: &TestDatabase) {
    let rows: [&[&str]; 4] = [
        &["", "response_id", "score", "responded_at"],
        &["", "a", "9", "2024-07-01", "", "a remark"],
        &["", "b", "8", "2024-07-02", " "],
        &["", "", "", "", "", "8.5"],
    ];
    for (format, file) in both(&SpreadsheetFixture::of("Data", &rows)) {
        let mut importer = ImportFixture::of(test);
        importer.options.source = Some(format.to_owned());
        let (report, plan) = importer.planned(FileKind::Responses, file).await;
        assert_eq!(counts(&report), (2, 0, 0, 0), "{format}");
        let note = "the header ends at column D: what the sheet holds to the right of it is left out";
        assert_eq!(plan.notes[1], note, "{format}");
    }
    let merged = SpreadsheetFixture::of("Data", &rows[..2]).merged("B2:B3");
    let (_, plan) = ImportFixture::of(test).planned(FileKind::Responses, merged.xlsx()).await;
    assert!(plan.notes[1].contains("merged over several rows, such as B2:B3"), "{:?}", plan.notes);
}

async fn customers_come_in_a_sheet(test: &TestDatabase) {
    let rows: [&[&str]; 2] = [&["customer_id", "email", "plan"], &["0042", "ada@example.org", "gold"]];
    for (format, file) in both(&SpreadsheetFixture::of("People", &rows)) {
        let report = ImportFixture::of(test).read(FileKind::Customers, file).await.expect("a sheet");
        assert_eq!(report.rejected.len(), 0, "{format}");
    }
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["0042"]);
}

on_both_databases!(
    a_sheet_says_what_its_table_as_text_says,
    an_export_of_a_tool_is_recognised_in_a_sheet,
    cells_are_read_by_their_types,
    days_may_be_counted_from_1904,
    rows_are_rejected_by_their_number_in_the_sheet,
    numbers_that_a_sheet_cannot_hold_are_no_ids,
    formulas_without_results_are_not_read_as_nothing,
    dates_that_a_sheet_read_by_half_are_refused,
    what_stands_beside_and_below_the_table_is_left_out,
    customers_come_in_a_sheet,
);
