//! The audit entry: one call of a GraphQL mutation, by whom, and its outcome.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::token::Role;

/// The id of an audit entry; a later entry has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct AuditEntryId(pub i64);

/// How a mutation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AuditOutcome {
    /// Its changes were committed in the same transaction as this entry.
    #[sea_orm(string_value = "done")]
    Done,
    /// Its input was refused; it changed nothing.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// The caller's role does not allow it; it changed nothing.
    #[sea_orm(string_value = "denied")]
    Denied,
    /// It ended with an error that is not the caller's, of the database for instance.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// One entry, never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Counts up with every entry.
    #[sea_orm(primary_key)]
    pub id: AuditEntryId,
    /// When the mutation ended, in UTC.
    pub written_at: Timestamp,
    /// The name of the caller's token or session.
    pub actor: String,
    /// The caller's role at that time.
    pub role: Role,
    /// The name of the GraphQL operation; `None` for an anonymous one.
    pub operation: Option<String>,
    /// The mutation's field in the schema, like `logDecision`.
    pub field: String,
    /// The mutation's arguments as JSON, without personal data.
    #[sea_orm(column_type = "JsonBinary")]
    pub input: Json,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Counts of what was written, or the error code of a refusal or failure; `None` when there is nothing to add.
    pub detail: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
