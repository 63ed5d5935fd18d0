//! Slices: the counts of a group in a period, and their breakdown by the values of dimensions.

use std::collections::{BTreeMap, BTreeSet};

use entity::{Filter, Period};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_stats::mix;
use needle_stats::nps::NpsCounts;

use crate::analytics_cache::{Analytics, AnalyticsError, GROUPS_LIMIT, is_member, too_many};
use crate::disclosure::{DisclosureRule, one_group};

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
    /// The groups that are hidden and merged into this one, the rest of the whole; empty for every other group.
    pub merged: Vec<MergedGroup>,
    /// True for a rest that must not be shown either.
    pub is_hidden: bool,
}

/// A group that is hidden in the rest of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedGroup {
    /// The value of each requested dimension; `None` for responses without one.
    pub key: Vec<Option<String>>,
    /// The number of the group's responses.
    pub responses: u64,
    /// The number of its responses in the compared period; `None` when none was requested.
    pub compared_responses: Option<u64>,
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

    /// The counts of a slice, and whether a reader under this rule does not see more of them than their number.
    pub fn disclosed_nps(
        &self,
        filter: Option<&Filter>,
        period: Period,
        rule: DisclosureRule,
    ) -> Result<(NpsCounts, bool), AnalyticsError> {
        self.disclosed_count_of(self.sliceable(filter)?.as_ref(), period, rule)
    }

    /// The same for a slice whose filter is already translated to this version's profiles.
    pub fn disclosed_count_of(
        &self,
        filter: Option<&Filter>,
        period: Period,
        rule: DisclosureRule,
    ) -> Result<(NpsCounts, bool), AnalyticsError> {
        let counts = self.count_of(filter, period)?;
        Ok((counts, counts.responses() > 0 && self.is_sensitive(filter, period, rule)?))
    }

    fn is_sensitive(
        &self,
        filter: Option<&Filter>,
        period: Period,
        rule: DisclosureRule,
    ) -> Result<bool, AnalyticsError> {
        let groups = one_group(self.cube.profiles(), filter);
        Ok(!self.sensitive(filter, period, &groups, |_| Some(0), rule)?.is_empty())
    }

    /// The counts of a slice, broken down by the values of some dimensions, sorted by these values. Groups that a reader
    /// under this rule does not see are merged into the last one.
    pub fn breakdown(
        &self,
        by: &[String],
        filter: Option<&Filter>,
        period: Period,
        compare_to: Option<Period>,
        rule: DisclosureRule,
    ) -> Result<Vec<BreakdownGroup>, AnalyticsError> {
        let filter = self.sliceable(filter)?;
        if by.is_empty() || by.len() > DIMENSIONS_LIMIT {
            let message = format!("expected one to {DIMENSIONS_LIMIT} dimensions, found {}", by.len());
            return Err(AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, "by", message)));
        }
        by.iter().try_for_each(|name| self.check_sliceable(name, "by"))?;
        let filter = filter.as_ref();
        let mut places: BTreeMap<Vec<Option<&str>>, u32> = BTreeMap::new();
        let all_groups: Vec<Option<u32>> = self
            .cube
            .profiles()
            .iter()
            .map(|profile| {
                let key: Vec<Option<&str>> = by.iter().map(|name| profile.get(name)).collect();
                let next = u32::try_from(places.len()).ok()?;
                Some(*places.entry(key).or_insert(next))
            })
            .collect();
        let group_of = |profile: usize| all_groups[profile];
        let members = self.cube.profiles().iter().zip(&all_groups);
        let groups: Vec<Option<u32>> =
            members.map(|(profile, group)| group.filter(|_| is_member(filter, profile))).collect();
        let now = self.by_group(period, &groups)?;
        let before = compare_to.map(|period| self.by_group(period, &groups)).transpose()?;
        let count = |sums: &BTreeMap<u32, NpsCounts>, place: u32| sums.get(&place).copied().unwrap_or_default();
        let (found_places, mut found): (Vec<u32>, Vec<BreakdownGroup>) = places
            .into_iter()
            .map(|(key, place)| {
                let key = key.into_iter().map(|value| value.map(str::to_owned)).collect();
                let group = BreakdownGroup {
                    counts: count(&now, place),
                    compared: before.as_ref().map(|before| count(before, place)),
                    ..BreakdownGroup::of(key)
                };
                (place, group)
            })
            .filter(|(_, group)| group.counts.responses() + group.compared.unwrap_or_default().responses() > 0)
            .unzip();
        if found.len() > GROUPS_LIMIT {
            return Err(too_many(
                "by",
                &format!("the breakdown has {} groups, at most {GROUPS_LIMIT} are shown", found.len()),
            ));
        }
        if rule != DisclosureRule::NONE {
            let mut hidden = BTreeSet::new();
            let mut hides_all = false;
            for (period, is_now) in [(Some(period), true), (compare_to, false)] {
                let Some(period) = period else { continue };
                let responses: Vec<u64> = found.iter().map(|group| group.responses(is_now)).collect();
                let sensitive = self.sensitive(filter, period, &groups, group_of, rule)?;
                let parts = (0..found.len()).filter(|at| sensitive.contains(&found_places[*at])).collect();
                hidden.extend(rule.hidden_parts(&responses, parts));
                hides_all |= self.is_sensitive(filter, period, rule)?;
            }
            found = merge(found, &hidden, hides_all);
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
        let groups = self.breakdown(&[name.to_owned()], None, Period::default(), None, DisclosureRule::NONE)?;
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

impl BreakdownGroup {
    fn of(key: Vec<Option<String>>) -> Self {
        Self { key, counts: NpsCounts::default(), compared: None, effects: None, merged: Vec::new(), is_hidden: false }
    }

    fn responses(&self, is_now: bool) -> u64 {
        if is_now { self.counts.responses() } else { self.compared.unwrap_or_default().responses() }
    }
}

/// Merges hidden groups into a last one without a key; all groups where the whole is hidden.
fn merge(groups: Vec<BreakdownGroup>, hidden: &BTreeSet<usize>, hides_all: bool) -> Vec<BreakdownGroup> {
    let (hidden, mut shown): (Vec<_>, Vec<_>) =
        groups.into_iter().enumerate().partition(|(at, _)| hides_all || hidden.contains(at));
    let mut rest = BreakdownGroup { is_hidden: hides_all, ..BreakdownGroup::of(Vec::new()) };
    for (_, group) in hidden {
        rest.counts += group.counts;
        if let Some(compared) = group.compared {
            *rest.compared.get_or_insert_default() += compared;
        }
        rest.merged.push(MergedGroup {
            responses: group.counts.responses(),
            compared_responses: group.compared.map(|compared| compared.responses()),
            key: group.key,
        });
    }
    let rest = (!rest.merged.is_empty()).then_some(rest);
    shown.drain(..).map(|(_, group)| group).chain(rest).collect()
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
