//! Which figures of small groups a reader does not see (statistical disclosure control).
//!
//! A group is *sensitive* when its score, or that of a small group that one subtraction leaves, would be that of a few
//! people: it is small itself; what the slice leaves out of everybody, or of itself without one of its conditions, is
//! small; or a neighbouring range of days differs from it by a small group. Among parts that add up to a visible whole,
//! sensitive ones are hidden together with enough others that their sum says nothing about one of them (complementary
//! suppression; Willenborg and de Waal, *Elements of Statistical Disclosure Control*, 2001, chapter 4).
//!
//! What this does not cover is listed in `docs/security.md`, "Small groups".

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use entity::{Attributes, Day, Filter, Period};

use crate::analytics_cache::{Analytics, AnalyticsError, is_member};
use crate::cube::BucketSums;

/// How many conditions of a slice are left out in turn; a longer list of conditions is compared with everybody only.
const CONDITIONS_LIMIT: usize = 32;

/// The number of responses below which a group is small. 0 hides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisclosureRule {
    /// Groups with fewer responses, but at least one, are small.
    pub smallest: u64,
}

impl DisclosureRule {
    /// The rule of a reader who sees every group.
    pub const NONE: Self = Self { smallest: 0 };

    /// True when a group with this number of responses is small.
    pub fn is_small(self, responses: u64) -> bool {
        (1..self.smallest).contains(&responses)
    }

    /// Which parts of a visible whole are hidden: the sensitive ones, and the smallest of the others until at least two
    /// parts are hidden that hold enough responses together. Parts without responses are never hidden.
    pub fn hidden_parts(self, responses: &[u64], mut hidden: BTreeSet<usize>) -> BTreeSet<usize> {
        hidden.retain(|part| responses[*part] > 0);
        if hidden.is_empty() {
            return hidden;
        }
        let mut others: Vec<usize> =
            (0..responses.len()).filter(|part| responses[*part] > 0 && !hidden.contains(part)).collect();
        others.sort_by_key(|part| responses[*part]);
        let mut others = others.into_iter();
        let mut sum: u64 = hidden.iter().map(|part| responses[*part]).sum();
        while hidden.len() < 2 || self.is_small(sum) {
            let Some(next) = others.next() else { break };
            sum += responses[next];
            hidden.insert(next);
        }
        hidden
    }
}

impl Analytics {
    /// The groups of a slice in a period that are sensitive.
    ///
    /// `groups` has one entry per profile: the group of those that the slice selects, `None` for the others. `group_of`
    /// tells the group that any profile would have.
    pub(crate) fn sensitive(
        &self,
        filter: Option<&Filter>,
        period: Period,
        groups: &[Option<u32>],
        group_of: impl Fn(usize) -> Option<u32>,
        rule: DisclosureRule,
    ) -> Result<BTreeSet<u32>, AnalyticsError> {
        let Some(days) = self.range(period).filter(|_| rule != DisclosureRule::NONE) else {
            return Ok(BTreeSet::new());
        };
        let mut sensitive = small_groups(&self.cube.sum(days.start, days.end, |_| Some(0), groups)?, rule);
        for rest in remainders(filter) {
            let left = self.place(&rest, &group_of);
            sensitive.extend(small_groups(&self.cube.sum(days.start, days.end, |_| Some(0), &left)?, rule));
        }
        sensitive.extend(self.sensitive_edges(&days, groups, rule)?);
        Ok(sensitive)
    }

    /// The buckets of a slice's series that are sensitive, apart from those that its sums tell.
    pub(crate) fn sensitive_buckets(
        &self,
        filter: Option<&Filter>,
        days: &Range<Day>,
        bucket: impl Fn(Day) -> Option<u32>,
        rule: DisclosureRule,
    ) -> Result<BTreeSet<u32>, AnalyticsError> {
        let mut sensitive = BTreeSet::new();
        for rest in remainders(filter) {
            let left = self.place(&rest, &|_| Some(0));
            let sums = self.cube.sum(days.start, days.end, &bucket, &left)?;
            let small = sums.into_iter().filter(|(_, counts)| rule.is_small(counts.responses()));
            sensitive.extend(small.map(|((bucket, _), _)| bucket));
        }
        Ok(sensitive)
    }

    fn place(&self, rest: &Filter, group_of: &impl Fn(usize) -> Option<u32>) -> Vec<Option<u32>> {
        let profiles = self.cube.profiles().iter().enumerate();
        profiles.map(|(at, profile)| if rest.matches(profile) { group_of(at) } else { None }).collect()
    }

    /// The groups for which a range that begins or ends a little earlier or later would differ by a small group.
    pub(crate) fn sensitive_edges(
        &self,
        days: &Range<Day>,
        groups: &[Option<u32>],
        rule: DisclosureRule,
    ) -> Result<BTreeSet<u32>, AnalyticsError> {
        let Some((first, end)) = self.days() else { return Ok(BTreeSet::new()) };
        let mut sensitive = BTreeSet::new();
        for (edge, outside) in [(days.start, first..days.start), (days.end, days.end..end)] {
            if outside.start >= outside.end {
                continue;
            }
            let beyond = self.cube.sum(outside.start, outside.end, |_| Some(0), groups)?;
            sensitive.extend(small_groups(&beyond, rule));
            let is_start = edge == days.start;
            sensitive.extend(self.small_next_to(edge, days, !is_start, groups, rule)?);
            // Between weeks, the week outside belongs to a range that is tested itself.
            if edge != edge.monday() {
                sensitive.extend(self.small_next_to(edge, &outside, is_start, groups, rule)?);
            }
        }
        Ok(sensitive)
    }

    /// The groups of which the day with responses that is nearest to an edge is small; the week, for an edge between weeks.
    fn small_next_to(
        &self,
        edge: Day,
        side: &Range<Day>,
        is_last: bool,
        groups: &[Option<u32>],
        rule: DisclosureRule,
    ) -> Result<BTreeSet<u32>, AnalyticsError> {
        let length = if edge == edge.monday() { 7 } else { 1 };
        // Counted away from the edge, so that the nearest unit comes first.
        let unit = |day: Day| {
            let distance = if is_last { edge.0 - 1 - day.0 } else { day.0 - edge.0 };
            u32::try_from(distance / length).ok()
        };
        let sums = self.cube.sum(side.start, side.end, unit, groups)?;
        let mut nearest: BTreeMap<u32, u64> = BTreeMap::new();
        for ((_, group), counts) in sums {
            nearest.entry(group).or_insert_with(|| counts.responses());
        }
        Ok(nearest.into_iter().filter(|(_, responses)| rule.is_small(*responses)).map(|(group, _)| group).collect())
    }
}

fn small_groups(sums: &BucketSums, rule: DisclosureRule) -> BTreeSet<u32> {
    let small = sums.iter().filter(|(_, counts)| rule.is_small(counts.responses()));
    small.map(|((_, group), _)| *group).collect()
}

/// What a slice leaves out: of everybody, and of itself without one of its conditions.
fn remainders(filter: Option<&Filter>) -> Vec<Filter> {
    let Some(filter) = filter else { return Vec::new() };
    let not = |filter: &Filter| Filter::Not(Box::new(filter.clone()));
    let mut conditions = Vec::new();
    flatten(filter, &mut conditions);
    let mut found = vec![not(filter)];
    if (2..=CONDITIONS_LIMIT).contains(&conditions.len()) {
        for (left_out, condition) in conditions.iter().enumerate() {
            let others = conditions.iter().enumerate().filter(|(at, _)| *at != left_out);
            let others = others.map(|(_, other)| (*other).clone());
            found.push(Filter::All(others.chain([not(condition)]).collect()));
        }
    }
    found
}

/// The conditions that must all hold.
fn flatten<'a>(filter: &'a Filter, conditions: &mut Vec<&'a Filter>) {
    match filter {
        Filter::All(parts) => parts.iter().for_each(|part| flatten(part, conditions)),
        other => conditions.push(other),
    }
}

/// Per profile, group 0 for the members of a slice.
pub(crate) fn one_group(profiles: &[Attributes], filter: Option<&Filter>) -> Vec<Option<u32>> {
    profiles.iter().map(|profile| is_member(filter, profile).then_some(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: DisclosureRule = DisclosureRule { smallest: 5 };

    #[test]
    fn a_single_hidden_part_never_stands_alone() {
        let hidden = |responses: &[u64], sensitive: &[usize]| {
            FIVE.hidden_parts(responses, sensitive.iter().copied().collect()).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(hidden(&[90, 3, 40], &[1]), [1, 2], "the smallest of the others is hidden with it");
        assert_eq!(hidden(&[90, 3, 40, 2], &[1, 3]), [1, 3], "together they are five");
        assert_eq!(hidden(&[90, 1, 40, 2], &[1, 3]), [1, 2, 3], "together they are three");
        assert_eq!(hidden(&[90, 0, 40], &[1]), Vec::<usize>::new(), "nobody is in it");
        assert_eq!(hidden(&[3], &[0]), [0]);
        assert_eq!(hidden(&[90, 300], &[1]), [0, 1], "a large part is sensitive for another reason");
    }

    #[test]
    fn a_slice_is_compared_with_everybody_and_with_itself_without_each_condition() {
        let attribute = |name: &str| {
            let exists = entity::Predicate { name: name.to_owned(), exists: Some(true), ..Default::default() };
            Filter::Attribute(exists)
        };
        let not = |filter: Filter| Filter::Not(Box::new(filter));
        let (plan, region) = (attribute("plan"), attribute("region"));
        let both = Filter::All(vec![plan.clone(), Filter::All(vec![region.clone()])]);
        let expected = [
            not(both.clone()),
            Filter::All(vec![region.clone(), not(plan.clone())]),
            Filter::All(vec![plan.clone(), not(region)]),
        ];
        assert_eq!(remainders(Some(&both)), expected);
        assert_eq!(remainders(Some(&plan)), [not(plan)]);
        assert_eq!(remainders(None), []);
    }
}
