//! The delivery: one report of one slot, sent to one recipient.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::slot::Job;

/// The id of a delivery; a later delivery has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DeliveryId(pub i64);

/// By which channel a report is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryChannel {
    /// An email to one address.
    #[sea_orm(string_value = "email")]
    Email,
    /// A request to an incoming webhook, as chat tools offer them.
    #[sea_orm(string_value = "webhook")]
    Webhook,
    /// Files that are written to a folder.
    #[sea_orm(string_value = "folder")]
    Folder,
}

impl DeliveryChannel {
    /// The channel's name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Folder => "folder",
        }
    }
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryState {
    /// A process is sending it.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// The receiver accepted it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// It was not accepted; a later attempt may succeed.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// The receiver refused it permanently.
    #[sea_orm(string_value = "refused")]
    Refused,
    /// It is unknown whether the receiver accepted it. It is never sent again.
    #[sea_orm(string_value = "uncertain")]
    Uncertain,
}

impl DeliveryState {
    /// The state's name in lower case, as it is stored.
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

/// One report of one slot for one recipient.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// Counts up with every delivery.
    #[sea_orm(primary_key)]
    pub id: DeliveryId,
    /// The job whose report it is.
    pub job: Job,
    /// The scheduled time of the slot, in UTC.
    pub slot: Timestamp,
    /// By which channel it is sent.
    pub channel: DeliveryChannel,
    /// The recipient: an email address, a host, a folder. Never a secret.
    pub destination: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// The fence of the slot's claim under which it was last attempted.
    pub fence: i64,
    /// The number of attempts so far.
    pub attempts: i32,
    /// When the last attempt began, in UTC.
    pub tried_at: Timestamp,
    /// When its state became final, in UTC; `None` while it is being sent or will be attempted again.
    pub finished_at: Option<Timestamp>,
    /// Why the last attempt failed, never with a secret; `None` when it did not.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
