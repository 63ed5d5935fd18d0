//! Statements on customers.

use std::collections::HashMap;

use sea_orm::sea_query::extension::postgres::PgExpr;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};

use super::batch::{self, RowChange};
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, SortOrder};
use super::{CHUNK, StoreError};
use crate::customer::{ActiveModel, Column, CustomerId, Entity, Model};
use crate::import::ImportId;
use crate::{Attributes, Filter, Timestamp};

/// A customer that is not in the database yet.
#[derive(Clone, Debug)]
pub struct NewCustomer {
    /// The customer's id in the company's own systems.
    pub external_id: String,
    /// The email address, which is personal data; `None` when it was not given.
    pub email: Option<String>,
    /// The name, which is personal data; `None` when it was not given.
    pub name: Option<String>,
    /// The present attributes.
    pub attributes: Attributes,
    /// The import that writes the row; `None` for a mutation or a webhook.
    pub import_id: Option<ImportId>,
}

/// Which customers a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct CustomerCriteria {
    /// The present attributes match this filter.
    pub attributes: Option<Filter>,
    /// Text with which the external id begins, or which name or email contain when `search_personal` is set; when it is
    /// not, external ids that are email addresses never match.
    pub search: Option<String>,
    /// True when the reader may search in personal data.
    pub search_personal: bool,
}

/// The sort key of a list of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CustomerOrderBy {
    /// The customer's id in the company's own systems.
    #[default]
    ExternalId,
    /// When this database first stored the customer.
    CreatedAt,
}

/// The customers with these external ids; those that do not exist are absent.
pub async fn by_external_ids<C: ConnectionTrait>(
    connection: &C,
    external_ids: &[String],
) -> Result<HashMap<String, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::ExternalId, external_ids).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// The customers with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The ids of the customers with these addresses in lower case, by address; a customer whose id is that address itself is
/// left out.
pub async fn by_addresses<C: ConnectionTrait>(
    connection: &C,
    addresses: &[String],
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let lower = || Expr::expr(Func::lower(Expr::col((Entity, Column::Email))));
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in addresses.chunks(super::CHUNK) {
        let rows: Vec<(String, String)> = Entity::find()
            .select_only()
            .column(Column::ExternalId)
            .expr_as(lower(), "address")
            .filter(Column::Email.is_not_null())
            .filter(lower().is_in(chunk.to_vec()))
            .order_by_asc(Column::ExternalId)
            .into_tuple()
            .all(connection)
            .await?;
        for (external_id, address) in rows {
            if external_id != address {
                found.entry(address).or_default().push(external_id);
            }
        }
    }
    Ok(found)
}

/// Gives a customer another id; `import` is the import that does.
pub async fn rename<C: ConnectionTrait>(
    connection: &C,
    id: CustomerId,
    external_id: &str,
    import: Option<ImportId>,
) -> Result<(), StoreError> {
    let change = ActiveModel { external_id: Set(external_id.to_owned()), import_id: Set(import), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Writes new customers; one that a concurrent writer has just inserted stays as it is.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    customers: Vec<NewCustomer>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<ActiveModel> = customers
        .into_iter()
        .map(|customer| ActiveModel {
            external_id: Set(customer.external_id),
            email: Set(customer.email),
            name: Set(customer.name),
            attributes: Set(customer.attributes),
            created_at: Set(now),
            import_id: Set(customer.import_id),
            ..Default::default()
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let keep = OnConflict::column(Column::ExternalId).do_nothing().to_owned();
        Entity::insert_many(chunk.to_vec()).on_conflict(keep).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Updates email, name and attributes of customers, and which import wrote them.
pub async fn update<C: ConnectionTrait>(connection: &C, customers: &[Model]) -> Result<(), StoreError> {
    let changes = customers.iter().map(|customer| RowChange {
        id: customer.id.0,
        values: [
            customer.email.clone().into(),
            customer.name.clone().into(),
            customer.attributes.clone().into(),
            customer.import_id.into(),
        ],
    });
    batch::update(connection, "customer", ["email", "name", "attributes", "import_id"], changes.collect()).await
}

/// Deletes one customer; one that a response refers to is a conflict.
pub async fn delete<C: ConnectionTrait>(connection: &C, id: CustomerId) -> Result<(), StoreError> {
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// One page of the customers that match the criteria.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &CustomerCriteria,
    order_by: CustomerOrderBy,
    descending: bool,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let select = select(connection.get_database_backend(), criteria);
    page::fetch(connection, select, &sort(order_by, descending), page).await
}

/// How a list of customers is sorted.
pub(super) fn sort(order_by: CustomerOrderBy, descending: bool) -> SortOrder {
    let key = match order_by {
        CustomerOrderBy::ExternalId => Expr::col((Entity, Column::ExternalId)),
        CustomerOrderBy::CreatedAt => Expr::col((Entity, Column::CreatedAt)),
    };
    SortOrder { key, id: Expr::col((Entity, Column::Id)), descending }
}

/// True when there is a customer.
pub async fn are_any<C: ConnectionTrait>(connection: &C) -> Result<bool, StoreError> {
    let any: Option<CustomerId> =
        Entity::find().select_only().column(Column::Id).limit(1).into_tuple().one(connection).await?;
    Ok(any.is_some())
}

/// The number of customers that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &CustomerCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(connection.get_database_backend(), criteria)).await
}

fn select(backend: DbBackend, criteria: &CustomerCriteria) -> Select<Entity> {
    let mut select = Entity::find();
    if let Some(filter) = &criteria.attributes {
        select = select.filter(filter.to_condition(backend, "customer", "attributes"));
    }
    if let Some(search) = &criteria.search {
        let literal = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        // SQLite's LIKE ignores case; PostgreSQL has ILIKE for that.
        let like = |column: Column, pattern: String| {
            let (column, pattern) = (Expr::col((Entity, column)), LikeExpr::new(pattern));
            // The backslash is PostgreSQL's default escape, and sea-query writes ILIKE .. ESCAPE with wrong brackets.
            if backend == DbBackend::Postgres { column.ilike(pattern) } else { column.like(pattern.escape('\\')) }
        };
        let mut any = like(Column::ExternalId, format!("{literal}%"));
        if criteria.search_personal {
            any = any.or(like(Column::Name, format!("%{literal}%"))).or(like(Column::Email, format!("%{literal}%")));
        } else {
            // Otherwise a reader without the right could find out an address letter by letter, although no page shows
            // it.
            any = any.and(like(Column::ExternalId, "%@%".to_owned()).not());
        }
        select = select.filter(any);
    }
    select
}
