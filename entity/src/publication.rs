//! The one pointer that names the published version.

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::run::RunId;

/// The published version; the table has one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Counts up by one with every publication.
    pub version: i64,
    /// The run that published it.
    pub run_id: RunId,
    /// The day from which that run looks back.
    pub as_of: Day,
    /// Figures use answers before this day only; `None` when the run looked at its own present.
    pub answers_before: Option<Day>,
}

impl ActiveModelBehavior for ActiveModel {}
