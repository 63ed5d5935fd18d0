//! What stands beside an answer: its free text, and attributes with too many values to slice by.

use sea_orm::entity::prelude::*;

use crate::Attributes;
use crate::response::ResponseId;

/// The words of one answer, and its attributes that no profile holds.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    /// The answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub response_id: ResponseId,
    /// The free text; `None` when only attributes are kept here.
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    /// Attributes that have too many values for a profile.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
}

impl ActiveModelBehavior for ActiveModel {}
