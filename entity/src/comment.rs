//! The response detail: the free text of a response, and its values of high-cardinality attributes, which profiles
//! leave out.

use sea_orm::entity::prelude::*;

use crate::Attributes;
use crate::response::ResponseId;

/// The detail of one response; a response without text and without such attributes has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    /// The response, of which this is the only detail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub response_id: ResponseId,
    /// The free text; `None` when the row holds attributes only.
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    /// The values of high-cardinality attributes.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
}

impl ActiveModelBehavior for ActiveModel {}
