//! High-cardinality attributes are stored in the response details, and none of their values is lost.

use std::ops::Range;
use std::sync::mpsc;

use entity::Attributes;
use entity::store::dimension::{self, VALUES_LIMIT};
use entity::store::profile;
use needle_import::{FileKind, ImportProgress, import};
use needle_rules::outcome::ImportReport;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases, settle, stale_weeks};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

use super::counts;

/// Responses whose order numbers are all different.
fn orders(rows: Range<usize>) -> String {
    let row = |at| format!("r{at},9,2024-07-01,EU,order {at}\n");
    "response_id,score,responded_at,region,order\n".to_owned() + &rows.map(row).collect::<String>()
}

/// Checks that every response has its region in its profile and its order number in its detail.
fn assert_order_in_details(contents: &DatabaseContents, rows: Range<usize>) {
    for at in rows {
        let response = contents.response(&format!("r{at}"));
        assert_eq!(response.profile, attributes([("region", "EU")]), "r{at}");
        assert_eq!(response.detail, attributes([("order", &format!("order {at}"))]), "r{at}");
    }
}

async fn is_high_cardinality(test: &TestDatabase, name: &str) -> bool {
    dimension::by_name(test.database.reader(), name).await.expect("a reply").expect("a dimension").kept_out
}

async fn profiles(test: &TestDatabase) -> Vec<Attributes> {
    let rows = profile::all(test.database.reader()).await.expect("profiles");
    rows.into_iter().map(|row| row.attributes).collect()
}

async fn as_many_values_as_the_limit_stay_in_profiles(test: &TestDatabase) {
    ImportFixture::of(test).add_responses(orders(0..VALUES_LIMIT)).await;
    let order = dimension::by_name(test.database.reader(), "order").await.expect("a reply").expect("a dimension");
    assert_eq!((order.kept_out, order.distinct_values), (false, 1_000));
    assert_eq!(profiles(test).await.len(), VALUES_LIMIT);
    let values = dimension::values(test.database.reader()).await.expect("values");
    assert_eq!(values["order"].len(), VALUES_LIMIT);
}

async fn one_value_more_moves_them_all_into_response_details(test: &TestDatabase) {
    ImportFixture::of(test).add_responses(orders(0..VALUES_LIMIT + 1)).await;
    assert!(is_high_cardinality(test, "order").await);
    assert_eq!(profiles(test).await, [attributes([("region", "EU")])]);
    assert_order_in_details(&DatabaseContents::of(&test.database).await, 0..VALUES_LIMIT + 1);
    let values = dimension::values(test.database.reader()).await.expect("values");
    assert!(!values.contains_key("order"));
}

async fn profiles_of_earlier_files_are_interned_again_without_it(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses(orders(0..900)).await;
    let comment = "response_id,score,responded_at,comment\nr7,9,2024-07-01,fine\n";
    importer.add_responses(comment).await;
    settle(&test.database).await;
    let later = orders(900..1_100).replace("2024-07-01", "2024-07-15");
    assert_eq!(counts(&importer.responses(later).await), (200, 0, 0, 0));
    assert!(is_high_cardinality(test, "order").await);
    assert_eq!(profiles(test).await, [attributes([("region", "EU")])]);
    let contents = DatabaseContents::of(&test.database).await;
    assert_order_in_details(&contents, 0..1_100);
    assert_eq!(contents.response("r7").comment.as_deref(), Some("fine"));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-15".to_owned()].into());
    assert_eq!(counts(&importer.responses(orders(0..900)).await), (0, 0, 900, 0), "the old file again");
    assert_eq!(DatabaseContents::of(&test.database).await, contents);
}

async fn a_customers_attribute_beyond_the_limit_goes_to_details_of_new_responses(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let row = |at| format!("c{at},EU,{at}.5\n");
    let customers = "customer_id,region,weight\n".to_owned() + &(0..1_001).map(row).collect::<String>();
    importer.add_customers(customers).await;
    assert!(is_high_cardinality(test, "weight").await);
    importer.add_responses("response_id,score,responded_at,customer_id\nr1,9,2024-07-01,c17\n").await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.response("r1").profile, attributes([("region", "EU")]));
    assert_eq!(contents.response("r1").detail, attributes([("weight", "17.5")]));
    assert_eq!(contents.customers["c17"].attributes, attributes([("region", "EU"), ("weight", "17.5")]));
}

async fn the_first_attributes_of_a_customer_beyond_the_limit_go_to_details_of_earlier_responses(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_responses("response_id,score,responded_at,customer_id,comment\nr1,9,2024-07-01,c17,fine\n").await;
    let row = |at| format!("c{at},EU,{at}.5\n");
    let customers = "customer_id,region,weight\n".to_owned() + &(0..1_001).map(row).collect::<String>();
    importer.add_customers(customers).await;
    let contents = DatabaseContents::of(&test.database).await;
    let response = contents.response("r1");
    assert_eq!((&response.profile, response.comment.as_deref()), (&attributes([("region", "EU")]), Some("fine")));
    assert_eq!(response.detail, attributes([("weight", "17.5")]));
}

async fn a_dimension_is_numeric_while_all_its_values_are(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    importer.add_customers("customer_id,age,plan\nc1,30,1\nc2,41.5,pro\n").await;
    let numeric = async |name: &str| {
        let found = dimension::by_name(test.database.reader(), name).await.expect("a reply");
        found.expect("a dimension").numeric
    };
    assert!(numeric("age").await && !numeric("plan").await);
    importer.add_customers("customer_id,age\nc3,unknown\n").await;
    importer.add_customers("customer_id,age\nc4,50\n").await;
    assert!(!numeric("age").await);
}

/// An import that waits after its first chunk.
struct SlowImport {
    go_on: mpsc::Sender<()>,
    import: JoinHandle<ImportReport>,
}

impl SlowImport {
    /// Begins an import of responses and waits until its first chunk is written.
    async fn begin(importer: ImportFixture, file: String) -> Self {
        let (go_on, may_go_on) = mpsc::channel();
        let (first_chunk, mut is_written) = tokio::sync::mpsc::unbounded_channel();
        let runtime = Handle::current();
        let import = spawn_blocking(move || {
            let progress = move |progress: ImportProgress| {
                if first_chunk.send(progress.rows).is_ok() {
                    // Only the first wait is for the other side: afterwards it is gone.
                    let _ = may_go_on.recv();
                }
            };
            let (target, options) = (&importer.context, &importer.options);
            let file = std::io::Cursor::new(file.into_bytes());
            runtime.block_on(import(target, FileKind::Responses, file, options, progress)).expect("imported")
        });
        is_written.recv().await.expect("a chunk");
        Self { go_on, import }
    }

    /// Lets the import go on and waits for its end.
    async fn end(self) -> ImportReport {
        drop(self.go_on);
        self.import.await.expect("a report")
    }
}

/// More than one chunk of responses without an order number.
fn without_order() -> String {
    let row = |at| format!("plain{at},9,2024-07-01,EU,\n");
    "response_id,score,responded_at,region,order\n".to_owned() + &(0..5_001).map(row).collect::<String>()
}

/// The rows of some orders, without their header.
fn order_rows(rows: Range<usize>) -> String {
    orders(rows).split_inclusive('\n').skip(1).collect()
}

async fn two_imports_that_pass_the_limit_only_together_demote_the_attribute(test: &TestDatabase) {
    // The slow import has read the stored dimensions before the quick one adds to them.
    let file = without_order() + &order_rows(600..1_200);
    let slow = SlowImport::begin(ImportFixture::into(test.connect().await), file).await;
    ImportFixture::of(test).add_responses(orders(0..600)).await;
    assert!(!is_high_cardinality(test, "order").await);
    slow.end().await;
    assert!(is_high_cardinality(test, "order").await);
    assert_order_in_details(&DatabaseContents::of(&test.database).await, 0..1_200);
}

async fn an_import_that_began_before_an_attribute_was_demoted_does_not_bring_it_back(test: &TestDatabase) {
    let file = without_order() + &order_rows(1_001..1_002);
    let slow = SlowImport::begin(ImportFixture::into(test.connect().await), file).await;
    ImportFixture::of(test).add_responses(orders(0..1_001)).await;
    assert!(is_high_cardinality(test, "order").await);
    slow.end().await;
    assert!(is_high_cardinality(test, "order").await);
    assert_order_in_details(&DatabaseContents::of(&test.database).await, 0..1_002);
}

on_both_databases!(
    as_many_values_as_the_limit_stay_in_profiles,
    one_value_more_moves_them_all_into_response_details,
    profiles_of_earlier_files_are_interned_again_without_it,
    a_customers_attribute_beyond_the_limit_goes_to_details_of_new_responses,
    the_first_attributes_of_a_customer_beyond_the_limit_go_to_details_of_earlier_responses,
    a_dimension_is_numeric_while_all_its_values_are,
    two_imports_that_pass_the_limit_only_together_demote_the_attribute,
    an_import_that_began_before_an_attribute_was_demoted_does_not_bring_it_back,
);
