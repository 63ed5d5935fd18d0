//! The customer: a dimension of the star, as he or she is known today.

use sea_orm::entity::prelude::*;

use crate::{Attributes, Timestamp};

/// The id of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct CustomerId(pub i64);
/// One customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: CustomerId,
    /// The id by which the company knows the customer; unique.
    pub external_id: String,
    /// Personal data; `None` when never told or erased.
    pub email: Option<String>,
    /// Personal data; `None` when never told or erased.
    pub name: Option<String>,
    /// The attributes of today; what was true at an answer is in that answer's profile.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
    /// When this database first heard of the customer.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
