//! Which values of attributes anybody but one customer still has: what is left of a person that was erased.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use super::StoreError;
use crate::customer::CustomerId;
use crate::profile::ProfileId;

/// An attribute's name and one of its values.
pub type AttributeValue = (String, String);

/// Those of these values that another customer has, a profile that is not among `left_out`, or the detail of a response
/// that is not `person`'s. Reads each table once, however many values there are.
pub async fn held_by_others<C: ConnectionTrait>(
    connection: &C,
    wanted: &BTreeSet<AttributeValue>,
    person: CustomerId,
    left_out: &[ProfileId],
) -> Result<BTreeSet<AttributeValue>, StoreError> {
    let backend = connection.get_database_backend();
    let wanted = as_json(wanted);
    let left_out = json!(left_out.iter().map(|profile| profile.0).collect::<Vec<_>>());
    let profiles = match backend {
        DbBackend::Postgres => {
            "holder.id NOT IN (SELECT CAST(ended.id AS BIGINT) FROM jsonb_array_elements_text(CAST($2 AS JSONB)) AS ended (id))"
        }
        _ => "holder.id NOT IN (SELECT value FROM json_each(?))",
    };
    let place = if backend == DbBackend::Postgres { "$2" } else { "?" };
    let responses = format!(
        "holder.response_id NOT IN (SELECT id FROM response WHERE customer_id = {place} AND customer_id IS NOT NULL)"
    );
    let tables: [(&str, String, sea_orm::Value); 3] = [
        ("customer", format!("holder.id <> {place}"), person.0.into()),
        ("profile", profiles.to_owned(), left_out.to_string().into()),
        ("comment", responses, person.0.into()),
    ];
    let mut held = BTreeSet::new();
    for (table, condition, parameter) in tables {
        let sql = match backend {
            DbBackend::Postgres => format!(
                "SELECT DISTINCT pair.key, pair.value FROM {table} AS holder \
                 CROSS JOIN LATERAL jsonb_each_text(holder.attributes) AS pair (key, value) \
                 JOIN (SELECT item ->> 0 AS name, item ->> 1 AS value FROM jsonb_array_elements(CAST($1 AS JSONB)) AS item) \
                 AS wanted ON wanted.name = pair.key AND wanted.value = pair.value WHERE {condition}"
            ),
            _ => format!(
                "SELECT DISTINCT pair.key, pair.value FROM {table} AS holder, json_each(holder.attributes) AS pair \
                 WHERE (pair.key, pair.value) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') \
                 FROM json_each(?)) AND {condition}"
            ),
        };
        let statement = Statement::from_sql_and_values(backend, sql, [wanted.as_str().into(), parameter]);
        for row in connection.query_all_raw(statement).await? {
            held.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
    }
    Ok(held)
}

/// Deletes recorded values of attributes, and counts them no longer.
pub async fn forget<C: ConnectionTrait>(connection: &C, values: &BTreeSet<AttributeValue>) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    let wanted = match backend {
        DbBackend::Postgres => "SELECT item ->> 0, item ->> 1 FROM jsonb_array_elements(CAST($1 AS JSONB)) AS item",
        _ => "SELECT json_extract(item.value, '$[0]'), json_extract(item.value, '$[1]') FROM json_each(?1) AS item",
    };
    let statements = [
        format!(
            "UPDATE dimension SET distinct_values = distinct_values - forgotten.number FROM (SELECT name, \
             COUNT(*) AS number FROM dimension_value WHERE (name, value) IN ({wanted}) GROUP BY name) AS forgotten \
             WHERE forgotten.name = dimension.name"
        ),
        format!("DELETE FROM dimension_value WHERE (name, value) IN ({wanted})"),
    ];
    let wanted = as_json(values);
    for sql in statements {
        connection.execute_raw(Statement::from_sql_and_values(backend, sql, [wanted.as_str().into()])).await?;
    }
    Ok(())
}

/// Values as one parameter, however many they are.
fn as_json(values: &BTreeSet<AttributeValue>) -> String {
    json!(values.iter().map(|(name, value)| [name, value]).collect::<Vec<_>>()).to_string()
}
