//! Two customers who are one person: merged, found again under either id, parted and erased.

use needle_rules::merge::{merge, unmerge};
use needle_rules::segment::ChangeError;
use needle_tests::{DatabaseContents, TestDatabase, on_both_databases};

use super::{counts, importer};

/// Two customers of one person, with two responses each.
const CUSTOMERS: &str =
    "customer_id,email,name,region\nK1,ada@example.org,,EU\nS9,Ada@Work.example,Ada,\nK2,bo@example.org,Bo,US\n";
const RESPONSES: &str = "response_id,score,responded_at,customer_id,plan\na,9,2024-05-01,K1,pro\nb,3,2024-05-08,S9,free\n\
                         c,10,2024-06-05,S9,pro\nd,7,2024-06-06,K2,pro\n";

fn problem<T: std::fmt::Debug>(outcome: Result<T, ChangeError>) -> String {
    match outcome {
        Err(ChangeError::Problem(problem)) => format!("{:?} {}", problem.code, problem.message),
        other => panic!("{other:?}"),
    }
}

/// Whose each response is.
async fn customers_of(test: &TestDatabase) -> Vec<(String, Option<String>)> {
    let contents = DatabaseContents::of(&test.database).await;
    contents.responses.iter().map(|((_, id), response)| (id.clone(), response.customer.clone())).collect()
}

async fn one_person_is_one_customer_under_either_id(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers(CUSTOMERS).await;
    importer.add_responses(RESPONSES).await;
    let before = DatabaseContents::of(&test.database).await;
    let done = merge(&importer.context, "S9", "K1", "tester").await.expect("merged");
    assert_eq!((done.customer.external_id.as_str(), done.responses), ("K1", 2));
    let after = DatabaseContents::of(&test.database).await;
    assert_eq!(after.customers.keys().collect::<Vec<_>>(), ["K1", "K2"]);
    let one = &after.customers["K1"];
    assert_eq!((one.email.as_deref(), one.name.as_deref()), (Some("ada@example.org"), Some("Ada")));
    for (key, response) in &after.responses {
        assert_eq!(response.profile, before.responses[key].profile, "the past stays what it was");
    }
    assert_eq!(counts(&importer.responses(RESPONSES).await), (0, 0, 4, 0), "the same file again");
    let report = importer.customers(CUSTOMERS).await;
    assert_eq!(counts(&report), (0, 0, 3, 0));
    assert!(report.notes[0].contains("\"S9\" into \"K1\""), "{report:?}");
    let by_address = "Response ID,Submitted at,Email Address,NPS\nx,2024-07-04,ADA@work.example,8\n";
    importer.add_responses(by_address).await;
    let whose = customers_of(test).await;
    let of = |id: &str| whose.iter().find(|(own, _)| own == id).expect("a response").1.clone();
    assert_eq!([of("a"), of("b"), of("x"), of("d")].map(Option::unwrap), ["K1", "K1", "K1", "K2"]);
}

async fn a_merge_is_undone_as_if_it_had_not_been(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers(CUSTOMERS).await;
    importer.add_responses(RESPONSES).await;
    let before = DatabaseContents::of(&test.database).await;
    merge(&importer.context, "S9", "K1", "tester").await.expect("merged");
    let done = unmerge(&importer.context, "S9").await.expect("parted");
    assert_eq!((done.customer.external_id.as_str(), done.responses), ("S9", 2));
    let after = DatabaseContents::of(&test.database).await;
    assert_eq!(format!("{:?}", after.customers), format!("{:?}", before.customers));
    assert_eq!(format!("{:?}", after.responses), format!("{:?}", before.responses));
    // What came in meanwhile under the former id stays with the other customer.
    merge(&importer.context, "S9", "K1", "tester").await.expect("merged again");
    importer.add_responses("response_id,score,responded_at,customer_id\nlate,5,2024-07-01,S9\n").await;
    unmerge(&importer.context, "S9").await.expect("parted again");
    let whose = customers_of(test).await;
    assert!(whose.contains(&("late".to_owned(), Some("K1".to_owned()))), "{whose:?}");
    assert!(whose.contains(&("b".to_owned(), Some("S9".to_owned()))), "{whose:?}");
}

async fn merges_that_cannot_be_meant_are_refused(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers(CUSTOMERS).await;
    let context = &importer.context;
    let before = test.row_counts().await;
    assert!(problem(merge(context, "K1", "K1", "t").await).starts_with("Invalid"));
    assert!(problem(merge(context, "none", "K1", "t").await).starts_with("NotFound"));
    assert!(problem(merge(context, "K1", "none", "t").await).starts_with("NotFound"));
    assert!(problem(unmerge(context, "K1").await).starts_with("NotFound"));
    assert_eq!(test.row_counts().await, before);
    merge(context, "S9", "K1", "t").await.expect("merged");
    assert!(problem(merge(context, "S9", "K2", "t").await).contains("part of \"K1\" already"));
    assert!(problem(merge(context, "K1", "K2", "t").await).contains("merge \"K2\" into it instead"));
    merge(context, "K2", "K1", "t").await.expect("a third one");
}

async fn an_erased_person_does_not_come_back_under_the_former_id(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers(CUSTOMERS).await;
    importer.add_customers("customer_id,region\nS9,Samarkand\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id\na,9,2024-05-01,K1\nd,7,2024-06-06,K2\n").await;
    merge(&importer.context, "S9", "K1", "tester").await.expect("merged");
    // By the former id: it is the same person.
    needle_rules::erase::erase_customer(&importer.context, "S9", "a secret").await.expect("erased");
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["K2"]);
    let again = importer.responses(RESPONSES).await;
    assert_eq!((again.unchanged + again.updated, again.rejected.len()), (1, 3), "{again:?}");
    let values = entity::store::dimension::values(test.database.reader()).await.expect("values");
    assert!(!format!("{values:?}").contains("Samarkand"), "{values:?}");
    assert_eq!(importer.customers(CUSTOMERS).await.rejected.len(), 2);
    let by_address = "Response ID,Submitted at,Email Address,NPS\nx,2024-07-04,ADA@work.example,8\n";
    assert_eq!(importer.responses(by_address).await.rejected.len(), 1);
    assert!(problem(unmerge(&importer.context, "S9").await).starts_with("NotFound"));
}

async fn an_address_that_comes_to_a_known_id_later_makes_one_customer_of_two(test: &TestDatabase) {
    let importer = importer(test);
    importer.add_customers("customer_id,region\nK1,EU\n").await;
    importer.add_responses("Response ID,Submitted at,Email Address,NPS\nx,2024-07-04,ada@example.org,8\n").await;
    assert_eq!(DatabaseContents::of(&test.database).await.customers.len(), 2);
    importer.add_customers("customer_id,email\nK1,Ada@Example.org\n").await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["K1"]);
    assert_eq!(customers_of(test).await, [("x".to_owned(), Some("K1".to_owned()))]);
    unmerge(&importer.context, "ada@example.org").await.expect("undone");
    assert_eq!(DatabaseContents::of(&test.database).await.customers.len(), 2);
}

on_both_databases! {
    one_person_is_one_customer_under_either_id,
    a_merge_is_undone_as_if_it_had_not_been,
    merges_that_cannot_be_meant_are_refused,
    an_erased_person_does_not_come_back_under_the_former_id,
    an_address_that_comes_to_a_known_id_later_makes_one_customer_of_two,
}
