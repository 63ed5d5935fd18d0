//! Verdicts on companies whose truth is known, and on decisions that hardly allow one: each has a named outcome.

use std::fmt::Write as _;

use entity::decision_review::Model as ReviewRow;
use entity::verdict::{CaveatCode, ReviewMethod, Verdict};
use needle_review::ReviewNumbers as _;
use needle_rules::decision::reverse;
use needle_tests::{ImportFixture, RunFixture, TestDatabase, day, on_both_databases, reviews, timestamp};
use serde_json::{Value, json};

use super::{decision, segment};

/// Monday after the last answer.
const NOW: &str = "2025-03-10T06:00:00Z";

/// When the decisions take effect that are looked at to their end.
const START: &str = "2024-12-09";

/// Numbers by chance, the same on every machine.
struct PercentRng(u64);

impl PercentRng {
    /// From 0 to 99.
    fn percent(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 100
    }
}

/// Fifty-two weeks up to [`NOW`], forty answers of each of two regions a week, from two hundred customers each who mostly
/// answer alike. Whoever answers in Europe from [`START`] on gives `lift` percent more nines; with `grumblers` it is mostly
/// the unhappy half there who still answers then.
fn company(lift: u64, grumblers: bool, named: bool) -> String {
    let mut rng = PercentRng(7);
    let mut csv = "response_id,score,responded_at,region,customer_id\n".to_owned();
    let (first, start) = (day("2024-03-11"), day(START));
    for week in 0..52 {
        let monday = first.plus_days(7 * week);
        for response in 0..80 {
            let region = if response % 2 == 0 { "EU" } else { "US" };
            let since = region == "EU" && monday >= start;
            let mut customer = 2 * rng.percent() + response % 2;
            let mood = |customer: u64| (37 * customer) % 100;
            while grumblers && since && mood(customer) < 50 && rng.percent() < 90 {
                customer = 2 * rng.percent() + response % 2;
            }
            let mood = if rng.percent() < 60 { mood(customer) } else { rng.percent() };
            let score = match mood {
                0..45 => 9,
                45..75 => 8,
                _ => 3,
            };
            let score = if since && rng.percent() < lift { 10 } else { score };
            let name = if named { format!("c{customer}") } else { String::new() };
            let at = i32::try_from(response % 7).expect("a day of the week");
            writeln!(csv, "r{week}-{response},{score},{},{region},{name}", monday.plus_days(at)).expect("a line");
        }
    }
    csv
}

async fn begin(test: &TestDatabase, responses: String, decisions: Value) {
    let importer = ImportFixture::of(test).at(NOW);
    importer.add_responses(responses).await;
    let region = |name: &str| json!({"attribute": {"name": "region", "in": [name]}});
    let segments =
        json!([segment("europe", &region("EU")), segment("america", &region("US")), segment("mars", &region("M"))]);
    importer.add_segments(segments).await;
    importer.add_decisions(decisions).await;
}

/// The newest review of a decision: its verdict, its row, and its caveats' codes.
async fn newest(test: &TestDatabase, id: &str) -> Option<(Verdict, ReviewRow, Vec<CaveatCode>)> {
    let all = reviews(&test.database).await;
    let ((_, _), review) = all.into_iter().rfind(|((decision, _), _)| decision == id)?;
    let codes = review.row.caveats.0.iter().map(|caveat| caveat.code).collect();
    Some((review.verdict, review.row, codes))
}

fn width(review: &ReviewRow) -> f64 {
    let interval = review.interval().expect("an interval");
    interval.high - interval.low
}

async fn known_customers_narrow_the_interval(test: &TestDatabase) {
    let one = || json!([decision("for-europe", "europe", START, 12, "2024-12-01T09:00:00Z")]);
    begin(test, company(60, false, true), one()).await;
    RunFixture::at(test, NOW).run().await;
    let anonymous = TestDatabase::sqlite().await;
    begin(&anonymous, company(60, false, false), one()).await;
    RunFixture::at(&anonymous, NOW).run().await;
    let (verdict, with, _) = newest(test, "for-europe").await.expect("a review");
    let (_, without, _) = newest(&anonymous, "for-europe").await.expect("a review");
    assert_eq!(with.after(), without.after(), "the same answers");
    assert!(width(&with) < 0.95 * width(&without), "{} and {}", width(&with), width(&without));
    assert_eq!(verdict, Verdict::MovedUp, "{with:?}");
}

async fn other_respondents_than_before_are_no_movement(test: &TestDatabase) {
    begin(test, company(0, true, true), json!([decision("for-europe", "europe", START, 12, "2024-12-01T09:00:00Z")]))
        .await;
    RunFixture::at(test, NOW).run().await;
    let (verdict, row, codes) = newest(test, "for-europe").await.expect("a review");
    assert!(codes.contains(&CaveatCode::RespondentMixShifted), "{row:?}");
    assert_eq!(verdict, Verdict::NotEnoughData);
}

async fn what_hardly_allows_a_verdict_has_a_named_one(test: &TestDatabase) {
    let logged = "2024-03-01T09:00:00Z";
    let cases = json!([
        decision("no-history", "europe", "2024-03-11", 12, logged),
        decision("before-all-answers", "europe", "2023-01-02", 12, "2022-12-01T09:00:00Z"),
        decision("one-week-of-history", "europe", "2024-03-18", 12, logged),
        decision("nobody", "mars", START, 12, logged),
        decision("everybody", Value::Null, START, 12, logged),
        decision("one-week-horizon", "europe", "2024-11-04", 1, logged),
        decision("five-years", "america", "2024-06-03", 260, logged),
        decision("yesterday", "europe", "2025-03-09", 12, logged),
        decision("to-come", "europe", "2025-06-02", 12, logged),
        decision("reversed", "europe", "2024-08-05", 12, logged),
        decision("cancelled", "europe", "2024-10-07", 12, logged),
    ]);
    begin(test, company(10, false, true), cases).await;
    let known = entity::store::decision::all(test.database.reader()).await.expect("decisions");
    for (id, on) in [("reversed", "2024-09-02"), ("cancelled", "2024-10-07")] {
        let row = known.iter().find(|row| row.external_id == id).expect("logged");
        let now = timestamp("2024-09-01T10:00:00Z");
        reverse(test.database.writer(), row, day(on), "it was a bad idea", now).await.expect("reversed");
    }
    RunFixture::at(test, NOW).replay(day("2024-03-18"), day("2025-03-11")).await;
    for ((id, as_of), review) in reviews(&test.database).await {
        assert!(review.effect.is_none_or(|bits| f64::from_bits(bits).is_finite()), "{id} {as_of}");
        assert_eq!(review.effect.is_some(), review.row.interval().is_some(), "{id} {as_of}: {review:?}");
        let named = !review.row.caveats.0.is_empty();
        assert!(named || review.effect.is_some(), "{id} {as_of}: neither an estimate nor a reason");
    }
    for (id, verdict, code) in [
        ("no-history", Verdict::NotEnoughData, CaveatCode::ShortHistory),
        ("before-all-answers", Verdict::NotEnoughData, CaveatCode::FewResponses),
        ("one-week-of-history", Verdict::NotEnoughData, CaveatCode::ShortHistory),
        ("nobody", Verdict::NotEnoughData, CaveatCode::FewResponses),
        ("one-week-horizon", Verdict::NotEnoughData, CaveatCode::FewResponses),
        ("yesterday", Verdict::TooEarly, CaveatCode::FewResponses),
    ] {
        let (found, row, codes) = newest(test, id).await.unwrap_or_else(|| panic!("no review of {id}"));
        assert_eq!(found, verdict, "{id}: {row:?}");
        assert!(codes.contains(&code), "{id}: {codes:?}");
    }
    let (_, everybody, codes) = newest(test, "everybody").await.expect("a review");
    assert_eq!(everybody.method, Some(ReviewMethod::InterruptedTimeSeries));
    assert!(codes.contains(&CaveatCode::NoComparison));
    assert!(newest(test, "five-years").await.expect("a review").1.interval().is_some());
    assert!(newest(test, "reversed").await.expect("a review").1.interval().is_some());
    assert!(newest(test, "to-come").await.is_none() && newest(test, "cancelled").await.is_none());
}

on_both_databases! {
    known_customers_narrow_the_interval,
    other_respondents_than_before_are_no_movement,
    what_hardly_allows_a_verdict_has_a_named_one,
}
