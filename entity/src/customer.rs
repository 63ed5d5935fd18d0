//! The customer: a dimension of the star schema, with the present email address, name and attributes.

use sea_orm::entity::prelude::*;

use crate::import::ImportId;
use crate::{Attributes, Timestamp};

/// The id of a customer in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct CustomerId(pub i64);
/// One customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// Never used outside this database; customers are named by `external_id`.
    #[sea_orm(primary_key)]
    pub id: CustomerId,
    /// The customer's id in the company's own systems; unique.
    pub external_id: String,
    /// The email address, which is personal data; `None` when it was never given or was erased.
    pub email: Option<String>,
    /// The name, which is personal data; `None` when it was never given or was erased.
    pub name: Option<String>,
    /// The present attributes; those at the time of a response are in that response's profile.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
    /// When this database first stored the customer, in UTC.
    pub created_at: Timestamp,
    /// The import that wrote the row last; `None` when a mutation or a webhook did, or a version that did not note it.
    pub import_id: Option<ImportId>,
}

impl ActiveModelBehavior for ActiveModel {}
