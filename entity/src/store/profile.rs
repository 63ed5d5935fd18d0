//! Statements on profiles: interning sets of attributes, and moving responses from one profile to another.
//!
//! A profile that lost responses stays as long as published blocks name it; then [`delete_unreferenced`] deletes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set, Statement,
    StatementBuilder,
};

use super::lookup::rows_in;
use super::{CHUNK, StoreError};
use crate::profile::{ActiveModel, Column, Entity, Model, ProfileId};
use crate::{Attributes, Day, Filter, Predicate, comment, left_profile};

/// The ids of sets of attributes that are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InternedProfiles(HashMap<Attributes, ProfileId>);

impl InternedProfiles {
    /// The profile of a set; fails for a set that the caller did not intern.
    pub fn id_of(&self, set: &Attributes) -> Result<ProfileId, StoreError> {
        self.0.get(set).copied().ok_or(StoreError::NotInterned)
    }

    /// All ids, in any order.
    pub fn ids(&self) -> impl Iterator<Item = ProfileId> {
        self.0.values().copied()
    }
}

/// Interns sets of attributes: returns the ids of all of them, and writes those that are new.
pub async fn intern<C: ConnectionTrait>(connection: &C, sets: &[Attributes]) -> Result<InternedProfiles, StoreError> {
    let mut interned = InternedProfiles(HashMap::with_capacity(sets.len()));
    for chunk in sets.chunks(CHUNK) {
        // In order of their digests: two writers that insert the same rows in different orders could deadlock.
        let by_digest: BTreeMap<Vec<u8>, &Attributes> = chunk.iter().map(|set| (set.digest(), set)).collect();
        find(connection, &by_digest, &mut interned).await?;
        let missing: Vec<ActiveModel> = by_digest
            .iter()
            .filter(|(_, set)| !interned.0.contains_key(**set))
            .map(|(digest, set)| ActiveModel {
                digest: Set(digest.clone()),
                attributes: Set((*set).clone()),
                ..Default::default()
            })
            .collect();
        if !missing.is_empty() {
            let keep = OnConflict::column(Column::Digest).do_nothing().to_owned();
            Entity::insert_many(missing).on_conflict(keep).exec_without_returning(connection).await?;
            find(connection, &by_digest, &mut interned).await?;
        }
        for set in by_digest.values() {
            interned.id_of(set)?;
        }
    }
    Ok(interned)
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    by_digest: &BTreeMap<Vec<u8>, &Attributes>,
    interned: &mut InternedProfiles,
) -> Result<(), StoreError> {
    let found: Vec<(ProfileId, Vec<u8>)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .column(Column::Digest)
        .filter(Column::Digest.is_in(by_digest.keys().cloned()))
        .into_tuple()
        .all(connection)
        .await?;
    interned.0.extend(found.into_iter().filter_map(|(id, digest)| Some(((*by_digest.get(&digest)?).clone(), id))));
    Ok(())
}

/// All profiles, by id.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Id).all(connection).await?)
}

/// The profiles with these ids.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ProfileId],
) -> Result<HashMap<ProfileId, Attributes>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.attributes)).collect())
}

/// Deletes profiles; one that a response still refers to is a conflict.
pub async fn delete<C: ConnectionTrait>(connection: &C, ids: &[ProfileId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied())).exec(connection).await?;
    }
    Ok(())
}

/// The next profiles after `after`, by id, that have responses and this attribute.
pub async fn holding<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    after: Option<ProfileId>,
) -> Result<Vec<Model>, StoreError> {
    let mut select = Entity::find()
        .filter(has(name).to_condition(connection.get_database_backend(), "profile", "attributes"))
        .filter(Expr::cust("EXISTS (SELECT 1 FROM response WHERE response.profile_id = profile.id)"));
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    Ok(select.order_by_asc(Column::Id).limit(CHUNK as u64).all(connection).await?)
}

/// The number of profiles with this attribute.
pub async fn count_holding<C: ConnectionTrait>(connection: &C, name: &str) -> Result<u64, StoreError> {
    let condition = has(name).to_condition(connection.get_database_backend(), "profile", "attributes");
    Ok(Entity::find().filter(condition).count(connection).await?)
}

fn has(name: &str) -> Filter {
    Filter::Attribute(Predicate { name: name.to_owned(), exists: Some(true), ..Predicate::default() })
}

/// Moves the responses of profiles to other ones: all of them, or those whose details match the filter `which`.
///
/// Returns the days of these responses, whose weeks the caller marks as stale.
pub async fn move_responses<C: ConnectionTrait>(
    connection: &C,
    changes: &BTreeMap<ProfileId, ProfileId>,
    which: Option<&Filter>,
) -> Result<BTreeSet<Day>, StoreError> {
    let backend = connection.get_database_backend();
    let (and_which, values) = match which {
        None => (String::new(), Vec::new()),
        Some(filter) => {
            let detail = Query::select()
                .expr(Expr::cust("1"))
                .from(comment::Entity)
                .and_where(Expr::cust("comment.response_id = response.id"))
                .cond_where(filter.to_condition(backend, "comment", "attributes"))
                .to_owned();
            let statement = StatementBuilder::build(&detail, &backend);
            (format!(" AND EXISTS ({})", statement.sql), statement.values.map(|values| values.0).unwrap_or_default())
        }
    };
    let changes: Vec<_> = changes.iter().filter(|(old, new)| old != new).collect();
    let mut days = BTreeSet::new();
    for chunk in changes.chunks(CHUNK) {
        let (mut old, mut pairs) = (String::new(), String::new());
        for (from, to) in chunk {
            let comma = if old.is_empty() { "" } else { ", " };
            // Only integers are written into the statements.
            let _ = write!(old, "{comma}{}", from.0);
            let _ = write!(pairs, "{comma}({}, {})", from.0, to.0);
        }
        let select = format!("SELECT DISTINCT day FROM response WHERE profile_id IN ({old}){and_which}");
        let statement = Statement::from_sql_and_values(backend, select, values.clone());
        for row in connection.query_all_raw(statement).await? {
            days.insert(row.try_get_by_index(0)?);
        }
        let update = format!(
            "WITH change (old_id, new_id) AS (VALUES {pairs}) UPDATE response SET profile_id = change.new_id \
             FROM change WHERE response.profile_id = change.old_id{and_which}"
        );
        connection.execute_raw(Statement::from_sql_and_values(backend, update, values.clone())).await?;
        mark_left(connection, chunk.iter().map(|(from, _)| **from)).await?;
    }
    Ok(days)
}

/// Records that these profiles lost responses.
pub async fn mark_left<C: ConnectionTrait>(
    connection: &C,
    profiles: impl IntoIterator<Item = ProfileId>,
) -> Result<(), StoreError> {
    let profiles: BTreeSet<ProfileId> = profiles.into_iter().collect();
    let profiles: Vec<ProfileId> = profiles.into_iter().collect();
    for chunk in profiles.chunks(CHUNK) {
        let rows = chunk.iter().map(|id| left_profile::ActiveModel { profile_id: Set(*id) });
        let keep = OnConflict::column(left_profile::Column::ProfileId).do_nothing().to_owned();
        left_profile::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The profiles that lost responses and have none any more, by id.
pub async fn unreferenced<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    let left = Query::select().column(left_profile::Column::ProfileId).from(left_profile::Entity).to_owned();
    let select = Entity::find().filter(Column::Id.in_subquery(left)).filter(has_no_response());
    Ok(select.order_by_asc(Column::Id).all(connection).await?)
}

/// Deletes the profiles that lost responses and have none any more, except those that published blocks still name.
pub async fn delete_unreferenced<C: ConnectionTrait>(
    connection: &C,
    named: &HashSet<ProfileId>,
) -> Result<(), StoreError> {
    let noted: Vec<ProfileId> =
        left_profile::Entity::find().all(connection).await?.into_iter().map(|row| row.profile_id).collect();
    let (kept, free): (Vec<ProfileId>, Vec<ProfileId>) = noted.into_iter().partition(|id| named.contains(id));
    for chunk in free.chunks(CHUNK) {
        let ids = chunk.iter().copied();
        Entity::delete_many().filter(Column::Id.is_in(ids)).filter(has_no_response()).exec(connection).await?;
    }
    left_profile::Entity::delete_many().exec(connection).await?;
    mark_left(connection, kept).await
}

fn has_no_response() -> sea_orm::sea_query::SimpleExpr {
    Expr::cust("NOT EXISTS (SELECT 1 FROM response WHERE response.profile_id = profile.id)")
}
