//! The dimension: one attribute name, and whether one can slice by it.

use sea_orm::entity::prelude::*;

/// One attribute name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dimension")]
pub struct Model {
    /// The attribute's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// True when every value seen so far is a number.
    pub numeric: bool,
    /// How many distinct values were seen, counted up to one more than the limit.
    pub distinct_values: i32,
    /// True when its values are kept beside the comment, out of the profile: too many to slice by, or an operator
    /// wants it so.
    pub kept_out: bool,
    /// True when an operator decided whether it is kept out: then its number of values does not.
    pub pinned: bool,
}

impl ActiveModelBehavior for ActiveModel {}
