//! Erased people: their responses are still counted.

use entity::Period;
use needle_rules::erase::erase_customer;
use needle_tests::{RunFixture, TestDatabase, on_both_databases, stale_weeks};

use super::{END, analytics, import_everything, survey};

async fn erasing_customers_keeps_the_overall_counts(test: &TestDatabase) {
    let mut survey = survey();
    // No anonymous response shares a profile with a customer.
    for response in survey.responses.iter_mut().filter(|response| response.customer.is_some()) {
        response.region = Some("Moon");
    }
    let importer = import_everything(test, &survey).await;
    let analyst = RunFixture::at(test, END);
    analyst.run().await;
    let everyone = survey.count(survey.first, survey.monday(34), |_| true);
    assert_eq!(analytics(test).await.nps(None, Period::default()).expect("counts"), everyone);
    let profiles = test.row_counts().await["profile"];
    for customer in (0..40).map(|at| format!("c{at}")) {
        let responses =
            survey.responses.iter().filter(|response| response.customer.as_ref() == Some(&customer)).count();
        assert!(responses > 0, "{customer} never responded");
        erase_customer(&importer.context, &customer, "a secret of this test").await.expect("erased");
    }
    assert!(test.row_counts().await["profile"] < profiles, "what only the erased had is gone");
    assert!(!stale_weeks(&test.database).await.is_empty());
    assert_eq!(analytics(test).await.nps(None, Period::default()).expect("counts"), everyone, "before the next run");
    for full in [false, true] {
        if full {
            analyst.run_full().await
        } else {
            analyst.run().await
        };
        let figures = analytics(test).await;
        assert_eq!(figures.nps(None, Period::default()).expect("counts"), everyone, "full: {full}");
        let july = Period { from: Some(survey.monday(26)), until: Some(survey.monday(30)) };
        let expected = survey.count(survey.monday(26), survey.monday(30), |_| true);
        assert_eq!(figures.nps(None, july).expect("counts"), expected, "full: {full}");
    }
}

on_both_databases!(erasing_customers_keeps_the_overall_counts);
