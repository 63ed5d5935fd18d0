//! Leaders' forecast records and the needle ledger, compared with the stored reviews.

use std::collections::BTreeMap;

use entity::verdict::Verdict;
use entity::{Calendar, Period};
use needle_review::forecast::{LedgerGrouping, LedgerKey, forecasters, ledger};
use needle_tests::{ImportFixture, RunFixture, TestDatabase, day, on_both_databases, reviews};
use serde_json::{Value, json};

use super::{END, decision, import_everything, survey};

const UTC: Calendar = Calendar { zone: chrono_tz::UTC };

/// The decisions of `bea`: one with a range, one that was logged too late, one that is still planned.
fn more_decisions() -> Value {
    let mut ranged = decision("bea-ranged", "europe", "2024-04-01", 8, "2024-03-20T09:00:00Z");
    ranged["expectedLow"] = json!(1);
    ranged["expectedHigh"] = json!(9);
    let mut all = vec![
        ranged,
        decision("bea-late", "small", "2024-04-29", 8, "2024-05-20T09:00:00Z"),
        decision("bea-planned", "small", "2024-12-30", 8, "2024-08-20T09:00:00Z"),
        decision("bea-elsewhere", "small", "2024-03-18", 8, "2024-03-06T09:00:00Z"),
    ];
    for decision in &mut all {
        decision["owner"] = json!("bea");
    }
    json!(all)
}

async fn prepare(test: &TestDatabase) {
    let survey = survey();
    import_everything(test, &survey).await;
    ImportFixture::of(test).at(END).add_decisions(more_decisions()).await;
    RunFixture::at(test, END).replay(survey.monday(1), survey.monday(34).plus_days(1)).await;
}

/// The effects of the latest reviews by decision, without the confounded ones.
async fn newest_effects(test: &TestDatabase) -> BTreeMap<String, f64> {
    let mut newest = BTreeMap::new();
    for ((decision, _), review) in reviews(&test.database).await {
        match review.effect {
            Some(effect) if review.verdict != Verdict::Confounded => newest.insert(decision, f64::from_bits(effect)),
            _ => newest.remove(&decision),
        };
    }
    newest
}

async fn records_hold_what_was_predicted_and_measured(test: &TestDatabase) {
    assert_eq!(forecasters(test.database.reader(), UTC).await.expect("records"), []);
    prepare(test).await;
    let effects = newest_effects(test).await;
    let found = forecasters(test.database.reader(), UTC).await.expect("records");
    let owners: Vec<&str> = found.iter().map(|one| one.owner.as_str()).collect();
    assert_eq!(owners, ["ada", "bea"]);
    for (one, decisions, ids) in [
        (&found[0], 3, vec!["for-europe", "for-everyone", "for-small"]),
        (&found[1], 3, vec!["bea-ranged", "bea-elsewhere"]),
    ] {
        let judged = ids.iter().filter(|id| effects.contains_key(**id)).count();
        assert!(judged >= 2, "{effects:?}");
        assert_eq!((one.decisions, one.record.judged), (decisions, judged), "{one:?}");
        for figure in [one.record.bias, one.record.slope, one.record.brier, one.record.skill] {
            assert!(figure.is_some_and(f64::is_finite), "{one:?}");
        }
        // No owner has stated two ranges.
        assert_eq!((one.record.coverage, one.record.expected_coverage), (None, None));
    }
}

async fn a_ledger_adds_up_the_period_and_overstates_nothing(test: &TestDatabase) {
    prepare(test).await;
    let effects = newest_effects(test).await;
    let reader = test.database.reader();
    let all = ledger(reader, UTC, Period::default(), LedgerGrouping::Owner).await.expect("a ledger");
    let counted = ["for-europe", "for-everyone", "for-small", "bea-ranged", "bea-elsewhere"];
    let measured: Vec<f64> = counted.iter().filter_map(|id| effects.get(*id).copied()).collect();
    assert_eq!(all.total.effects, measured.len());
    assert!((all.total.unshrunk - measured.iter().sum::<f64>()).abs() < 1e-9, "{all:?}");
    assert!((all.entries.iter().map(|(_, total)| total.points).sum::<f64>() - all.total.points).abs() < 1e-9);
    assert!(all.total.interval.low < all.total.points && all.total.points < all.total.interval.high);
    let during = Period { from: Some(day("2024-03-18")), until: Some(day("2024-04-01")) };
    let spring = ledger(reader, UTC, during, LedgerGrouping::Segment).await.expect("a ledger");
    assert_eq!((spring.total.effects, spring.entries.len()), (1, 1), "{spring:?}");
    assert!(matches!(spring.entries[0].0, LedgerKey::Segment(Some(_))));
    assert!(spring.total.points.abs() < effects["bea-elsewhere"].abs(), "{spring:?}");
    let never = Period { until: Some(day("2020-01-01")), ..Period::default() };
    assert_eq!(ledger(reader, UTC, never, LedgerGrouping::Owner).await.expect("a ledger").entries, []);
}

on_both_databases! {
    records_hold_what_was_predicted_and_measured,
    a_ledger_adds_up_the_period_and_overstates_nothing,
}
