//! Erasing: the person's data is deleted for good, the counts stay.

use entity::store::profile;
use needle_rules::erase::erase_customer;
use needle_rules::problem::ProblemCode;
use needle_rules::segment::ChangeError;
use needle_tests::{DatabaseContents, ImportFixture, TestDatabase, attributes, on_both_databases, settle, stale_weeks};

use super::{counts, refusal, rejected};

const CUSTOMERS: &str = "\
customer_id,email,name,region,village
c1,ada@example.com,Ada Lovelace,EU,Ockham
c2,bob@example.com,Bob,EU,London
c3,eve@example.com,Eve,EU,London
";

const RESPONSES: &str = "\
response_id,score,responded_at,customer_id,comment
r1,10,2024-07-01,c1,my name is Ada
r2,0,2024-07-09,c1,
r3,9,2024-07-01,c2,fine
r4,9,2024-07-01,c3,fine too
";

pub(super) async fn imported(test: &TestDatabase) -> ImportFixture {
    let importer = ImportFixture::of(test);
    importer.add_customers(CUSTOMERS).await;
    importer.add_responses(RESPONSES).await;
    settle(&test.database).await;
    importer
}

async fn erase(importer: &ImportFixture, customer: &str) {
    erase_customer(&importer.context, customer, "a secret of this test").await.expect("erased");
}

async fn names_and_comments_go_and_the_counts_stay(test: &TestDatabase) {
    let importer = imported(test).await;
    erase(&importer, "c1").await;
    let contents = DatabaseContents::of(&test.database).await;
    assert_eq!(contents.customers.keys().collect::<Vec<_>>(), ["c2", "c3"]);
    assert_eq!(contents.responses.len(), 4);
    let anonymous: Vec<_> = contents.responses.values().filter(|response| response.customer.is_none()).collect();
    let mut facts: Vec<_> = anonymous.iter().map(|response| (response.day.as_str(), response.score)).collect();
    facts.sort_unstable();
    assert_eq!(facts, [("2024-07-01", Some(10)), ("2024-07-09", Some(0))]);
    assert!(anonymous.iter().all(|response| response.comment.is_none() && response.detail.is_empty()));
    assert_eq!(contents.response("r3").comment.as_deref(), Some("fine"));
}

#[test]
fn no_byte_of_the_person_stays_in_the_files_of_sqlite() {
    needle_tests::on_sqlite(async |test: &TestDatabase| {
        let importer = imported(test).await;
        let path = test.url.trim_start_matches("sqlite://").split('?').next().expect("a path").to_owned();
        let holds = |text: &str| {
            let files = ["", "-wal"].map(|suffix| std::fs::read(format!("{path}{suffix}")).expect("a file"));
            files.iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        };
        assert!(holds("ada@example.com") && holds("my name is Ada") && holds("Ockham"));
        erase(&importer, "c1").await;
        assert!(!holds("ada@example.com") && !holds("my name is Ada") && !holds("Ockham"));
        assert!(holds("bob@example.com"));
    });
}

/// Every row of every table, in one string.
pub(super) async fn every_text(test: &TestDatabase) -> String {
    let mut texts = String::new();
    for table in test.tables().await {
        let rows = as_json(test, &table).await;
        for row in test.query(&format!("SELECT CAST(json_row AS TEXT) FROM ({rows}) AS every_row")).await {
            texts += &row.try_get_by_index::<String>(0).expect("a text");
            texts.push('\n');
        }
    }
    texts
}

/// A statement that gives each row of a table as one JSON text.
async fn as_json(test: &TestDatabase, table: &str) -> String {
    if test.database.backend() == sea_orm::DbBackend::Postgres {
        return format!("SELECT to_jsonb(t) AS json_row FROM \"{table}\" AS t");
    }
    let columns = test.query(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
    let names = columns.iter().map(|row| row.try_get_by_index::<String>(0).expect("a name"));
    let printable = |name| format!("CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") ELSE \"{name}\" END");
    let cells: Vec<String> = names.map(printable).collect();
    format!("SELECT json_array({}) AS json_row FROM \"{table}\"", cells.join(", "))
}

/// Erases Ada and checks that these texts are stored before and nowhere afterwards.
async fn erased_with_ada(test: &TestDatabase, texts: &[&str]) {
    let importer = imported(test).await;
    let before = every_text(test).await;
    for text in texts {
        assert!(before.contains(text), "{text} is not stored before: {before}");
    }
    erase(&importer, "c1").await;
    let after = every_text(test).await;
    for text in texts {
        assert!(!after.contains(text), "{text} is still stored: {after}");
    }
}

async fn no_table_names_the_person_any_more(test: &TestDatabase) {
    erased_with_ada(test, &["Ada", "ada@example.com", "\"c1\"", "\"r1\"", "\"r2\""]).await;
}

async fn no_table_holds_an_attribute_any_more_that_only_the_person_had(test: &TestDatabase) {
    erased_with_ada(test, &["Ockham"]).await;
}

async fn a_profile_that_only_the_erased_had_loses_its_attributes(test: &TestDatabase) {
    let importer = imported(test).await;
    erase(&importer, "c1").await;
    let contents = DatabaseContents::of(&test.database).await;
    let anonymous = contents.responses.values().filter(|response| response.customer.is_none());
    assert!(anonymous.into_iter().all(|response| response.profile.is_empty()));
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-08".to_owned()].into());
    settle(&test.database).await;
    // Bob and Eve have the same attributes: as long as one of them stays, the profile identifies neither.
    let london = attributes([("region", "EU"), ("village", "London")]);
    let profiles = async || {
        let rows = profile::all(test.database.reader()).await.expect("profiles");
        rows.into_iter().map(|row| row.attributes).collect::<Vec<_>>()
    };
    erase(&importer, "c2").await;
    assert!(profiles().await.contains(&london));
    assert!(stale_weeks(&test.database).await.is_empty());
    erase(&importer, "c3").await;
    assert_eq!(profiles().await, [attributes([])]);
}

async fn importing_the_old_files_again_does_not_bring_a_person_back(test: &TestDatabase) {
    let importer = imported(test).await;
    erase(&importer, "c1").await;
    let before = DatabaseContents::of(&test.database).await;
    let report = importer.customers(CUSTOMERS).await;
    assert_eq!(rejected(&report), [refusal(1, "customer_id", "ERASED")]);
    assert_eq!(counts(&report), (0, 0, 2, 1));
    let report = importer.responses(RESPONSES).await;
    assert_eq!(rejected(&report), [refusal(1, "customer_id", "ERASED"), refusal(2, "customer_id", "ERASED")]);
    let without_customer =
        "response_id,score,responded_at,comment\nr1,10,2024-07-01,my name is Ada\nr5,9,2024-07-01,\n";
    let report = importer.responses(without_customer).await;
    assert_eq!(rejected(&report), [refusal(1, "response_id", "ERASED")]);
    let after = DatabaseContents::of(&test.database).await;
    assert_eq!(after.customers, before.customers);
    assert_eq!(after.responses.len(), before.responses.len() + 1, "r5 is new and anonymous");
}

async fn a_response_that_moved_away_before_names_the_person_no_more(test: &TestDatabase) {
    let importer = imported(test).await;
    importer.add_responses("response_id,score,responded_at,customer_id\nr2,0,2024-07-09,c2\n").await;
    erase(&importer, "c1").await;
    // What published blocks name may stay until the next run.
    settle(&test.database).await;
    let london = attributes([("region", "EU"), ("village", "London")]);
    assert_eq!(DatabaseContents::of(&test.database).await.response("r2").profile, london);
    let after = every_text(test).await;
    assert!(!after.contains("Ockham"), "{after}");
}

async fn an_unknown_customer_is_distinguished_from_one_erased_before(test: &TestDatabase) {
    let importer = imported(test).await;
    let code = async |customer: &str| match erase_customer(&importer.context, customer, "another secret").await {
        Err(ChangeError::Problem(problem)) => Some(problem.code),
        Ok(_) => None,
        Err(ChangeError::Store(error)) => panic!("{error}"),
    };
    assert_eq!(code("c9").await, Some(ProblemCode::NotFound));
    assert_eq!(code("c1").await, None);
    assert_eq!(code("c1").await, Some(ProblemCode::Erased));
    assert_eq!(code("c9").await, Some(ProblemCode::NotFound));
}

async fn values_that_responses_of_others_have_stay_known(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let rows = "r1,9,2024-07-01,c1,app\nr2,8,2024-07-02,c2,app\nr3,7,2024-07-03,c1,letter\n";
    importer.add_responses(format!("response_id,score,responded_at,customer_id,channel\n{rows}")).await;
    erase(&importer, "c1").await;
    let dimensions = entity::store::dimension::all(test.database.reader()).await.expect("dimensions");
    assert_eq!(
        dimensions.iter().map(|row| (row.name.as_str(), row.distinct_values)).collect::<Vec<_>>(),
        [("channel", 1)]
    );
    let values = entity::store::dimension::values_of(test.database.reader(), "channel", None).await.expect("values");
    assert_eq!(values, ["app"]);
}

on_both_databases!(
    names_and_comments_go_and_the_counts_stay,
    no_table_names_the_person_any_more,
    no_table_holds_an_attribute_any_more_that_only_the_person_had,
    a_profile_that_only_the_erased_had_loses_its_attributes,
    importing_the_old_files_again_does_not_bring_a_person_back,
    an_unknown_customer_is_distinguished_from_one_erased_before,
    a_response_that_moved_away_before_names_the_person_no_more,
    values_that_responses_of_others_have_stay_known,
);
