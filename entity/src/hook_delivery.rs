//! The hook delivery: one request of a survey tool to one of our webhooks, and what became of it. The payload is kept only
//! while nothing could be made of it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The id of a hook delivery; a later one has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct HookDeliveryId(pub i64);

/// Who sends to a webhook; each has a path of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum HookVendor {
    /// Delighted.
    #[sea_orm(string_value = "delighted")]
    Delighted,
    /// Typeform.
    #[sea_orm(string_value = "typeform")]
    Typeform,
    /// SatisMeter.
    #[sea_orm(string_value = "satismeter")]
    SatisMeter,
    /// Formbricks.
    #[sea_orm(string_value = "formbricks")]
    Formbricks,
    /// Any program that signs as Standard Webhooks describe it.
    #[sea_orm(string_value = "generic")]
    Generic,
}

impl HookVendor {
    /// All vendors, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Delighted, Self::Typeform, Self::SatisMeter, Self::Formbricks, Self::Generic];

    /// The name in paths, in the configuration and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delighted => "delighted",
            Self::Typeform => "typeform",
            Self::SatisMeter => "satismeter",
            Self::Formbricks => "formbricks",
            Self::Generic => "generic",
        }
    }

    /// The vendor with this name; `None` when there is none.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum HookDeliveryState {
    /// It is kept, because nothing could be made of it so far.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// It is a new response.
    #[sea_orm(string_value = "accepted")]
    Accepted,
    /// It changed a response.
    #[sea_orm(string_value = "updated")]
    Updated,
    /// It said nothing new.
    #[sea_orm(string_value = "unchanged")]
    Unchanged,
    /// It was older than what is stored.
    #[sea_orm(string_value = "outdated")]
    Outdated,
    /// It was refused for good: a test, spam, an unfinished response, an erased person.
    #[sea_orm(string_value = "rejected")]
    Rejected,
    /// It is about something other than a response.
    #[sea_orm(string_value = "ignored")]
    Ignored,
}

impl HookDeliveryState {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Accepted, Self::Updated, Self::Unchanged, Self::Outdated, Self::Rejected, Self::Ignored];

    /// The name in lower case, as it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Outdated => "outdated",
            Self::Rejected => "rejected",
            Self::Ignored => "ignored",
        }
    }
}

/// One request to a webhook.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hook_delivery")]
pub struct Model {
    /// Counts up with every delivery.
    #[sea_orm(primary_key)]
    pub id: HookDeliveryId,
    /// Who sent it.
    pub vendor: HookVendor,
    /// The keyed digest of its id and its body, by which a replay is known; unique.
    pub digest: Vec<u8>,
    /// When it arrived first, in UTC.
    pub received_at: Timestamp,
    /// What became of it.
    pub state: HookDeliveryState,
    /// Why it waits or was refused, as a code; `None` otherwise.
    pub code: Option<String>,
    /// The same for a person; it may repeat values of the payload while that is kept.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was tried last, in UTC.
    pub tried_at: Timestamp,
    /// The body as it arrived, which may be personal data; `None` unless it waits.
    #[sea_orm(column_type = "Text", nullable)]
    pub payload: Option<String>,
    /// The ids and addresses of the person whom a waiting payload is about, as far as they can be told, as an array of texts.
    #[sea_orm(column_type = "JsonBinary")]
    pub persons: Json,
}

impl Model {
    /// The ids and addresses of the person whom a waiting payload is about.
    pub fn persons(&self) -> Vec<String> {
        let texts = self.persons.as_array().into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }
}

impl ActiveModelBehavior for ActiveModel {}
