//! The scheme of the published version; the table has one row.

use sea_orm::entity::prelude::*;

use crate::ProfileSchema;

/// How the profiles of the published version were made.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "published_scheme")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The scheme.
    #[sea_orm(column_type = "JsonBinary")]
    pub scheme: ProfileSchema,
}

impl ActiveModelBehavior for ActiveModel {}
