//! Statements on dimensions: which attribute names are known, and how many values they have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Set, Statement};

use super::response::Beside;
use super::{StoreError, profile, response, stale_week};
use crate::dimension::{ActiveModel, Column, Entity, Model};
use crate::profile::ProfileId;
use crate::{Attributes, filter};

/// A name with more distinct values than this is kept out of profiles: one could not slice by it.
pub const VALUES_LIMIT: usize = 1_000;

/// All dimensions, by name.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Name).all(connection).await?)
}

/// The values of every dimension that one can slice by.
pub async fn values<C: ConnectionTrait>(connection: &C) -> Result<HashMap<String, BTreeSet<String>>, StoreError> {
    let statement =
        Statement::from_string(connection.get_database_backend(), "SELECT name, value FROM dimension_value");
    let mut values: HashMap<String, BTreeSet<String>> = HashMap::new();
    for row in connection.query_all_raw(statement).await? {
        values.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    Ok(values)
}

/// Writes dimensions as they stand now.
pub async fn put<C: ConnectionTrait>(connection: &C, dimensions: Vec<Model>) -> Result<(), StoreError> {
    if dimensions.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::column(Column::Name)
        .update_columns([Column::Numeric, Column::DistinctValues, Column::KeptOut])
        .to_owned();
    let rows = dimensions.into_iter().map(|dimension| ActiveModel {
        name: Set(dimension.name),
        numeric: Set(dimension.numeric),
        distinct_values: Set(dimension.distinct_values),
        kept_out: Set(dimension.kept_out),
    });
    Entity::insert_many(rows).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes values that were not seen before.
pub async fn add_values<C: ConnectionTrait>(connection: &C, values: &[(String, String)]) -> Result<(), StoreError> {
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
        connection.execute_raw(statement).await?;
    }
    Ok(())
}

fn place_pair(backend: DbBackend, at: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("(${}, ${})", 2 * at + 1, 2 * at + 2),
        _ => "(?, ?)".to_owned(),
    }
}

/// Takes a name out of every profile that holds it: its values go beside the answers, whose weeks become stale.
pub async fn keep_out<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    let forget = match backend {
        DbBackend::Postgres => "DELETE FROM dimension_value WHERE name = $1",
        _ => "DELETE FROM dimension_value WHERE name = ?",
    };
    connection.execute_raw(Statement::from_sql_and_values(backend, forget, [name.into()])).await?;
    let has_name = filter::Filter::Attribute(filter::Predicate {
        name: name.to_owned(),
        exists: Some(true),
        ..filter::Predicate::default()
    });
    let holders = crate::profile::Entity::find()
        .filter(has_name.to_condition(backend, "profile", "attributes"))
        .all(connection)
        .await?;
    if holders.is_empty() {
        return Ok(());
    }
    let mut values: HashMap<ProfileId, String> = HashMap::new();
    let mut without: HashMap<ProfileId, Attributes> = HashMap::new();
    for mut holder in holders {
        if let Some(value) = holder.attributes.0.remove(name) {
            values.insert(holder.id, value);
            without.insert(holder.id, holder.attributes);
        }
    }
    let sets: Vec<Attributes> = without.values().cloned().collect();
    let interned = profile::intern(connection, &sets).await?;
    let old: Vec<ProfileId> = values.keys().copied().collect();
    let answers = response::of_profiles(connection, &old).await?;
    let ids: Vec<_> = answers.iter().map(|(id, _, _)| *id).collect();
    let mut beside = response::beside(connection, &ids).await?;
    let mut changes = BTreeMap::new();
    let mut moved = Vec::with_capacity(answers.len());
    for (id, old_profile, _) in &answers {
        let new_profile = without.get(old_profile).and_then(|set| interned.get(set));
        if let (Some(value), Some(new_profile)) = (values.get(old_profile), new_profile) {
            changes.insert(*id, *new_profile);
            let mut stands: Beside = beside.remove(id).unwrap_or_default();
            stands.attributes.0.insert(name.to_owned(), value.clone());
            moved.push((*id, stands));
        }
    }
    response::put_beside(connection, moved).await?;
    response::set_profiles(connection, &changes).await?;
    stale_week::mark(connection, answers.into_iter().map(|(_, _, day)| day)).await?;
    for chunk in old.chunks(super::CHUNK) {
        profile::delete(connection, chunk).await?;
    }
    Ok(())
}

/// The dimension of a name; `None` when no answer and no customer ever had it.
pub async fn by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Name.eq(name)).one(connection).await?)
}

/// Forgets the values that no profile and no customer has any more.
pub async fn forget_unused<C: ConnectionTrait>(connection: &C, attributes: &Attributes) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    for (name, value) in &attributes.0 {
        let has_value = filter::Filter::Attribute(filter::Predicate {
            name: name.clone(),
            one_of: Some(vec![value.clone()]),
            ..filter::Predicate::default()
        });
        let profile = crate::profile::Entity::find().filter(has_value.to_condition(backend, "profile", "attributes"));
        let customer =
            crate::customer::Entity::find().filter(has_value.to_condition(backend, "customer", "attributes"));
        if profile.one(connection).await?.is_some() || customer.one(connection).await?.is_some() {
            continue;
        }
        let forget = match backend {
            DbBackend::Postgres => "DELETE FROM dimension_value WHERE name = $1 AND value = $2",
            _ => "DELETE FROM dimension_value WHERE name = ? AND value = ?",
        };
        let values = [name.as_str().into(), value.as_str().into()];
        let forgotten = connection.execute_raw(Statement::from_sql_and_values(backend, forget, values)).await?;
        if forgotten.rows_affected() > 0 {
            Entity::update_many()
                .col_expr(Column::DistinctValues, Expr::col(Column::DistinctValues).sub(1))
                .filter(Column::Name.eq(name.as_str()))
                .exec(connection)
                .await?;
        }
    }
    Ok(())
}
