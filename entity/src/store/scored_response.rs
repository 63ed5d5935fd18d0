//! The selection of the scored responses of a range of days, shared by every statement that scans the covering index.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use crate::Day;

/// Selects `columns` of the scored responses of the days in `from..until`; `rest` is appended to the statement.
pub(super) fn select(snapshot: &DatabaseTransaction, columns: &str, rest: &str, from: Day, until: Day) -> Statement {
    let backend = ConnectionTrait::get_database_backend(snapshot);
    let (first, second) = if backend == DbBackend::Postgres { ("$1", "$2") } else { ("?", "?") };
    let text =
        format!("SELECT {columns} FROM response WHERE day >= {first} AND day < {second} AND score IS NOT NULL {rest}");
    Statement::from_sql_and_values(backend, text, [from.into(), until.into()])
}
