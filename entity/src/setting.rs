//! Settings that belong to the database, not to a process.

use sea_orm::entity::prelude::*;

/// One setting of the database.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// The setting's name, like `time_zone`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The setting's value, in the form that its reader defines.
    #[sea_orm(column_type = "Text")]
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
