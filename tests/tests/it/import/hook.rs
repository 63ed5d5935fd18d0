//! Webhooks: what survey tools send is recorded once, under the rules of an import, or kept.

use std::sync::Arc;

use entity::hook_delivery::{HookDeliveryId, HookDeliveryState, HookVendor, Model as DeliveryRow};
use entity::store::hook_delivery::{self, HookDeliveryCriteria};
use entity::store::page::PageRequest;
use needle_import::hook::{HookError, HookMaps, HookMessage, HookOutcome, drop_old, receive, retry, waiting_ids};
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases, settle, stale_weeks};
use serde_json::{Value, json};

use HookDeliveryState::{Accepted, Ignored, Outdated, Rejected, Unchanged, Updated, Waiting};

/// Delivers payloads to the webhooks of a test's database.
pub(super) struct HookFixture {
    pub importer: ImportFixture,
    maps: Arc<HookMaps>,
}

impl HookFixture {
    pub(super) fn of(test: &TestDatabase) -> Self {
        Self { importer: ImportFixture::of(test), maps: Arc::default() }
    }

    /// The same with a field read from this column.
    fn map(mut self, vendor: HookVendor, field: &str, column: &str) -> Self {
        let maps = Arc::make_mut(&mut self.maps);
        maps.0.entry(vendor).or_default().push((field.to_owned(), column.to_owned()));
        self
    }

    fn at(mut self, now: &str) -> Self {
        self.importer = self.importer.at(now);
        self
    }

    pub(super) async fn send(&self, vendor: HookVendor, payload: &Value) -> HookOutcome {
        self.send_as(vendor, "", payload).await
    }

    async fn send_as(&self, vendor: HookVendor, id: &str, payload: &Value) -> HookOutcome {
        self.try_send(vendor, id, payload.to_string()).await.expect("stored")
    }

    async fn try_send(&self, vendor: HookVendor, id: &str, body: String) -> Result<HookOutcome, HookError> {
        receive(&self.importer.context, &self.maps, HookMessage { vendor, id: id.to_owned(), body }).await
    }

    pub(super) async fn retry(&self, id: HookDeliveryId) -> Option<HookOutcome> {
        retry(&self.importer.context, &self.maps, id).await.expect("tried")
    }
}

/// All deliveries, newest first.
pub(super) async fn deliveries(test: &TestDatabase) -> Vec<DeliveryRow> {
    let page = PageRequest { limit: 1_000, ..PageRequest::default() };
    let rows = hook_delivery::list(test.database.reader(), &HookDeliveryCriteria::default(), &page).await;
    rows.expect("deliveries").rows
}

fn own(id: &str, score: i64) -> Value {
    json!({"response_id": id, "score": score, "responded_at": "2024-07-08T10:00:00Z", "customer_id": "c1", "plan": "gold"})
}

fn delighted(score: i64, comment: Option<&str>, updated_at: i64) -> Value {
    json!({"event_type": "survey_response.updated", "event_id": "e1", "event_data": {
        "id": "8768", "person": {"id": "15", "name": "Ada Lund", "email": "Ada@example.org", "phone_number": "+1 555 0100"},
        "survey_type": "nps", "score": score, "comment": comment, "permalink": "https://delighted.com/r/x",
        "created_at": 1_720_432_800, "updated_at": updated_at, "person_properties": {"Plan": "gold", "Locale": "en"},
        "notes": [], "tags": ["vip"],
        "additional_answers": [{"id": "q", "value": {"free_response": "blue"}, "question": {"id": "q", "text": "Which colour?"}}]}})
}

pub(super) fn formbricks(id: &str, finished: bool) -> Value {
    json!({"webhookId": "w1", "event": "responseFinished", "data": {
        "id": id, "createdAt": "2024-07-08T10:00:00.000Z", "updatedAt": "2024-07-08T10:01:00.000Z", "surveyId": "s1",
        "finished": finished, "data": {"qumbk3fkr6cky8850bvvq5z1": 9, "n0tes": "quick to reply to everything"},
        "contactAttributes": {"email": "ada@example.org", "userId": "u-77", "plan": "gold"},
        "meta": {"country": "DE", "url": "https://example.org/?mail=ada", "userAgent": {"browser": "Firefox"}},
        "tags": [{"name": "beta"}], "ttc": {"x": 1}}})
}

async fn a_new_response_a_replay_and_an_update(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let first = hooks.send_as(HookVendor::Generic, "m1", &own("r1", 9)).await;
    assert_eq!((first.state, first.is_replay), (Accepted, false), "{first:?}");
    assert_eq!(stale_weeks(&test.database).await.len(), 1);
    settle(&test.database).await;
    let again = hooks.send_as(HookVendor::Generic, "m1", &own("r1", 9)).await;
    assert_eq!((again.state, again.is_replay, again.id), (Accepted, true, first.id));
    let same = hooks.send_as(HookVendor::Generic, "m2", &own("r1", 9)).await;
    assert_eq!((same.state, same.is_replay), (Unchanged, false));
    assert!(stale_weeks(&test.database).await.is_empty());
    let mut later = own("r1", 9);
    later["comment"] = json!("always on time");
    let later = hooks.send_as(HookVendor::Generic, "m3", &later).await;
    assert_eq!(later.state, Updated);
    // The sender gives every request the same id.
    assert_eq!(hooks.send_as(HookVendor::Generic, "m3", &own("r2", 3)).await.state, Accepted);
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.responses.len(), 2);
    let response = contents.response("r1");
    assert_eq!((response.score, response.comment.as_deref()), (Some(9), Some("always on time")));
    assert_eq!(response.customer.as_deref(), Some("c1"));
    assert!(deliveries(test).await.iter().all(|one| one.payload.is_none() && one.persons().is_empty()));
}

async fn a_file_and_a_webhook_store_the_same(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks
        .importer
        .add_responses("response_id,score,responded_at,customer_id,plan\nr1,9,2024-07-08T10:00:00Z,c1,gold\n")
        .await;
    assert_eq!(hooks.send(HookVendor::Generic, &own("r1", 9)).await.state, Unchanged);
    let nested = json!({"type": "response.created", "timestamp": "2024-07-08T10:05:00Z", "data": {"response_id": "r7",
        "score": 10, "responded_at": "2024-07-08T10:00:00Z", "customer": {"id": "c7", "email": "cy@example.org",
        "first_name": "Cy"}, "attributes": {"plan": "free"}}});
    let outcome = hooks.send(HookVendor::Generic, &nested).await;
    assert_eq!(outcome.state, Accepted, "{outcome:?}");
    let contents = DatabaseContents::of(&test.database).await;
    let response = &contents.responses[&("generic".to_owned(), "r7".to_owned())];
    assert_eq!(response.customer.as_deref(), Some("c7"));
    assert_eq!(response.profile.0.iter().collect::<Vec<_>>(), [(&"plan".to_owned(), &"free".to_owned())]);
    assert_eq!(contents.customers["c7"].email.as_deref(), Some("cy@example.org"));
}

async fn an_older_update_changes_nothing(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    assert_eq!(hooks.send(HookVendor::Delighted, &delighted(9, None, 1_720_432_900)).await.state, Accepted);
    let newer = delighted(4, Some("returns cost too much"), 1_720_433_900);
    assert_eq!(hooks.send(HookVendor::Delighted, &newer).await.state, Updated);
    let older = delighted(10, Some("fine"), 1_720_433_000);
    assert_eq!(hooks.send(HookVendor::Delighted, &older).await.state, Outdated);
    let contents = DatabaseContents::of(&test.database).await;
    let response = &contents.responses[&("delighted".to_owned(), "8768".to_owned())];
    assert_eq!((response.score, response.comment.as_deref()), (Some(4), Some("returns cost too much")));
    assert_eq!(response.customer.as_deref(), Some("ada@example.org"));
    assert_eq!(response.answered_at, "2024-07-08T10:00:00+00:00");
    let attributes: Vec<&String> = response.profile.0.keys().collect();
    assert_eq!(attributes, ["Locale", "Plan", "Which colour?", "tags"], "{response:?}");
    assert_eq!(contents.customers["ada@example.org"].name.as_deref(), Some("Ada Lund"));
}

async fn the_customer_is_found_by_the_address(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    hooks.importer.add_customers("customer_id,email,region\nc1,ada@example.org,EU\n").await;
    assert_eq!(hooks.send(HookVendor::Delighted, &delighted(9, None, 1_720_432_900)).await.state, Accepted);
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["c1"]);
    let response = contents.responses.values().next().expect("a response");
    assert_eq!(response.profile.0.get("region").map(String::as_str), Some("EU"));
}

async fn typeform_answers_are_read_by_their_questions(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let payload = |event: &str, token: &str| {
        json!({"event_id": "x", "event_type": event, "form_response": {"form_id": "f1", "token": token,
            "landed_at": "2024-07-08T09:58:00Z", "submitted_at": "2024-07-08T10:00:00Z",
            "hidden": {"user_id": "c1", "plan": "gold"}, "definition": {"id": "f1", "fields": [
                {"id": "a", "title": "How likely are you to recommend us to a friend?", "type": "opinion_scale", "ref": "nps"},
                {"id": "b", "title": "What is the main reason for your score?", "type": "long_text", "ref": "why"},
                {"id": "g", "title": "About you", "type": "group", "properties": {"fields": [
                    {"id": "c", "title": "Where do you live?", "type": "multiple_choice", "ref": "city"}]}}]},
            "answers": [{"type": "number", "number": 10, "field": {"id": "a", "type": "opinion_scale", "ref": "nps"}},
                {"type": "text", "text": "it simply works", "field": {"id": "b", "type": "long_text", "ref": "why"}},
                {"type": "choice", "choice": {"label": "London"}, "field": {"id": "c", "type": "multiple_choice", "ref": "city"}}]}})
    };
    let partial = hooks.send(HookVendor::Typeform, &payload("form_response_partial", "t2")).await;
    assert_eq!((partial.state, partial.code.as_deref()), (Rejected, Some("UNFINISHED")), "{partial:?}");
    let outcome = hooks.send(HookVendor::Typeform, &payload("form_response", "t1")).await;
    assert_eq!(outcome.state, Accepted, "{outcome:?}");
    let contents = DatabaseContents::of(&test.database).await;
    let response = &contents.responses[&("typeform".to_owned(), "t1".to_owned())];
    assert_eq!((response.score, response.comment.as_deref()), (Some(10), Some("it simply works")));
    assert_eq!(response.customer.as_deref(), Some("c1"));
    assert_eq!(response.profile.0.get("plan").map(String::as_str), Some("gold"));
    assert_eq!(response.profile.0.get("Where do you live?").map(String::as_str), Some("London"));
    // A question of the type of the score is one, whatever its words are.
    let mut other = payload("form_response", "t3");
    other["form_response"]["definition"]["fields"][0] = json!({"id": "a", "title": "And?", "type": "nps"});
    let outcome = hooks.send(HookVendor::Typeform, &other).await;
    assert_eq!(outcome.state, Accepted, "{outcome:?}");
}

async fn a_rating_counts_before_the_survey_is_completed(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let payload = |id: &str, rating: Value, feedback: &str, completed: bool| {
        json!({"event": if completed { "completed" } else { "dismissed" }, "response": {"id": id, "rating": rating,
            "feedback": feedback, "completed": completed, "created": "2024-07-08T10:00:00.648Z", "method": "In-app",
            "referrer": "https://app.example.org/x", "project": "p1", "ip": "192.0.2.7", "category": "promoter",
            "location": {"country": "US", "city": "Springfield"},
            "answers": [{"id": "1", "label": "How would you rate the support?", "value": 5}],
            "user": {"name": "Homer", "email": "homer@example.org", "userId": "1234", "traits": {"plan": "gold"}}}})
    };
    let dismissed = hooks.send(HookVendor::SatisMeter, &payload("s2", Value::Null, "", false)).await;
    assert_eq!((dismissed.state, dismissed.code.as_deref()), (Rejected, Some("UNFINISHED")), "{dismissed:?}");
    let rated = hooks.send(HookVendor::SatisMeter, &payload("s1", json!(9), "", false)).await;
    assert_eq!(rated.state, Accepted, "{rated:?}");
    let commented = hooks.send(HookVendor::SatisMeter, &payload("s1", json!(9), "You are awesome!", true)).await;
    assert_eq!(commented.state, Updated);
    let contents = DatabaseContents::of(&test.database).await;
    let response = &contents.responses[&("satismeter".to_owned(), "s1".to_owned())];
    assert_eq!((response.score, response.comment.as_deref()), (Some(9), Some("You are awesome!")));
    assert_eq!(response.customer.as_deref(), Some("1234"));
    let attributes: Vec<&String> = response.profile.0.keys().collect();
    assert_eq!(attributes, ["How would you rate the support?", "channel", "country", "plan", "project"]);
}

async fn an_unknown_shape_is_kept_until_its_columns_are_named(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let kept = hooks.send(HookVendor::Formbricks, &formbricks("fb1", true)).await;
    assert_eq!((kept.state, kept.code.as_deref()), (Waiting, Some("UNKNOWN_SHAPE")), "{kept:?}");
    let reason = kept.reason.clone().expect("a reason");
    assert!(reason.contains("formbricks = [\"score=qumbk3fkr6cky8850bvvq5z1\"]"), "{reason}");
    assert!(!reason.contains("needle import"), "{reason}");
    let row = deliveries(test).await.remove(0);
    assert_eq!(row.persons(), ["ada@example.org", "u-77"]);
    assert!(row.payload.is_some());
    let unfinished = hooks.send(HookVendor::Formbricks, &formbricks("fb2", false)).await;
    assert_eq!(unfinished.state, Waiting, "nothing is known of it before its columns are");
    assert_eq!(hooks.retry(kept.id).await.expect("kept").state, Waiting);
    let hooks = hooks
        .map(HookVendor::Formbricks, "score", "another survey's question")
        .map(HookVendor::Formbricks, "score", "qumbk3fkr6cky8850bvvq5z1")
        .map(HookVendor::Formbricks, "comment", "n0tes");
    let ids = waiting_ids(&hooks.importer.context, HookDeliveryId(0)).await.expect("ids");
    assert_eq!(ids, [kept.id, unfinished.id]);
    assert_eq!(hooks.retry(kept.id).await.expect("kept").state, Accepted);
    let unfinished = hooks.retry(unfinished.id).await.expect("kept");
    assert_eq!((unfinished.state, unfinished.code.as_deref()), (Rejected, Some("UNFINISHED")));
    let contents = DatabaseContents::of(&test.database).await;
    let response = &contents.responses[&("formbricks".to_owned(), "fb1".to_owned())];
    assert_eq!((response.score, response.comment.as_deref()), (Some(9), Some("quick to reply to everything")));
    assert_eq!(response.customer.as_deref(), Some("u-77"));
    assert!(deliveries(test).await.iter().all(|one| one.payload.is_none() && one.persons().is_empty()));
    assert_eq!(hooks.retry(HookDeliveryId(999)).await, None);
    assert!(hooks.retry(kept.id).await.expect("settled").is_replay);
}

async fn what_somebody_could_mend_is_kept_and_the_rest_is_not(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    for (payload, state, code) in [
        (json!({"response_id": "r1", "score": 11, "responded_at": "2024-07-08"}), Waiting, Some("OUT_OF_RANGE")),
        (json!({"response_id": "r1", "score": 9, "responded_at": "2024-09-08"}), Waiting, Some("OUT_OF_RANGE")),
        (json!({"response_id": "r1", "score": 9, "responded_at": "soon"}), Waiting, Some("NOT_A_DATE")),
        (json!({"score": 9, "respondedAt": "2024-07-08T10:00:00Z"}), Waiting, Some("MISSING")),
        (json!({"score": 9, "respondedAt": "2024-07-08", "user_id": "c1"}), Waiting, Some("MISSING")),
        (json!({"id": "r2", "score": 9, "respondedAt": "2024-07-08T10:00:00Z", "test": true}), Rejected, Some("TEST")),
        (json!([own("r1", 9)]), Waiting, Some("UNKNOWN_SHAPE")),
        (json!({"data": [own("r1", 9)]}), Waiting, Some("UNKNOWN_SHAPE")),
        (json!({"hello": "world"}), Waiting, Some("UNKNOWN_SHAPE")),
        (json!({"score": 9, "respondedAt": "2024-07-08T10:00:00Z", "user_id": "c1"}), Accepted, None),
    ] {
        let outcome = hooks.send(HookVendor::Generic, &payload).await;
        assert_eq!((outcome.state, outcome.code.as_deref()), (state, code), "{payload}: {outcome:?}");
    }
    let other = json!({"event_type": "unsubscribe", "event_data": {}});
    assert_eq!(hooks.send(HookVendor::Delighted, &other).await.state, Ignored);
    let bare = json!({"event_type": "survey_response.created"});
    assert_eq!(hooks.send(HookVendor::Delighted, &bare).await.code.as_deref(), Some("UNKNOWN_SHAPE"));
    assert_eq!(DatabaseContents::of(&test.database).await.responses.len(), 1);
    // A day that had not come is mended by waiting.
    let later = HookFixture::of(test).at("2024-09-10T12:00:00Z");
    let early = deliveries(test).await.into_iter().rev().nth(1).expect("the second");
    assert_eq!(later.retry(early.id).await.expect("kept").state, Accepted);
}

async fn a_kept_delivery_is_older_than_what_came_after_it(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let early = json!({"rid": "r1", "score": 2, "responded_at": "2024-07-08T10:00:00Z"});
    let kept = hooks.send(HookVendor::Generic, &early).await;
    assert_eq!(kept.state, Waiting, "{kept:?}");
    let hooks = hooks.map(HookVendor::Generic, "response_id", "rid").at("2024-07-15T13:00:00Z");
    let newer = json!({"rid": "r1", "score": 8, "responded_at": "2024-07-08T10:00:00Z"});
    assert_eq!(hooks.send(HookVendor::Generic, &newer).await.state, Accepted);
    assert_eq!(hooks.retry(kept.id).await.expect("kept").state, Outdated);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r1").score, Some(8));
}

async fn a_body_that_is_not_read_is_not_acknowledged(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    let not_json = hooks.try_send(HookVendor::Generic, "m1", "score=9".to_owned()).await;
    assert!(matches!(not_json, Err(HookError::Json(_))), "{not_json:?}");
    let wide: serde_json::Map<String, Value> = (0..6_001).map(|at| (format!("x{at}"), json!(at))).collect();
    let wide = hooks.try_send(HookVendor::Generic, "m1", Value::Object(wide).to_string()).await;
    assert!(matches!(wide, Err(HookError::TooManyFields(_))), "{wide:?}");
    assert!(deliveries(test).await.is_empty());
}

async fn a_request_that_comes_twice_at_once_is_stored_once(test: &TestDatabase) {
    let (one, other) = (HookFixture::of(test), HookFixture::of(test));
    let other = HookFixture { importer: ImportFixture::into(test.connect().await), ..other };
    let body = own("r1", 9);
    let (first, second) =
        tokio::join!(one.send_as(HookVendor::Generic, "m1", &body), other.send_as(HookVendor::Generic, "m1", &body));
    assert_eq!((first.state, second.state), (Accepted, Accepted));
    assert!(first.is_replay != second.is_replay, "{first:?} {second:?}");
    assert_eq!(deliveries(test).await.len(), 1);
    other.importer.context.database.close().await.expect("closed");
}

async fn what_is_older_than_thirty_days_is_deleted(test: &TestDatabase) {
    let hooks = HookFixture::of(test);
    assert_eq!(hooks.send(HookVendor::Generic, &own("r1", 9)).await.state, Accepted);
    assert_eq!(hooks.send(HookVendor::Generic, &json!({"hello": "world"})).await.state, Waiting);
    let later = hooks.at("2024-08-14T12:00:00Z");
    assert_eq!(later.send(HookVendor::Generic, &own("r2", 9)).await.state, Accepted);
    assert_eq!(drop_old(&later.importer.context).await.expect("looked"), (0, 0));
    let later = later.at("2024-08-14T12:00:01Z");
    assert_eq!(drop_old(&later.importer.context).await.expect("deleted"), (1, 2));
    assert_eq!(deliveries(test).await.len(), 1);
    // What is stored stays, and how recent it is.
    let mut older = own("r1", 0);
    older["updated_at"] = json!("2024-07-08T10:00:00Z");
    assert_eq!(later.send(HookVendor::Generic, &older).await.state, Updated);
    older["updated_at"] = json!("2024-07-08T09:00:00Z");
    assert_eq!(later.send(HookVendor::Generic, &older).await.state, Outdated);
}

on_both_databases!(
    a_request_that_comes_twice_at_once_is_stored_once,
    what_is_older_than_thirty_days_is_deleted,
    a_new_response_a_replay_and_an_update,
    a_file_and_a_webhook_store_the_same,
    an_older_update_changes_nothing,
    the_customer_is_found_by_the_address,
    typeform_answers_are_read_by_their_questions,
    a_rating_counts_before_the_survey_is_completed,
    an_unknown_shape_is_kept_until_its_columns_are_named,
    what_somebody_could_mend_is_kept_and_the_rest_is_not,
    a_kept_delivery_is_older_than_what_came_after_it,
    a_body_that_is_not_read_is_not_acknowledged,
);
