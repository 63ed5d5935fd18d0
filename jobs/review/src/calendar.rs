//! The looks at a decision: one on every Monday after it took effect, up to the end of its horizon.

use entity::decision::Model as DecisionRow;
use entity::period::mondays;
use entity::{Calendar, Day};

/// One interim analysis (look) of one decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduledLook {
    /// A Monday: only responses before it count.
    pub as_of: Day,
    /// The share of the horizon that is over, above 0 and at most 1.
    pub share: f64,
    /// True at the end of the horizon.
    pub is_final: bool,
}

/// The Monday of a decision's final review: the first on or after the end of its horizon.
pub fn final_monday(decision: &DecisionRow) -> Day {
    decision.takes_effect_on.plus_days(decision.horizon_weeks.saturating_mul(7)).monday_on_or_after()
}

/// True when two decisions have looks in the same weeks; true of a decision and itself.
pub fn horizons_overlap(one: &DecisionRow, other: &DecisionRow) -> bool {
    one.takes_effect_on < final_monday(other) && other.takes_effect_on < final_monday(one)
}

/// The looks at a decision up to a Monday, oldest first.
///
/// Looks before the decision was logged are left out. Where that leaves none, the newest one is taken when
/// `recorded_now` says that the run reviews the present: a retrospective decision gets its review at once.
pub fn looks(decision: &DecisionRow, calendar: Calendar, until: Day, recorded_now: bool) -> Vec<ScheduledLook> {
    let closing = final_monday(decision);
    let last = until.monday().min(closing);
    let days = f64::from(decision.horizon_weeks) * 7.0;
    let look = |monday: Day| {
        let elapsed = f64::from(monday.0 - decision.takes_effect_on.0);
        ScheduledLook { as_of: monday, share: (elapsed / days).min(1.0), is_final: monday == closing }
    };
    let first = decision.takes_effect_on.plus_days(1).monday_on_or_after();
    let looks: Vec<ScheduledLook> = mondays(first..last.plus_days(1)).map(look).collect();
    let logged_on = calendar.day_of(decision.logged_at);
    let after_logging: Vec<ScheduledLook> = looks.iter().copied().filter(|look| logged_on < look.as_of).collect();
    let is_available = recorded_now || logged_on < until.monday();
    match (after_logging.is_empty(), looks.last()) {
        (true, Some(newest)) if is_available => vec![*newest],
        _ => after_logging,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, day};

    const UTC: Calendar = Calendar { zone: chrono_tz::UTC };

    fn decision(takes_effect_on: &str, horizon_weeks: i32, logged_on: &str) -> DecisionRow {
        let logged_at = UTC.start_of(day(logged_on));
        DecisionRow { logged_at, ..fixture::decision(1, day(takes_effect_on), horizon_weeks) }
    }

    #[test]
    fn a_decision_of_a_monday_has_one_look_per_week_of_its_horizon() {
        let looks = looks(&decision("2024-07-01", 12, "2024-06-20"), UTC, day("2025-01-01"), false);
        assert_eq!(looks.len(), 12);
        assert_eq!(looks[0].as_of, day("2024-07-08"));
        assert!((looks[2].share - 0.25).abs() < 1e-12);
        assert_eq!(looks[11], ScheduledLook { as_of: day("2024-09-23"), share: 1.0, is_final: true });
        assert!(looks[..11].iter().all(|look| !look.is_final));
    }

    #[test]
    fn a_decision_of_a_wednesday_ends_on_the_first_monday_after_its_horizon() {
        let looks = looks(&decision("2024-07-03", 2, "2024-06-20"), UTC, day("2025-01-01"), false);
        let days: Vec<Day> = looks.iter().map(|look| look.as_of).collect();
        assert_eq!(days, [day("2024-07-08"), day("2024-07-15"), day("2024-07-22")]);
        assert!((looks[0].share - 5.0 / 14.0).abs() < 1e-12);
        assert!((looks[2].share - 1.0).abs() < 1e-12 && looks[2].is_final);
    }

    #[test]
    fn a_decision_that_is_not_in_effect_has_no_looks() {
        let planned = decision("2024-07-01", 12, "2024-06-20");
        assert!(looks(&planned, UTC, day("2024-07-01"), true).is_empty());
        assert!(looks(&planned, UTC, day("2024-07-07"), true).is_empty());
        assert_eq!(looks(&planned, UTC, day("2024-07-10"), true).len(), 1);
    }

    #[test]
    fn a_retrospective_decision_is_looked_at_from_its_logging_on() {
        let late = decision("2024-07-01", 12, "2024-08-06");
        assert_eq!(looks(&late, UTC, day("2024-08-05"), false), []);
        assert_eq!(looks(&late, UTC, day("2024-08-08"), true).len(), 1);
        assert_eq!(looks(&late, UTC, day("2024-08-12"), false)[0].as_of, day("2024-08-12"));
        let over = decision("2024-07-01", 12, "2025-03-01");
        let closing = looks(&over, UTC, day("2025-03-04"), true);
        assert_eq!((closing.len(), closing[0].as_of, closing[0].is_final), (1, day("2024-09-23"), true));
        assert_eq!(looks(&over, UTC, day("2025-03-03"), false).len(), 1);
        assert_eq!(looks(&over, UTC, day("2025-02-24"), false).len(), 0);
    }
}
