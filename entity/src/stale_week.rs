//! Marks on weeks whose raw responses changed after they were last counted.

use sea_orm::entity::prelude::*;

use crate::Day;

/// One mark, written by one transaction; a week may have several.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stale_week")]
pub struct Model {
    /// Identifies the mark: a run deletes exactly the marks that its snapshot contains.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The Monday with which the week begins.
    pub week: Day,
}

impl ActiveModelBehavior for ActiveModel {}
