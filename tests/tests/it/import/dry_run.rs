//! A dry run reports what would happen, in the same words, and changes nothing.

use needle_import::FileKind;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, on_both_databases};
use serde_json::json;

/// Imports a file as a dry run and then for real: the reports are equal and the dry run changed nothing.
async fn same_report_and_no_trace(test: &TestDatabase, kind: FileKind, file: &str) {
    let before = (DatabaseContents::of(&test.database).await, test.row_counts().await);
    let dry = ImportFixture::of(test).dry().read(kind, file).await.expect("a dry run");
    assert_eq!((DatabaseContents::of(&test.database).await, test.row_counts().await), before);
    let real = ImportFixture::of(test).read(kind, file).await.expect("an import");
    assert_eq!(dry, real);
    assert_ne!(
        (DatabaseContents::of(&test.database).await, test.row_counts().await),
        before,
        "the file changes something"
    );
}

async fn every_kind_of_file_is_read_dry_with_the_same_report(test: &TestDatabase) {
    let customers = "customer_id,region,plan\nc1,EU,pro\nc2,US,free\n,US,free\n";
    let responses =
        "response_id,score,responded_at,customer_id,comment\nr1,9,2024-07-01,c1,fine\nr2,12,2024-07-01,c9,\n";
    same_report_and_no_trace(test, FileKind::Customers, customers).await;
    same_report_and_no_trace(test, FileKind::Responses, responses).await;
    // Again with rows that are new, changed, unchanged and refused.
    same_report_and_no_trace(test, FileKind::Customers, &(customers.replace("free", "pro") + "c3,APAC,\nc3,,\n")).await;
    same_report_and_no_trace(test, FileKind::Responses, &(responses.replace("fine", "good") + "r3,,2024-07-02,c8,\n"))
        .await;
    let eu = json!({"attribute": {"name": "region", "in": ["EU"]}});
    let segments = json!([{"key": "eu", "name": "Europe", "filter": eu, "primary": true}, {"key": "x"}]);
    same_report_and_no_trace(test, FileKind::Segments, &segments.to_string()).await;
    let decisions = json!([
        {"externalId": "d1", "title": "Free delivery", "owner": "ada", "targetSegmentKey": "eu",
         "takesEffectOn": "2024-08-01", "expectedImpact": 5},
        {"externalId": "d2"},
    ]);
    same_report_and_no_trace(test, FileKind::Decisions, &decisions.to_string()).await;
}

async fn a_dry_run_of_many_chunks_that_passes_the_limit_of_values_reports_the_same(test: &TestDatabase) {
    let file = |orders: usize| {
        let row = |at: usize| format!("r{at},9,2024-07-01,order {}\n", at % orders);
        "response_id,score,responded_at,order\n".to_owned() + &(0..6_000).map(row).collect::<String>()
    };
    ImportFixture::of(test).add_responses(file(900)).await;
    // The first chunk passes the limit, and the rows of the second one repeat stored values.
    let rows: Vec<String> =
        file(1_100).lines().take(5_001).chain(file(900).lines().skip(5_001)).map(str::to_owned).collect();
    same_report_and_no_trace(test, FileKind::Responses, &rows.join("\n")).await;
}

on_both_databases!(
    every_kind_of_file_is_read_dry_with_the_same_report,
    a_dry_run_of_many_chunks_that_passes_the_limit_of_values_reports_the_same,
);
