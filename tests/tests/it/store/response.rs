//! Responses: written once per source and id, listed, and their details.

use std::collections::{BTreeMap, HashMap};

use entity::response::{Model, ResponseId};
use entity::store::customer::{self, NewCustomer};
use entity::store::page::PageRequest;
use entity::store::response::{self, NewResponse, ResponseCriteria, ResponseDetail, ResponseOrderBy};
use entity::{Attributes, Calendar, store};
use needle_tests::{TestDatabase, attributes, day, on_both_databases, timestamp};

use super::page::same_rows_by_every_walk;
use super::{NOW, insert, intern, new_response, region};

async fn list(
    test: &TestDatabase,
    criteria: &ResponseCriteria,
    order_by: ResponseOrderBy,
    descending: bool,
) -> Vec<Model> {
    let page = PageRequest { limit: 1_000, ..PageRequest::default() };
    response::list(test.database.reader(), criteria, order_by, descending, &page).await.expect("responses").rows
}

async fn ids(test: &TestDatabase, criteria: &ResponseCriteria) -> Vec<String> {
    let rows = list(test, criteria, ResponseOrderBy::AnsweredAt, false).await;
    let counted = response::count(test.database.reader(), criteria).await.expect("a count");
    assert_eq!(counted, rows.len() as u64, "{criteria:?}");
    rows.into_iter().map(|row| row.external_id).collect()
}

async fn by_id(test: &TestDatabase, external_id: &str) -> Model {
    let found = response::by_external_ids(test.database.reader(), "needle", &[external_id.to_owned()]).await;
    found.expect("responses").remove(external_id).expect(external_id)
}

async fn the_same_id_of_the_same_source_is_a_conflict(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let one = [new_response("r1", profile, Some(9), "2024-07-01")];
    insert(&test.database, &one).await;
    let refused = response::insert(test.database.writer(), "needle", &one).await.expect_err("a second r1");
    assert!(refused.is_conflict(), "{refused}");
    response::insert(test.database.writer(), "delighted", &one).await.expect("another source");
    assert_eq!(response::total(test.database.reader()).await.expect("a total"), 2);
}

async fn a_score_outside_the_scale_is_refused_but_is_no_conflict(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    for score in [-1, 11] {
        let rows = [new_response("r1", profile, Some(score), "2024-07-01")];
        let refused = response::insert(test.database.writer(), "needle", &rows).await.expect_err("off the scale");
        assert!(!refused.is_conflict(), "{refused}");
    }
    assert_eq!(response::total(test.database.reader()).await.expect("a total"), 0);
}

async fn paging_gives_every_response_once_with_ties_and_open_scores(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let responses: Vec<NewResponse> = (0_i16..40)
        .map(|at| NewResponse {
            answered_at: timestamp(NOW).plus_seconds(i64::from(at * 7 % 5)),
            ..new_response(&format!("r{at}"), profile, (at % 3 != 0).then_some(at % 11), "2024-07-15")
        })
        .collect();
    insert(&test.database, &responses).await;
    let criteria = ResponseCriteria::default();
    for (order_by, descending) in [
        (ResponseOrderBy::AnsweredAt, false),
        (ResponseOrderBy::AnsweredAt, true),
        (ResponseOrderBy::Score, false),
        (ResponseOrderBy::Score, true),
    ] {
        let key = |row: &Model| match order_by {
            ResponseOrderBy::AnsweredAt => row.answered_at.0,
            // A response without a score is last, in either direction.
            ResponseOrderBy::Score => row.score.map_or(if descending { -1 } else { 11 }, i64::from),
        };
        let fetch = async |page: PageRequest| {
            response::list(test.database.reader(), &criteria, order_by, descending, &page).await.expect("a page")
        };
        let position = |row: &Model| response::position(row, order_by, descending);
        let walked = same_rows_by_every_walk(fetch, position).await;
        assert_eq!(walked.len(), 40);
        let order: Vec<_> = walked.iter().map(|row| (key(row), row.id)).collect();
        let strictly = order.is_sorted_by(|a, b| if descending { a > b } else { a < b });
        assert!(strictly, "{order_by:?}, descending: {descending}: {order:?}");
    }
}

async fn a_page_between_two_positions_holds_what_lies_between(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let responses: Vec<_> = (0..9).map(|at| new_response(&format!("r{at}"), profile, Some(at), "2024-07-15")).collect();
    insert(&test.database, &responses).await;
    let all = list(test, &ResponseCriteria::default(), ResponseOrderBy::Score, true).await;
    let position = |at: usize| Some(response::position(&all[at], ResponseOrderBy::Score, true));
    for from_end in [false, true] {
        let page = PageRequest { limit: 100, after: position(2), before: position(6), from_end };
        let rows =
            response::list(test.database.reader(), &ResponseCriteria::default(), ResponseOrderBy::Score, true, &page)
                .await;
        assert_eq!(rows.expect("a page").rows, all[3..6]);
    }
}

async fn criteria_narrow_a_list(test: &TestDatabase) {
    let database = &test.database;
    let (eu, us) = (intern(database, &region("EU")).await, intern(database, &region("US")).await);
    let ada = NewCustomer {
        external_id: "ada".to_owned(),
        email: None,
        name: None,
        attributes: region("EU"),
        import_id: None,
    };
    customer::insert(database.writer(), vec![ada], timestamp(NOW)).await.expect("a customer");
    let customers = customer::by_external_ids(database.reader(), &["ada".to_owned()]).await.expect("customers");
    let ada = customers["ada"].id;
    insert(
        database,
        &[
            NewResponse { customer_id: Some(ada), ..new_response("r1", eu, Some(10), "2024-07-01") },
            new_response("r2", us, Some(6), "2024-07-02"),
            new_response("r3", eu, None, "2024-07-03"),
            NewResponse { customer_id: Some(ada), ..new_response("r4", us, Some(0), "2024-07-04") },
        ],
    )
    .await;
    let (first, second) = (by_id(test, "r1").await.id, by_id(test, "r2").await.id);
    let worded = ResponseDetail { text: Some("lovely".to_owned()), ..ResponseDetail::default() };
    let wordless = ResponseDetail { attributes: attributes([("order", "17")]), ..ResponseDetail::default() };
    response::put_details(database.writer(), vec![(first, worded), (second, wordless)]).await.expect("put");
    let in_eu = needle_tests::filter(serde_json::json!({"attribute": {"name": "region", "in": ["EU"]}}));
    let all = ResponseCriteria::default;
    for (criteria, expected) in [
        (all(), vec!["r1", "r2", "r3", "r4"]),
        (ResponseCriteria { from: Some(day("2024-07-02")), until: Some(day("2024-07-04")), ..all() }, vec!["r2", "r3"]),
        (ResponseCriteria { scores: Some(0..=6), ..all() }, vec!["r2", "r4"]),
        (ResponseCriteria { scores: Some(0..=10), ..all() }, vec!["r1", "r2", "r4"]),
        (ResponseCriteria { has_comment: Some(true), ..all() }, vec!["r1"]),
        (ResponseCriteria { has_comment: Some(false), ..all() }, vec!["r2", "r3", "r4"]),
        (ResponseCriteria { customer_id: Some(ada), ..all() }, vec!["r1", "r4"]),
        (ResponseCriteria { customer_external_id: Some("ada".to_owned()), ..all() }, vec!["r1", "r4"]),
        (ResponseCriteria { customer_external_id: Some("missing".to_owned()), ..all() }, vec![]),
        (ResponseCriteria { profile: Some(in_eu.clone()), ..all() }, vec!["r1", "r3"]),
        (ResponseCriteria { profile: Some(in_eu), customer_id: Some(ada), scores: Some(9..=10), ..all() }, vec!["r1"]),
    ] {
        assert_eq!(ids(test, &criteria).await, expected, "{criteria:?}");
    }
}

async fn details_are_replaced_and_deleted_with_their_response_only(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    insert(&test.database, &["r1", "r2", "r3"].map(|id| new_response(id, profile, Some(8), "2024-07-01"))).await;
    let (one, two, three) = (by_id(test, "r1").await.id, by_id(test, "r2").await.id, by_id(test, "r3").await.id);
    let words =
        |words: &str| ResponseDetail { text: Some(words.to_owned()), attributes: attributes([("order", words)]) };
    let writer = test.database.writer();
    response::put_details(writer, vec![(one, words("a")), (two, words("b"))]).await.expect("put");
    response::put_details(writer, vec![(one, words("c"))]).await.expect("replaced");
    let stored = async || response::details(test.database.reader(), &[one, two, three]).await.expect("details");
    assert_eq!(stored().await, HashMap::from([(one, words("c")), (two, words("b"))]));
    response::delete_details(writer, &[one]).await.expect("deleted");
    assert_eq!(stored().await, HashMap::from([(two, words("b"))]));
}

async fn responses_are_pointed_at_other_profiles_one_by_one(test: &TestDatabase) {
    let database = &test.database;
    let (eu, us) = (intern(database, &region("EU")).await, intern(database, &region("US")).await);
    let count = 2_100;
    let responses: Vec<_> =
        (0..count).map(|at| new_response(&format!("r{at:04}"), eu, Some(8), "2024-07-01")).collect();
    insert(database, &responses).await;
    let found = response::of_profiles(database.reader(), &[eu, us]).await.expect("responses");
    assert_eq!(found.len(), count);
    let every_second: BTreeMap<ResponseId, _> =
        found.iter().filter(|(id, _, _)| id.0 % 2 == 0).map(|(id, _, _)| (*id, us)).collect();
    response::set_profiles(database.writer(), &every_second).await.expect("set");
    response::set_profiles(database.writer(), &BTreeMap::new()).await.expect("nothing to set");
    for (id, profile, on) in response::of_profiles(database.reader(), &[eu, us]).await.expect("responses") {
        assert_eq!((profile, on), (if id.0 % 2 == 0 { us } else { eu }, day("2024-07-01")));
    }
}

async fn an_update_changes_the_responses_it_names_and_not_their_source(test: &TestDatabase) {
    let database = &test.database;
    let (eu, us) = (intern(database, &region("EU")).await, intern(database, &region("US")).await);
    insert(database, &[new_response("r1", eu, Some(3), "2024-07-01"), new_response("r2", eu, Some(3), "2024-07-01")])
        .await;
    let untouched = by_id(test, "r2").await;
    let changed = Model {
        score: None,
        profile_id: us,
        day: day("2024-07-02"),
        answered_at: timestamp(NOW),
        ..by_id(test, "r1").await
    };
    response::update(database.writer(), std::slice::from_ref(&changed)).await.expect("updated");
    assert_eq!(by_id(test, "r1").await, changed);
    assert_eq!(by_id(test, "r2").await, untouched);
}

async fn an_update_of_many_responses_gives_each_its_own_values(test: &TestDatabase) {
    let database = &test.database;
    let profiles = [intern(database, &region("EU")).await, intern(database, &region("US")).await];
    let count = 2_001;
    let responses: Vec<_> =
        (0..count).map(|at| new_response(&format!("r{at:04}"), profiles[0], None, "2024-07-01")).collect();
    insert(database, &responses).await;
    let found = response::of_profiles(database.reader(), &profiles).await.expect("responses");
    let ids: Vec<ResponseId> = found.into_iter().map(|(id, _, _)| id).collect();
    let stored = response::by_ids(database.reader(), &ids).await.expect("responses");
    let changed: Vec<Model> = (0_i16..)
        .zip(stored.into_values())
        .map(|(at, row)| Model {
            external_id: format!("{} \"it's\"", row.external_id),
            // A list that begins with a NULL must not take its type from there.
            score: (at > 0).then_some(at % 11),
            profile_id: profiles[usize::from(at % 2 == 0)],
            day: row.day.plus_days(i32::from(at)),
            answered_at: row.answered_at.plus_seconds(86_400 * i64::from(at)),
            ..row
        })
        .collect();
    response::update(database.writer(), &changed).await.expect("updated");
    response::update(database.writer(), &[]).await.expect("nothing to update");
    let stored = response::by_ids(database.reader(), &ids).await.expect("responses");
    for row in changed {
        assert_eq!(stored[&row.id], row);
    }
}

async fn another_time_zone_gives_every_response_its_new_day(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let at = |id: &str, time: &str| NewResponse {
        answered_at: timestamp(time),
        ..new_response(id, profile, Some(8), "2024-07-01")
    };
    let responses = [at("early", "2024-07-01T03:59:59Z"), at("late", "2024-07-01T04:00:00Z")];
    insert(&test.database, &responses).await;
    let transaction = test.database.begin_write().await.expect("a transaction");
    let new_york = Calendar { zone: chrono_tz::America::New_York };
    response::redate(&transaction, new_york).await.expect("redated");
    transaction.commit().await.expect("committed");
    assert_eq!(by_id(test, "early").await.day, day("2024-06-30"));
    assert_eq!(by_id(test, "late").await.day, day("2024-07-01"));
}

async fn a_profile_in_use_is_distinguished_from_one_of_erased_people(test: &TestDatabase) {
    let database = &test.database;
    let mut profiles = Vec::new();
    for name in ["erased", "anonymous", "unused"] {
        profiles.push(intern(database, &region(name)).await);
    }
    insert(
        database,
        &[
            new_response("erased:00ff", profiles[0], Some(8), "2024-07-01"),
            new_response("r1", profiles[1], Some(8), "2024-07-01"),
        ],
    )
    .await;
    let row = NewCustomer {
        external_id: "ada".to_owned(),
        email: None,
        name: None,
        attributes: region("EU"),
        import_id: None,
    };
    customer::insert(database.writer(), vec![row], timestamp(NOW)).await.expect("a customer");
    let ids = ["ada".to_owned()];
    let ada = customer::by_external_ids(database.reader(), &ids).await.expect("customers")["ada"].id;
    let of_ada = intern(database, &region("ada")).await;
    insert(database, &[NewResponse { customer_id: Some(ada), ..new_response("r2", of_ada, Some(8), "2024-07-01") }])
        .await;
    profiles.push(of_ada);
    let held = store::response::used_by_others(database.reader(), &profiles, ada).await.expect("held");
    assert_eq!(held, [profiles[1]].into());
}

on_both_databases!(
    the_same_id_of_the_same_source_is_a_conflict,
    a_score_outside_the_scale_is_refused_but_is_no_conflict,
    paging_gives_every_response_once_with_ties_and_open_scores,
    a_page_between_two_positions_holds_what_lies_between,
    criteria_narrow_a_list,
    details_are_replaced_and_deleted_with_their_response_only,
    responses_are_pointed_at_other_profiles_one_by_one,
    an_update_changes_the_responses_it_names_and_not_their_source,
    an_update_of_many_responses_gives_each_its_own_values,
    another_time_zone_gives_every_response_its_new_day,
    a_profile_in_use_is_distinguished_from_one_of_erased_people,
);
