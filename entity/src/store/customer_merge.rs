//! Statements on merged customers.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::lookup::rows_in;
use super::{CHUNK, StoreError};
use crate::customer::{self, CustomerId};
use crate::customer_merge::{ActiveModel, Column, CustomerMergeId, Entity, Model};
use crate::import::ImportId;

/// Records a merge; its id is given by the database.
pub async fn insert<C: ConnectionTrait>(connection: &C, merge: Model) -> Result<(), StoreError> {
    let row = ActiveModel { id: sea_orm::ActiveValue::NotSet, ..merge.into_active_model() };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// The merge of the customer that had this external id; `None` when it was not merged.
pub async fn of<C: ConnectionTrait>(connection: &C, external_id: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::FromExternalId.eq(external_id)).one(connection).await?)
}

/// The merges into this customer, oldest first.
pub async fn into<C: ConnectionTrait>(connection: &C, customer: CustomerId) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(Column::IntoCustomerId.eq(customer)).order_by_asc(Column::Id);
    Ok(select.all(connection).await?)
}

/// The merges that an import made, newest first.
pub async fn of_import<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(Column::ImportId.eq(import)).order_by_desc(Column::Id);
    Ok(select.all(connection).await?)
}

/// The merges of customers that an import had written last.
pub async fn of_customers_of<C: ConnectionTrait>(connection: &C, import: ImportId) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::FromImportId.eq(import)).order_by_asc(Column::Id).all(connection).await?)
}

/// Deletes a merge.
pub async fn delete<C: ConnectionTrait>(connection: &C, id: CustomerMergeId) -> Result<(), StoreError> {
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// The external ids of the customers into which those with these ids were merged, by former id; others are absent.
pub async fn present_ids<C: ConnectionTrait>(
    connection: &C,
    external_ids: &[String],
) -> Result<HashMap<String, String>, StoreError> {
    let merges = rows_in(connection, Entity::find(), Column::FromExternalId, external_ids).await?;
    let customers: Vec<CustomerId> = merges.iter().map(|merge| merge.into_customer_id).collect();
    let customers = super::customer::by_ids(connection, &customers).await?;
    let present =
        |merge: Model| Some((merge.from_external_id, customers.get(&merge.into_customer_id)?.external_id.clone()));
    Ok(merges.into_iter().filter_map(present).collect())
}

/// The external ids of the customers into which somebody with one of these addresses, in lower case, was merged, by address.
pub async fn by_addresses<C: ConnectionTrait>(
    connection: &C,
    addresses: &[String],
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let lower = || Expr::expr(Func::lower(Expr::col((Entity, Column::FromEmail))));
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in addresses.chunks(CHUNK) {
        let rows: Vec<(CustomerId, String)> = Entity::find()
            .select_only()
            .column(Column::IntoCustomerId)
            .expr_as(lower(), "address")
            .filter(Column::FromEmail.is_not_null())
            .filter(lower().is_in(chunk.to_vec()))
            .into_tuple()
            .all(connection)
            .await?;
        let ids: Vec<CustomerId> = rows.iter().map(|(id, _)| *id).collect();
        let customers: HashMap<CustomerId, customer::Model> = super::customer::by_ids(connection, &ids).await?;
        for (id, address) in rows {
            if let Some(customer) = customers.get(&id) {
                found.entry(address).or_default().push(customer.external_id.clone());
            }
        }
    }
    Ok(found)
}
