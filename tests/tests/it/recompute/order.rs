//! What is found depends on what was answered, not on the ids that a database gave out.

use needle_tests::{Analyst, Importer, Survey, TestDatabase, day, on_both_databases, reviews};

use super::{END, import_everything, survey};

/// Later answers of other customers, who take the first ids.
fn answers_of_others() -> String {
    let header = "response_id,score,responded_at,customer_id,region\n";
    let row = |at: u32| format!("other{at},9,2024-08-30,other{},EU\n", at % 7);
    header.to_owned() + &(0..20).map(row).collect::<String>()
}

async fn answers_in_another_order_give_the_same_reviews(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    let analyst = Analyst::at(test, END);
    analyst.replay(survey.monday(16), survey.monday(31)).await;
    let expected = reviews(&test.database).await;
    assert!(expected.len() > 30, "{}", expected.len());
    // Customers and profiles get other ids, in another order, and not one after the other.
    let other = TestDatabase::sqlite().await;
    Importer::of(&other).at(END).add_responses(answers_of_others()).await;
    let backwards = Survey { first: survey.first, answers: survey.answers.iter().rev().cloned().collect() };
    import_everything(&other, &backwards).await;
    Analyst::at(&other, END).replay(survey.monday(16), survey.monday(31)).await;
    let found = reviews(&other.database).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, review) in &expected {
        assert_eq!(found[key], *review, "{key:?}");
    }
    assert!(expected.keys().all(|(_, as_of)| *as_of < day("2024-08-30")), "the answers of others came later");
}

on_both_databases!(answers_in_another_order_give_the_same_reviews);
