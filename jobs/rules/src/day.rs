//! The bounds of days that people and programs submit. Every day that comes from outside is checked by one of these.

use entity::Day;

use crate::problem::{InputProblem, ProblemCode};

/// The first day that any input may name: 2000-01-01. The Net Promoter Score was published in 2003 (Reichheld, "The One
/// Number You Need to Grow"), so an earlier day is a placeholder or a mistake.
pub const FIRST: Day = Day(10_957);

/// The last day that a plan may name: 2999-12-31.
pub const LAST: Day = Day(376_199);

/// Refuses the day of a plan outside [`FIRST`] to [`LAST`].
pub fn check_planned(field: &str, day: Day) -> Result<(), InputProblem> {
    check(field, day, LAST, &LAST.to_string())
}

/// Refuses a day that data are to be looked at from, when it is after today or before [`FIRST`].
pub fn check_as_of(field: &str, day: Day, today: Day) -> Result<(), InputProblem> {
    check(field, day, today, &format!("today ({today})"))
}

/// Refuses the day of an event, such as a response, after tomorrow or before [`FIRST`]. Tomorrow is allowed because it
/// has begun already in some time zone.
pub fn check_event(field: &str, day: Day, today: Day) -> Result<(), InputProblem> {
    let tomorrow = today.plus_days(1);
    check(field, day, tomorrow, &format!("tomorrow ({tomorrow})"))
}

fn check(field: &str, day: Day, last: Day, name_of_last: &str) -> Result<(), InputProblem> {
    if (FIRST..=last).contains(&day) {
        return Ok(());
    }
    let message = format!("expected a day from {FIRST} to {name_of_last}, found {day}");
    Err(InputProblem::new(ProblemCode::DayOutOfRange, field, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect(text)
    }

    #[test]
    fn the_bounds_are_the_days_that_the_messages_name() {
        assert_eq!((FIRST, LAST), (day("2000-01-01"), day("2999-12-31")));
        let problem = check_planned("takesEffectOn", day("9999-01-01")).expect_err("too late");
        assert_eq!(problem.code, ProblemCode::DayOutOfRange);
        assert_eq!(problem.message, "expected a day from 2000-01-01 to 2999-12-31, found 9999-01-01");
        assert!(check_planned("takesEffectOn", day("0000-01-01")).is_err());
    }

    #[test]
    fn today_is_the_last_day_to_look_from_and_tomorrow_the_last_of_an_event() {
        let today = day("2026-07-01");
        assert!(check_as_of("asOf", today, today).is_ok());
        assert!(check_as_of("asOf", today.plus_days(1), today).is_err());
        assert!(check_event("responded_at", today.plus_days(1), today).is_ok());
        let problem = check_event("responded_at", today.plus_days(2), today).expect_err("after tomorrow");
        assert_eq!(problem.message, "expected a day from 2000-01-01 to tomorrow (2026-07-02), found 2026-07-03");
    }
}
