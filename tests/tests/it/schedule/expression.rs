//! Cron expressions, compared with a scan of every minute that does not parse expressions.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use entity::Timestamp;
use jobs::schedule::CronExpression;
use needle_tests::timestamp;

/// Zones whose clocks change at two, at midnight, by half an hour, by two hours, around Ramadan, or never.
const ZONES: [Tz; 10] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::America__Santiago,
    Tz::Australia__Lord_Howe,
    Tz::Africa__Casablanca,
    Tz::Africa__Cairo,
    Tz::Antarctica__Troll,
    Tz::Asia__Kolkata,
    Tz::Pacific__Chatham,
    Tz::America__Havana,
];

type MinuteTest = fn(NaiveDateTime) -> bool;

/// An expression, its meaning as a test of a minute, and whether it names a time of day.
const EXPRESSIONS: [(&str, MinuteTest, bool); 8] = [
    ("0 5 * * MON", |at| at.weekday() == Weekday::Mon && (at.hour(), at.minute()) == (5, 0), true),
    ("0 6 * * *", |at| (at.hour(), at.minute()) == (6, 0), true),
    ("30 2 * * *", |at| (at.hour(), at.minute()) == (2, 30), true),
    ("0 0 * * *", |at| (at.hour(), at.minute()) == (0, 0), true),
    ("15,45 0,1,2,3 * * SUN", |at| at.weekday() == Weekday::Sun && at.hour() < 4 && at.minute() % 30 == 15, true),
    ("0 3 1 * *", |at| at.day() == 1 && (at.hour(), at.minute()) == (3, 0), true),
    ("*/20 * * * *", |at| at.minute() % 20 == 0, false),
    ("10 * * * 6,7", |at| matches!(at.weekday(), Weekday::Sat | Weekday::Sun) && at.minute() == 10, false),
];

/// The minutes in `from..until` that match, found by testing each.
fn scan(zone: Tz, matches: MinuteTest, is_time_of_day: bool, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let mut furthest: Option<NaiveDateTime> = None;
    // Two days before, so that the greatest local time before `from` is available.
    let mut at = from.0 - 2 * 86_400_000_000;
    while at < until.0 {
        let local = DateTime::from_timestamp_micros(at).expect("a timestamp").with_timezone(&zone).naive_local();
        let next = furthest.map_or(local, |furthest| furthest + TimeDelta::minutes(1));
        let is_met = if is_time_of_day {
            // A repeated minute is before the greatest local time so far; skipped minutes lie between that and this
            // one.
            local >= next && (0..=(local - next).num_minutes()).any(|minute| matches(next + TimeDelta::minutes(minute)))
        } else {
            matches(local)
        };
        if is_met && at >= from.0 {
            found.push(Timestamp(at));
        }
        furthest = furthest.max(Some(local));
        at += 60_000_000;
    }
    found
}

fn in_words(zone: Tz, timestamps: &[Timestamp]) -> Vec<String> {
    timestamps.iter().map(|timestamp| timestamp.to_utc().with_timezone(&zone).to_rfc3339()).collect()
}

#[test]
fn every_slot_of_two_years_is_the_one_that_a_scan_of_every_minute_finds() {
    let (from, until) = (timestamp("2026-01-01T00:00:00Z"), timestamp("2028-01-01T00:00:00Z"));
    for zone in ZONES {
        for (text, matches, is_time_of_day) in EXPRESSIONS {
            let expression = CronExpression::parse(text, zone).expect(text);
            let expected = scan(zone, matches, is_time_of_day, from, until);
            assert!(expected.len() >= 24, "{text} in {zone}: only {} slots", expected.len());
            let (between, count) = expression.between(Timestamp(from.0 - 1), Timestamp(until.0 - 1), usize::MAX);
            assert_eq!(in_words(zone, &between), in_words(zone, &expected), "{text} in {zone}");
            assert_eq!(count, expected.len());
            let upcoming = expression.upcoming(Timestamp(from.0 - 1), expected.len());
            assert!(upcoming == expected, "{text} in {zone}: upcoming and between differ");
        }
    }
}

#[test]
fn the_next_slot_is_the_same_from_any_time_before_it() {
    let (from, until) = (timestamp("2026-10-20T00:00:00Z"), timestamp("2026-11-05T00:00:00Z"));
    for zone in ZONES {
        for (text, matches, is_time_of_day) in EXPRESSIONS {
            let expression = CronExpression::parse(text, zone).expect(text);
            let expected = scan(zone, matches, is_time_of_day, from, Timestamp(until.0 + 40 * 86_400_000_000));
            let mut at = from;
            while at < until {
                let next = expected.iter().find(|slot| **slot > at).copied();
                assert_eq!(expression.next(at), next, "{text} in {zone} after {}", at.to_utc());
                at = at.plus_seconds(37 * 60);
            }
        }
    }
}
