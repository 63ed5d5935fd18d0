//! Exports of survey tools: our own samples in each tool's shape, and files that differ a little.

use needle_import::FileFormat;
use needle_tests::{DatabaseContents, ResponseContents, TestDatabase, attributes, on_both_databases};

use super::{counts, importer, refusal, refused, rejected};

const QUALTRICS: &str = include_str!("samples/qualtrics.csv");
const SURVEYMONKEY: &str = include_str!("samples/surveymonkey.csv");
const TYPEFORM: &str = include_str!("samples/typeform.csv");
const FORMBRICKS: &str = include_str!("samples/formbricks.csv");
const DELIGHTED: &str = include_str!("samples/delighted.csv");
const POSTHOG: &str = include_str!("samples/posthog.csv");
const RETENTLY: &str = include_str!("samples/retently.csv");
const GENERIC: &str = include_str!("samples/generic.csv");

fn response<'a>(contents: &'a DatabaseContents, source: &str, id: &str) -> &'a ResponseContents {
    contents
        .responses
        .get(&(source.to_owned(), id.to_owned()))
        .unwrap_or_else(|| panic!("no response {id} of {source}: {contents:#?}"))
}

async fn qualtrics_with_three_header_rows_comes_in_without_previews_spam_and_elevens(test: &TestDatabase) {
    let report = importer(test).responses(QUALTRICS).await;
    assert_eq!(
        rejected(&report),
        [
            refusal(3, "Status", "PREVIEW"),
            refusal(4, "Finished", "UNFINISHED"),
            refusal(5, "Status", "SPAM"),
            refusal(6, "score", "OUT_OF_RANGE"),
        ]
    );
    assert_eq!(counts(&report), (2, 0, 0, 4));
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "qualtrics", "R_1");
    assert_eq!((first.score, first.customer.as_deref()), (Some(9), Some("ines@example.com")));
    assert_eq!(first.comment.as_deref(), Some("Fast, and kind"));
    assert_eq!(first.answered_at, "2024-07-01T15:02:01+00:00", "the header names Denver");
    assert_eq!(first.profile, attributes([("channel", "email"), ("UserLanguage", "EN"), ("Plan", "gold")]));
    assert_eq!(contents.customers["ines@example.com"].email.as_deref(), Some("Ines@Example.com"));
    assert_eq!(contents.customers["ines@example.com"].name.as_deref(), Some("Ines Okafor"));
    assert_eq!(response(&contents, "qualtrics", "R_2").customer.as_deref(), Some("c-17"));
    assert_eq!(counts(&importer(test).responses(QUALTRICS).await), (0, 0, 2, 4));
}

async fn qualtrics_reads_the_same_with_fewer_header_rows_and_as_tabs_in_utf_16(test: &TestDatabase) {
    let report = importer(test).in_zone(chrono_tz::America::Denver).responses(QUALTRICS).await;
    assert_eq!(counts(&report), (2, 0, 0, 4));
    let before = DatabaseContents::of(&test.database).await;
    let lines: Vec<&str> = QUALTRICS.lines().collect();
    let without = |left_out: &[usize]| {
        let rest = lines.iter().enumerate().filter(|(at, _)| !left_out.contains(at)).map(|(_, line)| *line);
        rest.collect::<Vec<_>>().join("\n").into_bytes()
    };
    let units = QUALTRICS.replace("Fast, and", "Fast; and").replace("\"Fast; and kind\"", "Fast; and kind");
    let tabs: String = units.replace(",\"\"timeZone", "\u{1}\"\"timeZone").replace(',', "\t").replace('\u{1}', ",");
    let tabs = tabs.replace("Fast; and", "Fast, and");
    let utf_16: Vec<u8> = std::iter::once(0xfeff).chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, file) in [
        ("names only", without(&[1, 2])),
        ("no import ids", without(&[2])),
        ("no questions", without(&[1])),
        ("questions only", without(&[0, 2])),
        ("UTF-16", utf_16),
    ] {
        let report = importer(test).in_zone(chrono_tz::America::Denver).responses(file).await;
        assert_eq!((report.unchanged + report.updated, report.rejected.len()), (2, 4), "{name}: {report:?}");
        assert_eq!(report.accepted, 0, "{name}");
    }
    assert_eq!(DatabaseContents::of(&test.database).await.responses.len(), before.responses.len());
}

async fn surveymonkey_with_two_header_rows_reads_labels_and_parts_of_questions(test: &TestDatabase) {
    assert_eq!(counts(&importer(test).responses(SURVEYMONKEY).await), (3, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "surveymonkey", "118000000001");
    assert_eq!((first.score, first.comment.as_deref()), (Some(10), Some("The delivery")));
    assert_eq!(first.answered_at, "2024-07-14T22:25:01+00:00");
    assert_eq!(
        first.profile,
        attributes([
            ("Custom Data 1", "north"),
            ("Which teas do you buy? - Green", "Green"),
            ("How old are you?", "25-34"),
        ])
    );
    assert_eq!(contents.customers["ada@example.com"].name.as_deref(), Some("Ada Lund"));
    let second = response(&contents, "surveymonkey", "118000000002");
    assert_eq!((second.score, second.customer.as_deref()), (Some(0), None));
    assert_eq!(second.answered_at, "2024-07-03T00:07:00+00:00");
    assert_eq!(second.profile.get("Which teas do you buy? - Other (please specify)"), Some("rooibos"));
    assert_eq!(counts(&importer(test).responses(SURVEYMONKEY).await), (0, 0, 3, 0));
}

async fn typeform_is_in_utc_and_its_double_columns_are_distinguished(test: &TestDatabase) {
    let report = importer(test).in_zone(chrono_tz::Asia::Tokyo).responses(TYPEFORM).await;
    assert_eq!(rejected(&report), [refusal(3, "Response Type", "UNFINISHED")]);
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "typeform", "h3f1a");
    assert_eq!((first.answered_at.as_str(), first.day.as_str()), ("2024-07-01T23:30:00+00:00", "2024-07-02"));
    assert_eq!((first.customer.as_deref(), first.score), (Some("cleo@example.com"), Some(9)));
    assert_eq!(first.comment.as_deref(), Some("More \"green\" tea"));
    assert_eq!(first.profile, attributes([("And your favourite?", "Green"), ("plan", "gold")]));
    assert_eq!(response(&contents, "typeform", "h3f1b").profile.get("Other"), Some("none"));
}

async fn formbricks_is_recognised_by_its_user_and_a_variable_called_score_is_no_score(test: &TestDatabase) {
    let report = importer(test).responses(FORMBRICKS).await;
    assert_eq!(rejected(&report), [refusal(3, "Finished", "UNFINISHED")]);
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "formbricks", "clx1");
    assert_eq!((first.score, first.customer.as_deref()), (Some(10), Some("user-1")));
    assert_eq!(first.comment.as_deref(), Some("Lovely"));
    assert_eq!(contents.customers["user-1"].email.as_deref(), Some("eve@example.com"));
    assert_eq!(first.profile.get("plan"), Some("gold"));
}

async fn delighted_leaves_responses_to_other_questions_unscored(test: &TestDatabase) {
    let report = importer(test).responses(DELIGHTED).await;
    assert_eq!(rejected(&report), [refusal(3, "Survey type", "OTHER_METRIC")]);
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "delighted", "1001");
    assert_eq!(
        (first.score, first.customer.as_deref(), first.comment.as_deref()),
        (Some(10), Some("501"), Some("Superb"))
    );
    assert_eq!(first.profile, attributes([("Country", "SE")]));
    assert_eq!(response(&contents, "delighted", "1002").customer.as_deref(), Some("gus@example.com"));
}

async fn posthog_counts_only_surveys_that_were_sent_and_completed(test: &TestDatabase) {
    let report = importer(test).responses(POSTHOG).await;
    assert_eq!(
        rejected(&report),
        [refusal(3, "event", "UNFINISHED"), refusal(4, "properties.$survey_completed", "UNFINISHED")]
    );
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "posthog", "0190a1");
    assert_eq!((first.score, first.customer.as_deref()), (Some(9), Some("u-1")));
    assert_eq!(first.comment.as_deref(), Some("Works well for our team"));
    assert_eq!(contents.customers["u-1"].email.as_deref(), Some("ida@example.com"));
}

async fn retently_without_ids_goes_by_customer_and_time_and_is_never_stored_twice(test: &TestDatabase) {
    let report = importer(test).responses(RETENTLY).await;
    // The third row names nobody: its content stands for it.
    assert_eq!(counts(&report), (3, 0, 0, 0));
    let again = importer(test).responses(RETENTLY).await;
    assert_eq!(counts(&again), (0, 0, 3, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = contents.responses.values().find(|response| response.score == Some(9)).expect("the first");
    assert_eq!(first.answered_at, "2024-07-01T09:30:00+00:00");
    assert_eq!(first.profile, attributes([("Company", "Fjord AS"), ("Campaign", "Quarterly"), ("Tags", "vip")]));
    let twice = format!("{RETENTLY}jo@example.com,Jo,Berg,Fjord AS,1,Detractor,,\"Jul 1, 2024 9:30 AM\",Quarterly,\n");
    assert_eq!(rejected(&importer(test).responses(twice).await)[0], refusal(4, "response_id", "DUPLICATE"));
}

async fn columns_with_usual_names_need_no_tool(test: &TestDatabase) {
    assert_eq!(counts(&importer(test).responses(GENERIC).await), (2, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = response(&contents, "generic", "a1");
    assert_eq!(
        (first.score, first.customer.as_deref(), first.comment.as_deref()),
        (Some(9), Some("lea@example.com"), Some("Fast"))
    );
    assert_eq!(first.profile, attributes([("Region", "north")]));
}

async fn two_questions_that_could_be_it_are_an_error_that_lists_both_and_map_settles_it(test: &TestDatabase) {
    let file = TYPEFORM
        .replace("And your favourite?", "Would you recommend our app?")
        .replace(",Green,", ",8,")
        .replace(",Black,", ",7,");
    let message = refused(test, &importer(test), &file).await;
    assert!(
        message.contains("\"How likely are you to recommend Harbour Tea?\"") && message.contains("--map"),
        "{message}"
    );
    assert!(message.contains("\"Would you recommend our app?\""), "{message}");
    let report = importer(test).map("score", "Would you recommend our app?").responses(&file).await;
    assert_eq!(report.accepted, 2);
    assert_eq!(response(&DatabaseContents::of(&test.database).await, "typeform", "h3f1a").score, Some(8));
}

async fn dates_that_can_be_read_in_two_ways_require_their_format(test: &TestDatabase) {
    let file = SURVEYMONKEY.replace("07/14/2024", "07/04/2024");
    let message = refused(test, &importer(test), &file).await;
    assert!(message.contains("--date-format \"%m/%d/%Y %I:%M:%S %p\"") && message.contains("%d/%m/%Y"), "{message}");
    let mut with_format = importer(test);
    with_format.options.date_format = Some("%d/%m/%Y %I:%M:%S %p".to_owned());
    assert_eq!(with_format.responses(&file).await.accepted, 3);
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(response(&contents, "surveymonkey", "118000000002").answered_at, "2024-03-07T00:07:00+00:00");
    let both = SURVEYMONKEY.replace("07/03/2024", "13/03/2024");
    assert!(refused(test, &importer(test), &both).await.contains("two ways"));
}

async fn a_date_far_down_settles_the_order_and_a_later_one_that_contradicts_stops_the_file(test: &TestDatabase) {
    let row = |last: &'static str| {
        move |number: usize| match number {
            7_000 => "r7000,9,25/03/2024".to_owned(),
            12_000 => format!("r12000,9,{last}"),
            number => format!("r{number},9,04/03/2024"),
        }
    };
    let mixed = super::file("Response ID,NPS,Date", (1..=13_000).map(row("03/25/2024")));
    let message = refused(test, &importer(test), mixed).await;
    assert!(message.contains("written in two ways, as in \"25/03/2024\" and \"03/25/2024\""), "{message}");
    let file = super::file("Response ID,NPS,Date", (1..=13_000).map(row("26/03/2024")));
    assert_eq!(importer(test).responses(file).await.accepted, 13_000);
    assert_eq!(response(&DatabaseContents::of(&test.database).await, "generic", "r1").day, "2024-03-04");
}

async fn a_named_format_needs_no_signature_and_an_unknown_file_is_refused_with_what_is_missing(test: &TestDatabase) {
    let file = "Token,Would you recommend us to others?,When\nt1,9,2024-07-01\nt2,8,2024-07-02\n";
    let message = refused(test, &importer(test), file).await;
    assert!(message.contains("\"response_id\"") && message.contains("--map response_id=Token"), "{message}");
    assert!(message.contains("--map responded_at=When"), "{message}");
    let mut named = importer(test).map("responded_at", "When");
    named.options.format = FileFormat::Typeform;
    assert_eq!(counts(&named.responses(file).await), (2, 0, 0, 0));
    assert!(refused(test, &importer(test).map("score", "Nowhere"), TYPEFORM).await.contains("Nowhere"));
}

async fn personal_data_become_no_attributes(test: &TestDatabase) {
    for file in [QUALTRICS, SURVEYMONKEY, TYPEFORM, FORMBRICKS, DELIGHTED, POSTHOG, RETENTLY] {
        let report = importer(test).responses(file).await;
        assert!(report.accepted > 0, "{report:?}");
    }
    let contents = DatabaseContents::of(&test.database).await;
    for response in contents.responses.values() {
        for (name, value) in response.profile.0.iter().chain(&response.detail.0) {
            assert!(!value.contains('@') && !value.starts_with("192.0.2") && value != "40.1", "{name}: {value}");
            assert!(!["Promoter", "Passive", "Detractor"].contains(&value.as_str()), "{name}: {value}");
        }
    }
}

async fn files_without_rows_and_with_huge_headers_do_no_harm(test: &TestDatabase) {
    let header = TYPEFORM.lines().next().expect("a header");
    assert_eq!(counts(&importer(test).responses(header).await), (0, 0, 0, 0));
    let many: Vec<String> = (0..3_000).map(|number| format!("Question {number} {}", "long ".repeat(40))).collect();
    let file = format!(
        "#,How likely are you to recommend us?,{},Submit Date (UTC)\nx1,9,{},2024-07-01 10:00:00\n",
        many.join(","),
        "yes,".repeat(3_000).trim_end_matches(',')
    );
    assert_eq!(counts(&importer(test).responses(file).await), (1, 0, 0, 0));
}

async fn customers_of_an_export_go_by_their_email_address(test: &TestDatabase) {
    let report = importer(test)
        .customers("Email Address,First Name,Last Name,Phone,Plan\nAda@Example.com,Ada,Lund,555123456,gold\n")
        .await;
    assert_eq!(counts(&report), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let customer = &contents.customers["ada@example.com"];
    assert_eq!((customer.email.as_deref(), customer.name.as_deref()), (Some("Ada@Example.com"), Some("Ada Lund")));
    assert_eq!(customer.attributes, attributes([("Plan", "gold")]));
}

on_both_databases!(
    qualtrics_with_three_header_rows_comes_in_without_previews_spam_and_elevens,
    qualtrics_reads_the_same_with_fewer_header_rows_and_as_tabs_in_utf_16,
    surveymonkey_with_two_header_rows_reads_labels_and_parts_of_questions,
    typeform_is_in_utc_and_its_double_columns_are_distinguished,
    formbricks_is_recognised_by_its_user_and_a_variable_called_score_is_no_score,
    delighted_leaves_responses_to_other_questions_unscored,
    posthog_counts_only_surveys_that_were_sent_and_completed,
    retently_without_ids_goes_by_customer_and_time_and_is_never_stored_twice,
    columns_with_usual_names_need_no_tool,
    two_questions_that_could_be_it_are_an_error_that_lists_both_and_map_settles_it,
    dates_that_can_be_read_in_two_ways_require_their_format,
    a_date_far_down_settles_the_order_and_a_later_one_that_contradicts_stops_the_file,
    a_named_format_needs_no_signature_and_an_unknown_file_is_refused_with_what_is_missing,
    personal_data_become_no_attributes,
    files_without_rows_and_with_huge_headers_do_no_harm,
    customers_of_an_export_go_by_their_email_address,
);
