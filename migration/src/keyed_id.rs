//! Keyed ids of the responses whose source gives none: their unkeyed digests told whoever knows an address and a moment
//! whether that person answered. The secret stays when the migration is reverted, so that the ids never change twice.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use sha2::Sha256;

/// The number of rows that are turned at once.
const BATCH: usize = 1_000;

#[derive(Clone, Copy, Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0020_keyed_id"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let random = match connection.get_database_backend() {
            DbBackend::Postgres => "gen_random_uuid()::text || gen_random_uuid()::text",
            _ => "lower(hex(randomblob(32)))",
        };
        let keep =
            format!("INSERT INTO setting (name, value) VALUES ('id_secret', {random}) ON CONFLICT (name) DO NOTHING");
        connection.execute_unprepared(&keep).await?;
        let secret = rows(connection, "SELECT value FROM setting WHERE name = 'id_secret'").await?;
        let secret: String = secret.first().ok_or_else(no_secret)?.try_get_by_index(0)?;
        let mut last = i64::MIN;
        loop {
            let batch = next(connection, last).await?;
            let Some((end, _)) = batch.last() else { return Ok(()) };
            last = *end;
            turn(connection, &secret, &batch).await?;
        }
    }

    /// Older versions make unkeyed digests again, and do not know the keyed ids.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

fn no_secret() -> DbErr {
    DbErr::Migration("the secret of ids was not stored".to_owned())
}

async fn rows<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await
}

/// The next responses after an id whose own ids are unkeyed digests.
async fn next<C: ConnectionTrait>(connection: &C, after: i64) -> Result<Vec<(i64, String)>, DbErr> {
    let sql = format!(
        "SELECT id, external_id FROM response WHERE id > {after} AND external_id LIKE 'digest:%' \
         AND length(external_id) = 39 ORDER BY id LIMIT {BATCH}"
    );
    let found = rows(connection, &sql).await?;
    found.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

async fn turn<C: ConnectionTrait>(connection: &C, secret: &str, batch: &[(i64, String)]) -> Result<(), DbErr> {
    let mut changes = String::new();
    for (id, digest) in batch.iter().filter(|(_, id)| is_digest(id)) {
        let comma = if changes.is_empty() { "" } else { ", " };
        // Only numbers and hexadecimal digits are written into the statement.
        let _ = write!(changes, "{comma}({id}, '{}')", keyed(secret, digest)?);
    }
    if changes.is_empty() {
        return Ok(());
    }
    let update = format!(
        "WITH change (id, external_id) AS (VALUES {changes}) UPDATE response SET external_id = change.external_id \
         FROM change WHERE response.id = change.id"
    );
    connection.execute_unprepared(&update).await?;
    Ok(())
}

fn is_digest(external_id: &str) -> bool {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    external_id.strip_prefix("digest:").is_some_and(|digits| digits.len() == 32 && digits.bytes().all(is_digit))
}

fn keyed(secret: &str, digest: &str) -> Result<String, DbErr> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.map_err(|error| DbErr::Migration(error.to_string()))?;
    mac.update(digest.as_bytes());
    Ok(mac.finalize().into_bytes()[..16].iter().fold("keyed:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
