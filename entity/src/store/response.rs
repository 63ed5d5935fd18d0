//! Statements on responses and their details.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde_json::json;

use super::batch::{self, RowChange};
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, RowPosition, SortKey, SortOrder};
use super::response_selection::{not_erased, select};
use super::{CHUNK, StoreError};
use crate::customer::CustomerId;
use crate::import::ImportId;
use crate::own_attributes::OwnAttributesId;
use crate::profile::ProfileId;
use crate::response::{ActiveModel, Column, Entity, Model, ResponseId};
use crate::{Attributes, Calendar, Day, Timestamp, comment};

pub use super::response_selection::ResponseCriteria;

/// A response that is not stored yet.
#[derive(Clone, Debug)]
pub struct NewResponse {
    /// The response's id at its source.
    pub external_id: String,
    /// The customer who responded; `None` when the source names none.
    pub customer_id: Option<CustomerId>,
    /// The profile that the response was interned under.
    pub profile_id: ProfileId,
    /// The score, 0 to 10; `None` when the customer gave none.
    pub score: Option<i16>,
    /// When the customer responded, in UTC.
    pub answered_at: Timestamp,
    /// The day of that in the reporting time zone.
    pub day: Day,
    /// Which attributes are the response's own; `None` without a customer, whose the others would be.
    pub own_attributes_id: Option<OwnAttributesId>,
    /// The import that writes it; `None` for a mutation or a webhook.
    pub import_id: Option<ImportId>,
}

/// What is stored with a response, but not in its profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseDetail {
    /// The free text; `None` when the customer wrote none.
    pub text: Option<String>,
    /// The values of high-cardinality attributes.
    pub attributes: Attributes,
}

/// The sort key of a list of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ResponseOrderBy {
    /// When the customer responded.
    #[default]
    AnsweredAt,
    /// The score; responses without one are last.
    Score,
}

/// The responses of a source with these external ids; those that do not exist are absent.
pub async fn by_external_ids<C: ConnectionTrait>(
    connection: &C,
    source: &str,
    external_ids: &[String],
) -> Result<HashMap<String, Model>, StoreError> {
    let of_source = Entity::find().filter(Column::Source.eq(source));
    let rows = rows_in(connection, of_source, Column::ExternalId, external_ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// The responses with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The responses of these customers, in any order.
pub async fn of_customers<C: ConnectionTrait>(
    connection: &C,
    customers: &[CustomerId],
) -> Result<Vec<Model>, StoreError> {
    rows_in(connection, Entity::find(), Column::CustomerId, customers).await
}

/// The details of these responses; responses without one are absent.
pub async fn details<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
) -> Result<HashMap<ResponseId, ResponseDetail>, StoreError> {
    let rows = rows_in(connection, comment::Entity::find(), comment::Column::ResponseId, ids).await?;
    let detail = |row: comment::Model| (row.response_id, ResponseDetail { text: row.text, attributes: row.attributes });
    Ok(rows.into_iter().map(detail).collect())
}

/// Inserts responses. An external id that the source has already is a conflict that fails the transaction.
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
            own_attributes_id: Set(response.own_attributes_id),
            import_id: Set(response.import_id),
            ..Default::default()
        });
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Updates all columns of responses but their sources.
pub async fn update<C: ConnectionTrait>(connection: &C, responses: &[Model]) -> Result<(), StoreError> {
    let columns =
        ["external_id", "customer_id", "profile_id", "score", "answered_at", "day", "own_attributes_id", "import_id"];
    let changes = responses.iter().map(|response| RowChange {
        id: response.id.0,
        values: [
            response.external_id.as_str().into(),
            response.customer_id.into(),
            response.profile_id.into(),
            response.score.into(),
            response.answered_at.into(),
            response.day.into(),
            response.own_attributes_id.into(),
            response.import_id.into(),
        ],
    });
    batch::update(connection, "response", columns, changes.collect()).await
}

/// Gives responses of one customer to another one.
pub async fn give_to<C: ConnectionTrait>(
    connection: &C,
    ids: &[ResponseId],
    from: CustomerId,
    to: CustomerId,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        let change = ActiveModel { customer_id: Set(Some(to)), ..Default::default() };
        let select = Entity::update_many().set(change).filter(Column::CustomerId.eq(from));
        select.filter(Column::Id.is_in(chunk.iter().copied())).exec(connection).await?;
    }
    Ok(())
}

/// Moves responses to other profiles.
pub async fn set_profiles<C: ConnectionTrait>(
    connection: &C,
    changes: &BTreeMap<ResponseId, ProfileId>,
) -> Result<(), StoreError> {
    let changes = changes.iter().map(|(response, profile)| RowChange { id: response.0, values: [(*profile).into()] });
    batch::update(connection, "response", ["profile_id"], changes.collect()).await
}

/// Writes the details of responses, replacing the former ones.
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

/// Deletes the details of responses.
pub async fn delete_details<C: ConnectionTrait>(connection: &C, ids: &[ResponseId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        comment::Entity::delete_many()
            .filter(comment::Column::ResponseId.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// The responses of these profiles, with profile and day.
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

/// Computes the day of every response again, after the reporting time zone changed.
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

/// True when there is a response.
pub async fn are_any<C: ConnectionTrait>(connection: &C) -> Result<bool, StoreError> {
    let any: Option<ResponseId> =
        Entity::find().select_only().column(Column::Id).limit(1).into_tuple().one(connection).await?;
    Ok(any.is_some())
}

/// The number of responses that are stored.
pub async fn total<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    Ok(Entity::find().count(connection).await?)
}

/// One page of the responses that match the criteria.
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

/// The positions of the responses of each of these customers, newest first, without the responses' contents.
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

/// The position of a response in a sorted list.
pub fn position(response: &Model, order_by: ResponseOrderBy, descending: bool) -> RowPosition {
    let key = match order_by {
        ResponseOrderBy::AnsweredAt => response.answered_at.0,
        ResponseOrderBy::Score => response.score.map_or(if descending { -1 } else { 11 }, i64::from),
    };
    RowPosition { key: SortKey::Whole(key), id: response.id.0 }
}

/// The number of responses that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &ResponseCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(connection.get_database_backend(), criteria)).await
}

/// True when a response of somebody other than `person`, who is not erased, has all of these attributes, in its profile
/// or its detail.
pub async fn any_other_response_has<C: ConnectionTrait>(
    connection: &C,
    attributes: &Attributes,
    high_cardinality: &BTreeSet<String>,
    person: CustomerId,
) -> Result<bool, StoreError> {
    let (of_detail, of_profile): (BTreeMap<_, _>, BTreeMap<_, _>) =
        attributes.0.iter().partition(|(name, _)| high_cardinality.contains(*name));
    let backend = connection.get_database_backend();
    let in_detail = (!of_detail.is_empty()).then(|| Expr::exists(contains(backend, "comment", &json!(of_detail))));
    let found: Option<ResponseId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(not_erased())
        .filter(is_not_of(person))
        .filter(Expr::exists(contains(backend, "profile", &json!(of_profile))))
        .filter(Condition::all().add_option(in_detail))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// The response's row of this table, if it contains all of these attributes; they are one parameter, however many.
fn contains(backend: DbBackend, table: &'static str, attributes: &serde_json::Value) -> SelectStatement {
    let holder =
        if table == "profile" { "profile.id = response.profile_id" } else { "comment.response_id = response.id" };
    let condition = match backend {
        DbBackend::Postgres => format!("{table}.attributes @> CAST($1 AS JSONB)"),
        _ => format!(
            "NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE NOT EXISTS (SELECT 1 FROM \
             json_each({table}.attributes) AS held WHERE held.key = wanted.key AND held.value = wanted.value))"
        ),
    };
    Query::select()
        .expr(Expr::cust("1"))
        .from(table)
        .and_where(Expr::cust(holder))
        .and_where(Expr::cust_with_values(condition, [attributes.to_string()]))
        .to_owned()
}

fn is_not_of(person: CustomerId) -> Condition {
    Condition::any().add(Column::CustomerId.is_null()).add(Column::CustomerId.ne(person))
}

/// Which of these profiles a response of somebody other than `person`, who is not erased, still has.
pub async fn used_by_others<C: ConnectionTrait>(
    connection: &C,
    profiles: &[ProfileId],
    person: CustomerId,
) -> Result<HashSet<ProfileId>, StoreError> {
    let mut found = HashSet::new();
    for chunk in profiles.chunks(CHUNK) {
        let rows: Vec<ProfileId> = Entity::find()
            .select_only()
            .column(Column::ProfileId)
            .filter(Column::ProfileId.is_in(chunk.iter().copied()))
            .filter(not_erased())
            .filter(is_not_of(person))
            .distinct()
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
