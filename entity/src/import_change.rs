//! What a stored row was before an import changed it, so that the import can be undone.

use sea_orm::entity::prelude::*;

use crate::import::ImportId;

/// The id of a change; a later one has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ImportChangeId(pub i64);

/// The table of a row that an import changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportedNoun {
    /// A customer.
    #[sea_orm(string_value = "customer")]
    Customer,
    /// A response.
    #[sea_orm(string_value = "response")]
    Response,
}

/// One row as it was before the first change that an import made to it. Rows that were new have none.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_change")]
pub struct Model {
    /// Counts up with every change.
    #[sea_orm(primary_key)]
    pub id: ImportChangeId,
    /// The import.
    pub import_id: ImportId,
    /// The table of the row.
    pub noun: ImportedNoun,
    /// The id of the row in its table.
    pub row_id: i64,
    /// The import that had written the row before; `None` when none had.
    pub before_import_id: Option<ImportId>,
    /// The row's values before, which may be personal data.
    #[sea_orm(column_type = "JsonBinary")]
    pub before: Json,
}

impl ActiveModelBehavior for ActiveModel {}
