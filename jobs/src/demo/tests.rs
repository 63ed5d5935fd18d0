//! The guarantees of the sample company: reproducible, importable, and with exact true effects.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};
use entity::ScoreCategory;
use serde_json::Value;

use super::calendar::{DemoCalendar, WEEKS};
use super::company::{self, DemoCustomer};
use super::decision::DemoDecision;
use super::response::{self, DemoResponse};
use super::score::ScoreProbabilities;
use super::segment::DemoProfile;
use super::{SampleCompany, portfolio};

type CsvRow = HashMap<String, String>;

/// Generated once for all tests that only read it.
static COMPANY: LazyLock<SampleCompany> = LazyLock::new(|| SampleCompany::new(today()));

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 16).expect("a day of the calendar")
}

fn rows(csv: &[u8]) -> Vec<CsvRow> {
    let mut reader = csv::Reader::from_reader(csv);
    reader.deserialize().collect::<Result<_, _>>().expect("every row has the cells of the header")
}

fn list(json: &[u8]) -> Vec<Value> {
    serde_json::from_slice(json).expect("a JSON list")
}

fn distinct<'a>(rows: &'a [CsvRow], column: &str) -> HashSet<&'a str> {
    rows.iter().map(|row| row[column].as_str()).collect()
}

/// The expected score of the decision's target after it took effect: with every decision, and
/// without this one.
fn with_and_without(
    decision: &DemoDecision,
    others: &[DemoDecision],
    responses: &[DemoResponse],
    customers: &[DemoCustomer],
) -> (f64, f64) {
    let mut sums = (0.0, 0.0, 0.0);
    for response in responses {
        let profile = DemoProfile { customer: &customers[response.customer], channel: response.channel };
        if !decision.reaches(profile, response.date) {
            continue;
        }
        let all = others.iter().map(|one| one.points(profile, response.date)).sum::<f64>();
        let without = all - decision.points(profile, response.date);
        sums.0 += ScoreProbabilities::for_points(response.undecided_points + all).expected_nps();
        sums.1 += ScoreProbabilities::for_points(response.undecided_points + without).expected_nps();
        sums.2 += 1.0;
    }
    assert!(sums.2 > 100.0, "{} affects too few responses", decision.external_id);
    (sums.0 / sums.2, sums.1 / sums.2)
}

#[test]
fn the_same_day_makes_the_same_company() {
    let (one, other) = (SampleCompany::new(today()), SampleCompany::new(today()));
    assert_eq!(one.customers_csv, other.customers_csv);
    assert_eq!(one.responses_csv, other.responses_csv);
    assert_eq!(one.segments_json, other.segments_json);
    assert_eq!(one.decisions_json, other.decisions_json);
    assert_eq!(one.true_effects, other.true_effects);
}

#[test]
fn customers_are_unique_and_have_few_values_per_attribute() {
    let customers = rows(&COMPANY.customers_csv);
    assert_eq!(customers.len(), 6_250);
    assert_eq!(distinct(&customers, "customer_id").len(), 6_250);
    assert_eq!(distinct(&customers, "email").len(), 6_250);
    for (attribute, most) in [("side", 2), ("region", 4), ("plan", 4), ("tier", 4), ("joined", 6)] {
        let values = distinct(&customers, attribute).len();
        assert!((2..=most).contains(&values), "{attribute} has {values} values");
    }
}

#[test]
fn every_week_brings_some_six_hundred_responses_of_known_customers() {
    let company = &*COMPANY;
    let (customers, responses) = (rows(&company.customers_csv), rows(&company.responses_csv));
    assert!((45_000..55_000).contains(&responses.len()), "{} responses", responses.len());
    assert_eq!(distinct(&responses, "response_id").len(), responses.len());
    assert!(distinct(&responses, "customer_id").is_subset(&distinct(&customers, "customer_id")));
    let mut weeks = HashMap::<NaiveDate, u32>::new();
    for response in &responses {
        let time = chrono::DateTime::parse_from_rfc3339(&response["responded_at"]).expect("RFC 3339");
        assert!(time.date_naive() < company.today);
        *weeks.entry(time.date_naive().week(Weekday::Mon).first_day()).or_default() += 1;
        assert!(response["score"].parse::<u8>().expect("a whole number") <= 10);
    }
    assert_eq!(weeks.len(), 78);
    assert!(weeks.values().all(|count| (550..=730).contains(count)), "{weeks:?}");
}

#[test]
fn a_fifth_of_the_responses_has_a_comment_and_most_comments_are_written_once() {
    let responses = rows(&COMPANY.responses_csv);
    let comments =
        responses.iter().map(|row| row["comment"].as_str()).filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let in_hundred = comments.len() * 100 / responses.len();
    assert!((17..=23).contains(&in_hundred), "{in_hundred} %");
    let different = comments.iter().collect::<HashSet<_>>().len();
    assert!(different * 3 > comments.len() * 2, "{different} of {} differ", comments.len());
    assert!(comments.iter().all(|text| !text.contains(['{', '}'])), "a placeholder was left in");
}

#[test]
fn every_decision_targets_a_segment_that_exists_and_one_targets_everybody() {
    let company = &*COMPANY;
    let segments = list(&company.segments_json);
    let keys = segments.iter().map(|segment| segment["key"].clone()).collect::<HashSet<_>>();
    let targets = list(&company.decisions_json).iter().map(|one| one["targetSegmentKey"].clone()).collect::<Vec<_>>();
    assert_eq!(keys.len(), segments.len());
    assert!(targets.iter().all(|target| target.is_null() || keys.contains(target)), "{targets:?}");
    assert_eq!(targets.iter().filter(|target| target.is_null()).count(), 1);
    assert_eq!(segments.iter().filter(|segment| segment["primary"] == true).count(), 1);
}

#[test]
fn every_decision_is_logged_one_to_three_weeks_before_it_takes_effect() {
    for decision in list(&COMPANY.decisions_json) {
        let day = |field: &str| {
            let text = decision[field].as_str().and_then(|text| text.get(..10)).expect(field);
            text.parse::<NaiveDate>().expect(text)
        };
        let (logged, effective) = (day("loggedAt"), day("takesEffectOn"));
        assert!((7..=21).contains(&(effective - logged).num_days()), "{decision}");
        let number = |field: &str| decision[field].as_f64().expect("a number");
        assert!(number("expectedLow") < number("expectedImpact"), "{decision}");
        assert!(number("expectedImpact") < number("expectedHigh"), "{decision}");
    }
}

#[test]
fn two_decisions_are_still_inside_their_horizon() {
    let company = &*COMPANY;
    let open = portfolio::twelve(&DemoCalendar::new(today()))
        .iter()
        .filter(|one| one.takes_effect_on + chrono::Days::new(7 * u64::from(one.horizon_weeks)) > company.today)
        .count();
    assert_eq!(open, 2);
}

#[test]
fn all_twelve_decisions_have_a_true_effect() {
    let company = &*COMPANY;
    let decisions = list(&company.decisions_json);
    assert_eq!(company.true_effects.len(), 12);
    assert!(
        company.true_effects.iter().zip(&decisions).all(|(truth, decision)| truth.decision == decision["externalId"])
    );
}

#[test]
fn every_true_effect_is_the_change_of_the_expected_score_of_its_target() {
    for day in [today(), today() - chrono::Days::new(140)] {
        let calendar = DemoCalendar::new(day);
        let (customers, decisions) = (company::customers(&calendar), portfolio::twelve(&calendar));
        let responses = response::responses(&calendar, &customers, &decisions);
        for decision in &decisions {
            let (with, without) = with_and_without(decision, &decisions, &responses, &customers);
            let truth = decision.truth();
            assert!((with - without - truth.effect).abs() < 1e-9, "{truth:?}: {with} instead of {without}");
        }
    }
}

#[test]
fn random_scores_follow_the_expected_score() {
    let calendar = DemoCalendar::new(today());
    let (customers, decisions) = (company::customers(&calendar), portfolio::twelve(&calendar));
    let responses = response::responses(&calendar, &customers, &decisions);
    let (mut drawn, mut expected, mut count) = (0.0, 0.0, 0.0);
    for response in &responses {
        let profile = DemoProfile { customer: &customers[response.customer], channel: response.channel };
        let decided = decisions.iter().map(|one| one.points(profile, response.date)).sum::<f64>();
        expected += ScoreProbabilities::for_points(response.undecided_points + decided).expected_nps();
        drawn += 100.0 * f64::from(ScoreCategory::of(response.score).net());
        count += 1.0;
    }
    // The standard error of 50,000 responses is a third of a point.
    assert!(((drawn - expected) / count).abs() < 1.0, "{} instead of {}", drawn / count, expected / count);
}

#[test]
fn the_latent_score_maps_to_every_score_in_order() {
    let probabilities = ScoreProbabilities::for_points(20.0);
    let scores = (0..1_000).map(|step| probabilities.score(f64::from(step) / 1_000.0)).collect::<Vec<_>>();
    assert!(scores.is_sorted());
    assert_eq!(scores.iter().collect::<HashSet<_>>().len(), 11);
}

#[test]
fn weeks_are_complete_and_reviews_begin_a_year_back_on_any_day_of_the_week() {
    for later in 0..7 {
        let company = SampleCompany::new(today() + chrono::Days::new(later));
        assert_eq!(company.first_review, today() - chrono::Days::new(52 * 7));
        assert_eq!(company.first_review.weekday(), Weekday::Mon);
    }
    let calendar = DemoCalendar::new(today());
    assert_eq!(calendar.monday(WEEKS), today());
}
