//! The session: a person signed in to the pages, until it expires or is ended.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::token::Role;

/// One session; the secret of its cookie is never stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Counts up with every session.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The SHA-256 of the cookie's secret, which has 256 random bits; unique.
    pub digest: Vec<u8>,
    /// The API token that signed in: the session ends with it. `None` for a token of an identity provider.
    pub token_id: Option<i64>,
    /// The name of the person who signed in.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// When it began, in UTC.
    pub created_at: Timestamp,
    /// When it expires, in UTC.
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
