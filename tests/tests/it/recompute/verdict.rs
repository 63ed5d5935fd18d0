//! Verdicts on companies whose true effects are given, and on decisions with hardly any data: each has a named outcome.

use std::fmt::Write as _;

use entity::decision_review::Model as ReviewRow;
use entity::verdict::{CaveatCode, ReviewMethod, Verdict};
use needle_review::ReviewNumbers as _;
use needle_rules::decision::reverse;
use needle_stats::nps::NpsCounts;
use needle_tests::{ImportFixture, RunFixture, TestDatabase, UTC, day, on_both_databases, reviews, timestamp};
use serde_json::{Value, json};

use super::{decision, segment};

/// The Monday after the last response.
const NOW: &str = "2025-03-10T06:00:00Z";

/// The first day of the decisions that are reviewed to the end of their horizon.
const START: &str = "2024-12-09";

/// Pseudo-random numbers, the same on every machine.
struct PercentRng(u64);

impl PercentRng {
    /// From 0 to 99.
    fn percent(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 100
    }
}

/// Fifty-two weeks of responses up to [`NOW`], forty a week from each of two regions. Each region has two hundred
/// customers, whose scores mostly stay the same. `lift` percent of the responses in Europe from [`START`] on become a
/// ten; with `unhappy_only`, mostly the less satisfied half of the customers responds there from then on.
fn company(lift: u64, unhappy_only: bool, named: bool) -> String {
    let mut rng = PercentRng(7);
    let mut csv = "response_id,score,responded_at,region,customer_id\n".to_owned();
    let (first, start) = (day("2024-03-11"), day(START));
    for week in 0..52 {
        let monday = first.plus_days(7 * week);
        for response in 0..80 {
            let region = if response % 2 == 0 { "EU" } else { "US" };
            let since = region == "EU" && monday >= start;
            let mut customer = 2 * rng.percent() + response % 2;
            let latent = |customer: u64| (37 * customer) % 100;
            while unhappy_only && since && latent(customer) < 50 && rng.percent() < 90 {
                customer = 2 * rng.percent() + response % 2;
            }
            let latent = if rng.percent() < 60 { latent(customer) } else { rng.percent() };
            let score = match latent {
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

/// The latest review of a decision: its verdict, its row, and the codes of its caveats.
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

async fn customers_that_can_be_recognised_narrow_the_interval(test: &TestDatabase) {
    let one = || json!([decision("for-europe", "europe", START, 12, "2024-12-01T09:00:00Z")]);
    begin(test, company(60, false, true), one()).await;
    RunFixture::at(test, NOW).run().await;
    let anonymous = TestDatabase::sqlite().await;
    begin(&anonymous, company(60, false, false), one()).await;
    RunFixture::at(&anonymous, NOW).run().await;
    let (verdict, with, _) = newest(test, "for-europe").await.expect("a review");
    let (_, without, _) = newest(&anonymous, "for-europe").await.expect("a review");
    assert_eq!(with.after(), without.after(), "the same responses");
    assert!(width(&with) < 0.95 * width(&without), "{} and {}", width(&with), width(&without));
    assert_eq!(verdict, Verdict::MovedUp, "{with:?}");
}

async fn a_changed_mix_of_respondents_is_no_effect(test: &TestDatabase) {
    begin(test, company(0, true, true), json!([decision("for-europe", "europe", START, 12, "2024-12-01T09:00:00Z")]))
        .await;
    RunFixture::at(test, NOW).run().await;
    let (verdict, row, codes) = newest(test, "for-europe").await.expect("a review");
    assert!(codes.contains(&CaveatCode::RespondentMixShifted), "{row:?}");
    assert_eq!(verdict, Verdict::NotEnoughData);
}

async fn a_decision_with_hardly_any_data_has_a_named_outcome(test: &TestDatabase) {
    let logged = "2024-03-01T09:00:00Z";
    let cases = json!([
        decision("no-history", "europe", "2024-03-11", 12, logged),
        decision("before-all-responses", "europe", "2023-01-02", 12, "2022-12-01T09:00:00Z"),
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
    let stored = entity::store::decision::all(test.database.reader()).await.expect("decisions");
    for (id, on) in [("reversed", "2024-09-02"), ("cancelled", "2024-10-07")] {
        let row = stored.iter().find(|row| row.external_id == id).expect("logged");
        let now = timestamp("2024-09-01T10:00:00Z");
        reverse(test.database.writer(), row, day(on), "it was a bad idea", UTC, now).await.expect("reversed");
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
        ("before-all-responses", Verdict::NotEnoughData, CaveatCode::FewResponses),
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

/// Two decisions for the same customers in the same weeks cannot be told apart, whatever is said of one of them later.
async fn cancelling_one_of_two_twins_afterwards_settles_nothing(test: &TestDatabase) {
    let twin = |id| decision(id, "europe", START, 12, "2024-12-01T09:00:00Z");
    begin(test, company(10, false, true), json!([twin("one"), twin("other")])).await;
    RunFixture::at(test, NOW).run().await;
    let (before, ..) = newest(test, "one").await.expect("a review");
    assert_eq!(before, Verdict::Confounded);
    let stored = entity::store::decision::all(test.database.reader()).await.expect("decisions");
    let other = stored.iter().find(|row| row.external_id == "other").expect("logged");
    let recorded = timestamp("2025-03-10T05:00:00Z");
    let early = reverse(test.database.writer(), other, other.takes_effect_on.plus_days(-1), "r", UTC, recorded).await;
    assert!(early.expect_err("before its first day").to_string().contains("first day of effect"));
    let reversed = reverse(test.database.writer(), other, other.takes_effect_on, "a mistake", UTC, recorded).await;
    assert!(!reversed.expect("reversed").cancelled, "it was in effect");
    let again = reverse(test.database.writer(), &reversed_row(test).await, day("2025-03-01"), "r", UTC, recorded).await;
    assert!(again.expect_err("sealed").to_string().contains("already reversed"));
    RunFixture::at(test, "2025-03-17T06:00:00Z").run().await;
    assert_eq!(newest(test, "one").await.expect("a review").0, Verdict::Confounded);
    assert_eq!(newest(test, "other").await.expect("a review").0, Verdict::Confounded, "its record stays");
}

async fn reversed_row(test: &TestDatabase) -> entity::decision::Model {
    let stored = entity::store::decision::all(test.database.reader()).await.expect("decisions");
    stored.into_iter().find(|row| row.reversed_on.is_some()).expect("a reversal")
}

async fn scores_before_and_since_are_of_windows_of_equal_length(test: &TestDatabase) {
    // In effect from a Thursday: 88 days up to the Monday of the final review.
    let thursday = day("2024-12-12");
    let responses = company(60, false, false);
    let count = |region: &str, from: i32, until: i32| {
        let within = thursday.plus_days(from)..thursday.plus_days(until);
        let mut counts = NpsCounts::default();
        for line in responses.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            if fields[3] == region && within.contains(&day(fields[2])) {
                match fields[1] {
                    "9" | "10" => counts.promoters += 1,
                    "7" | "8" => counts.passives += 1,
                    _ => counts.detractors += 1,
                }
            }
        }
        counts
    };
    let expected =
        [("EU", -88), ("EU", 0), ("US", -88), ("US", 0)].map(|(region, from)| count(region, from, from + 88));
    begin(test, responses.clone(), json!([decision("lift", Some("europe"), "2024-12-12", 12, "2024-12-01T00:00:00Z")]))
        .await;
    RunFixture::at(test, NOW).run().await;
    let (verdict, review, _) = newest(test, "lift").await.expect("a review");
    assert_eq!((verdict, review.compared_days), (Verdict::MovedUp, Some(88)));
    let found = [review.before(), review.after()];
    let others = [review.comparison_before(), review.comparison_after()].map(|counts| counts.expect("a comparison"));
    assert_eq!([found, others].concat(), expected);
    // The raw difference agrees with the estimate where nothing else happened.
    let [before, since, others_before, others_since] = expected.map(|counts| counts.score().expect("responses"));
    let (difference, interval) = (since - before - (others_since - others_before), review.interval().expect("one"));
    assert!((interval.low..=interval.high).contains(&difference), "{difference} {interval:?}");
}

async fn windows_are_no_longer_than_the_history(test: &TestDatabase) {
    begin(
        test,
        company(60, false, false),
        json!([decision("early", Some("europe"), "2024-05-10", 30, "2024-05-01T00:00:00Z")]),
    )
    .await;
    RunFixture::at(test, NOW).run().await;
    let (_, review, _) = newest(test, "early").await.expect("a review");
    assert_eq!(review.compared_days, Some(day("2024-05-10").0 - day("2024-03-11").0));
}

on_both_databases! {
    cancelling_one_of_two_twins_afterwards_settles_nothing,
    scores_before_and_since_are_of_windows_of_equal_length,
    windows_are_no_longer_than_the_history,
    customers_that_can_be_recognised_narrow_the_interval,
    a_changed_mix_of_respondents_is_no_effect,
    a_decision_with_hardly_any_data_has_a_named_outcome,
}
