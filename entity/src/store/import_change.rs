//! Statements on what rows were before imports changed them.

use std::collections::HashSet;

use sea_orm::prelude::Json;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::json;

use super::{CHUNK, StoreError};
use crate::import::ImportId;
use crate::import_change::{ActiveModel, Column, Entity, ImportChangeId, ImportedNoun, Model};

/// A row as it was.
#[derive(Clone, Debug)]
pub struct FormerRow {
    /// The id of the row in its table.
    pub row_id: i64,
    /// The import that had written it; `None` when none had.
    pub import_id: Option<ImportId>,
    /// Its values.
    pub values: Json,
}

/// Records what rows were before an import changes them; where it has changed a row before, the first record stays.
pub async fn add<C: ConnectionTrait>(
    connection: &C,
    import: ImportId,
    noun: ImportedNoun,
    rows: Vec<FormerRow>,
) -> Result<(), StoreError> {
    let keep = OnConflict::columns([Column::RowId, Column::Noun, Column::ImportId]).do_nothing().to_owned();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(CHUNK).map(|row| ActiveModel {
            id: sea_orm::ActiveValue::NotSet,
            import_id: Set(import),
            noun: Set(noun),
            row_id: Set(row.row_id),
            before_import_id: Set(row.import_id),
            before: Set(row.values),
        });
        Entity::insert_many(chunk).on_conflict(keep.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The next records of an import on rows of one table after `after`, oldest first.
pub async fn next<C: ConnectionTrait>(
    connection: &C,
    import: ImportId,
    noun: ImportedNoun,
    after: Option<ImportChangeId>,
) -> Result<Vec<Model>, StoreError> {
    let mut select = Entity::find().filter(Column::ImportId.eq(import)).filter(Column::Noun.eq(noun));
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    Ok(select.order_by_asc(Column::Id).limit(CHUNK as u64).all(connection).await?)
}

/// The imports that changed rows which this one had written, by id.
pub async fn later<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<Vec<ImportId>, StoreError> {
    let select = Entity::find().select_only().column(Column::ImportId).distinct();
    let select = select.filter(Column::BeforeImportId.eq(import)).order_by_asc(Column::ImportId);
    Ok(select.into_tuple().all(connection).await?)
}

/// The records on these rows, in any order.
pub async fn of_rows<C: ConnectionTrait>(
    connection: &C,
    noun: ImportedNoun,
    rows: &[i64],
) -> Result<Vec<Model>, StoreError> {
    let of_noun = Entity::find().filter(Column::Noun.eq(noun));
    super::lookup::rows_in(connection, of_noun, Column::RowId, rows).await
}

/// Those of these rows that an import has a record of.
pub async fn recorded<C: ConnectionTrait>(
    connection: &C,
    import: ImportId,
    noun: ImportedNoun,
    rows: &[i64],
) -> Result<HashSet<i64>, StoreError> {
    let found = of_rows(connection, noun, rows).await?;
    Ok(found.into_iter().filter(|change| change.import_id == import).map(|change| change.row_id).collect())
}

/// The records on customers with one of these external ids, and on responses that were theirs.
pub async fn naming<C: ConnectionTrait>(connection: &C, external_ids: &[String]) -> Result<Vec<Model>, StoreError> {
    let backend = connection.get_database_backend();
    let wanted = json!(external_ids).to_string();
    let condition = match backend {
        DbBackend::Postgres => {
            "(before ->> 'externalId' IN (SELECT jsonb_array_elements_text(CAST($1 AS JSONB))) OR before ->> 'customer' \
             IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB))))"
        }
        _ => {
            "(json_extract(before, '$.externalId') IN (SELECT value FROM json_each(?)) OR \
             json_extract(before, '$.customer') IN (SELECT value FROM json_each(?)))"
        }
    };
    let condition = Expr::cust_with_values(condition, [wanted.as_str(), wanted.as_str()]);
    Ok(Entity::find().filter(condition).all(connection).await?)
}

/// Replaces the values of a record.
pub async fn replace<C: ConnectionTrait>(connection: &C, id: ImportChangeId, values: Json) -> Result<(), StoreError> {
    let change = ActiveModel { before: Set(values), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Deletes records.
pub async fn delete<C: ConnectionTrait>(connection: &C, ids: &[ImportChangeId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied())).exec(connection).await?;
    }
    Ok(())
}

/// Deletes all records of an import.
pub async fn delete_of<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::ImportId.eq(import)).exec(connection).await?;
    Ok(())
}
