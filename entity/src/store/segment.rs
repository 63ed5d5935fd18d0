//! Statements on segments, their definitions and the declarations of the primary customer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};

use super::StoreError;
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, SortOrder};
use crate::segment::{ActiveModel, Column, Entity, Model, SegmentId};
use crate::segment_definition::DefinitionId;
use crate::{Filter, Timestamp, decision, primary_declaration, segment_definition};

/// The segment with this key.
pub async fn by_key<C: ConnectionTrait>(connection: &C, key: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Key.eq(key)).one(connection).await?)
}

/// The segments with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[SegmentId],
) -> Result<HashMap<SegmentId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// All segments, by key.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Key).all(connection).await?)
}

/// The filters of these definitions; those that do not exist are absent.
pub async fn filters<C: ConnectionTrait>(
    connection: &C,
    ids: &[DefinitionId],
) -> Result<HashMap<DefinitionId, Filter>, StoreError> {
    let select = segment_definition::Entity::find();
    let rows = rows_in(connection, select, segment_definition::Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.filter)).collect())
}

/// Every definition of every segment, oldest first.
pub async fn definitions<C: ConnectionTrait>(connection: &C) -> Result<Vec<segment_definition::Model>, StoreError> {
    Ok(segment_definition::Entity::find().order_by_asc(segment_definition::Column::Id).all(connection).await?)
}

/// The filters of every segment's present definition, of every decision's own, and of all segments as they were defined
/// when a decision was logged: the decision's reviews always learn from those.
pub async fn filters_in_use<C: ConnectionTrait>(connection: &C) -> Result<Vec<Filter>, StoreError> {
    let present = Entity::find().select_only().column(Column::DefinitionId);
    let present: Vec<DefinitionId> = present.into_tuple().all(connection).await?;
    let decisions = decision::Entity::find()
        .select_only()
        .column(decision::Column::DefinitionId)
        .column(decision::Column::RecordedAt);
    let decisions: Vec<(Option<DefinitionId>, Timestamp)> = decisions.into_tuple().all(connection).await?;
    let own = decisions.iter().filter_map(|(definition, _)| *definition);
    let mut in_use: BTreeSet<DefinitionId> = present.into_iter().chain(own).collect();
    let definitions = definitions(connection).await?;
    for timestamp in decisions.iter().map(|(_, recorded_at)| *recorded_at).collect::<BTreeSet<Timestamp>>() {
        in_use.extend(current_at(&definitions, timestamp).into_iter().map(|row| row.id));
    }
    Ok(definitions.into_iter().filter(|row| in_use.contains(&row.id)).map(|row| row.filter).collect())
}

/// The newest definition of each segment at a timestamp, out of definitions in the order in which they were written. Of
/// those with exactly that timestamp only the first one of a segment without an older one counts: later ones replaced
/// it.
pub fn current_at(definitions: &[segment_definition::Model], timestamp: Timestamp) -> Vec<&segment_definition::Model> {
    let mut newest = BTreeMap::new();
    for row in definitions.iter().filter(|row| row.defined_at <= timestamp) {
        if row.defined_at < timestamp || !newest.contains_key(row.segment_key.as_str()) {
            newest.insert(row.segment_key.as_str(), row);
        }
    }
    newest.into_values().collect()
}

/// Inserts a definition and returns its id.
pub async fn insert_definition<C: ConnectionTrait>(
    connection: &C,
    key: &str,
    filter: Filter,
    now: Timestamp,
) -> Result<DefinitionId, StoreError> {
    let row = segment_definition::ActiveModel {
        segment_key: Set(key.to_owned()),
        filter: Set(filter),
        defined_at: Set(now),
        ..Default::default()
    };
    Ok(segment_definition::Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Inserts a segment and returns its id.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    key: &str,
    name: &str,
    description: Option<String>,
    definition_id: DefinitionId,
    now: Timestamp,
) -> Result<SegmentId, StoreError> {
    let row = ActiveModel {
        key: Set(key.to_owned()),
        name: Set(name.to_owned()),
        description: Set(description),
        definition_id: Set(definition_id),
        created_at: Set(now),
        ..Default::default()
    };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Updates a segment's name, description and present definition.
pub async fn update<C: ConnectionTrait>(connection: &C, segment: &Model) -> Result<(), StoreError> {
    Entity::update_many()
        .set(ActiveModel {
            name: Set(segment.name.clone()),
            description: Set(segment.description.clone()),
            definition_id: Set(segment.definition_id),
            ..Default::default()
        })
        .filter(Column::Id.eq(segment.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// The present primary customer; `None` until one was declared.
pub async fn primary<C: ConnectionTrait>(connection: &C) -> Result<Option<SegmentId>, StoreError> {
    let newest = primary_declaration::Entity::find().order_by_desc(primary_declaration::Column::Id);
    Ok(newest.one(connection).await?.map(|row| row.segment_id))
}

/// Declares the primary customer.
pub async fn declare_primary<C: ConnectionTrait>(
    connection: &C,
    segment: SegmentId,
    declared_by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = primary_declaration::ActiveModel {
        segment_id: Set(segment),
        declared_by: Set(declared_by.to_owned()),
        reason: Set(reason.to_owned()),
        declared_at: Set(now),
        ..Default::default()
    };
    primary_declaration::Entity::insert(row).exec(connection).await?;
    Ok(())
}

/// Replaces the reason of a declaration.
pub async fn set_reason<C: ConnectionTrait>(connection: &C, id: i64, reason: String) -> Result<(), StoreError> {
    primary_declaration::Entity::update_many()
        .col_expr(primary_declaration::Column::Reason, Expr::value(reason))
        .filter(primary_declaration::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Every declaration of a primary customer, newest first.
pub async fn declarations<C: ConnectionTrait>(connection: &C) -> Result<Vec<primary_declaration::Model>, StoreError> {
    let newest_first = primary_declaration::Entity::find().order_by_desc(primary_declaration::Column::Id);
    Ok(newest_first.all(connection).await?)
}

/// One page of segments, by key: only the primary one when `is_primary` is true, all others when it is false.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    is_primary: Option<bool>,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let sort =
        SortOrder { key: Expr::col((Entity, Column::Key)), id: Expr::col((Entity, Column::Id)), descending: false };
    page::fetch(connection, select(is_primary), &sort, page).await
}

/// The number of segments that [`list`] contains.
pub async fn count<C: ConnectionTrait>(connection: &C, is_primary: Option<bool>) -> Result<u64, StoreError> {
    page::count(connection, select(is_primary)).await
}

fn select(is_primary: Option<bool>) -> Select<Entity> {
    let select = Entity::find();
    let Some(is_primary) = is_primary else { return select };
    let newest = Query::select()
        .column(primary_declaration::Column::SegmentId)
        .from(primary_declaration::Entity)
        .order_by(primary_declaration::Column::Id, sea_orm::Order::Desc)
        .limit(1)
        .to_owned();
    let condition = Expr::col((Entity, Column::Id)).in_subquery(newest);
    select.filter(if is_primary { condition } else { condition.not() })
}
