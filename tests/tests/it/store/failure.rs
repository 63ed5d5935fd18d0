//! The message of a failed statement: enough for an operator, and without the values that the statement was given.

use entity::StoreError;
use needle_tests::{TestDatabase, on_both_databases};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The error message of a failing statement.
async fn refusal(test: &TestDatabase, statement: Statement) -> String {
    let error = test.database.writer().execute_raw(statement).await.expect_err("a failure");
    StoreError::from(error).to_string()
}

async fn no_value_of_a_failed_statement_is_logged(test: &TestDatabase) {
    let backend = test.database.backend();
    let insert = match backend {
        DbBackend::Postgres => {
            "INSERT INTO customer (external_id, email, attributes, created_at) VALUES ($1, $1, '{}', 0)"
        }
        _ => "INSERT INTO customer (external_id, email, attributes, created_at) VALUES (?1, ?1, '{}', 0)",
    };
    let person = || Statement::from_sql_and_values(backend, insert, ["eva@example.org".into()]);
    test.database.writer().execute_raw(person()).await.expect("the first one");
    let message = refusal(test, person()).await;
    assert!(!message.contains("eva@") && message.contains("customer"), "{message}");
    if backend == DbBackend::Postgres {
        let cast = Statement::from_string(backend, "SELECT 'eva@example.org'::bigint");
        let message = refusal(test, cast).await;
        assert!(!message.contains("eva@") && message.contains("22P02"), "{message}");
    }
}

on_both_databases!(no_value_of_a_failed_statement_is_logged);
