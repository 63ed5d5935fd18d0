//! Which rows of a file count: what the columns of unknown tools say of how a response ended, and what a person decides.

use needle_import::{FileKind, RowDecision};
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};

use super::{counts, importer, refusal, refused, rejected};

fn decided(mut importer: ImportFixture, column: &str, value: &str, counts: bool) -> ImportFixture {
    importer.options.decisions.push(RowDecision { column: column.to_owned(), value: value.to_owned(), counts });
    importer
}

/// An export with one further column, which has these values.
fn export(column: &str, values: &[&str]) -> String {
    let rows = values.iter().enumerate().map(|(row, value)| format!("r{row},{},2024-05-01,\"{value}\"", row % 11));
    super::file(&format!("id,nps,date,{column}"), rows)
}

async fn how_a_response_ended_decides_in_whatever_column_it_is_told(test: &TestDatabase) {
    for (column, values, code) in [
        ("Status", ["Complete", "Partial", "Complete"], "UNFINISHED"),
        ("State", ["completed", "In Progress", ""], "UNFINISHED"),
        ("Disposition", ["Complete", "Screened out", "Complete"], "DISQUALIFIED"),
        ("Response Status", ["Valid", "Quota full", "Complete"], "DISQUALIFIED"),
        ("Completed", ["yes", "no", "yes"], "UNFINISHED"),
        ("completed", ["TRUE", "FALSE", "TRUE"], "UNFINISHED"),
        ("Complete", ["100%", "40%", "100%"], "UNFINISHED"),
        ("Progress", ["1", "0.4", "1"], "UNFINISHED"),
        ("Percent Complete", ["100", "55", "100"], "UNFINISHED"),
        ("is_test", ["0", "1", "0"], "TEST"),
        ("Test", ["", "x", ""], "TEST"),
        ("Preview", ["f", "t", "f"], "PREVIEW"),
        ("Spam", ["false", "true", "false"], "SPAM"),
        ("Quality flag", ["good", "speeder", "ok"], "SPAM"),
        ("Data Quality", ["high", "low", "high"], "SPAM"),
        ("disqualified", ["No", "Yes", "No"], "DISQUALIFIED"),
        ("Valid", ["1", "0", "1"], "DISQUALIFIED"),
        ("Statut", ["", "", ""], ""),
    ] {
        let mut importer = importer(test);
        importer.options.source = Some(column.to_owned());
        let report = importer.responses(export(column, &values)).await;
        let expected = if code.is_empty() { Vec::new() } else { vec![refusal(2, column, code)] };
        assert_eq!(rejected(&report), expected, "{column}");
    }
}

async fn a_word_that_comes_late_does_not_count_in_silence(test: &TestDatabase) {
    let rows = |column: &str, early: &str, late: &str| {
        let values: Vec<&str> = (0..1_500).map(|row| if row < 1_400 { early } else { late }).collect();
        export(column, &values)
    };
    for (column, early, late) in [("State", "CA", "partial"), ("Status", "", "Disqualified"), ("is_test", "", "yes")] {
        let mut importer = importer(test);
        importer.options.source = Some(column.to_owned());
        let report = importer.responses(rows(column, early, late)).await;
        let note = format!(
            "\"{column}\" is an attribute, and 100 rows count with \"{late}\" in it: --reject {column}={late} leaves them out"
        );
        assert_eq!((report.accepted, report.notes), (1_500, vec![note]));
        let mut left_out = decided(importer, column, late, false).responses(rows(column, early, late)).await;
        left_out.notes.retain(|note| !note.starts_with("the same file was imported"));
        assert_eq!((left_out.rejected.len(), left_out.notes), (100, vec![]), "{column}");
    }
    let own = rows("status", "active", "partial").replacen("id,nps,date", "response_id,score,responded_at", 1);
    let report = ImportFixture::of(test).responses(own).await;
    assert!(report.notes[0].starts_with("\"status\" is an attribute, and 100 rows count"), "{:?}", report.notes);
}

async fn a_decision_that_meets_no_row_is_told(test: &TestDatabase) {
    let file = export("Status", &["Complete", "Partial", "Complete"]);
    let importer = decided(decided(importer(test), "Status", "On Hold", false), "Status", "partial", true);
    let report = importer.responses(&file).await;
    assert_eq!(counts(&report), (3, 0, 0, 0));
    assert_eq!(report.notes, ["--reject Status='On Hold': no row has this value in \"Status\""]);
}

async fn a_word_that_is_not_known_is_asked_for_with_the_option_that_answers(test: &TestDatabase) {
    let file = export("Status", &["Complete", "On hold", "Partial", "Complete"]);
    let message = refused(test, &importer(test), &file).await;
    for part in ["\"Status\"", "\"On hold\"", "--count Status='On hold'", "--reject Status='On hold'"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let left_out = decided(importer(test), "Status", "on  HOLD", false);
    let report = left_out.responses(&file).await;
    assert_eq!(rejected(&report), [refusal(2, "Status", "DISQUALIFIED"), refusal(3, "Status", "UNFINISHED")]);
    let counted = decided(decided(importer(test), "Status", "On hold", true), "Status", "partial", true);
    assert_eq!(counts(&counted.responses(&file).await), (2, 0, 2, 0));
    let kept = importer(test).map("Status", "Status");
    assert_eq!(rejected(&kept.responses(&file).await), []);
}

async fn a_word_that_comes_late_rejects_its_row_and_names_the_option(test: &TestDatabase) {
    let mut values = vec!["Complete"; 1_500];
    values[1_400] = "On hold";
    let file = export("Status", &values);
    let report = importer(test).responses(&file).await;
    assert_eq!(rejected(&report), [refusal(1_401, "Status", "INVALID")]);
    assert!(report.rejected[0].message.contains("--count Status='On hold'"), "{:?}", report.rejected);
    let report = decided(importer(test), "Status", "On hold", true).responses(&file).await;
    assert_eq!(counts(&report), (1, 0, 1_499, 0));
}

async fn a_column_about_the_customer_stays_an_attribute_until_somebody_decides(test: &TestDatabase) {
    let file = export("Status", &["active", "churned", "expired", "pending"]);
    assert_eq!(counts(&importer(test).responses(&file).await), (4, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert!(contents.responses.values().all(|response| response.profile.get("Status").is_some()));
    let report = decided(importer(test), "Status", "churned", false).responses(&file).await;
    assert_eq!((report.unchanged, rejected(&report)), (3, vec![refusal(2, "Status", "DISQUALIFIED")]));
}

async fn in_our_own_files_only_decisions_leave_rows_out(test: &TestDatabase) {
    let own = "response_id,score,responded_at,status\na,9,2024-05-01,complete\nb,3,2024-05-02,partial\n";
    assert_eq!(counts(&importer(test).responses(own).await), (2, 0, 0, 0));
    let report = decided(importer(test), "status", "partial", false).responses(own).await;
    assert_eq!((report.unchanged, rejected(&report)), (1, vec![refusal(2, "status", "UNFINISHED")]));
}

async fn decisions_that_cannot_be_meant_are_refused(test: &TestDatabase) {
    let file = export("Status", &["Complete", "Partial"]);
    let message = refused(test, &decided(importer(test), "Stauts", "Partial", false), &file).await;
    assert!(message.contains("--reject Stauts=Partial: the file has no such column"), "{message}");
    let both = decided(decided(importer(test), "Status", "Partial", false), "Status", "partial", true);
    assert!(refused(test, &both, &file).await.contains("--count and --reject both name Status=partial"));
    let own = "response_id,score,responded_at\na,9,2024-05-01\n";
    let error =
        decided(importer(test), "status", "x", true).read(FileKind::Responses, own).await.expect_err("no column");
    assert!(error.to_string().contains("--count status=x"), "{error}");
}

on_both_databases! {
    a_word_that_comes_late_does_not_count_in_silence,
    a_decision_that_meets_no_row_is_told,
    how_a_response_ended_decides_in_whatever_column_it_is_told,
    a_word_that_is_not_known_is_asked_for_with_the_option_that_answers,
    a_word_that_comes_late_rejects_its_row_and_names_the_option,
    a_column_about_the_customer_stays_an_attribute_until_somebody_decides,
    in_our_own_files_only_decisions_leave_rows_out,
    decisions_that_cannot_be_meant_are_refused,
}
