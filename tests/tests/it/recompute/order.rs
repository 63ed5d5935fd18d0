//! Results depend on the responses, not on the ids that a database assigned.

use needle_tests::{ImportFixture, RunFixture, Survey, TestDatabase, day, on_both_databases, reviews};

use super::{END, import_everything, survey};

/// Later responses of other customers, who take the first ids.
fn responses_of_others() -> String {
    let header = "response_id,score,responded_at,customer_id,region\n";
    let row = |at: u32| format!("other{at},9,2024-08-30,other{},EU\n", at % 7);
    header.to_owned() + &(0..20).map(row).collect::<String>()
}

async fn responses_in_another_order_give_the_same_reviews(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.replay(survey.monday(16), survey.monday(31)).await;
    let expected = reviews(&test.database).await;
    assert!(expected.len() > 30, "{}", expected.len());
    // Customers and profiles get other ids, in another order, and with gaps.
    let other = TestDatabase::sqlite().await;
    ImportFixture::of(&other).at("2024-08-30T06:00:00Z").add_responses(responses_of_others()).await;
    let backwards = Survey { first: survey.first, responses: survey.responses.iter().rev().cloned().collect() };
    import_everything(&other, &backwards).await;
    RunFixture::at(&other, END).replay(survey.monday(16), survey.monday(31)).await;
    let found = reviews(&other.database).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, review) in &expected {
        assert_eq!(found[key], *review, "{key:?}");
    }
    assert!(expected.keys().all(|(_, as_of)| *as_of < day("2024-08-30")), "the responses of others came later");
}

on_both_databases!(responses_in_another_order_give_the_same_reviews);
