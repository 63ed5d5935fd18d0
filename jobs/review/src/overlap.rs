//! Overlapping decisions: their windows overlap and they have customers in common.

use std::collections::HashMap;

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::segment_definition::DefinitionId;
use entity::{Calendar, Day, Filter};
use needle_analytics::analytics_cache::Analytics;

/// The other decisions whose windows and customers overlap those of a decision.
///
/// A window reaches from the first day of effect to the end of the horizon, or to the reversal. Customers are those
/// who have responded: two targets overlap when some profile matches both. A target whose filter tests something that
/// the published profiles do not store yet overlaps none.
pub fn overlapping(
    analytics: &Analytics,
    decision: &DecisionRow,
    others: &[DecisionRow],
    filters: &HashMap<DefinitionId, Filter>,
) -> Vec<DecisionId> {
    let window = |decision: &DecisionRow| window(decision, analytics.calendar);
    let (from, until) = window(decision);
    let filter_of = |decision: &DecisionRow| decision.definition_id.and_then(|id| filters.get(&id));
    let own = filter_of(decision);
    let overlaps = |other: &&DecisionRow| {
        let (other_from, other_until) = window(other);
        let same_weeks = from < other_until && other_from < until;
        other.id != decision.id && same_weeks && analytics.any_profile_in_both(own, filter_of(other))
    };
    others.iter().filter(overlaps).map(|other| other.id).collect()
}

fn window(decision: &DecisionRow, calendar: Calendar) -> (Day, Day) {
    let end = decision.takes_effect_on.plus_days(decision.horizon_weeks.saturating_mul(7));
    (decision.takes_effect_on, decision.ends_on(calendar).map_or(end, |ends| ends.min(end)))
}
