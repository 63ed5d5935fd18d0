//! Segments: defined and redefined by file, one primary with its history.

use entity::store::segment;
use needle_rules::outcome::ImportReport;
use needle_rules::segment::{SegmentDraft, define};
use needle_tests::{ImportFixture, TestDatabase, on_both_databases};
use serde_json::{Value, json};

use super::{counts, refusal, rejected};

fn europe(primary: bool) -> Value {
    json!({"key": "eu", "name": "Europe", "primary": primary,
           "filter": {"attribute": {"name": "region", "in": ["EU"]}}})
}

fn america(primary: bool) -> Value {
    json!({"key": "us", "name": "America", "primary": primary,
           "filter": {"all": [{"not": {"attribute": {"name": "region", "in": ["EU"]}}},
                              {"attribute": {"name": "age", "atLeast": 18, "below": 65}}]}})
}

async fn with_customers(test: &TestDatabase) -> ImportFixture {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,region,age,plan\nc1,EU,30,pro\nc2,US,40,free\n").await;
    importer
}

/// The declared primary customers, newest first, each with who declared it.
async fn history(test: &TestDatabase) -> Vec<(String, String)> {
    let declarations = segment::declarations(test.database.reader()).await.expect("declarations");
    let ids: Vec<_> = declarations.iter().map(|row| row.segment_id).collect();
    let segments = segment::by_ids(test.database.reader(), &ids).await.expect("segments");
    declarations.into_iter().map(|row| (segments[&row.segment_id].key.clone(), row.declared_by)).collect()
}

async fn segments_are_created_updated_and_left_alone(test: &TestDatabase) {
    let importer = with_customers(test).await;
    let file = || json!([europe(true), america(false)]);
    assert_eq!(counts(&importer.segments(file()).await), (2, 0, 0, 0));
    assert_eq!(counts(&importer.segments(file()).await), (0, 0, 2, 0));
    let mut renamed = europe(true);
    renamed["name"] = json!("The continent");
    assert_eq!(counts(&importer.segments(json!([renamed, america(false)])).await), (0, 1, 1, 0));
    assert_eq!(test.row_counts().await["segment_definition"], 2, "a name is no definition");
    let mut redefined = america(false);
    redefined["filter"] = json!({"attribute": {"name": "region", "in": ["US"]}});
    assert_eq!(counts(&importer.segments(json!([redefined])).await), (0, 1, 0, 0));
    let segments = segment::all(test.database.reader()).await.expect("segments");
    let read: Vec<_> = segments.iter().map(|row| (row.key.as_str(), row.name.as_str())).collect();
    assert_eq!(read, [("eu", "The continent"), ("us", "America")]);
    let filters = segment::filters(test.database.reader(), &[segments[1].definition_id]).await.expect("filters");
    assert_eq!(filters[&segments[1].definition_id], needle_tests::filter(redefined["filter"].clone()));
}

async fn the_primary_customer_is_redefined_by_declarations_only(test: &TestDatabase) {
    let importer = with_customers(test).await;
    importer.add_segments(json!([europe(true), america(false)])).await;
    let mut wider = europe(false);
    wider["filter"] = json!({"all": []});
    let report = importer.segments(json!([wider])).await;
    assert_eq!(rejected(&report), [refusal(1, "filter", "FORBIDDEN")]);
    assert!(report.rejected[0].message.contains("declarePrimarySegment"), "{}", report.rejected[0].message);
    assert_eq!(history(test).await.len(), 1);
    wider["primary"] = json!(true);
    assert_eq!(counts(&importer.segments(json!([wider.clone()])).await), (0, 1, 0, 0));
    assert_eq!(history(test).await.len(), 2, "a file that says so declares it, and that is kept");
    assert_eq!(counts(&importer.segments(json!([wider])).await), (0, 0, 1, 0));
}

async fn a_key_that_looks_like_another_is_refused(test: &TestDatabase) {
    let importer = with_customers(test).await;
    importer.add_segments(json!([europe(true)])).await;
    let mut other = america(false);
    other["key"] = json!("EU");
    assert_eq!(rejected(&importer.segments(json!([other])).await), [refusal(1, "key", "ALREADY_EXISTS")]);
    // Files are read without the spaces around a text, mutations are not.
    let draft = SegmentDraft {
        key: " eu".to_owned(),
        name: "Europe".to_owned(),
        description: None,
        filter: entity::Filter::everyone(),
    };
    let refused = define(test.database.writer(), &draft, needle_tests::timestamp("2024-07-15T00:00:00Z")).await;
    assert!(refused.expect_err("a space").to_string().contains("without spaces around it"));
}

async fn an_unknown_attribute_is_refused_with_a_list_of_the_existing_ones(test: &TestDatabase) {
    let importer = with_customers(test).await;
    let unknown = json!({"key": "x", "name": "X", "filter": {"attribute": {"name": "regoin", "in": ["EU"]}}});
    let report = importer.segments(json!([unknown, europe(false)])).await;
    assert_eq!(rejected(&report), [refusal(1, "filter", "UNKNOWN_ATTRIBUTE")]);
    let message = &report.rejected[0].message;
    assert!(["\"regoin\"", "\"age\"", "\"plan\"", "\"region\""].iter().all(|name| message.contains(name)), "{message}");
    assert_eq!(segment::all(test.database.reader()).await.expect("segments").len(), 1);
}

async fn a_bad_segment_is_refused_with_its_reason(test: &TestDatabase) {
    let importer = with_customers(test).await;
    let with = |field: &str, value: Value| {
        let mut segment = europe(false);
        segment["key"] = json!(format!("with {field} {value}"));
        segment[field] = value;
        segment
    };
    let deep = (0..20).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
    let report: ImportReport = importer
        .segments(json!([
            with("key", json!("")),
            with("name", json!(null)),
            with("filter", json!(null)),
            with("filter", json!({"attribute": {"name": "region"}})),
            with("filter", json!({"attribute": {"name": "region", "equals": "EU"}})),
            with("filter", deep),
            with("primary", json!("yes")),
            with("colour", json!("red")),
            europe(false),
            europe(false),
        ]))
        .await;
    assert_eq!(
        rejected(&report),
        [
            refusal(1, "key", "MISSING"),
            refusal(2, "name", "MISSING"),
            refusal(3, "filter", "MISSING"),
            refusal(4, "filter", "INVALID"),
            refusal(5, "filter", "INVALID"),
            refusal(6, "filter", "INVALID"),
            refusal(7, "primary", "INVALID"),
            refusal(8, "colour", "INVALID"),
            refusal(10, "key", "DUPLICATE"),
        ]
    );
    assert_eq!(counts(&report), (1, 0, 0, 9));
}

async fn one_segment_is_primary_and_its_predecessors_stay_recorded(test: &TestDatabase) {
    let importer = with_customers(test).await;
    importer.add_segments(json!([europe(true), america(false)])).await;
    assert_eq!(counts(&importer.segments(json!([america(true)])).await), (0, 1, 0, 0));
    assert_eq!(counts(&importer.segments(json!([america(true), europe(false)])).await), (0, 0, 2, 0));
    let by_tester = |key: &str| (key.to_owned(), "tester".to_owned());
    assert_eq!(history(test).await, [by_tester("us"), by_tester("eu")]);
    let reader = test.database.reader();
    let primary = segment::primary(reader).await.expect("a reply").expect("a primary");
    assert_eq!(primary, segment::by_key(reader, "us").await.expect("a reply").expect("a segment").id);
    let listed = async |is_primary| {
        let page = entity::store::page::PageRequest { limit: 10, ..Default::default() };
        let rows = segment::list(reader, Some(is_primary), &page).await.expect("segments").rows;
        assert_eq!(segment::count(reader, Some(is_primary)).await.expect("a count"), rows.len() as u64);
        rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!((listed(true).await, listed(false).await), (vec!["us".to_owned()], vec!["eu".to_owned()]));
}

async fn a_second_primary_in_one_file_is_refused(test: &TestDatabase) {
    let importer = with_customers(test).await;
    let report = importer.segments(json!([europe(true), america(true)])).await;
    assert_eq!(rejected(&report), [refusal(2, "primary", "INVALID")]);
    assert_eq!(history(test).await, [("eu".to_owned(), "tester".to_owned())]);
}

on_both_databases!(
    segments_are_created_updated_and_left_alone,
    the_primary_customer_is_redefined_by_declarations_only,
    a_key_that_looks_like_another_is_refused,
    an_unknown_attribute_is_refused_with_a_list_of_the_existing_ones,
    a_bad_segment_is_refused_with_its_reason,
    one_segment_is_primary_and_its_predecessors_stay_recorded,
    a_second_primary_in_one_file_is_refused,
);
