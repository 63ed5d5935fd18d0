//! Several imports at once, each with its own connections, as in several processes.

use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases};

use super::file;

const IMPORTERS: usize = 8;

/// The customers and responses of one import: half of them are also those of the next one.
fn files(importer: usize) -> (String, String) {
    let mut rows: Vec<usize> = (importer * 100..importer * 100 + 200).collect();
    if importer % 2 == 1 {
        rows.reverse();
    }
    let customer = |at: &usize| format!("c{at},person{at}@example.com,region {},plan {}", at % 13, at % 3);
    let response =
        |at: &usize| format!("r{at},{},2024-07-{:02},c{at},comment {at},channel {}", at % 11, 1 + at % 14, at % 5);
    (
        file("customer_id,email,region,plan", rows.iter().map(customer)),
        file("response_id,score,responded_at,customer_id,comment,channel", rows.iter().map(response)),
    )
}

async fn overlapping_files_end_in_exactly_their_union(test: &TestDatabase) {
    let mut tasks = Vec::new();
    for at in 0..IMPORTERS {
        let importer = ImportFixture::into(test.connect().await);
        tasks.push(tokio::spawn(async move {
            let (customers, responses) = files(at);
            importer.add_customers(customers).await;
            importer.responses(responses).await
        }));
    }
    for task in tasks {
        assert!(task.await.expect("a task").rejected.is_empty());
    }
    let one_by_one = TestDatabase::sqlite().await;
    let importer = ImportFixture::of(&one_by_one);
    for at in 0..IMPORTERS {
        let (customers, responses) = files(at);
        importer.add_customers(customers).await;
        importer.add_responses(responses).await;
    }
    let (together, expected) =
        (DatabaseContents::of(&test.database).await, DatabaseContents::of(&one_by_one.database).await);
    assert_eq!((together.customers.len(), together.responses.len()), (900, 900));
    assert_eq!(together.customers, expected.customers);
    assert_eq!(together.responses, expected.responses);
    for table in ["customer", "profile", "response", "comment", "dimension", "dimension_value"] {
        assert_eq!(test.row_counts().await[table], one_by_one.row_counts().await[table], "{table}");
    }
}

/// Two hundred customers with a value of one attribute.
fn customers_with(attribute: &str) -> String {
    file(&format!("customer_id,{attribute}"), (0..200).map(|at| format!("c{at},{attribute}")))
}

/// Imports one file per task, all of the same kind, and waits for all.
async fn import_together(test: &TestDatabase, files: Vec<String>, of_customers: bool) {
    let mut tasks = Vec::new();
    for file in files {
        let importer = ImportFixture::into(test.connect().await);
        tasks.push(tokio::spawn(async move {
            if of_customers { importer.customers(file).await } else { importer.responses(file).await }
        }));
    }
    for task in tasks {
        assert!(task.await.expect("a task").rejected.is_empty());
    }
}

async fn imports_of_different_attributes_of_the_same_new_customers_lose_none(test: &TestDatabase) {
    import_together(test, ["region", "plan", "channel", "seat"].map(customers_with).into(), true).await;
    let customers = DatabaseContents::of(&test.database).await.customers;
    assert_eq!(customers.len(), 200);
    let everything = attributes([("channel", "channel"), ("plan", "plan"), ("region", "region"), ("seat", "seat")]);
    let incomplete: Vec<_> = customers.iter().filter(|(_, customer)| customer.attributes != everything).collect();
    assert!(incomplete.is_empty(), "{} of 200 lost something, like {:?}", incomplete.len(), incomplete[0]);
}

async fn imports_of_different_attributes_of_existing_customers_lose_none(test: &TestDatabase) {
    ImportFixture::of(test).add_customers(customers_with("plan")).await;
    import_together(test, ["region", "channel", "seat"].map(customers_with).into(), true).await;
    let customers = DatabaseContents::of(&test.database).await.customers;
    let everything = attributes([("channel", "channel"), ("plan", "plan"), ("region", "region"), ("seat", "seat")]);
    let incomplete: Vec<_> = customers.iter().filter(|(_, customer)| customer.attributes != everything).collect();
    assert!(incomplete.is_empty(), "{} of 200 lost something, like {:?}", incomplete.len(), incomplete[0]);
}

async fn imports_of_different_parts_of_the_same_responses_lose_none(test: &TestDatabase) {
    let of_column = |column: &str, value: &str| {
        let (score, own, name) = if column == "score" { (value, "", "unused") } else { ("", value, column) };
        let row = |at| format!("r{at},{score},2024-07-01,{own}");
        file(&format!("response_id,score,responded_at,{name}"), (0..200).map(row))
    };
    ImportFixture::of(test).add_responses(of_column("region", "EU")).await;
    let columns = [("score", "9"), ("comment", "fine"), ("channel", "email"), ("customer_id", "c1")];
    import_together(test, columns.map(|(column, value)| of_column(column, value)).into(), false).await;
    let responses = DatabaseContents::of(&test.database).await.responses;
    let complete = responses.values().filter(|response| {
        response.score == Some(9)
            && response.comment.as_deref() == Some("fine")
            && response.customer.as_deref() == Some("c1")
            && response.profile == attributes([("channel", "email"), ("region", "EU")])
    });
    assert_eq!(complete.count(), 200, "of 200, {:?}", responses.values().next());
}

async fn responses_and_the_first_attributes_of_their_customers_may_come_in_any_order(test: &TestDatabase) {
    let (first, second) = (ImportFixture::into(test.connect().await), ImportFixture::into(test.connect().await));
    // The order is random: ten rounds are likely to meet both.
    for round in 0..10 {
        let responses = (0..100).map(|at| format!("r{round}.{at},9,2024-07-01,c{round}.{at}"));
        let customers = (0..100).rev().map(|at| format!("c{round}.{at},EU"));
        let responses = file("response_id,score,responded_at,customer_id", responses);
        let customers = file("customer_id,region", customers);
        tokio::join!(first.responses(responses), second.customers(customers));
    }
    let contents = DatabaseContents::of(&test.database).await;
    let eu = attributes([("region", "EU")]);
    assert_eq!(contents.customers.values().filter(|customer| customer.attributes == eu).count(), 1_000);
    assert_eq!(contents.responses.values().filter(|response| response.profile == eu).count(), 1_000);
}

on_both_databases!(
    overlapping_files_end_in_exactly_their_union,
    imports_of_different_attributes_of_the_same_new_customers_lose_none,
    imports_of_different_attributes_of_existing_customers_lose_none,
    imports_of_different_parts_of_the_same_responses_lose_none,
    responses_and_the_first_attributes_of_their_customers_may_come_in_any_order,
);
