//! Statements on imports.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};

use super::StoreError;
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, SortOrder};
use crate::Timestamp;
use crate::import::{ActiveModel, Column, Entity, ImportId, Model};
use crate::import_count::ImportKind;

/// An import that begins.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What its rows describe.
    pub kind: ImportKind,
    /// The name of the file without its folder; `None` for standard input.
    pub file_name: Option<String>,
    /// The SHA-256 digest of the file.
    pub digest: Vec<u8>,
    /// The source of the responses.
    pub source: Option<String>,
    /// Who imports it.
    pub imported_by: String,
}

/// What a transaction of an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Rows of the file that were new.
    pub accepted: u64,
    /// Rows of the file that changed a stored row.
    pub updated: u64,
    /// Rows of the file that held nothing new.
    pub unchanged: u64,
    /// Rows of the file that were refused.
    pub rejected: u64,
    /// Customers that the import writes for the first time.
    pub customers_written: u64,
    /// Responses that the import writes for the first time.
    pub responses_written: u64,
}

/// Records that an import begins. Returns its id.
pub async fn begin<C: ConnectionTrait>(
    connection: &C,
    import: NewImport,
    now: Timestamp,
) -> Result<ImportId, StoreError> {
    let NewImport { kind, file_name, digest, source, imported_by } = import;
    let row = Model {
        id: ImportId(0),
        kind,
        file_name,
        digest,
        source,
        imported_by,
        started_at: now,
        finished_at: None,
        accepted: 0,
        updated: 0,
        unchanged: 0,
        rejected: 0,
        customers_written: 0,
        responses_written: 0,
        undone_at: None,
        undone_by: None,
    };
    let row = ActiveModel { id: sea_orm::ActiveValue::NotSet, ..row.into_active_model() };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Adds what a transaction did, in that transaction. Fails when the import was undone meanwhile: then nothing more of it
/// may be written.
pub async fn add<C: ConnectionTrait>(connection: &C, id: ImportId, counts: ImportCounts) -> Result<(), StoreError> {
    let plus = |column: Column, number: u64| {
        (column, Expr::col(column).add(i64::try_from(number).expect("no import has so many rows")))
    };
    let sums = [
        plus(Column::Accepted, counts.accepted),
        plus(Column::Updated, counts.updated),
        plus(Column::Unchanged, counts.unchanged),
        plus(Column::Rejected, counts.rejected),
        plus(Column::CustomersWritten, counts.customers_written),
        plus(Column::ResponsesWritten, counts.responses_written),
    ];
    let mut update = Entity::update_many().filter(Column::Id.eq(id)).filter(Column::UndoneAt.is_null());
    for (column, sum) in sums {
        update = update.col_expr(column, sum);
    }
    if update.exec(connection).await?.rows_affected == 1 { Ok(()) } else { Err(StoreError::ImportUndone(id.0)) }
}

/// Records that the last row of an import was written.
pub async fn finish<C: ConnectionTrait>(connection: &C, id: ImportId, now: Timestamp) -> Result<(), StoreError> {
    let change = ActiveModel { finished_at: Set(Some(now)), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Gives an import another name of its file.
pub async fn set_file_name<C: ConnectionTrait>(
    connection: &C,
    id: ImportId,
    file_name: String,
) -> Result<(), StoreError> {
    let change = ActiveModel { file_name: Set(Some(file_name)), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Records that an import was undone.
pub async fn set_undone<C: ConnectionTrait>(
    connection: &C,
    id: ImportId,
    now: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let change = ActiveModel { undone_at: Set(Some(now)), undone_by: Set(Some(by.to_owned())), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Counts a customer no longer that an import had written: it is gone for good, or part of another one.
pub async fn count_gone<C: ConnectionTrait>(connection: &C, id: ImportId) -> Result<(), StoreError> {
    let less = Expr::col(Column::CustomersWritten).sub(1);
    Entity::update_many().col_expr(Column::CustomersWritten, less).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// The import with this id.
pub async fn by_id<C: ConnectionTrait>(connection: &C, id: ImportId) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).one(connection).await?)
}

/// The imports with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ImportId],
) -> Result<HashMap<ImportId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The newest import of a file with this digest and kind that was not undone; `None` when there is none.
pub async fn of_digest<C: ConnectionTrait>(
    connection: &C,
    kind: ImportKind,
    digest: &[u8],
) -> Result<Option<Model>, StoreError> {
    let select = Entity::find()
        .filter(Column::Digest.eq(digest))
        .filter(Column::Kind.eq(kind))
        .filter(Column::UndoneAt.is_null())
        .order_by_desc(Column::Id);
    Ok(select.one(connection).await?)
}

/// The imports that were stopped on their way and not undone, oldest first: those that began before this time.
pub async fn unfinished<C: ConnectionTrait>(connection: &C, before: Timestamp) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find()
        .filter(Column::FinishedAt.is_null())
        .filter(Column::UndoneAt.is_null())
        .filter(Column::StartedAt.lt(before))
        .order_by_asc(Column::Id);
    Ok(select.all(connection).await?)
}

/// One page of the imports, newest first.
pub async fn list<C: ConnectionTrait>(connection: &C, page: &PageRequest) -> Result<RowPage<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, Entity::find(), &SortOrder { key: id.clone(), id, descending: true }, page).await
}

/// All imports, newest first.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_desc(Column::Id).all(connection).await?)
}

/// The number of imports.
pub async fn count<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    page::count(connection, Entity::find()).await
}
