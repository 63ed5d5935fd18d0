//! How database errors are written to the log: without the values that a statement was given.
//!
//! PostgreSQL quotes values in its messages about data (class 22) and in the details of all others, which its driver
//! leaves out; a value that cannot be decoded is quoted by the driver.

use std::borrow::Cow;

use sea_orm::sqlx::Error as DriverError;
use sea_orm::{DbErr, RuntimeErr};

/// The class of PostgreSQL's errors about data, whose messages quote values.
const DATA_CLASS: &str = "22";

/// Codes of a disk without room: PostgreSQL's, and SQLite's for a full disk, for a write that the system refused, as
/// beyond the limit of a file's size, and for an index of the log that cannot grow.
const DISK_FULL: [&str; 4] = ["53100", "13", "778", "4874"];

/// Codes of a database that may be read only: PostgreSQL's, and SQLite's with its extended ones.
const READ_ONLY: [&str; 7] = ["25006", "8", "264", "520", "776", "1032", "1544"];

/// True when there is no room on the disk of the database.
pub fn is_disk_full(error: &DbErr) -> bool {
    sqlstate(error).is_some_and(|code| DISK_FULL.contains(&code.as_str()))
}

/// PostgreSQL's code of a lock that was not to be had in time.
const LOCK_TIMEOUT: &str = "55P03";

/// True when another session held a lock for too long.
pub fn is_lock_timeout(error: &DbErr) -> bool {
    sqlstate(error).is_some_and(|code| code == LOCK_TIMEOUT)
}

/// Classes of PostgreSQL's codes of a server that cannot be talked to: no connection, an operator's intervention such as
/// a shutdown, and no resources left.
const UNAVAILABLE_CLASSES: [&str; 3] = ["08", "57", "53"];

/// SQLite's code of an I/O error, and that of a file that cannot be opened; extended codes hold them in their last byte.
const UNAVAILABLE_SQLITE: [u32; 2] = [10, 14];

/// True when the database cannot be reached or has no room: the same request may succeed later.
pub fn is_unavailable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    let (DbErr::Conn(RuntimeErr::SqlxError(driver))
    | DbErr::Exec(RuntimeErr::SqlxError(driver))
    | DbErr::Query(RuntimeErr::SqlxError(driver))) = error
    else {
        return false;
    };
    let lost = [DriverError::PoolTimedOut, DriverError::PoolClosed, DriverError::WorkerCrashed];
    let is_lost = lost.iter().any(|lost| std::mem::discriminant(lost) == std::mem::discriminant(driver.as_ref()));
    is_lost || matches!(driver.as_ref(), DriverError::Io(_) | DriverError::Tls(_)) || has_unavailable_code(error)
}

fn has_unavailable_code(error: &DbErr) -> bool {
    let Some(code) = sqlstate(error) else { return false };
    match code.parse::<u32>() {
        // SQLite's codes are shorter than the five characters of PostgreSQL's.
        Ok(number) if code.len() < 5 => {
            DISK_FULL.contains(&code.as_str()) || UNAVAILABLE_SQLITE.contains(&(number & 0xff))
        }
        _ => code.len() == 5 && UNAVAILABLE_CLASSES.iter().any(|class| code.starts_with(class)),
    }
}

/// Why a statement failed, in words for the operator, without values.
pub fn explain(error: &DbErr) -> String {
    let message = describe(error);
    if matches!(error, DbErr::Migration(_)) {
        return message;
    }
    if is_disk_full(error) {
        return format!("the disk of the database is full, or its file may not grow: {message}");
    }
    if sqlstate(error).is_some_and(|code| READ_ONLY.contains(&code.as_str())) {
        return format!("the database can be read and not written: {message}");
    }
    format!("the database refused a statement: {message}")
}

/// The error as text, without values.
pub fn describe(error: &DbErr) -> String {
    match error {
        DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error) => of_driver(error).into_owned(),
        DbErr::TryIntoErr { from, into, .. } => format!("a value of the type {from} is none of the type {into}"),
        DbErr::Migration(message) => message.clone(),
        DbErr::Json(_) | DbErr::Type(_) => "a value cannot be read as what it should be".to_owned(),
        other => other.to_string(),
    }
}

/// The code of an error of the database: SQLSTATE on PostgreSQL, a number on SQLite; `None` for other errors.
pub fn sqlstate(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    Some(error.as_database_error()?.code()?.into_owned())
}

fn of_driver(error: &RuntimeErr) -> Cow<'_, str> {
    let RuntimeErr::SqlxError(error) = error else { return Cow::Owned(error.to_string()) };
    match error.as_ref() {
        DriverError::Database(error) => {
            let code = error.code().unwrap_or_default();
            // SQLite's codes are numbers of other lengths; its messages name columns, never values.
            if code.len() == 5 && code.starts_with(DATA_CLASS) {
                return Cow::Owned(format!("a value does not fit its column (SQLSTATE {code})"));
            }
            Cow::Owned(error.message().to_owned())
        }
        DriverError::ColumnDecode { index, .. } => Cow::Owned(format!("the value of column {index} cannot be read")),
        DriverError::Decode(_) => Cow::Borrowed("a value cannot be read"),
        DriverError::Encode(_) => Cow::Borrowed("a value cannot be written"),
        other => Cow::Owned(other.to_string()),
    }
}
