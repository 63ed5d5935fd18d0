//! Slices: the counts of a group in a period, and their breakdown by the values of dimensions.

use std::collections::BTreeMap;

use entity::{Filter, Period};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_stats::mix;
use needle_stats::nps::NpsCounts;

use crate::analytics_cache::{Analytics, AnalyticsError, GROUPS_LIMIT, is_member, too_many};

/// The maximum number of dimensions that one breakdown combines.
pub const DIMENSIONS_LIMIT: usize = 4;

/// One group of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakdownGroup {
    /// The value of each requested dimension; `None` for responses without one.
    pub key: Vec<Option<String>>,
    /// The counts of the group's responses.
    pub counts: NpsCounts,
    /// The counts of the compared period; `None` when none was requested.
    pub compared: Option<NpsCounts>,
    /// What the group contributes to the change of the whole, in NPS points: by its score and by its share. `None`
    /// without a compared period.
    pub effects: Option<(f64, f64)>,
}

impl Analytics {
    /// The counts of a slice; a `None` filter selects everyone.
    pub fn nps(&self, filter: Option<&Filter>, period: Period) -> Result<NpsCounts, AnalyticsError> {
        self.count_of(self.sliceable(filter)?.as_ref(), period)
    }

    /// The counts of a slice whose filter is already translated to this version's profiles.
    pub fn count_of(&self, filter: Option<&Filter>, period: Period) -> Result<NpsCounts, AnalyticsError> {
        let Some(days) = self.range(period) else { return Ok(NpsCounts::default()) };
        Ok(self.cube.count(days.start, days.end, |profile| is_member(filter, profile))?)
    }

    /// The counts of a slice, broken down by the values of some dimensions, sorted by these values.
    pub fn breakdown(
        &self,
        by: &[String],
        filter: Option<&Filter>,
        period: Period,
        compare_to: Option<Period>,
    ) -> Result<Vec<BreakdownGroup>, AnalyticsError> {
        let filter = self.sliceable(filter)?;
        if by.is_empty() || by.len() > DIMENSIONS_LIMIT {
            let message = format!("expected one to {DIMENSIONS_LIMIT} dimensions, found {}", by.len());
            return Err(AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, "by", message)));
        }
        by.iter().try_for_each(|name| self.check_sliceable(name, "by"))?;
        let filter = filter.as_ref();
        let mut places: BTreeMap<Vec<Option<&str>>, u32> = BTreeMap::new();
        let groups: Vec<Option<u32>> = self
            .cube
            .profiles()
            .iter()
            .map(|profile| {
                let key: Vec<Option<&str>> = by.iter().map(|name| profile.get(name)).collect();
                let next = u32::try_from(places.len()).ok()?;
                is_member(filter, profile).then(|| *places.entry(key).or_insert(next))
            })
            .collect();
        let now = self.by_group(period, &groups)?;
        let before = compare_to.map(|period| self.by_group(period, &groups)).transpose()?;
        let count = |sums: &BTreeMap<u32, NpsCounts>, place: u32| sums.get(&place).copied().unwrap_or_default();
        let mut found: Vec<BreakdownGroup> = places
            .into_iter()
            .map(|(key, place)| BreakdownGroup {
                key: key.into_iter().map(|value| value.map(str::to_owned)).collect(),
                counts: count(&now, place),
                compared: before.as_ref().map(|before| count(before, place)),
                effects: None,
            })
            .filter(|group| group.counts.responses() + group.compared.unwrap_or_default().responses() > 0)
            .collect();
        if found.len() > GROUPS_LIMIT {
            return Err(too_many(
                "by",
                &format!("the breakdown has {} groups, at most {GROUPS_LIMIT} are shown", found.len()),
            ));
        }
        if before.is_some() {
            add_effects(&mut found);
        }
        Ok(found)
    }

    /// The values of a dimension with their scored responses, the most frequent first; `None` is the group of responses
    /// without a value.
    pub fn values(&self, name: &str) -> Result<Vec<(Option<String>, u64)>, AnalyticsError> {
        if !self.is_sliceable(name) {
            return Ok(Vec::new());
        }
        let groups = self.breakdown(&[name.to_owned()], None, Period::default(), None)?;
        let mut values: Vec<(Option<String>, u64)> = groups
            .into_iter()
            .filter_map(|group| Some((group.key.into_iter().next()?, group.counts.responses())))
            .collect();
        values.sort_by_key(|(_, responses)| std::cmp::Reverse(*responses));
        Ok(values)
    }

    fn by_group(&self, period: Period, groups: &[Option<u32>]) -> Result<BTreeMap<u32, NpsCounts>, AnalyticsError> {
        let Some(days) = self.range(period) else { return Ok(BTreeMap::new()) };
        let sums = self.cube.sum(days.start, days.end, |_| Some(0), groups)?;
        Ok(sums.into_iter().map(|((_, group), counts)| (group, counts)).collect())
    }
}

/// Kitagawa's decomposition of the change of the whole, per group.
fn add_effects(groups: &mut [BreakdownGroup]) {
    let now: Vec<NpsCounts> = groups.iter().map(|group| group.counts).collect();
    let before: Vec<NpsCounts> = groups.iter().map(|group| group.compared.unwrap_or_default()).collect();
    let either_is_empty = [&now, &before].iter().any(|side| side.iter().all(|counts| counts.responses() == 0));
    if either_is_empty {
        return;
    }
    let effects = mix::rate_and_mix(&mix::parts(&now), &mix::parts(&before));
    for (group, effect) in groups.iter_mut().zip(effects.cells) {
        group.effects = Some((effect.rate, effect.mix));
    }
}
