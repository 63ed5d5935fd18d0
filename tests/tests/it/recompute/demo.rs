//! The sample company, whose decisions have given true effects.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::verdict::Verdict;
use entity::{Day, store};
use jobs::demo::SampleCompany;
use needle_import::FileKind;
use needle_tests::{ImportFixture, RunFixture, StoredReview, TestDatabase, reviews};

const NOW: &str = "2026-11-16T05:00:00Z";

/// The verdicts that claim an effect or its absence, as opposed to those that leave it open.
const REACHED: [Verdict; 3] = [Verdict::MovedUp, Verdict::MovedDown, Verdict::DidNotMove];

/// The verdicts of a decision, oldest first.
fn verdicts(reviews: &BTreeMap<(String, Day), StoredReview>, decision: &str) -> Vec<Verdict> {
    reviews.iter().filter(|((id, _), _)| id == decision).map(|(_, review)| review.verdict).collect()
}

#[test]
fn the_reviews_of_the_sample_company_find_the_true_effects_and_claim_no_others() {
    needle_tests::on_sqlite(async |test: &TestDatabase| {
        let today = NaiveDate::from_ymd_opt(2026, 11, 16).expect("a date");
        let company = SampleCompany::new(today);
        let importer = ImportFixture::of(test).at(NOW);
        for (kind, file) in [
            (FileKind::Customers, &company.customers_csv),
            (FileKind::Responses, &company.responses_csv),
            (FileKind::Segments, &company.segments_json),
            (FileKind::Decisions, &company.decisions_json),
        ] {
            assert!(importer.read(kind, file).await.expect("an import").rejected.is_empty(), "{kind:?}");
        }
        let analyst = RunFixture::at(test, NOW);
        let runs = analyst.replay(company.first_review.into(), today.into()).await;
        assert_eq!(runs.len(), 52);
        analyst.run().await;
        let reviews = reviews(&test.database).await;
        for truth in &company.true_effects {
            let found = verdicts(&reviews, &truth.decision);
            assert!(!found.is_empty(), "{truth:?} was never reviewed");
            if truth.effect.abs() < f64::EPSILON {
                let is_claim = |verdict: &Verdict| matches!(verdict, Verdict::MovedUp | Verdict::MovedDown);
                assert!(!found.iter().any(is_claim), "{truth:?}: {found:?}");
            }
            if let Some(first) = found.iter().position(|verdict| REACHED.contains(verdict)) {
                assert!(found[first..].iter().all(|verdict| *verdict == found[first]), "{truth:?}: {found:?}");
            }
        }
        assert_twins_are_confounded(test, &reviews).await;
        let over = |decision: &str| reviews.iter().any(|((id, _), review)| id == decision && review.is_final);
        let clear: Vec<_> =
            company.true_effects.iter().filter(|truth| truth.effect.abs() >= 10.0 && over(&truth.decision)).collect();
        assert!(clear.len() >= 4, "{clear:?}");
        for truth in clear {
            let expected = if truth.effect > 0.0 { Verdict::MovedUp } else { Verdict::MovedDown };
            let found = verdicts(&reviews, &truth.decision);
            assert_eq!(found.last(), Some(&expected), "{truth:?}: {found:?}");
        }
    });
}

/// Decisions with the same target and week cannot be distinguished.
async fn assert_twins_are_confounded(test: &TestDatabase, reviews: &BTreeMap<(String, Day), StoredReview>) {
    let mut alike: HashMap<_, Vec<String>> = HashMap::new();
    for decision in store::decision::all(test.database.reader()).await.expect("decisions") {
        let target = decision.definition_id.map(|definition| definition.0);
        alike.entry((target, decision.takes_effect_on)).or_default().push(decision.external_id);
    }
    let twins: Vec<_> = alike.into_values().filter(|decisions| decisions.len() > 1).flatten().collect();
    assert_eq!(twins.len(), 2, "{twins:?}");
    for decision in twins {
        let found = verdicts(reviews, &decision);
        assert_eq!(found.last(), Some(&Verdict::Confounded), "{decision}: {found:?}");
    }
}
