//! The audit entry: one mutation that somebody called, and what became of it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::token::Role;

/// The id of an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct AuditEntryId(pub i64);

/// What became of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AuditOutcome {
    /// What it changed was committed together with this entry.
    #[sea_orm(string_value = "done")]
    Done,
    /// Its input was refused; it changed nothing.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// The caller's role may not do this; it changed nothing.
    #[sea_orm(string_value = "denied")]
    Denied,
    /// Something went wrong on the way, in the database for instance.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// One entry, never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: AuditEntryId,
    /// When.
    pub written_at: Timestamp,
    /// Who called it, by name.
    pub actor: String,
    /// In which role.
    pub role: Role,
    /// The name of the GraphQL operation; `None` when it has none.
    pub operation: Option<String>,
    /// The mutation's field.
    pub field: String,
    /// Its input, personal data left out.
    #[sea_orm(column_type = "JsonBinary")]
    pub input: Json,
    /// What became of it.
    pub outcome: AuditOutcome,
    /// Counts of what was written, or the code of the refusal or the failure; `None` when there is nothing to add.
    pub detail: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
