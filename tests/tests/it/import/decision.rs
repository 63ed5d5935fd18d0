//! Decisions: revised before they take effect, sealed from their first day on.

use entity::Calendar;
use entity::decision::Model;
use entity::store::decision::DecisionStatus;
use entity::store::{decision, response, segment};
use needle_rules::decision::{cancel_reversal, is_backdated, is_retrospective, reverse};
use needle_tests::{ImportFixture, TestDatabase, UTC, day, on_both_databases, timestamp};
use serde_json::{Value, json};

use super::{counts, refusal, rejected};

fn free_delivery() -> Value {
    json!({"externalId": "d1", "title": "Free delivery", "owner": "ada", "takesEffectOn": "2024-08-01",
           "horizonWeeks": 8, "expectedImpact": 5, "expectedLow": 2, "expectedHigh": 8, "rationale": "by request"})
}

fn with(field: &str, value: Value) -> Value {
    let mut decision = free_delivery();
    decision[field] = value;
    decision
}

async fn stored(test: &TestDatabase) -> Model {
    let found = decision::by_external_ids(test.database.reader(), &["d1".to_owned()]).await;
    found.expect("decisions").remove("d1").expect("d1")
}

async fn a_decision_is_stored_as_in_its_file(test: &TestDatabase) {
    assert_eq!(counts(&ImportFixture::of(test).decisions(json!([free_delivery()])).await), (1, 0, 0, 0));
    let row = stored(test).await;
    assert_eq!((row.title.as_str(), row.owner.as_str()), ("Free delivery", "ada"));
    assert_eq!((row.takes_effect_on, row.horizon_weeks), (day("2024-08-01"), 8));
    assert_eq!((row.expected_impact, row.expected_low, row.expected_high), (5.0, Some(2.0), Some(8.0)));
    assert_eq!(
        (row.logged_at, row.recorded_at),
        (timestamp("2024-07-15T12:00:00Z"), timestamp("2024-07-15T12:00:00Z"))
    );
    assert_eq!((row.segment_id, row.rationale.as_deref()), (None, Some("by request")));
}

async fn before_it_takes_effect_a_decision_is_revised_by_a_later_file(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([free_delivery()])).await;
    let eve = importer.clone().at("2024-07-31T23:59:59Z");
    assert_eq!(counts(&eve.decisions(json!([free_delivery()])).await), (0, 0, 1, 0));
    assert_eq!(counts(&eve.decisions(json!([with("expectedImpact", json!(6.5))])).await), (0, 1, 0, 0));
    let row = stored(test).await;
    assert_eq!((row.expected_impact, row.logged_at), (6.5, timestamp("2024-07-15T12:00:00Z")));
}

async fn from_its_first_day_on_a_decision_is_sealed(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([free_delivery()])).await;
    let before = stored(test).await;
    let first_day = importer.clone().at("2024-08-01T00:00:00Z");
    for (field, value) in [
        ("expectedImpact", json!(3)),
        ("expectedLow", json!(null)),
        ("takesEffectOn", json!("2024-09-01")),
        ("title", json!("Cheap delivery")),
        ("horizonWeeks", json!(52)),
    ] {
        let report = first_day.decisions(json!([with(field, value)])).await;
        assert_eq!(rejected(&report), [refusal(1, "externalId", "SEALED")], "{field}");
    }
    assert_eq!(
        counts(&first_day.decisions(json!([free_delivery()])).await),
        (0, 0, 1, 0),
        "saying the same is no revision"
    );
    assert_eq!(stored(test).await, before);
}

async fn the_first_day_is_that_of_the_reporting_zone(test: &TestDatabase) {
    let importer = ImportFixture::of(test).in_zone(chrono_tz::America::New_York);
    importer.add_decisions(json!([free_delivery()])).await;
    let still_july = importer.clone().at("2024-08-01T03:59:59Z");
    assert_eq!(counts(&still_july.decisions(json!([with("expectedImpact", json!(6))])).await), (0, 1, 0, 0));
    let august = importer.at("2024-08-01T04:00:00Z");
    let report = august.decisions(json!([with("expectedImpact", json!(7))])).await;
    assert_eq!(rejected(&report), [refusal(1, "externalId", "SEALED")]);
}

async fn a_forecast_is_sealed_when_its_first_day_begins_in_the_reporting_zone(test: &TestDatabase) {
    let mut importer = ImportFixture::of(test);
    importer.context.calendar = Calendar { zone: chrono_tz::Pacific::Auckland };
    importer.add_decisions(json!([free_delivery()])).await;
    // In Auckland the first of August has begun for twelve hours when it begins in UTC.
    let eve = importer.clone().at("2024-07-31T11:59:59Z");
    assert_eq!(counts(&eve.decisions(json!([with("expectedImpact", json!(6.5))])).await), (0, 1, 0, 0));
    let first = importer.clone().at("2024-07-31T12:00:00Z");
    let report = first.decisions(json!([with("expectedImpact", json!(3))])).await;
    assert_eq!(rejected(&report), [refusal(1, "externalId", "SEALED")]);
    first.add_responses("response_id,score,responded_at\nr1,2,2024-07-31T12:00:00Z\n").await;
    let found = response::by_external_ids(test.database.reader(), "needle", &["r1".to_owned()]).await;
    assert_eq!(found.expect("responses")["r1"].day, day("2024-08-01"), "the first response that counts for it");
}

async fn a_planned_decision_cannot_be_moved_into_the_past(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at("2024-06-01T12:00:00Z");
    importer.add_decisions(json!([free_delivery()])).await;
    let before = stored(test).await;
    let later = importer.at("2024-07-15T12:00:00Z");
    // Responses of five weeks have arrived by now: an expectation that is logged today would be one about the past.
    let report = later.decisions(json!([with("takesEffectOn", json!("2024-06-10"))])).await;
    assert_eq!(rejected(&report), [refusal(1, "takesEffectOn", "OUT_OF_RANGE")]);
    assert_eq!(stored(test).await, before);
}

async fn the_time_of_logging_is_never_moved_back(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([with("loggedAt", json!("2024-07-10T00:00:00Z"))])).await;
    let before = stored(test).await;
    let report = importer.decisions(json!([with("loggedAt", json!("2024-01-10T00:00:00Z"))])).await;
    assert_eq!(rejected(&report), [refusal(1, "loggedAt", "OUT_OF_RANGE")]);
    assert_eq!(stored(test).await, before);
}

async fn an_owner_who_is_spelled_differently_is_the_same_person(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([free_delivery()])).await;
    let mut other = with("owner", json!("  ADA "));
    other["externalId"] = json!("d2");
    importer.add_decisions(json!([other])).await;
    assert_eq!(decision::owners(test.database.reader()).await.expect("owners"), ["ada"]);
}

async fn a_forecast_that_was_stored_after_its_first_day_is_marked(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at("2024-09-01T12:00:00Z");
    importer.add_decisions(json!([with("loggedAt", json!("2024-07-10T00:00:00Z"))])).await;
    let row = stored(test).await;
    assert!(!is_retrospective(&row, UTC) && is_backdated(&row, UTC));
    let before = Model { recorded_at: row.logged_at, ..row };
    assert!(!is_backdated(&before, UTC));
}

async fn a_reversal_to_come_is_a_plan_that_can_be_taken_back(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([free_delivery()])).await;
    let (before, at) = (stored(test).await, |day: &str| timestamp(&format!("{day}T12:00:00Z")));
    let writer = test.database.writer();
    let planned = reverse(writer, &before, day("2031-01-01"), "the lease ends", UTC, at("2024-08-16")).await;
    let planned = planned.expect("planned");
    assert_eq!((planned.reversed_by(day("2024-08-16")), planned.cancelled), (None, false));
    assert_eq!(decision::status(&planned, false, day("2024-08-16")), DecisionStatus::InEffect);
    assert_eq!(decision::status(&planned, false, day("2031-01-01")), DecisionStatus::Reversed);
    let kept = cancel_reversal(writer, &planned, UTC, at("2024-08-17")).await.expect("taken back");
    assert_eq!(kept, before);
    assert!(cancel_reversal(writer, &kept, UTC, at("2024-08-17")).await.is_err(), "nothing is planned");
    let reversed =
        reverse(writer, &kept, day("2024-08-17"), "too dear", UTC, at("2024-08-17")).await.expect("reversed");
    let sealed = cancel_reversal(writer, &reversed, UTC, at("2024-08-18")).await.expect_err("in force");
    assert!(sealed.to_string().contains("sealed"), "{sealed}");
    assert!(reverse(writer, &kept, day("3000-01-01"), "r", UTC, at("2024-08-17")).await.is_err(), "beyond all plans");
}

async fn a_reversed_decision_is_sealed(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_decisions(json!([free_delivery()])).await;
    let now = timestamp("2024-07-16T12:00:00Z");
    reverse(test.database.writer(), &stored(test).await, day("2024-07-16"), "too dear", UTC, now)
        .await
        .expect("reversed");
    let report = importer.decisions(json!([with("expectedImpact", json!(3))])).await;
    assert_eq!(rejected(&report), [refusal(1, "externalId", "SEALED")]);
    assert_eq!(counts(&importer.decisions(json!([free_delivery()])).await), (0, 0, 1, 0));
    assert_eq!(stored(test).await.reversed_on, Some(day("2024-07-16")));
}

async fn a_decision_logged_on_or_after_its_first_day_is_retrospective(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    for (at, (logged_at, retrospective)) in
        [("2024-06-30T23:59:59Z", false), ("2024-07-01T00:00:00Z", true), ("2024-07-10T00:00:00Z", true)]
            .into_iter()
            .enumerate()
    {
        let mut decision = with("takesEffectOn", json!("2024-07-01"));
        decision["externalId"] = json!(format!("past {at}"));
        decision["loggedAt"] = json!(logged_at);
        assert_eq!(counts(&importer.decisions(json!([decision])).await), (1, 0, 0, 0));
        let rows = decision::all(test.database.reader()).await.expect("decisions");
        let row = rows.last().expect("a decision");
        assert_eq!(is_retrospective(row, importer.context.calendar), retrospective, "{logged_at}");
        assert_eq!((row.logged_at, row.recorded_at), (timestamp(logged_at), importer.context.now));
    }
}

async fn past_decisions_without_a_day_of_logging_are_noted(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let mut past = with("takesEffectOn", json!("2024-07-01"));
    past["externalId"] = json!("past");
    past.as_object_mut().expect("an object").remove("loggedAt");
    let mut ahead = past.clone();
    (ahead["externalId"], ahead["takesEffectOn"]) = (json!("ahead"), json!("2024-08-01"));
    let mut astray = ahead.clone();
    (astray["externalId"], astray["targetSegmentKey"]) = (json!("astray"), json!("eurpoe"));
    importer.add_segments(json!([{"key": "europe", "name": "Europe", "filter": {"all": []}}])).await;
    let report = importer.decisions(json!([past, ahead, astray])).await;
    assert_eq!(counts(&report), (2, 0, 0, 1));
    assert!(report.rejected[0].message.contains("the existing ones are \"europe\""), "{report:?}");
    assert!(
        report.notes[0].starts_with("1 decision has taken effect and no \"loggedAt\", such as \"past\""),
        "{report:?}"
    );
    let again = importer.decisions(json!([with("takesEffectOn", json!("2024-08-01"))])).await;
    assert!(again.notes.is_empty(), "{again:?}");
}

async fn a_decision_keeps_the_definition_that_its_target_had(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region\nc1,EU\nc2,US\n").await;
    let segment = |region: &str| json!([{"key": "home", "name": "Home", "filter": {"attribute": {"name": "region", "in": [region]}}}]);
    importer.add_segments(segment("EU")).await;
    importer.add_decisions(json!([with("targetSegmentKey", json!("home"))])).await;
    let before = stored(test).await;
    importer.add_segments(segment("US")).await;
    let again = importer.decisions(json!([with("targetSegmentKey", json!("home"))])).await;
    assert_eq!(counts(&again), (0, 0, 1, 0));
    assert_eq!(stored(test).await, before);
    let home = segment::by_key(test.database.reader(), "home").await.expect("a reply").expect("a segment");
    assert_eq!(before.segment_id, Some(home.id));
    assert_ne!(before.definition_id, Some(home.definition_id));
}

on_both_databases!(
    a_decision_is_stored_as_in_its_file,
    before_it_takes_effect_a_decision_is_revised_by_a_later_file,
    from_its_first_day_on_a_decision_is_sealed,
    the_first_day_is_that_of_the_reporting_zone,
    a_planned_decision_cannot_be_moved_into_the_past,
    a_forecast_is_sealed_when_its_first_day_begins_in_the_reporting_zone,
    the_time_of_logging_is_never_moved_back,
    an_owner_who_is_spelled_differently_is_the_same_person,
    a_forecast_that_was_stored_after_its_first_day_is_marked,
    a_reversal_to_come_is_a_plan_that_can_be_taken_back,
    a_reversed_decision_is_sealed,
    a_decision_logged_on_or_after_its_first_day_is_retrospective,
    past_decisions_without_a_day_of_logging_are_noted,
    a_decision_keeps_the_definition_that_its_target_had,
);
