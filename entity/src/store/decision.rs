//! Statements on decisions.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};

use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, RowPosition, SortKey, SortOrder};
use super::{CHUNK, StoreError};
use crate::Day;
use crate::decision::{ActiveModel, Column, DecisionId, Entity, Model};
use crate::review_edition::EditionId;
use crate::segment::SegmentId;
use crate::verdict::Verdict;

/// The status of a decision as of a day, by its dates and its final review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionStatus {
    /// It has not taken effect yet.
    Planned,
    /// It is in effect and has no final review.
    InEffect,
    /// Its final review exists.
    Reviewed,
    /// It was reversed after it took effect.
    Reversed,
    /// It was reversed before it took effect.
    Cancelled,
}

/// Which decisions a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct DecisionCriteria {
    /// The name of the owner.
    pub owner: Option<String>,
    /// The target segment.
    pub segment_id: Option<SegmentId>,
    /// The edition of the reviews by which verdicts, final reviews and effects are evaluated; `None` for the newest.
    pub edition: Option<EditionId>,
    /// The verdict of the latest review is one of these.
    pub verdicts: Option<Vec<Verdict>>,
    /// The status as of this day is one of these.
    pub statuses: Option<(Day, Vec<DecisionStatus>)>,
    /// The decision takes effect on or after this day.
    pub from: Option<Day>,
    /// The decision takes effect before this day.
    pub until: Option<Day>,
}

/// The sort key of a list of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DecisionOrderBy {
    /// The first day of the effect.
    #[default]
    TakesEffectOn,
    /// When the decision was logged.
    LoggedAt,
    /// The expected impact on the score.
    ExpectedImpact,
    /// The effect in the latest review of the edition; decisions without one are last.
    Effect,
}

/// All decisions, by the first day of their effect.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().order_by_asc(Column::TakesEffectOn).order_by_asc(Column::Id);
    Ok(select.all(connection).await?)
}

/// The decisions with these external ids; those that do not exist are absent.
pub async fn by_external_ids<C: ConnectionTrait>(
    connection: &C,
    external_ids: &[String],
) -> Result<HashMap<String, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::ExternalId, external_ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// The names of all owners, in the order in which they first logged a decision.
pub async fn owners<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>, StoreError> {
    let select = Entity::find().select_only().column(Column::Owner).group_by(Column::Owner);
    Ok(select.order_by_asc(Column::Id.min()).into_tuple().all(connection).await?)
}

/// The decisions with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A decision's name in error messages: its external id, or its row's id where the row cannot be read.
pub(super) async fn label<C: ConnectionTrait>(connection: &C, id: DecisionId) -> String {
    match by_ids(connection, &[id]).await.ok().and_then(|mut found| found.remove(&id)) {
        Some(decision) => format!("decision \"{}\"", decision.external_id),
        None => format!("decision {}", id.0),
    }
}

/// The decisions that target these segments, by the first day of their effect.
pub async fn of_segments<C: ConnectionTrait>(
    connection: &C,
    segments: &[SegmentId],
) -> Result<HashMap<SegmentId, Vec<Model>>, StoreError> {
    let mut found: HashMap<SegmentId, Vec<Model>> = HashMap::new();
    for chunk in segments.chunks(CHUNK) {
        let select = Entity::find().filter(Column::SegmentId.is_in(chunk.iter().copied()));
        for row in select.order_by_asc(Column::TakesEffectOn).order_by_asc(Column::Id).all(connection).await? {
            if let Some(segment) = row.segment_id {
                found.entry(segment).or_default().push(row);
            }
        }
    }
    Ok(found)
}

/// Inserts a decision; its `id` is ignored and the new one returned.
pub async fn insert<C: ConnectionTrait>(connection: &C, decision: Model) -> Result<DecisionId, StoreError> {
    let row = ActiveModel { id: sea_orm::NotSet, ..columns(decision) };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Updates all columns of a decision.
pub async fn update<C: ConnectionTrait>(connection: &C, decision: Model) -> Result<(), StoreError> {
    let id = decision.id;
    Entity::update_many()
        .set(ActiveModel { id: sea_orm::NotSet, ..columns(decision) })
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

fn columns(decision: Model) -> ActiveModel {
    ActiveModel {
        id: Set(decision.id),
        external_id: Set(decision.external_id),
        title: Set(decision.title),
        rationale: Set(decision.rationale),
        owner: Set(decision.owner),
        logged_at: Set(decision.logged_at),
        recorded_at: Set(decision.recorded_at),
        takes_effect_on: Set(decision.takes_effect_on),
        horizon_weeks: Set(decision.horizon_weeks),
        segment_id: Set(decision.segment_id),
        definition_id: Set(decision.definition_id),
        expected_impact: Set(decision.expected_impact),
        expected_low: Set(decision.expected_low),
        expected_high: Set(decision.expected_high),
        expected_level: Set(decision.expected_level),
        reversed_on: Set(decision.reversed_on),
        reversal_reason: Set(decision.reversal_reason),
        reversal_recorded_at: Set(decision.reversal_recorded_at),
        cancelled: Set(decision.cancelled),
    }
}

/// One page of the decisions that match the criteria.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &DecisionCriteria,
    order_by: DecisionOrderBy,
    descending: bool,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let key = match order_by {
        DecisionOrderBy::TakesEffectOn => Expr::col((Entity, Column::TakesEffectOn)),
        DecisionOrderBy::LoggedAt => Expr::col((Entity, Column::LoggedAt)),
        DecisionOrderBy::ExpectedImpact => Expr::col((Entity, Column::ExpectedImpact)),
        DecisionOrderBy::Effect => {
            let last = if descending { "-1e9" } else { "1e9" };
            Expr::cust(format!("COALESCE({}, {last})", latest_review_column(criteria.edition, "effect")))
        }
    };
    let sort = SortOrder { key, id: Expr::col((Entity, Column::Id)), descending };
    page::fetch(connection, select(criteria), &sort, page).await
}

/// The position of a decision in a sorted list; `effect` is that of its latest review in the list's edition.
pub fn position(decision: &Model, effect: Option<f64>, order_by: DecisionOrderBy, descending: bool) -> RowPosition {
    let key = match order_by {
        DecisionOrderBy::TakesEffectOn => SortKey::Whole(decision.takes_effect_on.0.into()),
        DecisionOrderBy::LoggedAt => SortKey::Whole(decision.logged_at.0),
        DecisionOrderBy::ExpectedImpact => SortKey::Real(decision.expected_impact),
        DecisionOrderBy::Effect => SortKey::Real(effect.unwrap_or(if descending { -1e9 } else { 1e9 })),
    };
    RowPosition { key, id: decision.id.0 }
}

/// The number of decisions that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &DecisionCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(criteria)).await
}

/// A column of what a decision's latest review concluded in an edition, as a subquery.
fn latest_review_column(edition: Option<EditionId>, column: &str) -> String {
    let held = match edition {
        None => "standing.valid_until IS NULL".to_owned(),
        Some(EditionId(edition)) => format!(
            "standing.valid_from <= {edition} AND (standing.valid_until IS NULL OR standing.valid_until > {edition})"
        ),
    };
    format!(
        "(SELECT standing.{column} FROM decision_standing standing WHERE standing.decision_id = decision.id AND {held})"
    )
}

fn select(criteria: &DecisionCriteria) -> Select<Entity> {
    let mut all = Condition::all()
        .add_option(criteria.owner.as_deref().map(|owner| Column::Owner.eq(owner)))
        .add_option(criteria.segment_id.map(|id| Column::SegmentId.eq(id)))
        .add_option(criteria.from.map(|day| Column::TakesEffectOn.gte(day)))
        .add_option(criteria.until.map(|day| Column::TakesEffectOn.lt(day)));
    if let Some(verdicts) = &criteria.verdicts {
        all = all.add(Expr::cust(latest_review_column(criteria.edition, "verdict")).is_in(verdicts.iter().copied()));
    }
    if let Some((today, statuses)) = &criteria.statuses {
        let any = statuses
            .iter()
            .fold(Condition::any(), |any, status| any.add(has_status(*status, *today, criteria.edition)));
        // An empty list of statuses matches no decision, like an empty `in`.
        all = all.add(if statuses.is_empty() { Condition::all().add(Expr::val(1).eq(0)) } else { any });
    }
    Entity::find().filter(all)
}

fn has_status(status: DecisionStatus, today: Day, edition: Option<EditionId>) -> Condition {
    let reversed = || Condition::any().add(Column::Cancelled.eq(true)).add(Column::ReversedOn.lte(today));
    let in_force = || {
        let planned = Condition::any().add(Column::ReversedOn.is_null()).add(Column::ReversedOn.gt(today));
        Condition::all().add(Column::Cancelled.eq(false)).add(planned)
    };
    let reviewed = || Expr::cust(format!("COALESCE({}, FALSE)", latest_review_column(edition, "closed")));
    match status {
        DecisionStatus::Planned => in_force().add(Column::TakesEffectOn.gt(today)),
        DecisionStatus::InEffect => in_force().add(Column::TakesEffectOn.lte(today)).add(reviewed().not()),
        DecisionStatus::Reviewed => in_force().add(Column::TakesEffectOn.lte(today)).add(reviewed()),
        DecisionStatus::Reversed => Condition::all().add(reversed()).add(Column::Cancelled.eq(false)),
        DecisionStatus::Cancelled => Condition::all().add(Column::Cancelled.eq(true)),
    }
}

/// The status of one decision as of a day.
pub fn status(decision: &Model, has_final_review: bool, today: Day) -> DecisionStatus {
    match decision.reversed_by(today) {
        Some(_) if decision.cancelled => DecisionStatus::Cancelled,
        Some(_) => DecisionStatus::Reversed,
        None if decision.takes_effect_on > today => DecisionStatus::Planned,
        None if has_final_review => DecisionStatus::Reviewed,
        None => DecisionStatus::InEffect,
    }
}
