//! How recent what a webhook said of a response is: an older delivery that arrives later changes nothing.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::response::ResponseId;

/// The newest delivery about one response.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hook_response")]
pub struct Model {
    /// The response.
    #[sea_orm(primary_key, auto_increment = false)]
    pub response_id: ResponseId,
    /// When the response was changed, as its survey tool says, in UTC; `None` when it does not say it.
    pub updated_at: Option<Timestamp>,
    /// When the delivery arrived, in UTC.
    pub received_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
