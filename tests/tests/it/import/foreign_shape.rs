//! Shapes that tools give their exports by choice: one column per score, other languages, other names of times.

use needle_import::{FileKind, ImportError};
use needle_tests::{DatabaseContents, TestDatabase, on_both_databases};

use super::{counts, importer};

async fn responses_that_are_spread_over_a_column_for_each_score_are_refused_with_what_to_do(test: &TestDatabase) {
    let file = "Respondent ID,Collector ID,Start Date,End Date,Would you recommend us?,,,,Why?\n\
                ,,,,Not at all likely - 0,1,9,Extremely likely - 10,Open-Ended Response\n\
                1,7,2024-07-01,2024-07-01,,,9,,Fast\n\
                2,7,2024-07-01,2024-07-01,,,,Extremely likely - 10,\n";
    let refused = importer(test).read(FileKind::Responses, file).await.expect_err("spread out");
    let ImportError::Header(message) = refused else { panic!("{refused:?}") };
    assert!(message.contains("\"Would you recommend us?\"") && message.contains("condensed columns"), "{message}");
    assert!(!message.contains("--map"), "{message}");
}

async fn a_column_of_scores_with_mostly_other_values_is_named(test: &TestDatabase) {
    let header = "Response ID,Score,Comment,Person Email,Survey type,Created at";
    let scores = ["9", "skipped", "later", "10"].iter().enumerate();
    let rows = scores.map(|(at, score)| format!("{at},{score},,a{at}@example.com,nps,2024-07-01 10:00:00 UTC"));
    let file = super::file(header, rows);
    let refused = importer(test).read(FileKind::Responses, &file).await.expect_err("half of them are none");
    let message = refused.to_string();
    assert!(
        message.contains("\"Score\" could be it, but too many of its cells are not scores, such as \"skipped\""),
        "{message}"
    );
    assert!(message.contains("--map score=Score"), "{message}");
    let report = importer(test).map("score", "Score").responses(&file).await;
    assert_eq!((report.accepted, report.rejected.len()), (2, 2));
}

async fn a_date_of_submission_is_the_time_of_a_response(test: &TestDatabase) {
    let file = "Customer Email,Score,Feedback,Campaign,Survey sent date,Submitted date\n\
                ada@example.com,9,,Q3,2024-06-01,2024-07-01\n";
    assert_eq!(counts(&importer(test).responses(file).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let response = contents.responses.values().next().expect("a response");
    assert_eq!(response.day, "2024-07-01");
}

async fn names_of_people_are_no_attributes_in_any_language(test: &TestDatabase) {
    let file = "ID,NPS,Date,E-Mail-Adresse,Vorname,Nachname,Telefon,Land\n\
                a,9,2024-07-01,ada@example.com,Ada,Lund,030 123456,DE\n";
    assert_eq!(counts(&importer(test).responses(file).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let response = contents.responses.values().next().expect("a response");
    assert_eq!(response.profile.0.keys().collect::<Vec<_>>(), ["Land"]);
}

async fn the_first_response_of_a_file_in_another_language_is_no_header(test: &TestDatabase) {
    let mut importer = importer(test).map("response_id", "Teilnehmer").map("responded_at", "Enddatum");
    importer.options.format = needle_import::FileFormat::SurveyMonkey;
    let plain = "Teilnehmer,Enddatum,Würden Sie uns weiterempfehlen?\n1,2024-07-01,9\n2,2024-07-02,3\n";
    assert_eq!(counts(&importer.responses(plain).await), (2, 0, 0, 0));
    let with_parts = "Teilnehmer,Enddatum,Würden Sie uns weiterempfehlen?\n,,Antwort\n1,2024-07-01,9\n2,2024-07-02,3\n";
    let importer = importer.map("score", "Würden Sie uns weiterempfehlen? - Antwort");
    assert_eq!(counts(&importer.responses(with_parts).await), (0, 0, 2, 0));
}

on_both_databases!(
    a_column_of_scores_with_mostly_other_values_is_named,
    responses_that_are_spread_over_a_column_for_each_score_are_refused_with_what_to_do,
    a_date_of_submission_is_the_time_of_a_response,
    names_of_people_are_no_attributes_in_any_language,
    the_first_response_of_a_file_in_another_language_is_no_header,
);
