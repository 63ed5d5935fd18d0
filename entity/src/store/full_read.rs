//! Reads every row of every table as the product does, so that damage is found before somebody needs the row.
//!
//! A value that was changed into another possible one is only noticed where a digest is stored beside it: in profiles.

use futures_util::TryStreamExt;
use sea_orm::{
    DatabaseConnection, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryResult, QueryTrait, StreamTrait,
};

use super::{StoreError, failure};
use crate::{
    audit_entry, comment, customer, customer_merge, decision, decision_review, decision_standing, delivery,
    derived_dimension, dimension, hook_delivery, hook_response, import, import_change, import_count, lease,
    left_profile, own_attributes, pending_removal, primary_declaration, profile, publication, published_scheme,
    response, review_edition, review_series, run, schedule, segment, segment_definition, segment_score, session,
    setting, slot, stale_week, tally, token, tombstone,
};

/// How many rows of a table are named; the others are counted.
const NAMED: usize = 5;

/// Which tables are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadExtent {
    /// All.
    Everything,
    /// All but the large ones: responses, comments, customers, and what belongs to each response.
    SmallTables,
}

/// The rows of one table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRows {
    /// The name of the table.
    pub table: &'static str,
    /// How many there are.
    pub rows: u64,
    /// The primary keys of the first ones, each with the reason; no value of the row.
    pub named: Vec<String>,
}

/// Reads the tables. Returns those with rows that cannot be read; a table that cannot be read any further is among them.
pub async fn unreadable(
    connection: &DatabaseConnection,
    extent: ReadExtent,
) -> Result<Vec<UnreadableRows>, StoreError> {
    let mut found = Vec::new();
    macro_rules! read {
        ($($table:ident),*) => { $(found.extend(read::<$table::Entity>(connection, |_| None).await?);)* };
    }
    read!(
        audit_entry,
        customer_merge,
        decision,
        decision_review,
        decision_standing,
        delivery,
        derived_dimension,
        dimension,
        hook_delivery,
        import,
        import_count,
        lease,
        left_profile,
        own_attributes,
        pending_removal,
        primary_declaration,
        publication,
        published_scheme,
        review_edition,
        review_series,
        run,
        schedule,
        segment,
        segment_definition,
        segment_score,
        session,
        setting,
        slot,
        stale_week,
        tally,
        token,
        tombstone
    );
    found.extend(read::<profile::Entity>(connection, wrong_digest).await?);
    if extent == ReadExtent::Everything {
        read!(customer, response, comment, hook_response, import_change);
    }
    Ok(found)
}

/// Why a profile does not hold what was written into it; `None` when it does.
fn wrong_digest(profile: &profile::Model) -> Option<String> {
    (profile.attributes.digest() != profile.digest).then(|| "its attributes do not match their digest".to_owned())
}

async fn read<E: EntityTrait>(
    connection: &DatabaseConnection,
    doubt: impl Fn(&E::Model) -> Option<String>,
) -> Result<Option<UnreadableRows>, StoreError> {
    let mut found = UnreadableRows { table: E::default().as_str(), rows: 0, named: Vec::new() };
    let mut add = |key: Option<String>, reason: &str| {
        found.rows += 1;
        if found.named.len() < NAMED {
            found.named.push(key.map_or_else(|| reason.to_owned(), |key| format!("{key}: {reason}")));
        }
    };
    let statement = E::find().build(connection.get_database_backend());
    let mut rows = match connection.stream_raw(statement).await {
        Err(error) if !failure::is_unavailable(&error) => {
            add(None, &failure::describe(&error));
            return Ok(Some(found));
        }
        rows => rows?,
    };
    loop {
        let row = match rows.try_next().await {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) if failure::is_unavailable(&error) => return Err(error.into()),
            Err(error) => {
                add(None, &failure::describe(&error));
                break;
            }
        };
        match E::Model::from_query_result(&row, "") {
            Ok(model) => {
                if let Some(doubt) = doubt(&model) {
                    add(key_of::<E>(&row), &doubt);
                }
            }
            Err(error) => add(key_of::<E>(&row), &failure::describe(&error)),
        }
    }
    drop(rows);
    Ok((found.rows > 0).then_some(found))
}

/// The primary key of a row, like `id 7`, where it is a number; texts may be personal data.
fn key_of<E: EntityTrait>(row: &QueryResult) -> Option<String> {
    let parts: Option<Vec<String>> = E::PrimaryKey::iter()
        .map(|column| {
            let name = column.as_str();
            row.try_get::<i64>("", name).ok().map(|value| format!("{name} {value}"))
        })
        .collect();
    parts.map(|parts| parts.join(", "))
}
