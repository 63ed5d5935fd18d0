//! The limits on the number of attributes, which files and mutations share.

use needle_rules::dimension::AttributeLimits;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};

use super::{counts, refusal, rejected};

const LIMITS: AttributeLimits =
    AttributeLimits { values: 100, names: 6, new_names_per_request: 4, names_per_customer: 3 };

fn limited(test: &TestDatabase) -> ImportFixture {
    let mut importer = ImportFixture::of(test);
    importer.context.attribute_limits = LIMITS;
    importer
}

async fn more_attributes_than_the_limits_allow_are_refused_with_the_key_that_raises_them(test: &TestDatabase) {
    let importer = limited(test);
    let report = importer.customers("customer_id,a,b,c,d\nc1,1,1,1,1\nc2,1,1,1,\nc3,1,1,1,\n").await;
    assert_eq!(counts(&report), (2, 0, 0, 1));
    assert_eq!(rejected(&report), [refusal(1, "attributes", "TOO_MANY")]);
    assert!(report.rejected[0].message.contains("`names_per_customer` in `[dimensions]`"), "{report:?}");

    // What a customer has already counts.
    let report = importer.customers("customer_id,d\nc2,1\n").await;
    assert!(report.rejected[0].message.contains("at most 3 attributes of one customer"), "{report:?}");

    // One file, in several rows.
    let rows = "response_id,score,responded_at,d,e,f,g,h\n\
                r1,9,2024-07-01,1,1,1,,\nr2,9,2024-07-01,,,,1,1\nr3,9,2024-07-01,1,1,1,,\n";
    let report = importer.responses(rows).await;
    assert_eq!(counts(&report), (2, 0, 0, 1));
    assert!(report.rejected[0].message.contains("`names_limit` in `[dimensions]`"), "{report:?}");
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.responses.len(), 2, "what is known goes on");
}

async fn one_file_brings_so_many_new_attributes_in_all_its_rows(test: &TestDatabase) {
    let report = limited(test).customers("customer_id,a,b,c,d,e\nc1,1,1,1,,\nc2,,,,1,1\nc3,,,,1,\n").await;
    assert_eq!(counts(&report), (2, 0, 0, 1));
    let message = &report.rejected[0].message;
    assert!(message.contains("at most 4 new attributes in one request or file (`new_names_per_request`"), "{message}");
    let names = test.query("SELECT name FROM dimension ORDER BY name").await;
    let names: Vec<String> = names.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
    assert_eq!(names, ["a", "b", "c", "d"], "a refused row leaves nothing");
}

async fn a_dry_run_refuses_the_same_rows(test: &TestDatabase) {
    let file = "customer_id,a,b,c,d,e\nc1,1,1,1,,\nc2,,,,1,1\nc3,,,,1,\n";
    let dry = limited(test).dry().customers(file).await;
    assert_eq!(rejected(&dry), rejected(&limited(test).customers(file).await));
}

on_both_databases!(
    more_attributes_than_the_limits_allow_are_refused_with_the_key_that_raises_them,
    one_file_brings_so_many_new_attributes_in_all_its_rows,
    a_dry_run_refuses_the_same_rows,
);
