//! Decisions: filtered by status and by their latest verdict, and paged in any order.

use entity::Day;
use entity::decision::{DecisionId, Model};
use entity::decision_review::Model as Review;
use entity::store::decision::{self, DecisionCriteria, DecisionOrderBy, DecisionStatus};
use entity::store::decision_review::NewReview;
use entity::store::page::PageRequest;
use entity::store::{decision_review, decision_standing};
use entity::verdict::Verdict;
use needle_tests::{TestDatabase, day, new_review, on_both_databases, timestamp};

use super::page::same_rows_by_every_walk;
use super::{NOW, define_region, start_run};

pub fn draft(external_id: &str, takes_effect_on: &str) -> Model {
    Model {
        id: DecisionId(0),
        external_id: external_id.to_owned(),
        title: "Free delivery".to_owned(),
        rationale: None,
        owner: "ada".to_owned(),
        logged_at: timestamp("2024-05-01T09:00:00Z"),
        recorded_at: timestamp(NOW),
        takes_effect_on: day(takes_effect_on),
        horizon_weeks: 12,
        segment_id: None,
        definition_id: None,
        expected_impact: 5.0,
        expected_low: Some(2.0),
        expected_high: Some(8.0),
        expected_level: 0.8,
        reversed_on: None,
        reversal_reason: None,
        reversal_recorded_at: None,
        cancelled: false,
    }
}

async fn insert(test: &TestDatabase, decision: Model) -> DecisionId {
    decision::insert(test.database.writer(), decision).await.expect("inserted")
}

/// Writes the review of a week.
async fn review(
    test: &TestDatabase,
    decision_id: DecisionId,
    as_of: &str,
    verdict: Verdict,
    effect: Option<f64>,
    last: bool,
) {
    let run_id = start_run(&test.database).await;
    let NewReview { row, series } = new_review(decision_id, day(as_of), run_id);
    let review = NewReview { row: Review { is_final: last, verdict, effect, ..row }, series };
    let transaction = test.database.begin_write().await.expect("a transaction");
    decision_review::put(&transaction, vec![review]).await.expect("put");
    let (now, kept_since) = (timestamp(NOW), timestamp(NOW).plus_seconds(-60));
    decision_standing::write_edition(&transaction, &[decision_id], now, kept_since).await.expect("settled");
    transaction.commit().await.expect("committed");
}

async fn ids(test: &TestDatabase, criteria: &DecisionCriteria) -> Vec<String> {
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    let reader = test.database.reader();
    let rows =
        decision::list(reader, criteria, DecisionOrderBy::TakesEffectOn, false, &page).await.expect("decisions").rows;
    assert_eq!(decision::count(reader, criteria).await.expect("a count"), rows.len() as u64);
    rows.into_iter().map(|row| row.external_id).collect()
}

async fn a_decision_comes_back_as_written(test: &TestDatabase) {
    let (segment, definition) = define_region(&test.database, "eu").await;
    let written = Model {
        segment_id: Some(segment),
        definition_id: Some(definition),
        rationale: Some("by request".to_owned()),
        expected_impact: -3.25,
        ..draft("d1", "2024-07-01")
    };
    let id = insert(test, written.clone()).await;
    let read = async || decision::by_ids(test.database.reader(), &[id]).await.expect("decisions").remove(&id);
    assert_eq!(read().await, Some(Model { id, ..written.clone() }));
    let reversed = Model {
        id,
        reversed_on: Some(day("2024-08-01")),
        reversal_reason: Some("it cost too much".to_owned()),
        reversal_recorded_at: Some(timestamp(NOW)),
        ..written
    };
    decision::update(test.database.writer(), reversed.clone()).await.expect("updated");
    assert_eq!(read().await, Some(reversed));
    let again = decision::insert(test.database.writer(), draft("d1", "2024-09-01")).await.expect_err("d1 exists");
    assert!(again.is_conflict(), "{again}");
}

async fn every_decision_has_exactly_the_status_of_its_dates(test: &TestDatabase) {
    let today = day("2024-07-15");
    for (at, effect) in ["2024-07-01", "2024-07-15", "2024-07-16"].into_iter().enumerate() {
        for (with, reversed_on) in [None, Some(-1), Some(0), Some(1), Some(30)].into_iter().enumerate() {
            for (closed, last) in [None, Some(false), Some(true)].into_iter().enumerate() {
                let reversed_on = reversed_on.map(|days| day(effect).plus_days(days));
                let id = format!("{at}-{with}-{closed}");
                let cancelled = reversed_on.is_some_and(|on| on <= day(effect));
                let id = insert(test, Model { reversed_on, cancelled, ..draft(&id, effect) }).await;
                if let Some(last) = last {
                    review(test, id, "2024-07-08", Verdict::TooEarly, None, false).await;
                    review(test, id, "2024-07-15", Verdict::MovedUp, Some(3.0), last).await;
                }
            }
        }
    }
    let closed = decision_review::closed(test.database.reader()).await.expect("closed");
    let all = decision::all(test.database.reader()).await.expect("decisions");
    let statuses = [
        DecisionStatus::Planned,
        DecisionStatus::InEffect,
        DecisionStatus::Reviewed,
        DecisionStatus::Reversed,
        DecisionStatus::Cancelled,
    ];
    let mut seen = 0;
    for wanted in statuses {
        let expected: Vec<_> = all
            .iter()
            .filter(|row| decision::status(row, closed.contains(&row.id), today) == wanted)
            .map(|row| row.external_id.clone())
            .collect();
        assert!(!expected.is_empty(), "the grid has no decision that is {wanted:?}");
        seen += expected.len();
        let criteria = DecisionCriteria { statuses: Some((today, vec![wanted])), ..DecisionCriteria::default() };
        assert_eq!(ids(test, &criteria).await, expected, "{wanted:?}");
    }
    assert_eq!(seen, all.len());
    for (statuses, expected) in [(vec![], 0), (statuses.to_vec(), all.len())] {
        let criteria = DecisionCriteria { statuses: Some((today, statuses)), ..DecisionCriteria::default() };
        assert_eq!(ids(test, &criteria).await.len(), expected);
    }
}

async fn a_verdict_is_the_one_of_the_newest_review(test: &TestDatabase) {
    let (first, second) =
        (insert(test, draft("d1", "2024-07-01")).await, insert(test, draft("d2", "2024-07-01")).await);
    insert(test, draft("unreviewed", "2024-07-01")).await;
    review(test, first, "2024-07-15", Verdict::MovedUp, Some(4.0), false).await;
    review(test, first, "2024-07-08", Verdict::MovedDown, Some(-4.0), false).await;
    review(test, second, "2024-07-08", Verdict::MovedDown, Some(-1.0), false).await;
    let with = async |verdicts: &[Verdict]| {
        let verdicts = Some(verdicts.to_vec());
        ids(test, &DecisionCriteria { verdicts, ..DecisionCriteria::default() }).await
    };
    assert_eq!(with(&[Verdict::MovedUp]).await, ["d1"]);
    assert_eq!(with(&[Verdict::MovedDown]).await, ["d2"]);
    assert_eq!(with(&[Verdict::MovedUp, Verdict::MovedDown]).await, ["d1", "d2"]);
    assert_eq!(with(&[]).await, [""; 0]);
    let newest = decision_review::newest(test.database.reader(), &[first, second]).await.expect("newest");
    assert_eq!((newest[&first].as_of, newest[&second].as_of), (day("2024-07-15"), day("2024-07-08")));
}

async fn owner_target_and_days_narrow_a_list(test: &TestDatabase) {
    let (segment, definition) = define_region(&test.database, "eu").await;
    insert(test, draft("d1", "2024-07-01")).await;
    insert(test, Model { owner: "bob".to_owned(), ..draft("d2", "2024-07-02") }).await;
    insert(test, Model { segment_id: Some(segment), definition_id: Some(definition), ..draft("d3", "2024-07-03") })
        .await;
    let all = DecisionCriteria::default;
    assert_eq!(ids(test, &DecisionCriteria { owner: Some("bob".to_owned()), ..all() }).await, ["d2"]);
    assert_eq!(ids(test, &DecisionCriteria { segment_id: Some(segment), ..all() }).await, ["d3"]);
    let days: (Option<Day>, Option<Day>) = (Some(day("2024-07-01")), Some(day("2024-07-03")));
    assert_eq!(ids(test, &DecisionCriteria { from: days.0, until: days.1, ..all() }).await, ["d1", "d2"]);
}

async fn paging_gives_every_decision_once_also_those_without_a_review(test: &TestDatabase) {
    for at in 0..24_i32 {
        let id = insert(
            test,
            Model {
                expected_impact: f64::from(at % 4) / 3.0,
                logged_at: timestamp(NOW).plus_seconds(i64::from(at / 6)),
                ..draft(&format!("d{at:02}"), &format!("2024-07-{:02}", 1 + at % 5))
            },
        )
        .await;
        if at % 3 != 0 {
            let effect = (at % 5 != 0).then(|| f64::from(at % 2) / 7.0);
            review(test, id, "2024-07-08", Verdict::TooEarly, Some(f64::from(at)), false).await;
            review(test, id, "2024-07-15", Verdict::TooEarly, effect, false).await;
        }
    }
    let all: Vec<DecisionId> =
        decision::all(test.database.reader()).await.expect("decisions").iter().map(|row| row.id).collect();
    let newest = decision_review::newest(test.database.reader(), &all).await.expect("newest");
    let criteria = DecisionCriteria::default();
    for order_by in [
        DecisionOrderBy::TakesEffectOn,
        DecisionOrderBy::LoggedAt,
        DecisionOrderBy::ExpectedImpact,
        DecisionOrderBy::Effect,
    ] {
        for descending in [false, true] {
            let last = if descending { f64::NEG_INFINITY } else { f64::INFINITY };
            let effect = |row: &Model| newest.get(&row.id).and_then(|review| review.effect);
            // A decision without an effect is last, in either direction.
            let key = |row: &Model| match order_by {
                DecisionOrderBy::TakesEffectOn => f64::from(row.takes_effect_on.0),
                DecisionOrderBy::LoggedAt => {
                    f64::from(i32::try_from(row.logged_at.0 / 1_000_000).expect("before 2038"))
                }
                DecisionOrderBy::ExpectedImpact => row.expected_impact,
                DecisionOrderBy::Effect => effect(row).unwrap_or(last),
            };
            let fetch = async |page: PageRequest| {
                decision::list(test.database.reader(), &criteria, order_by, descending, &page).await.expect("a page")
            };
            let position = |row: &Model| decision::position(row, effect(row), order_by, descending);
            let walked = same_rows_by_every_walk(fetch, position).await;
            assert_eq!(walked.len(), 24);
            let in_order = |a: &Model, b: &Model| {
                let (a, b) = if descending { (b, a) } else { (a, b) };
                (key(a), a.id) < (key(b), b.id)
            };
            assert!(walked.is_sorted_by(in_order), "{order_by:?}, descending: {descending}");
        }
    }
}

async fn a_review_of_the_same_week_is_replaced_and_keeps_its_id(test: &TestDatabase) {
    let id = insert(test, draft("d1", "2024-07-01")).await;
    review(test, id, "2024-07-08", Verdict::TooEarly, None, false).await;
    let first = decision_review::newest(test.database.reader(), &[id]).await.expect("newest").remove(&id).expect("one");
    review(test, id, "2024-07-08", Verdict::MovedUp, Some(2.5), true).await;
    let second =
        decision_review::newest(test.database.reader(), &[id]).await.expect("newest").remove(&id).expect("one");
    assert_eq!((second.id, second.verdict, second.effect), (first.id, Verdict::MovedUp, Some(2.5)));
    assert_ne!(second.run_id, first.run_id);
    let positions = decision_review::positions(test.database.reader(), &[id]).await.expect("positions");
    assert_eq!(positions[&id].len(), 1);
    assert!(decision_review::closed(test.database.reader()).await.expect("closed").contains(&id));
}

async fn a_list_of_an_edition_stays_as_it_was_until_the_edition_is_deleted(test: &TestDatabase) {
    let (first, second) =
        (insert(test, draft("d1", "2024-07-01")).await, insert(test, draft("d2", "2024-07-01")).await);
    let by_effect = async |edition| {
        let criteria = DecisionCriteria { edition, ..DecisionCriteria::default() };
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let rows = decision::list(test.database.reader(), &criteria, DecisionOrderBy::Effect, true, &page).await;
        let ids: Vec<String> = rows.expect("decisions").rows.into_iter().map(|row| row.external_id).collect();
        ids
    };
    let newest = async || *decision_standing::editions(test.database.reader()).await.expect("editions").end();
    let empty = newest().await;
    review(test, first, "2024-07-08", Verdict::MovedUp, Some(4.0), false).await;
    review(test, second, "2024-07-08", Verdict::TooEarly, Some(1.0), false).await;
    let before = newest().await;
    review(test, second, "2024-07-01", Verdict::MovedDown, Some(-9.0), false).await;
    assert_eq!(newest().await, before, "an older review than the newest changes nothing");
    review(test, second, "2024-07-15", Verdict::MovedUp, Some(7.0), true).await;
    assert_eq!(by_effect(Some(before)).await, ["d1", "d2"]);
    assert_eq!(by_effect(None).await, ["d2", "d1"]);
    assert_eq!(by_effect(Some(newest().await)).await, ["d2", "d1"]);
    let effects = decision_standing::effects(test.database.reader(), before, &[first, second]).await.expect("effects");
    assert_eq!((effects[&first], effects[&second]), (4.0, 1.0));
    let reviewed = async |edition| {
        let statuses = Some((day("2024-07-20"), vec![DecisionStatus::Reviewed]));
        ids(test, &DecisionCriteria { statuses, edition, ..DecisionCriteria::default() }).await
    };
    assert_eq!((reviewed(Some(before)).await, reviewed(None).await), (vec![], vec!["d2".to_owned()]));
    assert_eq!(
        ids(
            test,
            &DecisionCriteria {
                edition: Some(empty),
                verdicts: Some(vec![Verdict::MovedUp]),
                ..DecisionCriteria::default()
            }
        )
        .await,
        [""; 0]
    );
    // The next edition, written an hour later, deletes what was replaced before.
    let run_id = start_run(&test.database).await;
    let transaction = test.database.begin_write().await.expect("a transaction");
    let mut late = new_review(first, day("2024-07-15"), run_id);
    late.row.effect = None;
    decision_review::put(&transaction, vec![late]).await.expect("put");
    let now = timestamp(NOW).plus_seconds(3_600);
    decision_standing::write_edition(&transaction, &[first], now, timestamp(NOW).plus_seconds(60))
        .await
        .expect("settled");
    transaction.commit().await.expect("committed");
    let editions = decision_standing::editions(test.database.reader()).await.expect("editions");
    assert!(*editions.start() > before && editions.start() < editions.end(), "{editions:?}");
    assert_eq!(by_effect(Some(*editions.start())).await, ["d2", "d1"], "the one that was in force is kept");
    assert_eq!(test.row_counts().await["decision_standing"], 3);
}

on_both_databases!(
    a_list_of_an_edition_stays_as_it_was_until_the_edition_is_deleted,
    a_decision_comes_back_as_written,
    every_decision_has_exactly_the_status_of_its_dates,
    a_verdict_is_the_one_of_the_newest_review,
    owner_target_and_days_narrow_a_list,
    paging_gives_every_decision_once_also_those_without_a_review,
    a_review_of_the_same_week_is_replaced_and_keeps_its_id,
);
