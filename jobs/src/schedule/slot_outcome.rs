//! The outcome of passed slots: which of them are done now, and which are only recorded as missed.

use std::time::Duration;

use entity::Timestamp;

/// The outcome of a slot that has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotOutcome {
    /// Done, at most slightly late.
    Due,
    /// Done, although no worker was running in time.
    CatchUp,
    /// Not done; the reason.
    Missed(String),
}

/// Up to what age slots that have passed are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUpPolicy {
    /// A slot older than this counts as missed, not as late.
    pub late_after: Duration,
    /// A missed slot older than this is not caught up.
    pub catch_up: Duration,
}

/// Decides the outcome of slots that have passed, given oldest first.
///
/// Slots that are merely late are all done. Those that were missed are caught up once: the newest one replaces all, or
/// a late one does; and the newest too is only recorded when it is older than the window.
pub fn slot_outcomes(slots: &[Timestamp], now: Timestamp, policy: CatchUpPolicy) -> Vec<(Timestamp, SlotOutcome)> {
    let is_late = |slot: Timestamp| age(slot, now) <= policy.late_after;
    let newest = slots.last().copied();
    let outcomes = slots.iter().map(|slot| {
        let outcome = if is_late(*slot) {
            SlotOutcome::Due
        } else if newest.is_some_and(|newest| newest > *slot) {
            SlotOutcome::Missed("no worker was running in time; a later slot replaces it".to_owned())
        } else if age(*slot, now) <= policy.catch_up {
            SlotOutcome::CatchUp
        } else {
            let hours = policy.catch_up.as_secs_f64() / 3_600.0;
            SlotOutcome::Missed(format!(
                "no worker was running in time, and it is older than the {hours} hours that are caught up"
            ))
        };
        (*slot, outcome)
    });
    outcomes.collect()
}

/// How long ago a slot was due; zero for one in the future.
pub fn age(slot: Timestamp, now: Timestamp) -> Duration {
    now.since(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: CatchUpPolicy =
        CatchUpPolicy { late_after: Duration::from_mins(5), catch_up: Duration::from_hours(20) };

    const NOW: Timestamp = Timestamp(1_000_000_000_000_000);

    fn outcomes(minutes_ago: &[i64]) -> Vec<&'static str> {
        let slots: Vec<Timestamp> = minutes_ago.iter().map(|minutes| NOW.plus_seconds(-60 * minutes)).collect();
        let name = |outcome: &SlotOutcome| match outcome {
            SlotOutcome::Due => "due",
            SlotOutcome::CatchUp => "catch up",
            SlotOutcome::Missed(_) => "missed",
        };
        slot_outcomes(&slots, NOW, POLICY).iter().map(|(_, outcome)| name(outcome)).collect()
    }

    #[test]
    fn late_slots_are_all_done() {
        assert_eq!(outcomes(&[5, 3, 0]), ["due", "due", "due"]);
    }

    #[test]
    fn of_the_missed_ones_the_newest_replaces_all() {
        assert_eq!(outcomes(&[4_000, 2_500, 1_000]), ["missed", "missed", "catch up"]);
        assert_eq!(outcomes(&[4_000, 1_000, 3]), ["missed", "missed", "due"]);
    }

    #[test]
    fn slots_older_than_the_window_are_only_recorded() {
        assert_eq!(outcomes(&[4_000, 1_201]), ["missed", "missed"]);
        assert_eq!(outcomes(&[1_200]), ["catch up"]);
        assert_eq!(outcomes(&[]), Vec::<&str>::new());
    }
}
