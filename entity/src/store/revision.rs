//! The revision of the stored data: it grows with every writing transaction.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::StoreError;

/// The present revision. Data that is read after it belongs to this revision or to a newer one.
pub async fn current<C: ConnectionTrait>(connection: &C) -> Result<i64, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), "SELECT value FROM revision");
    let row = connection.query_one_raw(statement).await?;
    let missing = || DbErr::RecordNotFound("the revision".to_owned());
    Ok(row.ok_or_else(missing)?.try_get_by_index(0)?)
}

/// Advances the revision, as part of a transaction that changes something.
pub(crate) async fn advance(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    transaction.execute_unprepared("UPDATE revision SET value = value + 1").await?;
    Ok(())
}
