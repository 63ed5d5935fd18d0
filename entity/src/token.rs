//! The API token: who may speak to the API, and as what.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What a token's bearer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// Reads, without personal data.
    #[sea_orm(string_value = "viewer")]
    Viewer,
    /// Also logs, revises and reverses own decisions, and reads comments.
    #[sea_orm(string_value = "leader")]
    Leader,
    /// Only writes customers and responses.
    #[sea_orm(string_value = "ingest")]
    Ingest,
    /// Everything.
    #[sea_orm(string_value = "admin")]
    Admin,
}

/// One token; the secret itself is never stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who bears it; unique among the tokens in force.
    pub name: String,
    /// What the bearer may do.
    pub role: Role,
    /// The SHA-256 of the secret, which has 256 random bits of its own; unique.
    pub digest: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped being accepted; `None` while it is.
    pub revoked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
