//! How many rows imports have read so far, by kind and by outcome.

use sea_orm::entity::prelude::*;

/// What a row describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportKind {
    /// A customer.
    #[sea_orm(string_value = "customers")]
    Customers,
    /// A response.
    #[sea_orm(string_value = "responses")]
    Responses,
    /// A segment.
    #[sea_orm(string_value = "segments")]
    Segments,
    /// A decision.
    #[sea_orm(string_value = "decisions")]
    Decisions,
}

/// What the import did with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportOutcome {
    /// It was new and is stored.
    #[sea_orm(string_value = "accepted")]
    Accepted,
    /// It changed something that was stored.
    #[sea_orm(string_value = "updated")]
    Updated,
    /// It contained nothing new.
    #[sea_orm(string_value = "unchanged")]
    Unchanged,
    /// It was refused; the import's report says why.
    #[sea_orm(string_value = "rejected")]
    Rejected,
}

/// The number of rows of one kind with one outcome; a combination that never occurred has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_count")]
pub struct Model {
    /// What the rows describe.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ImportKind,
    /// What the import did with them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub outcome: ImportOutcome,
    /// The number of rows, since the database was created.
    pub rows: i64,
}

impl ActiveModelBehavior for ActiveModel {}
