//! The merge of two customers who are one person: what both were before, so that it can be undone.

use sea_orm::entity::prelude::*;

use crate::customer::CustomerId;
use crate::import::ImportId;
use crate::{Attributes, Timestamp};

/// The id of a merge; a later one has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct CustomerMergeId(pub i64);

/// One customer that became part of another one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_merge")]
pub struct Model {
    /// Counts up with every merge.
    #[sea_orm(primary_key)]
    pub id: CustomerMergeId,
    /// The company's id of the customer that is no longer one of its own; unique. Rows with this id are the other's.
    pub from_external_id: String,
    /// Its email address, which is personal data.
    pub from_email: Option<String>,
    /// Its name, which is personal data.
    pub from_name: Option<String>,
    /// Its attributes.
    #[sea_orm(column_type = "JsonBinary")]
    pub from_attributes: Attributes,
    /// When this database first stored it, in UTC.
    pub from_created_at: Timestamp,
    /// The customer whose it is now.
    pub into_customer_id: CustomerId,
    /// That customer's email address before.
    pub into_email: Option<String>,
    /// That customer's name before.
    pub into_name: Option<String>,
    /// That customer's attributes before.
    #[sea_orm(column_type = "JsonBinary")]
    pub into_attributes: Attributes,
    /// The ids of the responses that moved, as an array of numbers.
    #[sea_orm(column_type = "JsonBinary")]
    pub response_ids: Json,
    /// When, in UTC.
    pub merged_at: Timestamp,
    /// By whom: the name of a token or session, `cli`, or `import`.
    pub merged_by: String,
    /// The import that merged them; `None` when a person did.
    pub import_id: Option<ImportId>,
    /// The import that had written the customer last that is no longer one of its own.
    pub from_import_id: Option<ImportId>,
}

impl ActiveModelBehavior for ActiveModel {}
