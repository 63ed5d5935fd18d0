//! Demoting and promoting an attribute changes no figure, whether profiles have its values or derived dimensions.

use std::collections::BTreeMap;

use entity::store::page::PageRequest;
use entity::store::{derived_dimension, profile, reintern, response};
use entity::{Attributes, Filter, Period};
use needle_analytics::analytics_cache::Analytics;
use needle_analytics::disclosure::DisclosureRule;
use needle_analytics::period::SeriesGrain;
use needle_analytics::score::{current, points};
use needle_rules::dimension::{demote, promote};
use needle_rules::erase::erase_customer;
use needle_stats::nps::NpsCounts;
use needle_tests::{
    DatabaseContents, ImportFixture, RunFixture, Survey, TestDatabase, attributes, blocks, filter, on_both_databases,
    reviews, scores, stale_weeks,
};
use serde_json::{Value, json};

use super::{END, analytics, decision, decisions, groups, segment, segments, survey};

/// Segments that test `seats` in every way.
fn about_seats() -> Vec<(&'static str, Value)> {
    let seats = |parts: Value| {
        let mut predicate = json!({"name": "seats"});
        predicate.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
        json!({"attribute": predicate})
    };
    vec![
        ("listed", seats(json!({"in": ["many", "5", "5"]}))),
        ("unknown", seats(json!({"exists": false}))),
        ("present", seats(json!({"exists": true}))),
        ("impossible", seats(json!({"exists": false, "atLeast": 1}))),
        ("none-of-them", seats(json!({"in": []}))),
        ("a-number-in-a-list", seats(json!({"in": ["40", "many"], "atLeast": 12.5}))),
        (
            "nested",
            json!({"any": [
                {"all": [seats(json!({"below": 12.5})), {"not": {"attribute": {"name": "region", "in": ["EU"]}}}]},
                {"not": {"any": [seats(json!({"exists": true})), {"attribute": {"name": "plan", "in": ["pro"]}}]}},
                {"not": {"not": seats(json!({"in": ["1e2"]}))}}]}),
        ),
    ]
}

fn every_segment() -> Value {
    let mut all: Vec<Value> = segments().as_array().expect("an array").clone();
    all.extend(about_seats().iter().map(|(key, filter)| segment(key, filter)));
    Value::from(all)
}

fn every_decision() -> Value {
    let mut all = decisions().as_array().expect("an array").clone();
    all.push(decision("for-listed", "listed", "2024-05-27", 8, "2024-05-06T09:00:00Z"));
    all.push(decision("for-nested", "nested", "2024-06-03", 6, "2024-05-08T09:00:00Z"));
    all.push(decision("for-unknown", "unknown", "2024-04-29", 10, "2024-04-18T09:00:00Z"));
    Value::from(all)
}

async fn import_responses(importer: &ImportFixture, survey: &Survey) {
    importer.add_responses(survey.to_csv()).await;
}

/// Imports into a database in which an operator promoted `seats` before anything else happened.
async fn begin(test: &TestDatabase, start: &Survey) -> ImportFixture {
    let importer = ImportFixture::of(test).at(END);
    import_responses(&importer, start).await;
    promote(&test.database, "seats").await.expect("promoted");
    importer.add_segments(every_segment()).await;
    importer.add_decisions(every_decision()).await;
    importer
}

/// The months of every segment; none where the published profiles lack a condition of its filter.
fn months(analytics: &Analytics) -> BTreeMap<String, Vec<(NpsCounts, NpsCounts)>> {
    let series = |key: &str, json: Value| {
        let points = points(analytics, &filter(json), &[], Period::default(), SeriesGrain::Month).expect("points");
        (key.to_owned(), points.into_iter().map(|point| (point.counts, point.rolling)).collect())
    };
    let of_groups = groups().into_iter().map(|group| series(group.key, group.filter));
    of_groups.chain(about_seats().into_iter().map(|(key, json)| series(key, json))).collect()
}

/// Checks that both databases have published the same.
async fn assert_agree(one: &TestDatabase, other: &TestDatabase, when: &str) {
    let (here, there) = (scores(&one.database).await, scores(&other.database).await);
    assert!(!here.is_empty());
    assert_eq!(here, there, "scores {when}");
    let (here, there) = (reviews(&one.database).await, reviews(&other.database).await);
    assert!(here.len() >= 6, "{when}");
    let differing: Vec<_> = here.iter().filter(|(key, review)| there.get(key) != Some(review)).collect();
    assert!(differing.is_empty() && here.len() == there.len(), "reviews {when}: {differing:#?}");
    assert_eq!(months(&analytics(one).await), months(&analytics(other).await), "months {when}");
}

async fn an_attribute_demoted_promoted_and_demoted_again_changes_no_figure(test: &TestDatabase) {
    let survey = survey();
    let part = |from: i32, until: i32| survey.between(survey.monday(from), survey.monday(until));
    let plain = TestDatabase::sqlite().await;
    let (importer, plainly) = (begin(test, &part(0, 20)).await, begin(&plain, &part(0, 20)).await);
    let (analyst, plain_analyst) = (RunFixture::at(test, END), RunFixture::at(&plain, END));
    plain_analyst.run().await;
    demote(&test.database, "seats").await.expect("demoted");
    analyst.run().await;
    assert_agree(test, &plain, "demoted before the first run").await;
    assert!(derived_dimension::all(test.database.reader()).await.expect("derived").len() >= 6);

    // Responses come between a step and its run, and without a step.
    promote(&test.database, "seats").await.expect("promoted");
    import_responses(&importer, &part(20, 25)).await;
    import_responses(&plainly, &part(20, 25)).await;
    analyst.run().await;
    plain_analyst.run().await;
    assert_agree(test, &plain, "promoted before responses").await;
    assert!(derived_dimension::all(test.database.reader()).await.expect("derived").is_empty());

    import_responses(&importer, &part(25, 30)).await;
    import_responses(&plainly, &part(25, 30)).await;
    demote(&test.database, "seats").await.expect("demoted");
    analyst.run().await;
    plain_analyst.run().await;
    assert_agree(test, &plain, "demoted after responses").await;

    import_responses(&importer, &part(30, 34)).await;
    import_responses(&plainly, &part(30, 34)).await;
    let mut changed = part(5, 12);
    for response in &mut changed.responses {
        response.seats = Some("12.5");
    }
    import_responses(&importer, &changed).await;
    import_responses(&plainly, &changed).await;
    analyst.run().await;
    plain_analyst.run().await;
    assert_agree(test, &plain, "new and changed responses while demoted").await;
    let before = blocks(&test.database).await;
    analyst.run_full().await;
    plain_analyst.run_full().await;
    assert_agree(test, &plain, "rebuilt").await;
    assert!(blocks(&test.database).await == before, "a full run changes no block");
    let contents = DatabaseContents::of(&test.database).await;
    let split = contents.responses.values().filter(|response| response.detail.get("seats").is_some()).count();
    assert!(split > 300, "{split}");
}

async fn until_the_next_run_the_published_figures_stay_as_they_are(test: &TestDatabase) {
    let survey = survey();
    begin(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let regions = async || analytics(test).await.values("region").expect("values");
    let (published, of_regions) = (months(&analytics(test).await), regions().await);
    let seats = async || {
        let figures = analytics(test).await;
        let by = ["seats".to_owned()];
        figures
            .breakdown(&by, None, Period::default(), None, DisclosureRule::NONE)
            .map(|groups| groups.len())
            .map_err(|e| e.to_string())
    };
    assert_eq!(seats().await, Ok(6));
    for demotes in [true, false, true] {
        if demotes {
            demote(&test.database, "seats").await.expect("demoted");
        } else {
            promote(&test.database, "seats").await.expect("promoted");
        }
        assert_eq!(months(&analytics(test).await), published, "demoted: {demotes}, before the run");
        assert_eq!(regions().await, of_regions, "demoted: {demotes}, before the run");
        let refused = seats().await.expect_err("neither before nor after everything is counted");
        assert!(refused.contains(if demotes { "needle dimension promote" } else { "next" }), "{refused}");
        assert!(profile::unreferenced(test.database.reader()).await.expect("left").len() > 20);
        analyst.run().await;
        assert!(profile::unreferenced(test.database.reader()).await.expect("left").is_empty());
        assert_eq!(months(&analytics(test).await), published, "demoted: {demotes}, after the run");
        assert_eq!(regions().await, of_regions, "demoted: {demotes}, after the run");
        match seats().await {
            Ok(groups) => assert!(!demotes, "{groups} groups by a name that is no dimension"),
            Err(refused) => assert!(demotes && refused.contains("needle dimension promote"), "{refused}"),
        }
    }
}

async fn a_segment_of_a_high_cardinality_attribute_has_figures_only_after_the_next_run(test: &TestDatabase) {
    let survey = survey();
    let importer = ImportFixture::of(test).at(END);
    import_responses(&importer, &survey).await;
    demote(&test.database, "seats").await.expect("demoted");
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let large = json!({"attribute": {"name": "seats", "atLeast": 40}});
    importer.add_segments(json!([segment("large", &large)])).await;
    let before = analytics(test).await;
    assert_eq!(current(&before, &filter(large.clone()), &[]), None);
    for grain in [SeriesGrain::Week, SeriesGrain::Month] {
        assert_eq!(points(&before, &filter(large.clone()), &[], Period::default(), grain).expect("points"), []);
    }
    before.nps(Some(&filter(large.clone())), Period::default()).expect_err("no derived dimension yet");
    analyst.run().await;
    let after = analytics(test).await;
    let is_large = |response: &needle_tests::SurveyResponse| matches!(response.seats, Some("40" | "1e2"));
    let expected = survey.count(survey.first, survey.monday(34), is_large);
    assert_eq!(after.nps(Some(&filter(large.clone())), Period::default()).expect("registered"), expected);
    let absent = json!({"attribute": {"name": "seats", "atLeast": 41}});
    after.nps(Some(&filter(absent)), Period::default()).expect_err("another condition");
    assert!(current(&after, &filter(large), &[]).is_some());
    assert!(after.dimensions.iter().all(|row| !row.name.contains(char::is_control)));
    // No segment has the condition any more: the next run retires its derived dimension.
    let everyone = segment("large", &json!({"all": []}));
    importer.add_segments(json!([everyone])).await;
    analyst.run().await;
    assert!(derived_dimension::all(test.database.reader()).await.expect("derived").is_empty());
    let rows = profile::all(test.database.reader()).await.expect("profiles");
    assert!(rows.iter().all(|row| row.attributes.clone().visible() == row.attributes));
}

async fn a_decision_keeps_its_condition_when_its_segment_is_redefined(test: &TestDatabase) {
    begin(test, &survey()).await;
    demote(&test.database, "seats").await.expect("demoted");
    let importer = ImportFixture::of(test).at(END);
    RunFixture::at(test, END).run().await;
    let before = reviews(&test.database).await;
    let keys: Vec<Value> = every_segment().as_array().expect("an array").clone();
    let anew = keys.iter().map(|old| segment(old["key"].as_str().expect("a key"), &json!({"all": []})));
    importer.add_segments(anew.collect()).await;
    RunFixture::at(test, END).run_full().await;
    assert_eq!(reviews(&test.database).await, before);
    assert!(!derived_dimension::all(test.database.reader()).await.expect("derived").is_empty());
}

/// The attributes of every response, in its profile and in its detail.
async fn stored_attributes(test: &TestDatabase) -> BTreeMap<String, (Attributes, Attributes)> {
    let responses = DatabaseContents::of(&test.database).await.responses;
    responses.into_iter().map(|((_, id), response)| (id, (response.profile, response.detail))).collect()
}

async fn interning_again_leaves_what_a_fresh_import_makes(test: &TestDatabase) {
    let survey = survey();
    let fresh = TestDatabase::sqlite().await;
    for (database, toggles) in [(test, true), (&fresh, false)] {
        let importer = ImportFixture::of(database).at(END);
        import_responses(&importer, &survey.between(survey.first, survey.monday(1))).await;
        demote(&database.database, "seats").await.expect("demoted");
        importer.add_segments(every_segment()).await;
        RunFixture::at(database, END).run().await;
        if toggles {
            promote(&database.database, "seats").await.expect("promoted");
            import_responses(&importer, &survey.between(survey.monday(1), survey.monday(15))).await;
            demote(&database.database, "seats").await.expect("demoted");
        }
        RunFixture::at(database, END).run().await;
        import_responses(&importer, &survey).await;
        RunFixture::at(database, END).run().await;
    }
    let strip = |stored: BTreeMap<String, (Attributes, Attributes)>| -> BTreeMap<_, _> {
        stored.into_iter().map(|(id, (profile, detail))| (id, (profile.visible(), detail))).collect()
    };
    assert_eq!(strip(stored_attributes(test).await), strip(stored_attributes(&fresh).await));
    let count = async |test: &TestDatabase| profile::all(test.database.reader()).await.expect("profiles").len();
    assert_eq!(count(test).await, count(&fresh).await);
    assert_eq!(months(&analytics(test).await), months(&analytics(&fresh).await));
    assert_eq!(scores(&test.database).await, scores(&fresh.database).await);
}

async fn an_interrupted_step_changes_nothing_and_can_be_repeated(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(END);
    import_responses(&importer, &survey()).await;
    demote(&test.database, "seats").await.expect("demoted");
    let (before, rows) = (stored_attributes(test).await, test.row_counts().await);
    let transaction = test.database.begin_write().await.expect("a transaction");
    assert!(reintern::promote(&transaction, "seats").await.expect("promoted") > 300);
    reintern::demote(&transaction, "region").await.expect("demoted");
    transaction.rollback().await.expect("rolled back");
    assert_eq!((stored_attributes(test).await, test.row_counts().await), (before.clone(), rows));
    promote(&test.database, "seats").await.expect("promoted");
    assert!(stored_attributes(test).await.values().all(|(_, detail)| detail.is_empty()));
    demote(&test.database, "seats").await.expect("demoted");
    assert_eq!(stored_attributes(test).await, before);
    assert!(!stale_weeks(&test.database).await.is_empty());
}

async fn steps_and_imports_at_the_same_time_lose_nothing(test: &TestDatabase) {
    let survey = survey();
    let importer = ImportFixture::of(test).at(END);
    import_responses(&importer, &survey.between(survey.first, survey.monday(2))).await;
    let (database, other) = (test.connect().await, ImportFixture::into(test.connect().await).at(END));
    let rest = survey.clone();
    let importing = tokio::spawn(async move {
        for week in 2..34 {
            import_responses(&other, &rest.between(rest.monday(week), rest.monday(week + 1))).await;
        }
    });
    for _ in 0..8 {
        demote(&database, "seats").await.expect("demoted");
        promote(&database, "seats").await.expect("promoted");
    }
    demote(&database, "seats").await.expect("demoted");
    importing.await.expect("imported");
    let stored = stored_attributes(test).await;
    assert_eq!(stored.len(), survey.responses.len());
    for response in &survey.responses {
        let (profile, detail) = &stored[&response.id];
        assert_eq!((detail.get("seats"), profile.get("seats")), (response.seats, None), "{}", response.id);
        assert_eq!(profile.get("region"), response.region, "{}", response.id);
    }
}

async fn responses_are_found_by_names_in_their_details(test: &TestDatabase) {
    let survey = survey();
    import_responses(&ImportFixture::of(test).at(END), &survey).await;
    let page = PageRequest { limit: 100_000, ..PageRequest::default() };
    let mut found = Vec::new();
    for demotes in [false, true] {
        if demotes {
            demote(&test.database, "seats").await.expect("demoted");
        }
        let high_cardinality = analytics(test).await.high_cardinality_names();
        assert_eq!(high_cardinality.contains("seats"), demotes);
        let mut lists = Vec::new();
        for json in about_seats().into_iter().map(|(_, json)| json).chain(groups().into_iter().map(|one| one.filter)) {
            let profile: Option<Filter> = Some(filter(json));
            let criteria = response::ResponseCriteria {
                profile,
                high_cardinality: high_cardinality.clone(),
                ..response::ResponseCriteria::default()
            };
            let rows =
                response::list(test.database.reader(), &criteria, response::ResponseOrderBy::AnsweredAt, false, &page);
            lists.push(rows.await.expect("responses").rows.into_iter().map(|row| row.external_id).collect::<Vec<_>>());
        }
        found.push(lists);
    }
    assert!(found[0].iter().any(|list| list.len() > 100));
    assert!(found[0] == found[1], "demoted, the same responses are found");
}

async fn an_erased_person_leaves_no_value_in_a_profile_that_waits_for_the_next_run(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(END);
    importer.add_customers("customer_id,village,region\nc1,Ockham,EU\nc2,London,EU\n").await;
    importer
        .add_responses(
            "response_id,score,responded_at,customer_id,order\nr1,9,2024-07-01,c1,o1\nr2,9,2024-07-01,c2,o2\n",
        )
        .await;
    RunFixture::at(test, END).run().await;
    demote(&test.database, "order").await.expect("demoted");
    demote(&test.database, "village").await.expect("demoted");
    let left = async || {
        let rows = profile::unreferenced(test.database.reader()).await.expect("left");
        rows.into_iter().map(|row| row.attributes).collect::<Vec<_>>()
    };
    assert_eq!(left().await.len(), 4);
    erase_customer(&importer.context, "c1", "a secret of this test").await.expect("erased");
    let london = attributes([("order", "o2"), ("region", "EU"), ("village", "London")]);
    let rest = left().await;
    assert!(rest.contains(&london), "Bob's published profile stays: {rest:?}");
    assert!(rest.iter().all(|set| set.get("village") != Some("Ockham") && set.get("order") != Some("o1")), "{rest:?}");
}

on_both_databases!(
    an_attribute_demoted_promoted_and_demoted_again_changes_no_figure,
    until_the_next_run_the_published_figures_stay_as_they_are,
    a_segment_of_a_high_cardinality_attribute_has_figures_only_after_the_next_run,
    a_decision_keeps_its_condition_when_its_segment_is_redefined,
    interning_again_leaves_what_a_fresh_import_makes,
    an_interrupted_step_changes_nothing_and_can_be_repeated,
    steps_and_imports_at_the_same_time_lose_nothing,
    responses_are_found_by_names_in_their_details,
    an_erased_person_leaves_no_value_in_a_profile_that_waits_for_the_next_run,
);
