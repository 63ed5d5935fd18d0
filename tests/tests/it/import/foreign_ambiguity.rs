//! Exports that could be misread without an error: other scales, two questions, unrelated columns of status.

use std::fmt::Write as _;

use needle_tests::{DatabaseContents, TestDatabase, attributes, on_both_databases};

use super::{counts, importer, refusal, refused, rejected};

/// The score of a response, of whichever source.
async fn score_of(test: &TestDatabase, id: &str) -> Option<i16> {
    let contents = DatabaseContents::of(&test.database).await;
    let found = contents.responses.iter().find(|((_, stored), _)| stored == id);
    found.unwrap_or_else(|| panic!("no response {id}: {contents:#?}")).1.score
}

async fn an_open_quote_is_an_error_and_nothing_comes_in(test: &TestDatabase) {
    let own =
        "response_id,score,responded_at,comment\na,9,2024-05-01,fine\nb,3,2024-05-02,\"bad\nc,10,2024-05-03,good\n";
    assert!(refused(test, &importer(test), own).await.contains("line 3"));
    let foreign = "ID,NPS,Date,Comment\na,9,2024-05-01,fine\nb,3,2024-05-02,\"bad\nc,10,2024-05-03,good\n";
    assert!(refused(test, &importer(test), foreign).await.contains("line 3"));
}

async fn empty_rows_and_delimiters_at_the_ends_of_rows_are_no_mistakes(test: &TestDatabase) {
    let file = "ID,NPS,Date\na,9,2024-05-01,\nb,3,2024-05-02,\n,,,\n,,\n";
    assert_eq!(counts(&importer(test).responses(file).await), (2, 0, 0, 0));
    let file = "ID,NPS,Date\nc,9,2024-05-01,surplus\n";
    assert_eq!(rejected(&importer(test).responses(file).await), [refusal(1, "", "WRONG_COLUMN_COUNT")]);
}

async fn a_second_column_that_could_be_the_score_is_an_error_and_codes_are_none(test: &TestDatabase) {
    let file = "id,date,score,Previous NPS\na,2024-05-01,9,2\nb,2024-05-02,3,10\nc,2024-05-03,8,7\n";
    let message = refused(test, &importer(test), file).await;
    assert!(message.contains("\"score\"") && message.contains("\"Previous NPS\""), "{message}");
    assert!(message.contains("--map score=COLUMN"), "{message}");
    let codes = "id,date,score,NPS code,is NPS promoter\na,2024-05-01,9,3,1\nb,2024-05-02,4,1,0\nc,2024-05-03,8,2,0\n";
    assert_eq!(counts(&importer(test).responses(codes).await), (3, 0, 0, 0));
    assert_eq!(score_of(test, "b").await, Some(4));
}

async fn a_scale_that_ends_below_ten_is_refused_unless_it_is_mapped(test: &TestDatabase) {
    let rows = |greatest: usize| (0..30).map(move |row| format!("r{row},{},2024-05-01", row % greatest + 1));
    for greatest in [5, 7] {
        let file = super::file("ID,Would you recommend us?,Date", rows(greatest));
        let message = refused(test, &importer(test), &file).await;
        assert!(message.contains(&format!("from 1 to {greatest}")) && message.contains("--map score="), "{message}");
    }
    let named = super::file("ID,\"Recommend us? 1 = not at all, 5 = very\",Date", rows(10));
    assert!(refused(test, &importer(test), named).await.contains("could be"));
    assert_eq!(importer(test).responses(super::file("ID,NPS,Date", rows(8))).await.accepted, 30);
    let mapped = importer(test).map("score", "Would you recommend us?");
    assert_eq!(mapped.responses(super::file("ID,Would you recommend us?,Date", rows(5))).await.updated, 25);
}

async fn a_question_with_values_only_far_down_counts_as_a_second_one(test: &TestDatabase) {
    let row = |number: usize| match number {
        1_200.. => format!("r{number},,9,2024-05-01"),
        number => format!("r{number},{},,2024-05-01", number % 11),
    };
    let header = "ID,Would you recommend us?,Would you recommend our app?,Date";
    let message = refused(test, &importer(test), super::file(header, (1..=1_300).map(row))).await;
    assert!(message.contains("\"Would you recommend us?\", \"Would you recommend our app?\""), "{message}");
    let whole = super::file(header, (1..=20).map(row));
    assert_eq!(importer(test).responses(whole).await.accepted, 20);
}

/// A file of Qualtrics with a question, its group, and further columns.
fn qualtrics(further: &str, rows: &[&str]) -> String {
    let mut file = format!("StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,Q1_NPS_GROUP,Q1{further}\n");
    for (number, row) in rows.iter().enumerate() {
        let row = row.replace("ID", &format!("2024-07-01,R_{number}"));
        writeln!(file, "2024-07-01,2024-07-01,{row}").expect("written");
    }
    file
}

async fn a_score_that_its_group_contradicts_is_refused(test: &TestDatabase) {
    let recoded = ["0,1,ID,Detractor,7", "0,1,ID,Passive,9", "0,1,ID,Promoter,11", "0,1,ID,Passive,9"];
    let message = refused(test, &importer(test), qualtrics("", &recoded)).await;
    assert!(message.contains("\"Q1\" and \"Q1_NPS_GROUP\" contradict each other in 3 of 4 rows"), "{message}");
    let right = ["0,1,ID,Detractor,6", "0,1,ID,Passive,8", "0,1,ID,Promoter,10"];
    assert_eq!(importer(test).responses(qualtrics("", &right)).await.accepted, 3);
}

async fn a_status_of_the_customer_stays_an_attribute(test: &TestDatabase) {
    let rows = ["0,1,ID,Promoter,9,trial,1", "0,1,ID,Passive,8,test,0", "2,1,ID,Passive,8,active,0"];
    let report = importer(test).responses(qualtrics(",status,test", &rows)).await;
    assert_eq!(rejected(&report), [refusal(3, "Status", "TEST")]);
    let file = "ID,NPS,Date,Status,Completed,Test\na,9,2024-05-01,trial,3,A\nb,3,2024-05-02,churned,5,B\n";
    assert_eq!(counts(&importer(test).responses(file).await), (2, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = &contents.responses[&("generic".to_owned(), "a".to_owned())];
    assert_eq!(first.profile, attributes([("Status", "trial"), ("Completed", "3"), ("Test", "A")]));
}

async fn unknown_words_of_a_tool_are_an_error_that_names_them(test: &TestDatabase) {
    let rows = ["IP-Adresse,Wahr,ID,Promoter,9", "Umfragevorschau,Falsch,ID,Passive,8"];
    let message = refused(test, &importer(test), qualtrics("", &rows)).await;
    for word in ["\"Status\"", "\"Umfragevorschau\"", "\"Finished\"", "\"Wahr\", \"Falsch\""] {
        assert!(message.contains(word), "{word}: {message}");
    }
}

async fn the_source_is_the_same_with_one_mapped_column_more(test: &TestDatabase) {
    let foreign = "Nr,Wertung,Wann,E-Mail\nx1,9,2024-07-01,ada@example.com\nx2,3,2024-07-02,bo@example.com\n";
    let mapped = importer(test).map("score", "Wertung").map("responded_at", "Wann");
    assert_eq!(counts(&mapped.clone().map("response_id", "Nr").responses(foreign).await), (2, 0, 0, 0));
    let half = "Response ID,score,Wann\nx1,9,2024-07-01\nx2,3,2024-07-02\n";
    let mapped = importer(test).map("responded_at", "Wann");
    mapped.responses(half).await;
    assert_eq!(mapped.map("response_id", "Response ID").responses(half).await.accepted, 0);
    let own = "response_id,score,date\ny1,9,2024-07-01\n";
    assert_eq!(counts(&importer(test).responses(own).await), (1, 0, 0, 0));
    assert_eq!(counts(&importer(test).map("responded_at", "date").responses(own).await), (0, 0, 1, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let sources = |source: &str| contents.responses.keys().filter(|(stored, _)| stored == source).count();
    assert_eq!((sources("generic"), sources("needle"), contents.responses.len()), (2, 1, 3));
}

async fn one_column_has_one_role_and_columns_of_one_name_are_distinguished(test: &TestDatabase) {
    let file = "ID,Rate,Rate,Date\na,2,9,2024-05-01\n";
    assert_eq!(importer(test).map("score", "Rate (2)").responses(file).await.accepted, 1);
    assert_eq!(score_of(test, "a").await, Some(9));
    let twice = importer(test).map("score", "Rate").map("comment", "Rate");
    assert!(refused(test, &twice, file).await.contains("mapped already"));
    let own = "response_id,score,responded_at\na,9,2024-05-01\n";
    let twice = importer(test).map("comment", "score").map("plan", "score");
    assert!(refused(test, &twice, own).await.contains("mapped already"));
}

const POSTHOG: &str = "uuid,event,timestamp,distinct_id,person,properties.$survey_submission_id,properties.$survey_response,\
    properties.$device_id,properties.$time,properties.$geoip_postal_code,properties.token,person.properties.plan";

async fn posthog_writes_a_response_as_it_goes_on_and_the_latest_counts(test: &TestDatabase) {
    let person = "\"{\"\"email\"\":\"\"ida@example.com\"\"}\"";
    let rest = "d-1,1720000000,1010,phc_1,gold";
    let file = format!(
        "{POSTHOG}\n\
         e2,survey sent,2024-07-01T08:01:00Z,u-1,{person},s-1,9,{rest}\n\
         e1,survey sent,2024-07-01T08:00:00Z,u-1,{person},s-1,3,{rest}\n\
         e3,survey sent,2024-07-01T08:00:00Z,u-2,{person},,7,{rest}\n"
    );
    assert_eq!(counts(&importer(test).responses(&file).await), (2, 0, 1, 0));
    assert_eq!((score_of(test, "s-1").await, score_of(test, "e3").await), (Some(9), Some(7)));
    assert_eq!(counts(&importer(test).responses(&file).await), (0, 0, 3, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = &contents.responses[&("posthog".to_owned(), "s-1".to_owned())];
    assert_eq!(first.customer.as_deref(), Some("u-1"));
    assert_eq!(contents.customers["u-1"].email, None);
    assert_eq!(first.profile, attributes([("plan", "gold")]));
}

async fn technical_and_personal_columns_are_left_out(test: &TestDatabase) {
    let file = "ID,NPS,Date,IP Adresse,Herkunft,Angelegt,Seit\na,9,2024-05-01,192.0.2.1,192.0.2.7,2024-04-01 10:00:00,2020-01-01\n";
    importer(test).add_responses(file).await;
    let retently = "Customer,Email,Score,Feedback,Campaign,Submitted\nAda Lund,ada@example.com,9,,Q,2024-05-01 10:00\n";
    importer(test).add_responses(retently).await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(
        contents.responses[&("generic".to_owned(), "a".to_owned())].profile,
        attributes([("Seit", "2020-01-01")])
    );
    assert_eq!(contents.customers["ada@example.com"].name.as_deref(), Some("Ada Lund"));
    let response = contents.responses.values().find(|response| response.customer.as_deref() == Some("ada@example.com"));
    assert_eq!(response.expect("a response").profile, attributes([("Campaign", "Q")]));
}

async fn responses_without_ids_are_identified_by_email_address_and_time(test: &TestDatabase) {
    let file = "Timestamp,Email Address,How likely are you to recommend us?\n\
                2024-05-01 10:00:00,ada@example.com,9\n2024-05-01 10:05:00,bo@example.com,3\n";
    assert_eq!(counts(&importer(test).responses(file).await), (2, 0, 0, 0));
    assert_eq!(counts(&importer(test).responses(file).await), (0, 0, 2, 0));
}

async fn a_date_format_finds_the_time_and_its_lack_names_a_value(test: &TestDatabase) {
    let file = "ID,NPS,Date\na,9,20240501\nb,3,20240502\n";
    assert!(refused(test, &importer(test), file).await.contains("\"Date\" contains \"20240501\""));
    let mut with_format = importer(test);
    with_format.options.date_format = Some("%Y%m%d".to_owned());
    assert_eq!(with_format.responses(file).await.accepted, 2);
}

async fn delighted_with_a_survey_response_id_is_no_posthog(test: &TestDatabase) {
    let file = "Survey Response ID,Score,Comment,Email,Created At\n1,9,Fine,ada@example.com,2024-05-01 10:00:00\n";
    assert_eq!(importer(test).responses(file).await.accepted, 1);
    let contents = DatabaseContents::of(&test.database).await;
    assert!(contents.responses.keys().all(|(source, id)| source != "posthog" && id == "1"), "{contents:#?}");
}

on_both_databases!(
    an_open_quote_is_an_error_and_nothing_comes_in,
    empty_rows_and_delimiters_at_the_ends_of_rows_are_no_mistakes,
    a_second_column_that_could_be_the_score_is_an_error_and_codes_are_none,
    a_scale_that_ends_below_ten_is_refused_unless_it_is_mapped,
    a_question_with_values_only_far_down_counts_as_a_second_one,
    a_score_that_its_group_contradicts_is_refused,
    a_status_of_the_customer_stays_an_attribute,
    unknown_words_of_a_tool_are_an_error_that_names_them,
    the_source_is_the_same_with_one_mapped_column_more,
    one_column_has_one_role_and_columns_of_one_name_are_distinguished,
    posthog_writes_a_response_as_it_goes_on_and_the_latest_counts,
    technical_and_personal_columns_are_left_out,
    responses_without_ids_are_identified_by_email_address_and_time,
    a_date_format_finds_the_time_and_its_lack_names_a_value,
    delighted_with_a_survey_response_id_is_no_posthog,
);
