//! The delivery: one report of one slot on its way to one reader.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::slot::Job;

/// The id of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DeliveryId(pub i64);

/// Which way a report goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryChannel {
    /// A mail to one address.
    #[sea_orm(string_value = "email")]
    Email,
    /// A message to an incoming webhook.
    #[sea_orm(string_value = "webhook")]
    Webhook,
    /// Files in a folder.
    #[sea_orm(string_value = "folder")]
    Folder,
}

impl DeliveryChannel {
    /// The name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Folder => "folder",
        }
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryState {
    /// A process sends it.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// The receiver took it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// It was not taken; a later attempt may succeed.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// It was refused for good.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// Nobody knows whether it was taken. It is never sent again.
    #[sea_orm(string_value = "uncertain")]
    Uncertain,
}

impl DeliveryState {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
        }
    }
}

/// One report of one slot on its way to one reader.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: DeliveryId,
    /// Which report.
    pub job: Job,
    /// The scheduled moment.
    pub slot: Timestamp,
    /// Which way it goes.
    pub channel: DeliveryChannel,
    /// To whom: an address, a host, a folder. Never a secret.
    pub destination: String,
    /// What became of it.
    pub state: DeliveryState,
    /// The fence of the claim on the slot under which it was tried last.
    pub fence: i64,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// When its state was settled; `None` while it is sent or to be tried again.
    pub finished_at: Option<Timestamp>,
    /// Why it was not taken. Never a secret.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
