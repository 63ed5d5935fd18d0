//! The publication: the one row that names the published version.

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::run::RunId;

/// The published version; the table has at most one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub struct Model {
    /// Always 1, so that there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Counts up by one with every publication.
    pub version: i64,
    /// The run that published it.
    pub run_id: RunId,
    /// The day of the run from which it looks back.
    pub as_of: Day,
    /// Only responses before this day are used; `None` when the run was as of its own present.
    pub answers_before: Option<Day>,
    /// Counts up by one when a person is erased: what processes hold of this version in memory is out of date then.
    pub erasures: i64,
}

impl ActiveModelBehavior for ActiveModel {}
