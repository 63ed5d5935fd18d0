//! Statements on dimensions: which attribute names exist, and how many values they have.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Set, Statement};

use super::{StoreError, derived_dimension};
use crate::dimension::{ActiveModel, Column, Entity, Model};
use crate::{ProfileSchema, published_scheme};

/// An attribute with more distinct values than this is of high cardinality, unless an operator decided otherwise:
/// nobody could group by it.
pub const VALUES_LIMIT: usize = 1_000;

/// All dimensions, by name.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Name).all(connection).await?)
}

/// The values of every dimension whose number of values decides whether profiles hold it.
pub async fn values<C: ConnectionTrait>(connection: &C) -> Result<HashMap<String, BTreeSet<String>>, StoreError> {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT name, value FROM dimension_value WHERE name NOT IN (SELECT name FROM dimension WHERE pinned)",
    );
    let mut values: HashMap<String, BTreeSet<String>> = HashMap::new();
    for row in connection.query_all_raw(statement).await? {
        values.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    Ok(values)
}

/// Inserts dimensions, or updates all their columns.
pub async fn put<C: ConnectionTrait>(connection: &C, dimensions: Vec<Model>) -> Result<(), StoreError> {
    let replace = OnConflict::column(Column::Name)
        .update_columns([Column::Numeric, Column::DistinctValues, Column::KeptOut, Column::Pinned])
        .to_owned();
    for chunk in dimensions.chunks(super::CHUNK) {
        let rows = chunk.iter().map(|dimension| ActiveModel {
            name: Set(dimension.name.clone()),
            numeric: Set(dimension.numeric),
            distinct_values: Set(dimension.distinct_values),
            kept_out: Set(dimension.kept_out),
            pinned: Set(dimension.pinned),
        });
        Entity::insert_many(rows).on_conflict(replace.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Records values that may be new. Returns how many were.
pub async fn add_values<C: ConnectionTrait>(connection: &C, values: &[(String, String)]) -> Result<u64, StoreError> {
    let mut added = 0;
    let backend = connection.get_database_backend();
    for chunk in values.chunks(super::CHUNK) {
        let places: Vec<String> = (0..chunk.len()).map(|at| place_pair(backend, at)).collect();
        let statement = Statement::from_sql_and_values(
            backend,
            format!(
                "INSERT INTO dimension_value (name, value) VALUES {} ON CONFLICT (name, value) DO NOTHING",
                places.join(", ")
            ),
            chunk.iter().flat_map(|(name, value)| [name.as_str().into(), value.as_str().into()]),
        );
        added += connection.execute_raw(statement).await?.rows_affected();
    }
    Ok(added)
}

/// Deletes the recorded values of a dimension.
pub async fn forget_values<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    let forget = match backend {
        DbBackend::Postgres => "DELETE FROM dimension_value WHERE name = $1",
        _ => "DELETE FROM dimension_value WHERE name = ?",
    };
    connection.execute_raw(Statement::from_sql_and_values(backend, forget, [name.into()])).await?;
    Ok(())
}

/// Deletes those of these dimensions that have no value any more, unless an operator decided on them.
pub async fn delete_unused<C: ConnectionTrait>(connection: &C, names: &BTreeSet<String>) -> Result<(), StoreError> {
    let names: Vec<&String> = names.iter().collect();
    for chunk in names.chunks(super::CHUNK) {
        Entity::delete_many()
            .filter(Column::Name.is_in(chunk.iter().copied()))
            .filter(Column::DistinctValues.lte(0))
            .filter(Column::KeptOut.eq(false))
            .filter(Column::Pinned.eq(false))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// The next values of a dimension after `after`, in order.
pub async fn values_of<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    after: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let backend = connection.get_database_backend();
    let (is_name, is_after) = match backend {
        DbBackend::Postgres => ("name = $1", "value > $2"),
        _ => ("name = ?", "value > ?"),
    };
    let (behind, values): (&str, Vec<sea_orm::Value>) = match after {
        None => ("TRUE", vec![name.into()]),
        Some(after) => (is_after, vec![name.into(), after.into()]),
    };
    let select = format!("SELECT value FROM dimension_value WHERE {is_name} AND {behind} ORDER BY value LIMIT 10000");
    let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, select, values)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

fn place_pair(backend: DbBackend, at: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("(${}, ${})", 2 * at + 1, 2 * at + 2),
        _ => "(?, ?)".to_owned(),
    }
}

/// The profile schema that is in force for new profiles.
pub async fn profile_schema<C: ConnectionTrait>(connection: &C) -> Result<ProfileSchema, StoreError> {
    Ok(ProfileSchema::of(&all(connection).await?, &derived_dimension::all(connection).await?))
}

/// The profile schema of the published version; `None` when none was stored with it.
pub async fn published_profile_schema<C: ConnectionTrait>(connection: &C) -> Result<Option<ProfileSchema>, StoreError> {
    Ok(published_scheme::Entity::find_by_id(1).one(connection).await?.map(|row| row.scheme))
}

/// Writes the profile schema of the version that is being published.
pub async fn publish_profile_schema<C: ConnectionTrait>(
    connection: &C,
    schema: ProfileSchema,
) -> Result<(), StoreError> {
    let row = published_scheme::ActiveModel { id: Set(1), scheme: Set(schema) };
    let replace =
        OnConflict::column(published_scheme::Column::Id).update_column(published_scheme::Column::Scheme).to_owned();
    published_scheme::Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}

/// How many responses have a value of a dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DimensionUse {
    /// The number of responses, with and without a score.
    pub responses: i64,
    /// The number of distinct values in the response details of a high-cardinality attribute; `None` where profiles
    /// hold the values.
    pub values_in_details: Option<i64>,
}

/// How many responses have each dimension.
pub async fn uses<C: ConnectionTrait>(connection: &C) -> Result<HashMap<String, DimensionUse>, StoreError> {
    let backend = connection.get_database_backend();
    let held = "SELECT profile_id, COUNT(*) AS responses FROM response GROUP BY profile_id";
    let (in_profiles, in_details) = match backend {
        DbBackend::Postgres => (
            format!(
                "SELECT pair.key, CAST(SUM(held.responses) AS BIGINT) FROM ({held}) AS held \
                 JOIN profile ON profile.id = held.profile_id \
                 CROSS JOIN LATERAL jsonb_object_keys(profile.attributes) AS pair (key) GROUP BY pair.key"
            ),
            "SELECT pair.key, COUNT(*), COUNT(DISTINCT pair.value) \
             FROM comment CROSS JOIN LATERAL jsonb_each_text(comment.attributes) AS pair (key, value) GROUP BY pair.key",
        ),
        _ => (
            format!(
                "SELECT pair.key, SUM(held.responses) FROM ({held}) AS held \
                 JOIN profile ON profile.id = held.profile_id, json_each(profile.attributes) AS pair GROUP BY pair.key"
            ),
            "SELECT pair.key, COUNT(*), COUNT(DISTINCT pair.value) \
             FROM comment, json_each(comment.attributes) AS pair GROUP BY pair.key",
        ),
    };
    let mut holders: HashMap<String, DimensionUse> = HashMap::new();
    for row in connection.query_all_raw(Statement::from_string(backend, in_profiles)).await? {
        holders.entry(row.try_get_by_index(0)?).or_default().responses += row.try_get_by_index::<i64>(1)?;
    }
    for row in connection.query_all_raw(Statement::from_string(backend, in_details)).await? {
        let held = holders.entry(row.try_get_by_index(0)?).or_default();
        held.responses += row.try_get_by_index::<i64>(1)?;
        held.values_in_details = Some(row.try_get_by_index(2)?);
    }
    Ok(holders)
}

/// The dimension of this name; `None` when no response and no customer ever had the attribute.
pub async fn by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Name.eq(name)).one(connection).await?)
}
