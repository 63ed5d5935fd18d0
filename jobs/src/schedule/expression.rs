//! Cron expressions in a time zone, and the timestamps at which they occur.
//!
//! The `croner` crate parses the expression and decides which days match. How times of day map to timestamps on a day
//! with a clock change is decided here, by the rules of Vixie's cron: a time that is skipped in spring occurs when the
//! clocks have changed, a repeated one occurs the first time; but where the hour or the minute is a `*` (at intervals
//! rather than at a time of day) skipped times are left out and repeated ones occur twice.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::CronParser;
use entity::Timestamp;

use super::field;

/// How many days ahead a slot is searched. The Gregorian calendar repeats its weekdays every 28 years, 40 across 2100.
const HORIZON_DAYS: usize = 41 * 366;

/// The numbers of fields that a cron expression may have.
const FIELDS: std::ops::RangeInclusive<usize> = 5..=7;

/// Nicknames and the expressions they stand for.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A cron expression in a time zone.
#[derive(Clone, Debug)]
pub struct CronExpression {
    text: String,
    zone: Tz,
    cron: Cron,
    /// The local times of day at which it occurs, in order.
    times: Vec<NaiveTime>,
    /// True when the hour or the minute is a `*`, with or without a step.
    is_every: bool,
}

/// Why a cron expression is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronExpressionError {
    /// It cannot be parsed.
    #[error("\"{text}\" is not a cron expression: {reason}")]
    Invalid {
        /// The rejected expression.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It can be parsed but never occurs.
    #[error("\"{text}\" never happens: no day from {from} to {until} matches it")]
    Never {
        /// The rejected expression.
        text: String,
        /// The first day that was searched.
        from: NaiveDate,
        /// The last day that was searched.
        until: NaiveDate,
    },
}

impl CronExpression {
    /// Parses an expression of five fields (minute, hour, day of month, month, day of week), or of six with the
    /// seconds first, or of seven with the years last. Where days of month and of week are both given, either may
    /// match.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, CronExpressionError> {
        let invalid = |reason: String| CronExpressionError::Invalid { text: text.trim().to_owned(), reason };
        let nickname = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        let fields: Vec<&str> = nickname.map_or(text, |(_, meant)| meant).split_whitespace().collect();
        if !FIELDS.contains(&fields.len()) {
            let expected = "expected five fields: minute, hour, day of month, month, day of week";
            return Err(invalid(format!("{expected}; found {}", fields.len())));
        }
        if let Some(reason) = field::problem(&fields) {
            return Err(invalid(reason));
        }
        let text = fields.join(" ");
        let cron = CronParser::new().parse(&text).map_err(|error| invalid(field::error_message(&error)))?;
        let times = times_of(&cron).map_err(|error| invalid(field::error_message(&error)))?;
        let minute = usize::from(fields.len() > *FIELDS.start());
        let is_every = fields[minute..=minute + 1].iter().any(|field| field.contains(['*', '?']));
        Ok(Self { text, zone, cron, times, is_every })
    }

    /// Checks that the expression occurs at least once after a timestamp.
    pub fn check_happens(&self, now: Timestamp) -> Result<(), CronExpressionError> {
        if self.next(now).is_some() {
            return Ok(());
        }
        let from = self.local(now).date();
        let until = from.checked_add_days(Days::new(HORIZON_DAYS as u64)).unwrap_or(NaiveDate::MAX);
        Err(CronExpressionError::Never { text: self.text.clone(), from, until })
    }

    /// The expression with single spaces; a nickname is expanded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same local times in another time zone.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    /// The time zone of its local times.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first occurrence after a timestamp; `None` when there is none within forty years.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        self.upcoming(after, 1).first().copied()
    }

    /// The next occurrences after a timestamp, at most `limit`.
    pub fn upcoming(&self, after: Timestamp, limit: usize) -> Vec<Timestamp> {
        // A day before and one after: clocks have moved by a whole day where the date line did.
        let first = day_before(self.local(after).date());
        let mut found = BTreeSet::new();
        let mut last_day = None;
        for day in first.iter_days().take(HORIZON_DAYS) {
            if last_day.is_some_and(|last| day > last) {
                break;
            }
            if self.matches(day) {
                found.extend(self.timestamps_of(day, after).into_iter().take(limit));
                if found.len() >= limit && last_day.is_none() {
                    last_day = day.succ_opt();
                }
            }
        }
        found.into_iter().take(limit).collect()
    }

    /// The occurrences in `after < timestamp <= until`: the newest `limit` of them, oldest first, and the count of all.
    pub fn between(&self, after: Timestamp, until: Timestamp, limit: usize) -> (Vec<Timestamp>, usize) {
        if until <= after {
            return (Vec::new(), 0);
        }
        let last = self.local(until).date().succ_opt().unwrap_or(NaiveDate::MAX);
        let mut found = BTreeSet::new();
        let mut count = 0;
        for day in day_before(self.local(after).date()).iter_days().take_while(|day| *day <= last) {
            if !self.matches(day) {
                continue;
            }
            for timestamp in self.timestamps_of(day, after).into_iter().filter(|timestamp| *timestamp <= until) {
                count += usize::from(found.insert(timestamp));
            }
            // Two days' worth are kept, whatever the limit: adjacent days may map to the same timestamp.
            while found.len() > limit.max(2 * self.times.len()) {
                found.pop_first();
            }
        }
        let surplus = found.len().saturating_sub(limit);
        (found.into_iter().skip(surplus).collect(), count)
    }

    fn matches(&self, day: NaiveDate) -> bool {
        let pattern = &self.cron.pattern;
        let (year, month) = (day.year(), day.month());
        pattern.year_match(year).unwrap_or(false)
            && pattern.month_match(month).unwrap_or(false)
            && pattern.day_match(year, month, day.day()).unwrap_or(false)
    }

    /// The occurrences of one local day that are after `after`, in order. Adjacent days may map to the same timestamp.
    fn timestamps_of(&self, day: NaiveDate, after: Timestamp) -> Vec<Timestamp> {
        let Some(offset) = self.steady_offset(day) else {
            let timestamps = self.times.iter().flat_map(|time| self.timestamps_at(day.and_time(*time)));
            return timestamps.filter(|timestamp| *timestamp > after).collect::<BTreeSet<_>>().into_iter().collect();
        };
        let to_timestamp = |time: &NaiveTime| Timestamp::from((day.and_time(*time) - offset).and_utc());
        let past = self.times.partition_point(|time| to_timestamp(time) <= after);
        self.times[past..].iter().map(to_timestamp).collect()
    }

    /// The offset from UTC on a day, east being positive; `None` when the clocks change near it.
    fn steady_offset(&self, day: NaiveDate) -> Option<TimeDelta> {
        let midnight = day.and_time(NaiveTime::MIN).and_utc();
        let at = |hours: i64| {
            let timestamp = midnight.checked_add_signed(TimeDelta::hours(hours))?;
            Some(seconds_east(&self.zone.offset_from_utc_datetime(&timestamp.naive_utc())))
        };
        // Offsets reach from -12 to +14 hours, and clocks have changed by a whole day.
        let offsets = [at(-48), at(-24), at(0), at(24), at(48), at(72)];
        let first = offsets[0]?;
        offsets.iter().all(|offset| *offset == Some(first)).then(|| TimeDelta::seconds(first))
    }

    fn timestamps_at(&self, local: NaiveDateTime) -> impl Iterator<Item = Timestamp> {
        let (first, second) = match self.zone.from_local_datetime(&local) {
            chrono::LocalResult::Single(timestamp) => (Some(timestamp), None),
            chrono::LocalResult::Ambiguous(first, second) => (Some(first), self.is_every.then_some(second)),
            chrono::LocalResult::None => (if self.is_every { None } else { self.end_of_gap(local) }, None),
        };
        [first, second].into_iter().flatten().map(|timestamp| timestamp.with_timezone(&Utc).into())
    }

    /// The timestamp of the clock change that skips a local time.
    fn end_of_gap(&self, local: NaiveDateTime) -> Option<DateTime<Tz>> {
        // Under the offset before the change, the skipped local time is a timestamp after the change.
        let before = local.checked_sub_days(Days::new(1))?;
        let offset = self.zone.offset_from_local_datetime(&before).earliest()?;
        let beyond = (local - TimeDelta::seconds(seconds_east(&offset))).and_utc().timestamp();
        let (mut early, mut late) = (before.and_utc().timestamp() - seconds_east(&offset), beyond);
        let offset_at = |second: i64| self.at(second).map(|timestamp| seconds_east(timestamp.offset()));
        let new = offset_at(late)?;
        while late - early > 1 {
            let middle = early + (late - early) / 2;
            if offset_at(middle)? == new { late = middle } else { early = middle }
        }
        self.at(late)
    }

    fn at(&self, second: i64) -> Option<DateTime<Tz>> {
        Some(DateTime::from_timestamp(second, 0)?.with_timezone(&self.zone))
    }

    fn local(&self, timestamp: Timestamp) -> NaiveDateTime {
        timestamp.to_utc().with_timezone(&self.zone).naive_local()
    }
}

fn seconds_east(offset: &impl chrono::Offset) -> i64 {
    offset.fix().local_minus_utc().into()
}

fn day_before(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

/// The local times of day at which an expression occurs, in order.
fn times_of(cron: &Cron) -> Result<Vec<NaiveTime>, CronError> {
    let pattern = &cron.pattern;
    let hours = matching(24, |hour| pattern.hour_match(hour))?;
    let minutes = matching(60, |minute| pattern.minute_match(minute))?;
    let seconds = matching(60, |second| pattern.second_match(second))?;
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in hours {
        for minute in &minutes {
            times.extend(seconds.iter().filter_map(|second| NaiveTime::from_hms_opt(hour, *minute, *second)));
        }
    }
    Ok(times)
}

fn matching(end: u32, is_met: impl Fn(u32) -> Result<bool, CronError>) -> Result<Vec<u32>, CronError> {
    let mut met = Vec::new();
    for value in 0..end {
        if is_met(value)? {
            met.push(value);
        }
    }
    Ok(met)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timestamp(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).expect(text).to_utc().into()
    }

    fn expression(text: &str, zone: Tz) -> CronExpression {
        CronExpression::parse(text, zone).expect(text)
    }

    fn upcoming(text: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
        let found = expression(text, zone).upcoming(timestamp(after), count);
        found.into_iter().map(|timestamp| timestamp.to_utc().format("%F %R").to_string()).collect()
    }

    #[test]
    fn a_time_of_day_keeps_its_local_hour_over_both_changes_of_the_clocks() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(
            upcoming("0 5 * * MON", berlin, "2026-03-16T12:00:00Z", 2),
            ["2026-03-23 04:00", "2026-03-30 03:00"]
        );
        assert_eq!(
            upcoming("0 5 * * MON", berlin, "2026-10-13T12:00:00Z", 2),
            ["2026-10-19 03:00", "2026-10-26 04:00"]
        );
    }

    #[test]
    fn a_skipped_time_happens_when_the_clocks_have_changed_and_a_repeated_one_once() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(
            upcoming("30 2 * * *", berlin, "2026-03-28T00:00:00Z", 3),
            ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"]
        );
        assert_eq!(upcoming("30 2 * * *", berlin, "2026-10-24T12:00:00Z", 2), ["2026-10-25 00:30", "2026-10-26 01:30"]);
    }

    #[test]
    fn an_interval_leaves_skipped_times_out_and_occurs_in_both_repeated_hours() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(
            upcoming("15 * * * *", berlin, "2026-03-29T00:00:00Z", 3),
            ["2026-03-29 00:15", "2026-03-29 01:15", "2026-03-29 02:15"]
        );
        assert_eq!(
            upcoming("0 * * * *", berlin, "2026-10-24T23:30:00Z", 4),
            ["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 03:00"]
        );
    }

    #[test]
    fn a_day_skipped_at_the_date_line_occurs_at_the_end_of_the_gap() {
        // Samoa had no 30 December 2011: its midnight came 24 hours after that of the 29th, as the 31st.
        let apia = Tz::Pacific__Apia;
        assert_eq!(
            upcoming("0 5 * * *", apia, "2011-12-29T12:00:00Z", 3),
            ["2011-12-29 15:00", "2011-12-30 10:00", "2011-12-30 15:00"]
        );
    }

    #[test]
    fn an_expression_that_never_occurs_is_rejected_with_the_reason() {
        let now = timestamp("2026-11-24T00:00:00Z");
        let refused = |text: &str| match CronExpression::parse(text, Tz::UTC) {
            Err(error) => error.to_string(),
            Ok(expression) => expression.check_happens(now).expect_err(text).to_string(),
        };
        for (text, words) in [
            ("0 5 30 2 *", "never happens"),
            ("0 5 31 4,6,9,11 *", "never happens"),
            ("0 0 5 * * * 2020", "never happens"),
            ("*/0 * * * *", "step"),
            ("0 5-10/0 * * *", "step"),
            ("60 5 * * *", "not a cron expression"),
            ("0 25 * * *", "not a cron expression"),
            ("0 5 * * BLAH", "not a cron expression"),
            ("0 5 * *", "five fields"),
            ("", "five fields"),
            ("@sometimes", "five fields"),
        ] {
            assert!(refused(text).contains(words), "{text}: {}", refused(text));
        }
        for text in
            ["0 5 29 2 *", "0 5 29 2 MON#1", "@weekly", "0 0 5 * * MON 2031", "0 5 L * *", "*/15 9-17 * * MON-FRI"]
        {
            expression(text, Tz::UTC).check_happens(now).expect(text);
        }
    }

    #[test]
    fn of_many_passed_timestamps_the_newest_are_kept_and_all_are_counted() {
        let every_second = expression("* * * * * *", Tz::America__New_York);
        let (newest, count) =
            every_second.between(timestamp("2026-10-30T00:00:00Z"), timestamp("2026-11-02T00:00:00Z"), 3);
        assert_eq!(count, 3 * 86_400);
        let seconds: Vec<String> =
            newest.iter().map(|timestamp| timestamp.to_utc().format("%d %T").to_string()).collect();
        assert_eq!(seconds, ["01 23:59:58", "01 23:59:59", "02 00:00:00"]);
        assert_eq!(every_second.between(newest[2], newest[2], 3), (Vec::new(), 0));
    }
}
