//! How many rows were imported so far, by what they hold and what became of them.

use sea_orm::entity::prelude::*;

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportKind {
    /// A customer.
    #[sea_orm(string_value = "customers")]
    Customers,
    /// An answer.
    #[sea_orm(string_value = "responses")]
    Responses,
    /// A segment.
    #[sea_orm(string_value = "segments")]
    Segments,
    /// A decision.
    #[sea_orm(string_value = "decisions")]
    Decisions,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportOutcome {
    /// It was new.
    #[sea_orm(string_value = "accepted")]
    Accepted,
    /// It changed something known.
    #[sea_orm(string_value = "updated")]
    Updated,
    /// It said nothing new.
    #[sea_orm(string_value = "unchanged")]
    Unchanged,
    /// It was refused.
    #[sea_orm(string_value = "rejected")]
    Rejected,
}

/// One count.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_count")]
pub struct Model {
    /// What the rows hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ImportKind,
    /// What became of them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub outcome: ImportOutcome,
    /// How many there were, since the database was made.
    pub rows: i64,
}

impl ActiveModelBehavior for ActiveModel {}
