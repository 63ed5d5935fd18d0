//! The dimension: one attribute name, and whether profiles hold its values.

use sea_orm::entity::prelude::*;

/// One attribute name that a customer or a response has had.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dimension")]
pub struct Model {
    /// The attribute's name, as imports spell it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// True while every imported value is a number.
    pub numeric: bool,
    /// The number of distinct values, counted up to one more than the limit.
    pub distinct_values: i32,
    /// True for a high-cardinality attribute: its values are stored in the response detail, not in the profile, because
    /// there are too many to group by or because an operator demoted it.
    pub kept_out: bool,
    /// True when an operator demoted or promoted it: then the number of its values has no influence.
    pub pinned: bool,
}

impl ActiveModelBehavior for ActiveModel {}
