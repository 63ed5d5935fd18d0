//! Responses: imported again, completed later, and frozen with the attributes that the customer had.

use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases, settle, stale_weeks};

use sea_orm::ConnectionTrait as _;

use super::counts;

const FILE: &str = "\
response_id,score,responded_at,customer_id,comment,channel,region
r1,10,2024-07-01T08:00:00Z,c1,\"lovely, really\",email,EU
r2,,2024-07-02,c2,,sms,
r3,0,2024-07-09 23:30,,never again,,US
";

async fn a_response_is_stored_as_in_its_row(test: &TestDatabase) {
    let report = ImportFixture::of(test).responses(FILE).await;
    assert_eq!(counts(&report), (3, 0, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let first = contents.response("r1");
    assert_eq!((first.score, first.customer.as_deref()), (Some(10), Some("c1")));
    assert_eq!((first.answered_at.as_str(), first.day.as_str()), ("2024-07-01T08:00:00+00:00", "2024-07-01"));
    assert_eq!(first.comment.as_deref(), Some("lovely, really"));
    assert_eq!(first.profile, attributes([("channel", "email"), ("region", "EU")]));
    let second = contents.response("r2");
    assert_eq!((second.score, second.comment.as_deref()), (None, None));
    assert_eq!(second.profile, attributes([("channel", "sms")]));
    let third = contents.response("r3");
    assert_eq!((third.customer.as_deref(), third.answered_at.as_str()), (None, "2024-07-09T23:30:00+00:00"));
    // The response of 2 July has no score and counts nowhere, but its week also has the response of 1 July.
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-08".to_owned()].into());
}

async fn importing_the_same_file_again_changes_nothing(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    let before = (DatabaseContents::of(&test.database).await, test.row_counts().await);
    assert_eq!(counts(&importer.responses(FILE).await), (0, 0, 3, 0));
    assert_eq!((DatabaseContents::of(&test.database).await, test.row_counts().await), before);
}

async fn an_unscored_response_makes_no_week_stale(test: &TestDatabase) {
    ImportFixture::of(test).add_responses("response_id,score,responded_at\nr1,,2024-07-01\n").await;
    assert!(stale_weeks(&test.database).await.is_empty());
}

async fn a_changed_row_updates_its_response_and_makes_both_weeks_stale(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    let changed = FILE.replace("r1,10,2024-07-01T08", "r1,6,2024-07-16T08");
    assert_eq!(counts(&importer.responses(&changed).await), (0, 1, 2, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!((contents.response("r1").score, contents.response("r1").day.as_str()), (Some(6), "2024-07-16"));
    assert_eq!(contents.responses.len(), 3);
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-15".to_owned()].into());
}

async fn a_response_that_turns_out_to_be_another_customers_makes_its_week_stale(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    let before = DatabaseContents::of(&test.database).await;
    let report =
        importer.responses("response_id,score,responded_at,customer_id\nr1,10,2024-07-01T08:00:00Z,c2\n").await;
    assert_eq!(counts(&report), (0, 1, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").profile, before.response("r1").profile, "no count changes");
    assert_eq!(contents.response("r1").customer.as_deref(), Some("c2"));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
}

async fn a_response_that_moves_to_another_customer_leaves_the_first_ones_attributes_behind(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,plan,seats,city\nc1,free,3,Bern\nc2,pro,,\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id,channel,plan\nr1,9,2024-07-01,c1,web,\n").await;
    let frozen = |contents: &DatabaseContents| contents.response("r1").profile.clone();
    let before = DatabaseContents::of(&test.database).await;
    assert_eq!(frozen(&before), attributes([("channel", "web"), ("plan", "free"), ("seats", "3"), ("city", "Bern")]));
    let moved = "response_id,score,responded_at,customer_id\nr1,9,2024-07-01,c2\n";
    assert_eq!(counts(&importer.responses(moved).await), (0, 1, 0, 0));
    assert_eq!(frozen(&DatabaseContents::of(&test.database).await), attributes([("channel", "web"), ("plan", "pro")]));
    assert_eq!(counts(&importer.responses(moved).await), (0, 0, 1, 0));

    // What the row itself says wins over the customer's.
    let own = "response_id,score,responded_at,customer_id,plan\nr1,9,2024-07-01,c1,trial\n";
    importer.responses(own).await;
    let expected = attributes([("channel", "web"), ("plan", "trial"), ("seats", "3"), ("city", "Bern")]);
    assert_eq!(frozen(&DatabaseContents::of(&test.database).await), expected);
}

async fn a_comment_that_comes_later_attaches_and_makes_no_week_stale(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    let later = "response_id,score,responded_at,comment\nr1,10,2024-07-01T08:00:00Z,\nr2,,2024-07-02,\"too\nlate\"\n";
    assert_eq!(counts(&importer.responses(later).await), (0, 1, 1, 0));
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").comment.as_deref(), Some("lovely, really"));
    assert_eq!(contents.response("r2").comment.as_deref(), Some("too\nlate"));
    assert!(stale_weeks(&test.database).await.is_empty());
}

async fn an_empty_cell_or_an_absent_column_leaves_what_is_there(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    let before = DatabaseContents::of(&test.database).await;
    let empty = "response_id,score,responded_at,customer_id,comment,region\nr1,,2024-07-01T08:00:00Z,,,\n";
    assert_eq!(counts(&importer.responses(empty).await), (0, 0, 1, 0));
    assert_eq!(DatabaseContents::of(&test.database).await, before);
}

async fn a_response_without_a_score_takes_one_that_comes_later(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    let report = importer.responses("response_id,score,responded_at\nr2,9,2024-07-02\n").await;
    assert_eq!(counts(&report), (0, 1, 0, 0));
    assert_eq!(DatabaseContents::of(&test.database).await.response("r2").score, Some(9));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
}

async fn the_same_id_from_another_source_is_another_response(test: &TestDatabase) {
    let mut importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    importer.options.source = Some(String::from("delighted"));
    assert_eq!(counts(&importer.responses(FILE).await), (3, 0, 0, 0));
    assert_eq!(DatabaseContents::of(&test.database).await.responses.len(), 6);
}

async fn an_unknown_customer_is_stored_without_attributes(test: &TestDatabase) {
    ImportFixture::of(test).add_responses(FILE).await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(contents.customers["c1"], needle_tests::CustomerContents::default());
}

async fn a_response_has_the_attributes_of_its_time_and_its_own_columns_win(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region,plan\nc1,EU,free\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id,region\nr1,9,2024-07-01,c1,US\n").await;
    importer.add_customers("customer_id,region,plan\nc1,APAC,pro\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id\nr2,9,2024-07-08,c1\n").await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").profile, attributes([("plan", "free"), ("region", "US")]));
    assert_eq!(contents.response("r2").profile, attributes([("plan", "pro"), ("region", "APAC")]));
    assert_eq!(contents.customers["c1"].attributes, attributes([("plan", "pro"), ("region", "APAC")]));
}

async fn the_first_attributes_of_a_customer_are_frozen_into_earlier_responses(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    settle(&test.database).await;
    assert_eq!(counts(&importer.customers("customer_id,region,plan\nc1,APAC,pro\nc9,EU,free\n").await), (1, 1, 0, 0));
    let contents = DatabaseContents::of(&test.database).await;
    let expected = attributes([("channel", "email"), ("plan", "pro"), ("region", "EU")]);
    assert_eq!(contents.response("r1").profile, expected, "the response's own region wins");
    assert_eq!(contents.response("r3").profile, attributes([("region", "US")]));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
}

async fn only_the_first_attributes_are_frozen(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(FILE).await;
    importer.add_customers("customer_id,email\nc1,ada@example.com\n").await;
    importer.add_customers("customer_id,plan\nc1,free\n").await;
    settle(&test.database).await;
    let before = DatabaseContents::of(&test.database).await;
    assert_eq!(before.response("r1").profile.get("plan"), Some("free"));
    importer.add_customers("customer_id,plan,seat\nc1,pro,window\n").await;
    importer.add_responses(FILE).await;
    assert_eq!(DatabaseContents::of(&test.database).await.responses, before.responses);
    assert!(stale_weeks(&test.database).await.is_empty());
}

async fn own_columns_win_also_over_attributes_that_are_imported_later(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region,plan\nc1,EU,free\n").await;
    importer.add_responses("response_id,score,responded_at,region\nr1,9,2024-07-01,US\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id\nr1,9,2024-07-01,c1\n").await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").customer.as_deref(), Some("c1"));
    assert_eq!(contents.response("r1").profile, attributes([("plan", "free"), ("region", "US")]));
}

/// The first customer's attributes are those of the time of responding; the second's are told by the second file.
async fn moved_from_the_first_to_the_second(test: &TestDatabase) -> ImportFixture {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region,plan,village\nc1,EU,free,Ockham\nc2,APAC,pro,\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id,region\nr1,9,2024-07-01,c1,US\n").await;
    settle(&test.database).await;
    importer
}

const MOVED: &str = "response_id,score,responded_at,customer_id\nr1,9,2024-07-01,c2\n";

async fn a_response_that_moves_leaves_the_attributes_of_its_first_customer_behind(test: &TestDatabase) {
    let importer = moved_from_the_first_to_the_second(test).await;
    assert_eq!(counts(&importer.responses(MOVED).await), (0, 1, 0, 0));
    let own_wins = attributes([("plan", "pro"), ("region", "US")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").profile, own_wins);
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
    assert_eq!(counts(&importer.responses(MOVED).await), (0, 0, 1, 0));
    // And back: nothing of the second one stays either.
    importer.add_responses(&MOVED.replace("c2", "c1")).await;
    let first = attributes([("plan", "free"), ("region", "US"), ("village", "Ockham")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").profile, first);
}

async fn a_value_that_the_response_told_again_stays_its_own_when_it_moves(test: &TestDatabase) {
    let importer = moved_from_the_first_to_the_second(test).await;
    let told = "response_id,score,responded_at,customer_id,village\nr1,9,2024-07-01,c1,Ockham\n";
    assert_eq!(counts(&importer.responses(told).await), (0, 0, 1, 0), "the same as before, and now its own");
    importer.add_responses(MOVED).await;
    let expected = attributes([("plan", "pro"), ("region", "US"), ("village", "Ockham")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").profile, expected);
}

async fn a_moved_response_of_an_older_version_loses_what_its_first_customer_can_have_given_it(test: &TestDatabase) {
    let importer = moved_from_the_first_to_the_second(test).await;
    test.database
        .writer()
        .execute_unprepared("UPDATE response SET own_attributes_id = NULL")
        .await
        .expect("as older versions stored it");
    importer.add_responses(MOVED).await;
    // Nobody knows whether the region was its own.
    let expected = attributes([("plan", "pro"), ("region", "APAC")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").profile, expected);
}

async fn responses_are_dated_by_the_zone_that_the_database_has_now(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    entity::store::setting::change_time_zone(test.database.writer(), chrono_tz::America::New_York)
        .await
        .expect("changed");
    // This process has started in UTC.
    importer.add_responses("response_id,score,responded_at\nr1,9,2024-07-01T03:59:59Z\n").await;
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").day, "2024-06-30");
}

async fn a_date_keeps_its_day_and_a_timestamp_falls_on_its_day_in_the_reporting_zone(test: &TestDatabase) {
    let importer = ImportFixture::of(test).in_zone(chrono_tz::America::New_York).at("2024-12-01T00:00:00Z");
    let file = "response_id,score,responded_at\n\
                date,9,2024-07-01\n\
                local,9,2024-07-01 00:30\n\
                instant,9,2024-07-01T03:59:59Z\n\
                gap,9,2024-03-10 02:30\n\
                repeated,9,2024-11-03 01:30\n";
    importer.add_responses(file).await;
    let contents = DatabaseContents::of(&test.database).await;
    let times = ["date", "local", "instant", "gap", "repeated"].map(|id| {
        let response = contents.response(id);
        (response.day.as_str(), response.answered_at.as_str())
    });
    assert_eq!(
        times,
        [
            ("2024-07-01", "2024-07-01T04:00:00+00:00"),
            ("2024-07-01", "2024-07-01T04:30:00+00:00"),
            ("2024-06-30", "2024-07-01T03:59:59+00:00"),
            ("2024-03-10", "2024-03-10T07:30:00+00:00"),
            ("2024-11-03", "2024-11-03T05:30:00+00:00"),
        ]
    );
}

async fn an_address_and_a_name_go_to_the_customer_and_into_no_profile(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer
        .add_responses(
            "response_id,score,responded_at,customer_id,E-mail,Name,region\n\
             r1,9,2024-07-01,c1,eva@example.org,Eva,EU\n\
             r2,8,2024-07-01,,Ada@Example.org,Ada,US\n",
        )
        .await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").profile, attributes([("region", "EU")]));
    assert_eq!(contents.response("r2").profile, attributes([("region", "US")]));
    let ids = ["c1".to_owned(), "ada@example.org".to_owned()];
    let found = entity::store::customer::by_external_ids(test.database.reader(), &ids).await.expect("customers");
    let person = |id: &str| (found[id].email.as_deref(), found[id].name.as_deref());
    assert_eq!(person("c1"), (Some("eva@example.org"), Some("Eva")));
    assert_eq!(person("ada@example.org"), (Some("Ada@Example.org"), Some("Ada")));
    let names = test.query("SELECT name FROM dimension ORDER BY name").await;
    let names: Vec<String> = names.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
    assert_eq!(names, ["region"]);
}

on_both_databases!(
    a_response_that_moves_leaves_the_attributes_of_its_first_customer_behind,
    a_value_that_the_response_told_again_stays_its_own_when_it_moves,
    a_moved_response_of_an_older_version_loses_what_its_first_customer_can_have_given_it,
    responses_are_dated_by_the_zone_that_the_database_has_now,
    an_address_and_a_name_go_to_the_customer_and_into_no_profile,
    a_response_is_stored_as_in_its_row,
    importing_the_same_file_again_changes_nothing,
    an_unscored_response_makes_no_week_stale,
    a_changed_row_updates_its_response_and_makes_both_weeks_stale,
    a_response_that_turns_out_to_be_another_customers_makes_its_week_stale,
    a_response_that_moves_to_another_customer_leaves_the_first_ones_attributes_behind,
    a_comment_that_comes_later_attaches_and_makes_no_week_stale,
    an_empty_cell_or_an_absent_column_leaves_what_is_there,
    a_response_without_a_score_takes_one_that_comes_later,
    the_same_id_from_another_source_is_another_response,
    an_unknown_customer_is_stored_without_attributes,
    a_response_has_the_attributes_of_its_time_and_its_own_columns_win,
    the_first_attributes_of_a_customer_are_frozen_into_earlier_responses,
    only_the_first_attributes_are_frozen,
    own_columns_win_also_over_attributes_that_are_imported_later,
    a_date_keeps_its_day_and_a_timestamp_falls_on_its_day_in_the_reporting_zone,
);
