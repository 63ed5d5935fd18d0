//! Statements on the rows that an import wrote last, for undoing it: which there are, and deleting those that were new.
//!
//! Rows that were there before have a record of what they were (`import_change`).

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};

use super::lookup::rows;
use super::{CHUNK, StoreError};
use crate::import::ImportId;
use crate::profile::ProfileId;
use crate::response::ResponseId;
use crate::{Attributes, Day};

/// How many customers and how many responses an import wrote last.
pub async fn count<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<(u64, u64), StoreError> {
    let number = async |table: &str| {
        let found = rows(connection, &format!("SELECT COUNT(*) FROM {table} WHERE import_id = {}", import.0)).await?;
        let number: i64 = found.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok::<u64, StoreError>(number.unsigned_abs())
    };
    Ok((number("customer").await?, number("response").await?))
}

/// The days of the responses that an import wrote last.
pub async fn days<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<BTreeSet<Day>, StoreError> {
    let found = rows(connection, &format!("SELECT DISTINCT day FROM response WHERE import_id = {}", import.0)).await?;
    found.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// The profiles of the responses that an import wrote last.
pub async fn profiles<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<Vec<ProfileId>, StoreError> {
    let select = format!("SELECT DISTINCT profile_id FROM response WHERE import_id = {}", import.0);
    rows(connection, &select).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// The distinct sets of attributes of the customers that an import wrote last.
pub async fn customer_attributes<C: ConnectionTrait>(
    connection: &C,
    import: ImportId,
) -> Result<Vec<Attributes>, StoreError> {
    let select = format!("SELECT DISTINCT attributes FROM customer WHERE import_id = {}", import.0);
    rows(connection, &select).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Deletes the responses that were new with an import, with their details.
pub async fn delete_new_responses<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<u64, StoreError> {
    let is_new = is_new("response", import);
    let details = format!("DELETE FROM comment WHERE response_id IN (SELECT id FROM response WHERE {is_new})");
    connection.execute_unprepared(&details).await?;
    let done = connection.execute_unprepared(&format!("DELETE FROM response WHERE {is_new}")).await?;
    Ok(done.rows_affected())
}

/// Deletes the customers that were new with an import.
pub async fn delete_new_customers<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<u64, StoreError> {
    let delete = format!("DELETE FROM customer WHERE {}", is_new("customer", import));
    Ok(connection.execute_unprepared(&delete).await?.rows_affected())
}

/// How many responses there are of customers that were new with an import: once its own responses are deleted, those that
/// others wrote.
pub async fn responses_of_new_customers<C: ConnectionTrait>(
    connection: &C,
    import: ImportId,
) -> Result<u64, StoreError> {
    let is_new = is_new("customer", import);
    let select = format!("SELECT COUNT(*) FROM response WHERE customer_id IN (SELECT id FROM customer WHERE {is_new})");
    let number: i64 = rows(connection, &select).await?.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(number.unsigned_abs())
}

/// Records which import wrote responses last.
pub async fn set_import_of_responses<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
    import: Option<ImportId>,
) -> Result<(), StoreError> {
    let import = import.map_or_else(|| "NULL".to_owned(), |import| import.0.to_string());
    for chunk in ids.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(|id| id.0.to_string()).collect();
        let update = format!("UPDATE response SET import_id = {import} WHERE id IN ({})", ids.join(", "));
        connection.execute_raw(Statement::from_string(connection.get_database_backend(), update)).await?;
    }
    Ok(())
}

/// The condition for rows of a table that were new with an import. Only integers are written into it.
fn is_new(table: &str, import: ImportId) -> String {
    let import = import.0;
    format!(
        "{table}.import_id = {import} AND NOT EXISTS (SELECT 1 FROM import_change WHERE import_change.row_id = {table}.id \
         AND import_change.noun = '{table}' AND import_change.import_id = {import})"
    )
}
