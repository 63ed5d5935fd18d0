//! Customers: imported again, completed by later files, never emptied.

use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases};

use super::counts;

const FILE: &str = "\
customer_id,email,name,region,plan
c1,ada@example.com,Ada,EU,pro
c2,,,NA,
";

async fn a_customer_is_stored_as_in_its_row(test: &TestDatabase) {
    assert_eq!(counts(&ImportFixture::of(test).customers(FILE).await), (2, 0, 0, 0));
    let customers = DatabaseContents::of(&test.database).await.customers;
    assert_eq!(customers["c1"].email.as_deref(), Some("ada@example.com"));
    assert_eq!(customers["c1"].name.as_deref(), Some("Ada"));
    assert_eq!(customers["c1"].attributes, attributes([("plan", "pro"), ("region", "EU")]));
    assert_eq!((&customers["c2"].email, &customers["c2"].name), (&None, &None));
    assert_eq!(customers["c2"].attributes, attributes([("region", "NA")]), "a region may be called NA");
}

async fn importing_the_same_file_again_changes_nothing(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers(FILE).await;
    let before = (DatabaseContents::of(&test.database).await, test.row_counts().await);
    assert_eq!(counts(&importer.customers(FILE).await), (0, 0, 2, 0));
    assert_eq!((DatabaseContents::of(&test.database).await, test.row_counts().await), before);
}

async fn a_later_file_adds_and_changes_and_empties_nothing(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers(FILE).await;
    let later = "customer_id,email,plan,seat\nc1,,free,window\nc2,bob@example.com,,\n";
    assert_eq!(counts(&importer.customers(later).await), (0, 2, 0, 0));
    let customers = DatabaseContents::of(&test.database).await.customers;
    assert_eq!(customers["c1"].email.as_deref(), Some("ada@example.com"));
    assert_eq!(customers["c1"].attributes, attributes([("plan", "free"), ("region", "EU"), ("seat", "window")]));
    assert_eq!(customers["c2"].email.as_deref(), Some("bob@example.com"));
    assert_eq!(customers["c2"].attributes, attributes([("region", "NA")]));
}

on_both_databases!(
    a_customer_is_stored_as_in_its_row,
    importing_the_same_file_again_changes_nothing,
    a_later_file_adds_and_changes_and_empties_nothing,
);
