//! The response: the fact table of the star schema, one row per response, narrow so that counting it is one index scan.

use sea_orm::entity::prelude::*;

use crate::customer::CustomerId;
use crate::import::ImportId;
use crate::own_attributes::OwnAttributesId;
use crate::profile::ProfileId;
use crate::{Day, Timestamp};

/// The id of a response in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ResponseId(pub i64);
/// What one customer gave in one survey.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    /// Never used outside this database; responses are named by `source` and `external_id`.
    #[sea_orm(primary_key)]
    pub id: ResponseId,
    /// The survey tool or file that the response comes from; unique together with `external_id`.
    pub source: String,
    /// The response's id at its source.
    pub external_id: String,
    /// The customer who responded; `None` when the source does not name one or the person was erased.
    pub customer_id: Option<CustomerId>,
    /// The attributes of the response and of the customer at the time of responding.
    pub profile_id: ProfileId,
    /// 0 to 10; `None` when the customer gave none: then no score counts the response.
    pub score: Option<i16>,
    /// When the customer responded, in UTC.
    pub answered_at: Timestamp,
    /// The calendar day of `answered_at` in the reporting time zone.
    pub day: Day,
    /// Which attributes are the response's own, the others being its customer's; `None` when it has no customer, or was
    /// stored by a version that did not note it.
    pub own_attributes_id: Option<OwnAttributesId>,
    /// The import that wrote the row last; `None` when a mutation or a webhook did, or a version that did not note it.
    pub import_id: Option<ImportId>,
}

impl ActiveModelBehavior for ActiveModel {}
