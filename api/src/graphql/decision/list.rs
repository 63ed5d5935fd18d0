//! Lists of decisions: filters, orders, pages.

use std::collections::HashMap;

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::decision::Model as DecisionRow;
use entity::segment::SegmentId;
use entity::store;
use entity::store::decision::{DecisionCriteria, DecisionOrderBy, DecisionStatus};

use super::{Decision, DecisionStatusEnum};
use crate::graphql::connection::{Connection, CursorKind, PageArguments, SortKeyKind, page_of};
use crate::graphql::customer::Direction;
use crate::graphql::filter::{DateRange, period};
use crate::graphql::review::VerdictEnum;
use crate::graphql::scope::RequestScope;

/// A filter for decisions; all given conditions must hold.
#[derive(InputObject)]
pub struct DecisionFilter {
    /// Decisions of this owner.
    owner: Option<String>,
    /// Decisions with this target; an unknown key matches none.
    target_segment_key: Option<String>,
    /// Decisions whose newest review has one of these verdicts; an empty list matches none.
    verdict: Option<Vec<VerdictEnum>>,
    /// Decisions whose status today is one of these; an empty list matches none.
    status: Option<Vec<DecisionStatusEnum>>,
    /// Decisions that take effect in this range of days.
    takes_effect: Option<DateRange>,
}

/// What decisions are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DecisionOrderField {
    /// The first day of effect.
    TakesEffectOn,
    /// When the decision was logged.
    LoggedAt,
    /// The expected impact.
    ExpectedImpact,
    /// The effect in the newest review; decisions without one last.
    Effect,
}

/// How decisions are sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct DecisionOrder {
    /// The field to sort by.
    field: DecisionOrderField,
    /// The direction of the order.
    direction: Direction,
}

impl DecisionOrder {
    const NEWEST_FIRST: Self = Self { field: DecisionOrderField::TakesEffectOn, direction: Direction::Desc };

    fn cursors(self) -> CursorKind {
        let key = match self.field {
            DecisionOrderField::TakesEffectOn | DecisionOrderField::LoggedAt => SortKeyKind::Whole,
            DecisionOrderField::ExpectedImpact | DecisionOrderField::Effect => SortKeyKind::Real,
        };
        CursorKind::new(format!("decisions by {:?} {:?}", self.field, self.direction), key)
    }

    fn order_by(self) -> DecisionOrderBy {
        match self.field {
            DecisionOrderField::TakesEffectOn => DecisionOrderBy::TakesEffectOn,
            DecisionOrderField::LoggedAt => DecisionOrderBy::LoggedAt,
            DecisionOrderField::ExpectedImpact => DecisionOrderBy::ExpectedImpact,
            DecisionOrderField::Effect => DecisionOrderBy::Effect,
        }
    }

    fn descending(self) -> bool {
        self.direction == Direction::Desc
    }
}

impl Decision {
    /// One page of decisions; without an order the latest to take effect first.
    async fn page(
        scope: &RequestScope,
        criteria: DecisionCriteria,
        order: Option<DecisionOrder>,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let order = order.unwrap_or(DecisionOrder::NEWEST_FIRST);
        let (order_by, descending) = (order.order_by(), order.descending());
        let depends_on_reviews =
            order_by == DecisionOrderBy::Effect || criteria.verdicts.is_some() || criteria.statuses.is_some();
        let edition = if depends_on_reviews { Some(scope.edition(paging.edition()).await?) } else { None };
        let (criteria, cursors) = (DecisionCriteria { edition, ..criteria }, order.cursors().bound_to(edition));
        let page = paging.page(&cursors)?;
        let database = scope.database().clone();
        let rows = store::decision::list(database.reader(), &criteria, order_by, descending, &page).await?;
        let effects = match edition {
            Some(edition) if order_by == DecisionOrderBy::Effect => {
                let ids: Vec<_> = rows.rows.iter().map(|row| row.id).collect();
                store::decision_standing::effects(database.reader(), edition, &ids).await?
            }
            _ => HashMap::default(),
        };
        let position =
            |row: &DecisionRow| store::decision::position(row, effects.get(&row.id).copied(), order_by, descending);
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(store::decision::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }

    /// One page of a segment's decisions, the latest to take effect first; those of many segments are read at once.
    pub async fn page_of_segment(
        scope: &RequestScope,
        segment: SegmentId,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let order = DecisionOrder::NEWEST_FIRST;
        let cursors = order.cursors();
        let page = paging.page(&cursors)?;
        let decisions = scope.loaders().segment_decisions.load(segment).await?.unwrap_or_default();
        let position = |row: &DecisionRow| store::decision::position(row, None, order.order_by(), order.descending());
        let rows = page_of(decisions.iter().rev().cloned().collect(), &page, order.descending(), position);
        let total = decisions.len() as u64;
        let count = move || futures_util::future::ready(Ok(total));
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }
}

/// Queries for decisions.
#[derive(Default)]
pub struct DecisionQuery;

#[Object]
impl DecisionQuery {
    /// The decisions. Sorted by effect, or filtered by verdict or status, the pages after a cursor show the list as it
    /// was when its first page was read. When a later publication has replaced that list for a day, its cursors are an
    /// error `CURSOR_EXPIRED`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the GraphQL field")]
    async fn decisions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which decisions; null means all.")] filter: Option<DecisionFilter>,
        #[graphql(desc = "The order; the latest to take effect first when absent.")] order_by: Option<DecisionOrder>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Decision>> {
        let scope = RequestScope::of(context)?;
        let paging = PageArguments { first, after, last, before };
        let mut criteria = DecisionCriteria::default();
        if let Some(filter) = filter {
            let mut segment_id = None;
            if let Some(key) = &filter.target_segment_key {
                let Some(segment) = store::segment::by_key(scope.database().reader(), key).await? else {
                    let cursors = order_by.unwrap_or(DecisionOrder::NEWEST_FIRST).cursors();
                    paging.page(&cursors.bound_to(paging.edition()))?;
                    return Ok(Connection::empty());
                };
                segment_id = Some(segment.id);
            }
            let takes_effect = period("filter.takesEffect", filter.takes_effect)?;
            let statuses = filter.status.map(|statuses| statuses.into_iter().map(DecisionStatus::from).collect());
            criteria = DecisionCriteria {
                owner: filter.owner,
                segment_id,
                edition: None,
                verdicts: filter.verdict.map(|verdicts| verdicts.into_iter().map(Into::into).collect()),
                statuses: statuses.map(|statuses| (scope.today(), statuses)),
                from: takes_effect.from,
                until: takes_effect.until,
            };
        }
        Decision::page(scope, criteria, order_by, &paging).await
    }

    /// The decision with this id; null when there is none.
    async fn decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The company's id of the decision.")] external_id: String,
    ) -> Option<Result<Decision>> {
        async {
            let scope = RequestScope::of(context)?;
            let ids = [external_id];
            let mut found = store::decision::by_external_ids(scope.database().reader(), &ids).await?;
            Ok(found.remove(&ids[0]).map(Decision))
        }
        .await
        .transpose()
    }
}
