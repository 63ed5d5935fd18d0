//! Updates of many rows by their ids, each with its own values, in one statement per chunk.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::{CHUNK, StoreError};

/// The new values of one row, in the order of the columns.
pub(super) struct RowChange<const COLUMNS: usize> {
    /// The row's id; an id that does not exist changes nothing.
    pub id: i64,
    /// The values. A `NULL` also needs the type of its column: PostgreSQL requires one type over all rows.
    pub values: [Value; COLUMNS],
}

/// Updates these columns of a table. Each id may occur once in the list.
pub(super) async fn update<C: ConnectionTrait, const COLUMNS: usize>(
    connection: &C,
    table: &str,
    columns: [&str; COLUMNS],
    changes: Vec<RowChange<COLUMNS>>,
) -> Result<(), StoreError> {
    let mut changes = changes.into_iter().peekable();
    let assignments = columns.map(|column| format!("{column} = change.{column}")).join(", ");
    let columns = columns.join(", ");
    let backend = connection.get_database_backend();
    while changes.peek().is_some() {
        let mut rows = String::new();
        let mut values = Vec::with_capacity(CHUNK * (1 + COLUMNS));
        for change in changes.by_ref().take(CHUNK) {
            rows.push_str(if rows.is_empty() { "(" } else { ", (" });
            for (at, value) in [Value::from(change.id)].into_iter().chain(change.values).enumerate() {
                values.push(value);
                let comma = if at == 0 { "" } else { ", " };
                // Writing into a text cannot fail.
                let _ = match backend {
                    DbBackend::Postgres => write!(rows, "{comma}${}", values.len()),
                    _ => write!(rows, "{comma}?"),
                };
            }
            rows.push(')');
        }
        let statement = format!(
            "WITH change (id, {columns}) AS (VALUES {rows}) \
             UPDATE {table} SET {assignments} FROM change WHERE {table}.id = change.id"
        );
        connection.execute_raw(Statement::from_sql_and_values(backend, statement, values)).await?;
    }
    Ok(())
}
