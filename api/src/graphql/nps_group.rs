//! The groups of a breakdown, in which order they are returned, and how many of them.

use std::cmp::Ordering;

use async_graphql::{Enum, InputObject, SimpleObject};
use needle_analytics::slice::{BreakdownGroup, MergedGroup};
use needle_stats::interval::mover_difference;

use super::customer::Direction;
use super::error::ApiError;
use super::nps::{Interval, Nps};
use super::scope::RequestScope;

/// The most groups that a breakdown returns.
const GROUPS_LIMIT: usize = 10_000;

/// One value of one dimension.
#[derive(SimpleObject)]
pub struct DimensionValue {
    /// The attribute's name.
    dimension: String,
    /// Its value; null for responses that lack the attribute.
    value: Option<String>,
}

/// One group of a breakdown, and how it changed when two ranges are compared.
#[derive(SimpleObject)]
pub struct NpsGroup {
    /// The values that make the group, in the order of `by`; empty for the rest group, see `mergedGroups`.
    key: Vec<DimensionValue>,
    /// The groups that are too small for this viewer, or with which these could be found by subtraction: this group, the
    /// last one, is all of them together, so that the groups always add up to the whole. Empty for every other group.
    merged_groups: Vec<MergedNpsGroup>,
    /// The score in `during`.
    nps: Nps,
    /// The score in `compareTo`; null when nothing is compared.
    compared: Option<Nps>,
    /// The score in `during` minus that in `compareTo`, in NPS points; null when either is empty or suppressed.
    change: Option<f64>,
    /// The 95 % interval of the change (MOVER of the two score intervals); null like `change`.
    change_interval: Option<Interval>,
    /// What this group adds to the change of the whole because its own score changed, in NPS points (Kitagawa).
    rate_effect: Option<f64>,
    /// What this group adds to the change of the whole because its share of the responses changed, in NPS points.
    mix_effect: Option<f64>,
}

/// A group that this viewer sees only together with others.
#[derive(SimpleObject)]
pub struct MergedNpsGroup {
    /// The values that make the group, in the order of `by`.
    key: Vec<DimensionValue>,
    /// The number of its responses with a score in `during`.
    responses: u64,
    /// The number of its responses with a score in `compareTo`; null when nothing is compared.
    compared_responses: Option<u64>,
}

/// What the groups of a breakdown are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NpsGroupOrderField {
    /// The score in `during`.
    Score,
    /// The number of responses with a score in `during`.
    Responses,
    /// The change of the score, which needs `compareTo`.
    Change,
    /// What the group adds to the change of the whole because its own score changed, which needs `compareTo`.
    RateEffect,
}

/// How the groups of a breakdown are sorted. Groups for which the field is null come after all others, and groups that are
/// equal stay in order of their values; the rest group is the last one in every order.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct NpsGroupOrder {
    /// The field to sort by.
    field: NpsGroupOrderField,
    /// The direction of the order.
    direction: Direction,
}

/// The order and the number of groups that a query asks for.
#[derive(Clone, Copy, Debug)]
pub struct NpsGroupSelection {
    order: Option<NpsGroupOrder>,
    first: usize,
}

impl NpsGroupSelection {
    /// Refuses a number that is none, and an order by a field that is null in every group.
    pub fn of(order: Option<NpsGroupOrder>, first: Option<i32>, is_compared: bool) -> Result<Self, ApiError> {
        let needs_comparison =
            |order: NpsGroupOrder| matches!(order.field, NpsGroupOrderField::Change | NpsGroupOrderField::RateEffect);
        if !is_compared && order.is_some_and(needs_comparison) {
            let message = "orderBy: expected `compareTo` with an order by CHANGE or RATE_EFFECT, found none";
            return Err(ApiError::BadUserInput(message.to_owned()));
        }
        let first = match first {
            None => GROUPS_LIMIT,
            Some(first) => usize::try_from(first)
                .ok()
                .filter(|first| *first <= GROUPS_LIMIT)
                .ok_or_else(|| ApiError::BadUserInput(format!("first: expected 0 to {GROUPS_LIMIT}, found {first}")))?,
        };
        Ok(Self { order, first })
    }

    /// The groups that were asked for, out of all of them in order of their values.
    pub fn apply(self, mut groups: Vec<NpsGroup>) -> Vec<NpsGroup> {
        if let Some(order) = self.order {
            groups.sort_by(|one, other| order.compare(one, other));
        }
        groups.truncate(self.first);
        groups
    }
}

impl NpsGroupOrder {
    fn compare(self, one: &NpsGroup, other: &NpsGroup) -> Ordering {
        let by_value = match (self.value(one), self.value(other)) {
            (Some(one), Some(other)) if self.direction == Direction::Desc => other.total_cmp(&one),
            (Some(one), Some(other)) => one.total_cmp(&other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        let is_rest = |group: &NpsGroup| !group.merged_groups.is_empty();
        is_rest(one).cmp(&is_rest(other)).then(by_value)
    }

    fn value(self, group: &NpsGroup) -> Option<f64> {
        match self.field {
            NpsGroupOrderField::Score => group.nps.score_and_interval().map(|(score, _)| score),
            #[expect(clippy::cast_precision_loss, reason = "there are fewer responses than 2^53")]
            NpsGroupOrderField::Responses => Some(group.nps.scored() as f64),
            NpsGroupOrderField::Change => group.change,
            NpsGroupOrderField::RateEffect => group.rate_effect,
        }
    }
}

impl MergedNpsGroup {
    fn new(by: &[String], group: MergedGroup) -> Self {
        let MergedGroup { key, responses, compared_responses } = group;
        Self { key: DimensionValue::of(by, key), responses, compared_responses }
    }
}

impl DimensionValue {
    fn of(by: &[String], key: Vec<Option<String>>) -> Vec<Self> {
        by.iter().zip(key).map(|(dimension, value)| Self { dimension: dimension.clone(), value }).collect()
    }
}

impl NpsGroup {
    /// The group as this viewer may read it.
    pub fn new(scope: &RequestScope, by: &[String], group: BreakdownGroup) -> Self {
        let shown = |counts| Nps::disclosed(scope, counts, group.is_hidden);
        let (nps, compared) = (shown(group.counts), group.compared.map(shown));
        let hidden = nps.visible().is_none() || compared.is_some_and(|compared| compared.visible().is_none());
        let scores = nps.score_and_interval().zip(compared.as_ref().and_then(Nps::score_and_interval));
        let effects = group.effects.filter(|_| !hidden);
        Self {
            key: DimensionValue::of(by, group.key),
            merged_groups: group.merged.into_iter().map(|merged| MergedNpsGroup::new(by, merged)).collect(),
            nps,
            compared,
            change: scores.map(|((now, _), (before, _))| now - before),
            change_interval: scores.map(|(now, before)| mover_difference(now, before).into()),
            rate_effect: effects.map(|(rate, _)| rate),
            mix_effect: effects.map(|(_, mix)| mix),
        }
    }
}
