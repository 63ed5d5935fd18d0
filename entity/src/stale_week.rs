//! The marks of weeks whose raw answers changed after they were last counted.

use sea_orm::entity::prelude::*;

use crate::Day;

/// One mark, left by one writing transaction.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stale_week")]
pub struct Model {
    /// The row's id: a run deletes exactly the marks it saw.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The Monday of the week.
    pub week: Day,
}

impl ActiveModelBehavior for ActiveModel {}
