//! The API token: it identifies a caller of the API and gives it a role.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// May read everything but personal data.
    #[sea_orm(string_value = "viewer")]
    Viewer,
    /// May also log, revise and reverse own decisions, and read comments.
    #[sea_orm(string_value = "leader")]
    Leader,
    /// May only write customers and responses.
    #[sea_orm(string_value = "ingest")]
    Ingest,
    /// May do everything.
    #[sea_orm(string_value = "admin")]
    Admin,
}

/// One token; the secret itself is never stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// Referred to by the sessions that signed in with the token.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The name of the holder; unique among the tokens in force.
    pub name: String,
    /// What the holder may do.
    pub role: Role,
    /// The SHA-256 of the secret, which has 256 random bits; unique.
    pub digest: Vec<u8>,
    /// When it was created, in UTC.
    pub created_at: Timestamp,
    /// When it was revoked, in UTC; `None` while it is in force.
    pub revoked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
