//! Refused rows: each is reported with its row, its column and its code, and the rest of the file is stored.

use needle_import::FileKind;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};
use serde_json::json;

use super::{counts, file, refusal, rejected};

async fn every_bad_row_of_responses_is_refused_with_its_reason_and_the_rest_is_stored(test: &TestDatabase) {
    let (long_id, long_value, long_prose) = ("i".repeat(256), "v".repeat(1_001), "p".repeat(20_001));
    let file = format!(
        "response_id,score,responded_at,customer_id,comment,channel\n\
         ok1,10,2024-07-01,c1,schön,email\n\
         ,9,2024-07-01,c1,,\n\
         r3,9,,c1,,\n\
         r4,eleven,2024-07-01,c1,,\n\
         r5,9.5,2024-07-01,c1,,\n\
         r6,11,2024-07-01,c1,,\n\
         r7,-1,2024-07-01,c1,,\n\
         r8,9,01/07/2024,c1,,\n\
         r9,9,2024-02-30,c1,,\n\
         ok1,9,2024-07-01,c1,,\n\
         r11,9,2024-07-01\n\
         r12,9,2024-07-01,c1,,,,x\n\
         {long_id},9,2024-07-01,c1,,\n\
         r14,9,2024-07-01,{long_id},,\n\
         r15,9,2024-07-01,c1,{long_prose},\n\
         r16,9,2024-07-01,c1,,{long_value}\n\
         r17,9,2024-07-01,c\0,,\n\
         ok2,0.0,2024-07-01,c1,\"two\nlines\",\n\
         r19,9,0024-07-01,c1,,\n"
    );
    let mut bytes = file.into_bytes();
    bytes.extend(b"r20,9,2024-07-01,c1,caf\xe9,\nr21,9,2024-07-01,c\xff,,\n");
    let report = ImportFixture::of(test).responses(bytes).await;
    assert_eq!(
        rejected(&report),
        [
            refusal(2, "response_id", "MISSING"),
            refusal(3, "responded_at", "MISSING"),
            refusal(4, "score", "NOT_A_NUMBER"),
            refusal(5, "score", "NOT_A_NUMBER"),
            refusal(6, "score", "OUT_OF_RANGE"),
            refusal(7, "score", "OUT_OF_RANGE"),
            refusal(8, "responded_at", "NOT_A_DATE"),
            refusal(9, "responded_at", "NOT_A_DATE"),
            refusal(10, "response_id", "DUPLICATE"),
            refusal(11, "", "WRONG_COLUMN_COUNT"),
            refusal(12, "", "WRONG_COLUMN_COUNT"),
            refusal(13, "response_id", "TOO_LONG"),
            refusal(14, "customer_id", "TOO_LONG"),
            refusal(15, "comment", "TOO_LONG"),
            refusal(16, "channel", "TOO_LONG"),
            refusal(17, "customer_id", "NOT_TEXT"),
            refusal(19, "responded_at", "OUT_OF_RANGE"),
            refusal(20, "comment", "NOT_TEXT"),
            refusal(21, "customer_id", "NOT_TEXT"),
        ]
    );
    assert_eq!(counts(&report), (2, 0, 0, 19));
    assert!(report.rejected.iter().all(|rejection| !rejection.message.is_empty()));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.responses.len(), 2);
    assert_eq!((contents.response("ok1").score, contents.response("ok2").score), (Some(10), Some(0)));
    assert_eq!(contents.customers.len(), 1);
}

async fn texts_of_the_greatest_length_are_stored_whole(test: &TestDatabase) {
    // Characters count, not bytes.
    let (id, value, prose) = ("ä".repeat(255), "é".repeat(1_000), "日".repeat(20_000));
    let file =
        format!("response_id,score,responded_at,customer_id,comment,channel\n{id},9,2024-07-01,{id},{prose},{value}\n");
    assert_eq!(counts(&ImportFixture::of(test).responses(file).await), (1, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let response = contents.response(&id);
    assert_eq!((response.customer.as_ref(), response.comment.as_ref()), (Some(&id), Some(&prose)));
    assert_eq!(response.profile.get("channel"), Some(value.as_str()));
}

async fn a_row_whose_id_was_refused_before_is_no_duplicate(test: &TestDatabase) {
    let report =
        ImportFixture::of(test).responses("response_id,score,responded_at\nr1,11,2024-07-01\nr1,9,2024-07-01\n").await;
    assert_eq!(rejected(&report), [refusal(1, "score", "OUT_OF_RANGE")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").score, Some(9));
}

async fn a_duplicate_is_noticed_across_chunks_and_rows_keep_their_numbers(test: &TestDatabase) {
    let rows = (1..=11_000).map(|row| {
        let id = if row == 10_500 { 17 } else { row };
        let score = if row == 7_000 { "x" } else { "9" };
        format!("r{id},{score},2024-07-01")
    });
    let report = ImportFixture::of(test).responses(file("response_id,score,responded_at", rows)).await;
    assert_eq!(
        rejected(&report),
        [refusal(7_000, "score", "NOT_A_NUMBER"), refusal(10_500, "response_id", "DUPLICATE")]
    );
    assert_eq!(counts(&report), (10_998, 0, 0, 2));
}

async fn every_bad_row_of_customers_is_refused_with_its_reason(test: &TestDatabase) {
    let (long_id, long_contact) = ("i".repeat(256), "e".repeat(321));
    let file = format!(
        "customer_id,email,name,plan\n\
         ok,ada@example.com,Ada,pro\n\
         ,bob@example.com,Bob,pro\n\
         ok,,,free\n\
         c4,a@example.com,A\n\
         {long_id},,,\n\
         c6,{long_contact},,\n\
         c7,,{long_contact},\n"
    );
    let report = ImportFixture::of(test).customers(file).await;
    assert_eq!(
        rejected(&report),
        [
            refusal(2, "customer_id", "MISSING"),
            refusal(3, "customer_id", "DUPLICATE"),
            refusal(4, "", "WRONG_COLUMN_COUNT"),
            refusal(5, "customer_id", "TOO_LONG"),
            refusal(6, "email", "TOO_LONG"),
            refusal(7, "name", "TOO_LONG"),
        ]
    );
    assert_eq!(counts(&report), (1, 0, 0, 6));
    assert_eq!(DatabaseContents::of(&test.database).await.customers["ok"].attributes.get("plan"), Some("pro"));
}

async fn every_bad_decision_is_refused_with_its_reason(test: &TestDatabase) {
    let good = |id: &str| {
        json!({"externalId": id, "title": "Free delivery", "owner": "ada", "takesEffectOn": "2024-08-01",
               "expectedImpact": 5})
    };
    let with = |id: &str, field: &str, value: serde_json::Value| {
        let mut decision = good(id);
        decision[field] = value;
        decision
    };
    let report = ImportFixture::of(test)
        .decisions(json!([
            good("ok"),
            with("d2", "title", json!("  ")),
            with("d3", "owner", json!(null)),
            with("d4", "takesEffectOn", json!("next week")),
            with("d5", "expectedImpact", json!("five")),
            with("d6", "expectedImpact", json!(201)),
            with("d7", "horizonWeeks", json!(0)),
            with("d8", "horizonWeeks", json!(2.5)),
            with("d9", "targetSegmentKey", json!("nobody")),
            good("ok"),
            with("d11", "loggedAt", json!("2024-07-16T00:00:00Z")),
            with("d12", "title", json!("t".repeat(501))),
            with("d13", "title", json!(7)),
            with("d14", "loggedAt", json!("once")),
            with("d15", "expectedLow", json!(6)),
            with("d16", "rational", json!("a slip of the pen")),
            json!("d17"),
        ]))
        .await;
    assert_eq!(
        rejected(&report),
        [
            refusal(2, "title", "MISSING"),
            refusal(3, "owner", "MISSING"),
            refusal(4, "takesEffectOn", "NOT_A_DATE"),
            refusal(5, "expectedImpact", "NOT_A_NUMBER"),
            refusal(6, "expectedImpact", "OUT_OF_RANGE"),
            refusal(7, "horizonWeeks", "OUT_OF_RANGE"),
            refusal(8, "horizonWeeks", "NOT_A_NUMBER"),
            refusal(9, "targetSegmentKey", "UNKNOWN_SEGMENT"),
            refusal(10, "externalId", "DUPLICATE"),
            refusal(11, "loggedAt", "OUT_OF_RANGE"),
            refusal(12, "title", "TOO_LONG"),
            refusal(13, "title", "NOT_TEXT"),
            refusal(14, "loggedAt", "NOT_A_DATE"),
            refusal(15, "expectedLow", "INVALID"),
            refusal(16, "rational", "INVALID"),
            refusal(17, "", "INVALID"),
        ]
    );
    assert_eq!(counts(&report), (1, 0, 0, 16));
}

async fn a_document_that_is_not_an_array_of_objects_changes_nothing(test: &TestDatabase) {
    let before = test.row_counts().await;
    for kind in [FileKind::Segments, FileKind::Decisions] {
        for document in ["", "{}", "[", "null", "key,name\n"] {
            let error = ImportFixture::of(test).read(kind, document).await.expect_err(document);
            assert!(error.to_string().contains("JSON"), "{error}");
        }
    }
    assert_eq!(test.row_counts().await, before);
}

async fn a_response_of_a_day_to_come_or_of_a_placeholder_date_is_refused(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at("2026-07-01T10:00:00Z");
    let file = "response_id,score,responded_at\nr1,9,2026-07-01\nr2,9,2026-07-02\nr3,9,2026-07-03\nr4,9,2199-01-01\n\
                r5,9,1970-01-01\nr6,9,2000-01-01\n";
    for importer in [importer.clone().dry(), importer] {
        let report = importer.responses(file).await;
        let expected = [3, 4, 5].map(|row| refusal(row, "responded_at", "OUT_OF_RANGE"));
        assert_eq!((counts(&report), rejected(&report)), ((3, 0, 0, 3), expected.to_vec()));
        let message = &report.rejected[0].message;
        assert_eq!(message, "expected a day from 2000-01-01 to tomorrow (2026-07-02), found 2026-07-03");
    }
}

on_both_databases!(
    a_response_of_a_day_to_come_or_of_a_placeholder_date_is_refused,
    every_bad_row_of_responses_is_refused_with_its_reason_and_the_rest_is_stored,
    texts_of_the_greatest_length_are_stored_whole,
    a_row_whose_id_was_refused_before_is_no_duplicate,
    a_duplicate_is_noticed_across_chunks_and_rows_keep_their_numbers,
    every_bad_row_of_customers_is_refused_with_its_reason,
    every_bad_decision_is_refused_with_its_reason,
    a_document_that_is_not_an_array_of_objects_changes_nothing,
);
