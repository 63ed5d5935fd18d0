//! Customers: imported again, completed by later files, never emptied.

use needle_import::{FileFormat, FileKind};
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

async fn a_file_of_responses_is_not_imported_as_customers(test: &TestDatabase) {
    let files = [
        "response_id,score,responded_at,customer_id,comment\nr1,9,2024-07-01,c1,fine\n",
        "customer_id,responded_at,score\nc1,2024-07-01,9\n",
        "StartDate,EndDate,Status,Progress,Finished,ResponseId,NPS\n2024-07-01,2024-07-01,0,100,True,R_1,9\n",
    ];
    for file in files {
        let importer = ImportFixture::of(test);
        let error = importer.read(FileKind::Customers, file).await.expect_err(file).to_string();
        assert!(error.contains("a file of responses") && error.contains("`needle import responses`"), "{error}");
        assert!(DatabaseContents::of(&test.database).await.customers.is_empty());
    }
    // A score of the customer alone is an attribute, and whoever says so is believed.
    assert_eq!(counts(&ImportFixture::of(test).customers("customer_id,score\nc1,700\n").await), (1, 0, 0, 0));
    let mut importer = ImportFixture::of(test);
    importer.options.format = FileFormat::Needle;
    assert_eq!(counts(&importer.customers("customer_id,responded_at,score\nc2,2024-07-01,9\n").await), (1, 0, 0, 0));
}

on_both_databases!(
    a_customer_is_stored_as_in_its_row,
    a_file_of_responses_is_not_imported_as_customers,
    importing_the_same_file_again_changes_nothing,
    a_later_file_adds_and_changes_and_empties_nothing,
);
