//! Reading rows by lists of keys in statements of bounded length, and by statements without parameters.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, Select, Statement, Value};

use super::{CHUNK, StoreError};

/// The rows of a selection whose `column` has one of these values.
pub async fn rows_in<E, C, V>(
    connection: &C,
    select: Select<E>,
    column: E::Column,
    values: &[V],
) -> Result<Vec<E::Model>, StoreError>
where
    E: EntityTrait,
    C: ConnectionTrait,
    V: Clone + Into<Value>,
{
    let mut rows = Vec::with_capacity(values.len());
    for chunk in values.chunks(CHUNK) {
        let listed = select.clone().filter(column.is_in(chunk.iter().cloned()));
        rows.extend(listed.all(connection).await?);
    }
    Ok(rows)
}

/// The rows of a statement without parameters.
pub async fn rows<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    Ok(connection.query_all_raw(statement).await?)
}
