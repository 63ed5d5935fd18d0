//! The profile schema of the published version; the table has at most one row.

use sea_orm::entity::prelude::*;

use crate::ProfileSchema;

/// Which attributes the profiles in the published blocks have.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "published_scheme")]
pub struct Model {
    /// Always 1, so that there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The schema by which the published blocks were counted.
    #[sea_orm(column_type = "JsonBinary")]
    pub scheme: ProfileSchema,
}

impl ActiveModelBehavior for ActiveModel {}
