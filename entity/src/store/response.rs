//! Statements on responses and the comments beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Set,
};

use super::batch::{self, RowChange};
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, RowPosition, SortKey, SortOrder};
use super::tombstone::ANONYMOUS_PREFIX;
use super::{CHUNK, StoreError};
use crate::customer::CustomerId;
use crate::filter::AttributeColumn;
use crate::profile::ProfileId;
use crate::response::{ActiveModel, Column, Entity, Model, ResponseId};
use crate::{Attributes, Calendar, Day, Filter, Predicate, Timestamp, comment, profile};

/// An answer that is not in the database yet.
#[derive(Clone, Debug)]
pub struct NewResponse {
    /// The answer's id at its source.
    pub external_id: String,
    /// Who answered.
    pub customer_id: Option<CustomerId>,
    /// Who the customer was when answering.
    pub profile_id: ProfileId,
    /// 0 to 10.
    pub score: Option<i16>,
    /// When.
    pub answered_at: Timestamp,
    /// On which day of the reporting time zone.
    pub day: Day,
}

/// What stands beside an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseDetail {
    /// The free text.
    pub text: Option<String>,
    /// Attributes that no profile holds.
    pub attributes: Attributes,
}

/// Which answers a list holds.
#[derive(Clone, Debug, Default)]
pub struct ResponseCriteria {
    /// On or after this day.
    pub from: Option<Day>,
    /// Before this day.
    pub until: Option<Day>,
    /// By who the customer was when answering.
    pub profile: Option<Filter>,
    /// The names that are kept beside the answers: the filter looks for them there.
    pub high_cardinality: BTreeSet<String>,
    /// Only scores in this range.
    pub scores: Option<RangeInclusive<i16>>,
    /// With or without free text.
    pub has_comment: Option<bool>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Of the customer with this external id.
    pub customer_external_id: Option<String>,
}

/// What answers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ResponseOrderBy {
    /// When they were given.
    #[default]
    AnsweredAt,
    /// The score; answers without one last.
    Score,
}

/// The answers of a source with these ids.
pub async fn by_external_ids<C: ConnectionTrait>(
    connection: &C,
    source: &str,
    external_ids: &[String],
) -> Result<HashMap<String, Model>, StoreError> {
    let of_source = Entity::find().filter(Column::Source.eq(source));
    let rows = rows_in(connection, of_source, Column::ExternalId, external_ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// The answers with these ids.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The answers of these customers.
pub async fn of_customers<C: ConnectionTrait>(
    connection: &C,
    customers: &[CustomerId],
) -> Result<Vec<Model>, StoreError> {
    rows_in(connection, Entity::find(), Column::CustomerId, customers).await
}

/// What stands beside these answers; answers without anything are absent.
pub async fn details<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, ResponseDetail>, StoreError> {
    let rows = rows_in(connection, comment::Entity::find(), comment::Column::ResponseId, ids).await?;
    let detail = |row: comment::Model| (row.response_id, ResponseDetail { text: row.text, attributes: row.attributes });
    Ok(rows.into_iter().map(detail).collect())
}

/// Writes new answers. An id that exists already is a conflict that fails the transaction.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    source: &str,
    responses: &[NewResponse],
) -> Result<(), StoreError> {
    for chunk in responses.chunks(CHUNK) {
        let rows = chunk.iter().map(|response| ActiveModel {
            source: Set(source.to_owned()),
            external_id: Set(response.external_id.clone()),
            customer_id: Set(response.customer_id),
            profile_id: Set(response.profile_id),
            score: Set(response.score),
            answered_at: Set(response.answered_at),
            day: Set(response.day),
            ..Default::default()
        });
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Writes the external ids, customers, profiles, scores and times of responses that changed.
pub async fn update<C: ConnectionTrait>(connection: &C, responses: &[Model]) -> Result<(), StoreError> {
    let columns = ["external_id", "customer_id", "profile_id", "score", "answered_at", "day"];
    let changes = responses.iter().map(|response| RowChange {
        id: response.id.0,
        values: [
            response.external_id.as_str().into(),
            response.customer_id.into(),
            response.profile_id.into(),
            response.score.into(),
            response.answered_at.into(),
            response.day.into(),
        ],
    });
    batch::update(connection, "response", columns, changes.collect()).await
}

/// Points answers at other profiles.
pub async fn set_profiles<C: ConnectionTrait>(
    connection: &C,
    changes: &BTreeMap<ResponseId, ProfileId>,
) -> Result<(), StoreError> {
    let changes = changes.iter().map(|(response, profile)| RowChange { id: response.0, values: [(*profile).into()] });
    batch::update(connection, "response", ["profile_id"], changes.collect()).await
}

/// Writes what stands beside answers, replacing what stood there.
pub async fn put_details<C: ConnectionTrait>(
    connection: &C,
    details: Vec<(ResponseId, ResponseDetail)>,
) -> Result<(), StoreError> {
    let rows: Vec<comment::ActiveModel> = details
        .into_iter()
        .map(|(id, detail)| comment::ActiveModel {
            response_id: Set(id),
            text: Set(detail.text),
            attributes: Set(detail.attributes),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let replace = OnConflict::column(comment::Column::ResponseId)
            .update_columns([comment::Column::Text, comment::Column::Attributes])
            .to_owned();
        comment::Entity::insert_many(chunk.to_vec()).on_conflict(replace).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Deletes what stands beside answers.
pub async fn delete_details<C: ConnectionTrait>(connection: &C, ids: &[ResponseId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        comment::Entity::delete_many()
            .filter(comment::Column::ResponseId.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// The answers that point at one of these profiles.
pub async fn of_profiles<C: ConnectionTrait>(
    connection: &C,
    profiles: &[ProfileId],
) -> Result<Vec<(ResponseId, ProfileId, Day)>, StoreError> {
    let mut found = Vec::new();
    for chunk in profiles.chunks(CHUNK) {
        let rows: Vec<(ResponseId, ProfileId, Day)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::ProfileId, Column::Day])
            .filter(Column::ProfileId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Computes the day of every answer again, after the reporting time zone changed.
pub async fn redate(transaction: &DatabaseTransaction, calendar: Calendar) -> Result<(), StoreError> {
    let mut last = ResponseId(i64::MIN);
    loop {
        let batch: Vec<(ResponseId, Timestamp, Day)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::AnsweredAt, Column::Day])
            .filter(Column::Id.gt(last))
            .order_by_asc(Column::Id)
            .limit(10_000)
            .into_tuple()
            .all(transaction)
            .await?;
        let Some((id, _, _)) = batch.last() else { return Ok(()) };
        last = *id;
        let mut by_day: BTreeMap<Day, Vec<ResponseId>> = BTreeMap::new();
        for (id, answered_at, day) in batch {
            let today = calendar.day_of(answered_at);
            if today != day {
                by_day.entry(today).or_default().push(id);
            }
        }
        for (day, ids) in by_day {
            for chunk in ids.chunks(CHUNK) {
                Entity::update_many()
                    .col_expr(Column::Day, Expr::val(day))
                    .filter(Column::Id.is_in(chunk.iter().copied()))
                    .exec(transaction)
                    .await?;
            }
        }
    }
}

/// How many answers are stored.
pub async fn total<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    Ok(Entity::find().count(connection).await?)
}

/// One page of answers.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &ResponseCriteria,
    order_by: ResponseOrderBy,
    descending: bool,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let key = match (order_by, descending) {
        (ResponseOrderBy::AnsweredAt, _) => Expr::col((Entity, Column::AnsweredAt)),
        (ResponseOrderBy::Score, true) => Expr::col((Entity, Column::Score)).if_null(-1),
        (ResponseOrderBy::Score, false) => Expr::col((Entity, Column::Score)).if_null(11),
    };
    let sort = SortOrder { key, id: Expr::col((Entity, Column::Id)), descending };
    page::fetch(connection, select(connection.get_database_backend(), criteria), &sort, page).await
}

/// Where the answers of each of these customers stand among them, newest first: the lists without what they hold.
pub async fn positions<C: ConnectionTrait>(
    connection: &C,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<RowPosition>>, StoreError> {
    let mut found: HashMap<CustomerId, Vec<RowPosition>> = HashMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows: Vec<(CustomerId, Timestamp, ResponseId)> = Entity::find()
            .select_only()
            .columns([Column::CustomerId, Column::AnsweredAt, Column::Id])
            .filter(Column::CustomerId.is_in(chunk.iter().copied()))
            .order_by_desc(Column::AnsweredAt)
            .order_by_desc(Column::Id)
            .into_tuple()
            .all(connection)
            .await?;
        for (customer, answered_at, id) in rows {
            found.entry(customer).or_default().push(RowPosition { key: SortKey::Whole(answered_at.0), id: id.0 });
        }
    }
    Ok(found)
}

/// Where an answer stands in a list.
pub fn position(response: &Model, order_by: ResponseOrderBy, descending: bool) -> RowPosition {
    let key = match order_by {
        ResponseOrderBy::AnsweredAt => response.answered_at.0,
        ResponseOrderBy::Score => response.score.map_or(if descending { -1 } else { 11 }, i64::from),
    };
    RowPosition { key: SortKey::Whole(key), id: response.id.0 }
}

/// How many answers a list holds.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &ResponseCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(connection.get_database_backend(), criteria)).await
}

fn select(backend: DbBackend, criteria: &ResponseCriteria) -> Select<Entity> {
    let mut all = Condition::all()
        .add_option(criteria.from.map(|day| Column::Day.gte(day)))
        .add_option(criteria.until.map(|day| Column::Day.lt(day)))
        .add_option(criteria.scores.as_ref().map(|scores| Column::Score.between(*scores.start(), *scores.end())))
        .add_option(criteria.customer_id.map(|id| Column::CustomerId.eq(id)));
    if let Some(filter) = &criteria.profile
        && filter.names().into_iter().any(|name| criteria.high_cardinality.contains(name))
    {
        all = all.add(Expr::exists(attributes_match(backend, filter, &criteria.high_cardinality)));
    } else if let Some(filter) = &criteria.profile {
        let profiles = profile::Entity::find()
            .select_only()
            .column(profile::Column::Id)
            .filter(filter.to_condition(backend, "profile", "attributes"))
            .into_query();
        all = all.add(Column::ProfileId.in_subquery(profiles));
    }
    if let Some(has_comment) = criteria.has_comment {
        let worded = comment::Entity::find()
            .select_only()
            .column(comment::Column::ResponseId)
            .filter(comment::Column::Text.is_not_null())
            .into_query();
        let expression = Expr::col((Entity, Column::Id)).in_subquery(worded);
        all = all.add(if has_comment { expression } else { expression.not() });
    }
    if let Some(external_id) = &criteria.customer_external_id {
        let customer = Query::select()
            .column(crate::customer::Column::Id)
            .from(crate::customer::Entity)
            .and_where(crate::customer::Column::ExternalId.eq(external_id.as_str()))
            .to_owned();
        all = all.add(Column::CustomerId.in_subquery(customer));
    }
    Entity::find().filter(all)
}

/// What is known of an answer in its profile and beside it, where a filter holds for that.
fn attributes_match(backend: DbBackend, filter: &Filter, high_cardinality: &BTreeSet<String>) -> SelectStatement {
    let cell = |name: &str| {
        let table = if high_cardinality.contains(name) { "comment" } else { "profile" };
        AttributeColumn { table, column: "attributes" }
    };
    Query::select()
        .expr(Expr::cust("1"))
        .from(profile::Entity)
        .left_join(comment::Entity, Expr::cust("comment.response_id = response.id"))
        .and_where(Expr::cust("profile.id = response.profile_id"))
        .cond_where(filter.to_condition_over(backend, &cell))
        .to_owned()
}

/// True when an answer of somebody who is not erased has all of these attributes, in its profile or beside it.
pub async fn any_response_has<C: ConnectionTrait>(
    connection: &C,
    attributes: &Attributes,
    high_cardinality: &BTreeSet<String>,
) -> Result<bool, StoreError> {
    let has = |(name, value): (&String, &String)| {
        let one_of = Some(vec![value.clone()]);
        Filter::Attribute(Predicate { name: name.clone(), one_of, ..Predicate::default() })
    };
    let filter = Filter::All(attributes.0.iter().map(has).collect());
    let matching = attributes_match(connection.get_database_backend(), &filter, high_cardinality);
    let found: Option<ResponseId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(not_erased())
        .filter(Expr::exists(matching))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// Answers of customers, and those of nobody known; not those of people who were erased.
fn not_erased() -> Condition {
    Condition::any()
        .add(Column::CustomerId.is_not_null())
        .add(Column::ExternalId.not_like(format!("{ANONYMOUS_PREFIX}%")))
}

/// Which of these profiles an answer of a customer that is not erased still has.
pub async fn still_used<C: ConnectionTrait>(
    connection: &C,
    profiles: &[ProfileId],
) -> Result<HashSet<ProfileId>, StoreError> {
    let mut found = HashSet::new();
    for chunk in profiles.chunks(CHUNK) {
        let rows: Vec<ProfileId> = Entity::find()
            .select_only()
            .column(Column::ProfileId)
            .filter(Column::ProfileId.is_in(chunk.iter().copied()))
            .filter(not_erased())
            .distinct()
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
