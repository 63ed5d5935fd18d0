//! One person is one customer, and one answer is one response: addresses, placeholders, ids that spreadsheets changed, files
//! without ids, and surveys that number their responses from 1 again.

use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};

use super::{counts, importer, refused};

async fn customers(test: &TestDatabase) -> Vec<String> {
    DatabaseContents::of(&test.database).await.customers.keys().cloned().collect()
}

/// A survey that knows people by their address only.
const BY_ADDRESS: &str =
    "Response ID,Submitted at,Email Address,NPS\na,2024-03-04,ada@example.org,9\nb,2024-03-05,bo@example.org,3\n";

async fn an_address_that_one_customer_has_is_that_customer(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers("customer_id,email,region\nK1,Ada@Example.org,EU\nK2,bo@example.org,US\n").await;
    assert_eq!(counts(&importer.responses(BY_ADDRESS).await), (2, 0, 0, 0));
    assert_eq!(customers(test).await, ["K1", "K2"]);
    let contents = DatabaseContents::of(&test.database).await;
    assert!(contents.responses.values().all(|response| response.profile.get("region").is_some()));
    assert_eq!(contents.customers["K1"].email.as_deref(), Some("Ada@Example.org"), "the company's spelling stays");
    assert_eq!(counts(&importer.responses(BY_ADDRESS).await), (0, 0, 2, 0), "again");
}

async fn an_erased_person_does_not_come_back_by_the_address(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers("customer_id,email\nK1,Ada@Example.org\nK2,bo@example.org\n").await;
    importer.add_responses(BY_ADDRESS).await;
    needle_rules::erase::erase_customer(&importer.context, "K1", "a secret").await.expect("erased");
    let report = importer.responses(BY_ADDRESS).await;
    assert_eq!((report.unchanged, report.rejected.len()), (1, 1), "{report:?}");
    assert_eq!(customers(test).await, ["K2"]);
    let later = "Response ID,Submitted at,Email Address,NPS\nz,2024-07-04,ADA@example.org,9\n";
    assert_eq!(importer.responses(later).await.rejected.len(), 1);
    assert_eq!(customers(test).await, ["K2"]);
}

async fn an_address_that_is_known_first_takes_the_companys_id_later(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_responses(BY_ADDRESS).await;
    assert_eq!(customers(test).await, ["ada@example.org", "bo@example.org"]);
    importer.add_customers("customer_id,email,region\nK1,Ada@Example.org,EU\nK2,bo@example.org,US\n").await;
    assert_eq!(customers(test).await, ["K1", "K2"]);
    let contents = DatabaseContents::of(&test.database).await;
    assert!(contents.responses.values().all(|response| response.profile.get("region").is_some()));
    assert_eq!(counts(&importer.responses(BY_ADDRESS).await), (0, 0, 2, 0));
}

async fn an_address_in_place_of_an_id_is_the_customer_who_has_it(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,email,region\nK1,Ada@Example.org,EU\nK2,bo@example.org,US\n").await;
    let file =
        "response_id,customer_id,score,responded_at\na,ADA@example.org,9,2024-03-04\nb,bo@example.org,3,2024-03-05\n";
    assert_eq!(counts(&importer.responses(file).await), (2, 0, 0, 0));
    assert_eq!(customers(test).await, ["K1", "K2"]);
    assert_eq!(counts(&importer.responses(file).await), (0, 0, 2, 0));
}

async fn an_address_of_two_customers_is_asked_about(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers("customer_id,email\nK1,ada@example.org\nK2,ADA@example.org\n").await;
    let report = importer.responses(BY_ADDRESS).await;
    assert_eq!(counts(&report), (1, 0, 0, 1));
    assert!(report.rejected[0].message.contains("\"K1\", \"K2\""), "{:?}", report.rejected);
}

async fn who_counts_as_nobody_is_told(test: &TestDatabase) {
    let own =
        "response_id,score,responded_at,customer_id\na,9,2024-07-01,Anonymous\nb,8,2024-07-01,c1\nc,3,2024-07-02,N/A\n";
    let report = ImportFixture::of(test).responses(own).await;
    let note = "2 rows name nobody, such as \"Anonymous\": their responses belong to no customer";
    assert_eq!((report.accepted, report.notes), (3, vec![note.to_owned()]));
    let foreign = "Response ID,NPS,Submitted at,Email\nx,9,2024-07-01,-\ny,3,2024-07-02,\n";
    let report = importer(test).responses(foreign).await;
    assert_eq!(report.notes, ["1 row names nobody, such as \"-\": their responses belong to no customer"]);
}

async fn placeholders_are_nobody(test: &TestDatabase) {
    let own =
        "response_id,customer_id,score,responded_at\na,N/A,9,2024-03-04\nb,anonymous,3,2024-03-05\nc,-,8,2024-03-05\n";
    assert_eq!(counts(&ImportFixture::of(test).responses(own).await), (3, 0, 0, 0));
    let foreign =
        "Id,Completion time,Email,NPS\na,2024-03-14 10:00,ann@example.org,9\nb,2024-03-15 10:00,anonymous,3\n";
    assert_eq!(counts(&importer(test).responses(foreign).await), (2, 0, 0, 0));
    assert_eq!(customers(test).await, ["ann@example.org"]);
    let report = ImportFixture::of(test).customers("customer_id,region\nunknown,EU\n").await;
    assert_eq!(report.rejected.len(), 1);
}

async fn people_of_the_company_are_no_customers(test: &TestDatabase) {
    let tickets = "Ticket ID,Assignee email,Requester email,NPS score,Responded at\n1,agent@shop.example,ann@example.org,9,2024-03-04\n";
    assert_eq!(counts(&importer(test).responses(tickets).await), (1, 0, 0, 0));
    assert_eq!(customers(test).await, ["ann@example.org"]);
    let two = "Response ID,From,To,NPS,Date\n1,a@example.org,b@example.org,9,2024-03-04\n2,c@example.org,d@example.org,3,2024-03-05\n";
    let asked = refused(test, &importer(test), two).await;
    assert!(asked.contains("\"From\", \"To\""), "{asked}");
}

async fn ids_that_a_spreadsheet_changed_are_noticed(test: &TestDatabase) {
    for file in [
        "Response ID,Customer ID,NPS,Date\na,9.91214E+15,9,2024-03-04\nb,9.91214E+15,3,2024-03-05\n",
        "response_id,customer_id,score,responded_at\n1.18E+11,c,9,2024-03-04\n",
    ] {
        let message = refused(test, &importer(test), file).await;
        assert!(message.contains("a spreadsheet has rounded it"), "{message}");
    }
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region\n00001,EU\n00002,US\n").await;
    let report =
        importer.responses("response_id,customer_id,score,responded_at\na,1,9,2024-03-04\nb,2,3,2024-03-05\n").await;
    assert_eq!(report.accepted, 2);
    assert!(
        report.notes[0].starts_with("2 of 2 customers of this file were not known, and 2 of them"),
        "{:?}",
        report.notes
    );
}

async fn a_respondent_who_is_asked_again_gives_two_responses(test: &TestDatabase) {
    let file = "Respondent ID,Submitted at,NPS\np1,2024-03-04 10:00,9\np2,2024-03-04 10:00,3\np1,2024-04-04 10:00,10\n";
    assert_eq!(counts(&importer(test).responses(file).await), (3, 0, 0, 0));
    assert_eq!(customers(test).await, ["p1", "p2"]);
    assert_eq!(counts(&importer(test).responses(file).await), (0, 0, 3, 0));
}

async fn a_second_survey_does_not_overwrite_the_first(test: &TestDatabase) {
    let survey = |year: i32, scores: [u8; 4]| {
        let rows = scores.iter().enumerate().map(|(at, score)| format!("{at},{year}-05-1{at} 10:00:00,{score}"));
        super::file("id,submitdate,NPS", rows)
    };
    importer(test).add_responses(survey(2023, [10, 9, 10, 8])).await;
    let second = survey(2024, [0, 2, 9, 1]);
    let message = refused(test, &importer(test), &second).await;
    assert!(message.contains("4 of 4 ids are known") && message.contains("--source NAME"), "{message}");
    let mut named = importer(test);
    named.options.source = Some("spring".to_owned());
    assert_eq!(counts(&named.responses(&second).await), (4, 0, 0, 0));
    let mut corrected = importer(test);
    corrected.options.update = true;
    assert_eq!(counts(&corrected.responses(&second).await), (0, 4, 0, 0));
}

async fn the_end_of_a_file_shows_as_much_as_its_beginning(test: &TestDatabase) {
    let survey = |year: i32, ids: std::ops::Range<u32>, shift: u32| {
        let rows = ids.map(|id| format!("{id},{year}-05-10 10:00:00,{},k{id}", (id + shift) % 11));
        super::file("id,submitdate,NPS,Customer ID", rows)
    };
    importer(test).add_responses(survey(2023, 5_200..5_900, 0)).await;
    let message = refused(test, &importer(test), survey(2024, 0..6_000, 5)).await;
    assert!(message.contains("700 of 700 ids are known"), "{message}");
    importer(test).add_customers("customer_id,region\n007001,EU\n").await;
    let numbered = |row: u32| {
        format!(
            "n{row},2024-05-10 10:00:00,{},{}",
            row % 11,
            if row < 5_500 { "x".to_owned() } else { row.to_string() }
        )
    };
    let report =
        importer(test).responses(super::file("id,submitdate,NPS,Customer ID", (1_500..7_100).map(numbered))).await;
    assert!(report.notes[0].contains("such as \"007001\" and \"7001\""), "{:?}", report.notes);
}

async fn a_question_in_several_columns_is_one_score(test: &TestDatabase) {
    let file = "Response ID,Submitted at,Would you recommend us?,Würden Sie uns empfehlen?\n\
                a,2024-03-04,,9\nb,2024-03-05,3,\nc,2024-03-06,,10\nd,2024-03-07,7,\n";
    let asked = refused(test, &importer(test), file).await;
    let suggested = "--map score='Would you recommend us?' --map score='Würden Sie uns empfehlen?' reads them as one";
    assert!(asked.contains(suggested), "{asked}");
    let mut both = importer(test).map("score", "Would you recommend us?");
    both.options.further_scores.push("Würden Sie uns empfehlen?".to_owned());
    assert_eq!(counts(&both.responses(file).await), (4, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let mut scores: Vec<_> = contents.responses.values().filter_map(|response| response.score).collect();
    scores.sort_unstable();
    assert_eq!(scores, [3, 7, 9, 10]);
    let report = both.responses(file.replace("a,2024-03-04,,9", "a,2024-03-04,2,9")).await;
    assert_eq!(report.rejected.len(), 1, "{report:?}");
}

async fn files_without_ids_come_in_once(test: &TestDatabase) {
    let companies =
        "Company_ID,Data_Received,NPS_Score\n318,27/05/2023,9\n318,27/05/2023,3\n571,13/05/2023,10\n318,27/05/2023,9\n";
    let asked = refused(test, &importer(test), companies).await;
    assert!(asked.contains("--map customer_id='Company_ID' is enough"), "{asked}");
    let mapped = importer(test).map("customer_id", "Company_ID").map("responded_at", "Data_Received");
    assert_eq!(counts(&mapped.responses(companies).await), (4, 0, 0, 0));
    assert_eq!(counts(&mapped.responses(companies).await), (0, 0, 4, 0), "again");
    let form =
        "Timestamp,NPS,Comment\n2024-03-04 10:00:01,9,fine\n2024-03-04 10:00:09,3,late\n2024-03-04 10:00:09,9,fine\n";
    assert_eq!(counts(&importer(test).responses(form).await), (3, 0, 0, 0));
    assert_eq!(counts(&importer(test).responses(form).await), (0, 0, 3, 0), "again");
}

on_both_databases!(
    the_end_of_a_file_shows_as_much_as_its_beginning,
    who_counts_as_nobody_is_told,
    an_address_that_one_customer_has_is_that_customer,
    an_erased_person_does_not_come_back_by_the_address,
    an_address_that_is_known_first_takes_the_companys_id_later,
    an_address_in_place_of_an_id_is_the_customer_who_has_it,
    an_address_of_two_customers_is_asked_about,
    placeholders_are_nobody,
    people_of_the_company_are_no_customers,
    ids_that_a_spreadsheet_changed_are_noticed,
    a_respondent_who_is_asked_again_gives_two_responses,
    a_second_survey_does_not_overwrite_the_first,
    a_question_in_several_columns_is_one_score,
    files_without_ids_come_in_once,
);
