//! Interning responses again under another profile schema: an attribute is demoted or promoted, or a derived dimension
//! is added.
//!
//! Every function works set by set in the caller's transaction, marks the weeks of changed responses as stale, and
//! leaves the old profiles to [`profile::delete_unreferenced`]: the published blocks name them until a run has replaced
//! those blocks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement};

use super::{CHUNK, StoreError, derived_dimension, dimension, profile, response, stale_week};
use crate::derived_dimension::{DerivedDimensionId, HOLDS};
use crate::profile::ProfileId;
use crate::response::ResponseId;
use crate::{Attributes, Condition, Day, comment, tally};

/// How many responses [`promote`] reads at a time.
const RESPONSES_PER_BATCH: usize = 5_000;

/// Removes an attribute from every profile that has it; its values move to the response details.
pub async fn demote<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), StoreError> {
    dimension::forget_values(connection, name).await?;
    remove_from_profiles(connection, name, true).await
}

/// Removes an attribute from every profile that has it, together with its values.
pub async fn remove<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), StoreError> {
    remove_from_profiles(connection, name, false).await
}

async fn remove_from_profiles<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    keeps_values: bool,
) -> Result<(), StoreError> {
    let mut days = BTreeSet::new();
    let mut last = None;
    loop {
        let holders = profile::holding(connection, name, last).await?;
        let Some(holder) = holders.last() else { break };
        last = Some(holder.id);
        let (mut values, mut rest) = (Vec::with_capacity(holders.len()), Vec::with_capacity(holders.len()));
        for mut holder in holders {
            if let Some(value) = holder.attributes.0.remove(name) {
                values.push((holder.id, value));
                rest.push((holder.id, holder.attributes));
            }
        }
        let changes = intern_changes(connection, rest).await?;
        if keeps_values {
            copy_to_details(connection, name, &values).await?;
        }
        days.extend(profile::move_responses(connection, &changes, None).await?);
    }
    mark_stale(connection, days).await
}

/// Writes an attribute's value into the detail of every response of these profiles.
async fn copy_to_details<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    values: &[(ProfileId, String)],
) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    let mut bound: Vec<sea_orm::Value> = vec![name.into()];
    let mut pairs = Vec::with_capacity(values.len());
    for (profile, value) in values {
        bound.push(value.as_str().into());
        // Only integers are written into the text of the statement.
        pairs.push(match backend {
            DbBackend::Postgres => format!("({}, ${}::text)", profile.0, bound.len()),
            _ => format!("({}, ?{})", profile.0, bound.len()),
        });
    }
    let (object, merged) = match backend {
        DbBackend::Postgres => {
            ("jsonb_build_object($1::text, change.value)", "comment.attributes || excluded.attributes")
        }
        _ => ("json_object(?1, change.value)", "json_patch(comment.attributes, excluded.attributes)"),
    };
    let statement = format!(
        "WITH change (profile_id, value) AS (VALUES {}) \
         INSERT INTO comment (response_id, text, attributes) \
         SELECT response.id, NULL, {object} FROM change CROSS JOIN response \
         WHERE response.profile_id = change.profile_id \
         ON CONFLICT (response_id) DO UPDATE SET attributes = {merged}",
        pairs.join(", ")
    );
    connection.execute_raw(Statement::from_sql_and_values(backend, statement, bound)).await?;
    Ok(())
}

/// Puts an attribute back into the profiles: its values move there from the response details, and the derived
/// dimensions of the attribute are removed. Returns the number of responses that have it.
pub async fn promote<C: ConnectionTrait>(connection: &C, name: &str) -> Result<u64, StoreError> {
    collect_values(connection, name).await?;
    let derived: Vec<DerivedDimensionId> = derived_dimension::all(connection)
        .await?
        .into_iter()
        .filter(|row| row.name == name)
        .map(|row| row.id)
        .collect();
    let derived_names: HashSet<String> = derived.iter().map(|id| id.attribute()).collect();
    let mut days = BTreeSet::new();
    let (mut last, mut moved) = (ResponseId(i64::MIN), 0);
    loop {
        let page = values_in_details(connection, name, last).await?;
        let Some((first, end)) = page.first().zip(page.last()).map(|(first, end)| (first.id, end.id)) else { break };
        (last, moved) = (end, moved + page.len() as u64);
        let old: BTreeSet<ProfileId> = page.iter().map(|response| response.profile).collect();
        let profiles = profile::by_ids(connection, &Vec::from_iter(old)).await?;
        let mut sets: HashMap<(ProfileId, &str), Attributes> = HashMap::new();
        for response in &page {
            sets.entry((response.profile, &response.value)).or_insert_with(|| {
                let mut set = profiles.get(&response.profile).cloned().unwrap_or_default();
                set.0.retain(|name, _| !derived_names.contains(name));
                set.0.insert(name.to_owned(), response.value.clone());
                set
            });
        }
        let ids = profile::intern(connection, &sets.values().cloned().collect::<Vec<_>>()).await?;
        let new = |response: &ResponseValue| ids.id_of(&sets[&(response.profile, response.value.as_str())]);
        let changes: BTreeMap<_, _> =
            page.iter().map(|response| Ok((response.id, new(response)?))).collect::<Result<_, StoreError>>()?;
        response::set_profiles(connection, &changes).await?;
        profile::mark_left(connection, page.iter().map(|response| response.profile)).await?;
        days.extend(page.iter().map(|response| response.day));
        remove_from_details(connection, name, first, end).await?;
    }
    mark_stale(connection, days).await?;
    // Responses of erased people have no value any more, but their profiles may still have a derived dimension of the
    // attribute.
    for id in derived {
        derived_dimension::retire(connection, id).await?;
    }
    Ok(moved)
}

/// Records every value of an attribute in response details and of customers.
async fn collect_values<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), StoreError> {
    dimension::forget_values(connection, name).await?;
    let backend = connection.get_database_backend();
    for table in ["comment", "customer"] {
        let (statement, values): (String, Vec<sea_orm::Value>) = match backend {
            DbBackend::Postgres => (
                format!(
                    "INSERT INTO dimension_value (name, value) SELECT DISTINCT $1::text, attributes ->> $1::text \
                     FROM {table} WHERE attributes ->> $1::text IS NOT NULL ON CONFLICT (name, value) DO NOTHING"
                ),
                vec![name.into()],
            ),
            _ => (
                format!(
                    "INSERT INTO dimension_value (name, value) SELECT DISTINCT ?1, json_extract(attributes, ?2) \
                     FROM {table} WHERE json_extract(attributes, ?2) IS NOT NULL ON CONFLICT (name, value) DO NOTHING"
                ),
                vec![name.into(), json_path(name).into()],
            ),
        };
        connection.execute_raw(Statement::from_sql_and_values(backend, statement, values)).await?;
    }
    Ok(())
}

/// A response with the value of an attribute in its detail.
struct ResponseValue {
    id: ResponseId,
    profile: ProfileId,
    day: Day,
    value: String,
}

async fn values_in_details<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    after: ResponseId,
) -> Result<Vec<ResponseValue>, StoreError> {
    let backend = connection.get_database_backend();
    let (value, path, place) = match backend {
        DbBackend::Postgres => ("comment.attributes ->> $1::text", name.to_owned(), "$2"),
        _ => ("json_extract(comment.attributes, ?1)", json_path(name), "?2"),
    };
    let statement = format!(
        "SELECT response.id, response.profile_id, response.day, {value} FROM comment \
         JOIN response ON response.id = comment.response_id \
         WHERE comment.response_id > {place} AND {value} IS NOT NULL \
         ORDER BY comment.response_id LIMIT {RESPONSES_PER_BATCH}"
    );
    let statement = Statement::from_sql_and_values(backend, statement, [path.into(), after.0.into()]);
    let response = |row: sea_orm::QueryResult| {
        let (id, profile) = (ResponseId(row.try_get_by_index(0)?), ProfileId(row.try_get_by_index(1)?));
        Ok(ResponseValue { id, profile, day: row.try_get_by_index(2)?, value: row.try_get_by_index(3)? })
    };
    connection.query_all_raw(statement).await?.into_iter().map(response).collect()
}

/// Removes an attribute from the details of the responses from `first` to `last`, and deletes details that are empty
/// then.
async fn remove_from_details<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    first: ResponseId,
    last: ResponseId,
) -> Result<(), StoreError> {
    let backend = connection.get_database_backend();
    let (update, value, empty) = match backend {
        DbBackend::Postgres => ("attributes = attributes - $1::text", name.to_owned(), "'{}'::jsonb"),
        _ => ("attributes = json_remove(attributes, ?1)", json_path(name), "'{}'"),
    };
    let within = format!("response_id >= {} AND response_id <= {}", first.0, last.0);
    let update = format!("UPDATE comment SET {update} WHERE {within}");
    connection.execute_raw(Statement::from_sql_and_values(backend, update, [value.into()])).await?;
    let delete = format!("DELETE FROM comment WHERE {within} AND text IS NULL AND attributes = {empty}");
    connection.execute_unprepared(&delete).await?;
    Ok(())
}

/// Adds a derived dimension to the profiles of the responses whose details match its condition.
pub async fn derive<C: ConnectionTrait>(
    connection: &C,
    id: DerivedDimensionId,
    condition: &Condition,
) -> Result<(), StoreError> {
    let filter = condition.filter();
    let backend = connection.get_database_backend();
    let matching = comment::Entity::find()
        .select_only()
        .column(comment::Column::ResponseId)
        .filter(filter.to_condition(backend, "comment", "attributes"))
        .into_query();
    let profiles: Vec<ProfileId> = crate::response::Entity::find()
        .select_only()
        .column(crate::response::Column::ProfileId)
        .distinct()
        .filter(crate::response::Column::Id.in_subquery(matching))
        .into_tuple()
        .all(connection)
        .await?;
    let mut days = BTreeSet::new();
    for chunk in profiles.chunks(CHUNK) {
        let mut sets: Vec<_> = profile::by_ids(connection, chunk).await?.into_iter().collect();
        for (_, set) in &mut sets {
            set.0.insert(id.attribute(), HOLDS.to_owned());
        }
        let changes = intern_changes(connection, sets).await?;
        days.extend(profile::move_responses(connection, &changes, Some(&filter)).await?);
    }
    mark_stale(connection, days).await
}

async fn intern_changes<C: ConnectionTrait>(
    connection: &C,
    sets: Vec<(ProfileId, Attributes)>,
) -> Result<BTreeMap<ProfileId, ProfileId>, StoreError> {
    let distinct: HashSet<&Attributes> = sets.iter().map(|(_, set)| set).collect();
    let distinct: Vec<Attributes> = distinct.into_iter().cloned().collect();
    let ids = profile::intern(connection, &distinct).await?;
    sets.into_iter().map(|(old, set)| Ok((old, ids.id_of(&set)?))).collect()
}

/// Marks the weeks of these days as stale. Before the first publication no block names a profile, so that unused
/// profiles are deleted at once.
async fn mark_stale<C: ConnectionTrait>(connection: &C, days: BTreeSet<Day>) -> Result<(), StoreError> {
    if days.is_empty() {
        return Ok(());
    }
    stale_week::mark(connection, days).await?;
    let block: Option<Day> =
        tally::Entity::find().select_only().column(tally::Column::Week).limit(1).into_tuple().one(connection).await?;
    if block.is_none() {
        profile::delete_unreferenced(connection, &HashSet::new()).await?;
    }
    Ok(())
}

/// SQLite's path to a member; imported names contain neither quotes nor backslashes.
fn json_path(name: &str) -> String {
    format!("$.\"{name}\"")
}
