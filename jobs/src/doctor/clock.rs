//! The clock of this machine, compared with that of the database and with recorded timestamps.

use entity::{Timestamp, store};

use super::{AreaFindings, DoctorContext, DoctorFinding, FindingLevel};
use needle_rules::wording;

/// Clocks that differ by more than this many seconds give a warning.
const NOTABLE_SECONDS: f64 = 2.0;

/// Leases last twelve seconds: with clocks this many seconds apart, a process takes over a lease that another one still
/// holds.
const WRONG_SECONDS: f64 = 10.0;

const MICROSECONDS: f64 = 1e6;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let mut findings = Vec::new();
    let before = context.clock.now();
    if let Some(database_time) = store::diagnosis::clock(context.database.reader()).await? {
        findings.push(of_skew(before, database_time, context.clock.now()));
    }
    if context.schema.is_empty() {
        return Ok(findings);
    }
    let newest = store::diagnosis::newest_run_timestamp(context.database.reader()).await?;
    if let Some(newest) = newest.filter(|newest| seconds(*newest, context.clock.now()) < -NOTABLE_SECONDS) {
        let message = format!(
            "a run was recorded at {}, which lies in the future",
            newest.to_utc().format("%Y-%m-%d %H:%M:%S UTC")
        );
        let advice = "synchronize the clocks of all machines that use this database with a time server";
        findings.push(DoctorFinding::warning("clock-went-back", message, advice));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("no run was recorded in the future"));
    }
    Ok(findings)
}

/// The database's clock was read between two readings of ours: a value between those two is no difference.
fn of_skew(before: Timestamp, database_time: Timestamp, after: Timestamp) -> DoctorFinding {
    let skew =
        if database_time < before { -seconds(database_time, before) } else { seconds(after, database_time).max(0.0) };
    let message = format!("the database's clock is {} seconds from this machine's", wording::signed(skew));
    let level = match skew.abs() {
        skew if skew > WRONG_SECONDS => FindingLevel::Problem,
        skew if skew > NOTABLE_SECONDS => FindingLevel::Warning,
        _ => return DoctorFinding::ok(message),
    };
    DoctorFinding::new(
        level,
        "clock-skew",
        message,
        "synchronize both clocks with a time server: leases last only twelve seconds",
    )
}

#[expect(clippy::cast_precision_loss, reason = "a difference of clocks, shown with one digit")]
fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    (until.0 - from.0) as f64 / MICROSECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reply_is_no_difference_and_a_wrong_clock_is_a_problem() {
        let at = |seconds: i64| Timestamp(0).plus_seconds(seconds);
        let level = |before, database_time, after| of_skew(at(before), at(database_time), at(after)).level;
        assert_eq!(level(100, 130, 160), FindingLevel::Ok, "it was read within a minute");
        assert_eq!(level(100, 102, 100), FindingLevel::Ok);
        assert_eq!(level(100, 103, 100), FindingLevel::Warning);
        assert_eq!(level(100, 95, 100), FindingLevel::Warning);
        assert_eq!(level(100, 111, 100), FindingLevel::Problem);
        assert_eq!(level(100, 89, 101), FindingLevel::Problem);
    }
}
