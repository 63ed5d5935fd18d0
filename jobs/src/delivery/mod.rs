//! Delivery: the report of one slot is sent once to each of its recipients.
//!
//! Each delivery is claimed in the database before it is sent, under the fence of the slot. Where a process ends
//! between sending and recording that, it is not known whether the mail or message was accepted: it is settled as
//! uncertain and never sent again (at most once). Files are simply written again, under the same name.

mod email;
mod folder;
mod secret;
mod webhook;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use entity::delivery::{DeliveryChannel, DeliveryState};
use entity::slot::Job;
use entity::store::delivery::{DeliveryClaim, NewDelivery};
use entity::store::slot::SlotClaim;
use entity::{StoreError, Timestamp, store};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use serde_json::Value;

use crate::recompute::{RecomputeError, RunContext, RunMonitor};
use crate::report::{self, ReportAudience, ReportError, ReportForm, ReportRequest};

pub use email::{Mailbox, SmtpEncryption, SmtpSender};
pub use folder::FolderWriter;
pub use secret::SecretText;
pub use webhook::{WebhookError, WebhookSender};

/// For how long the claim on the slot is renewed with each delivery, in seconds.
const HELD_SECONDS: i64 = 60;

/// The configured channels of reports.
#[derive(Clone, Debug)]
pub struct DeliveryChannels {
    /// Mail; `None` when it is not configured.
    pub email: Option<SmtpSender>,
    /// A webhook of a chat; `None` when it is not configured.
    pub webhook: Option<WebhookSender>,
    /// Files in a folder; `None` when it is not configured.
    pub folder: Option<FolderWriter>,
    /// What the recipients may see, the same for all channels.
    pub audience: ReportAudience,
    /// The address of the pages, linked in each report; `None` for no link.
    pub link: Option<String>,
}

/// Why a report did not reach all of its recipients.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// A recipient was not reached, and another attempt may succeed.
    #[error("{why}")]
    NotYet {
        /// The recipients that were not reached, each with the reason.
        why: String,
        /// The shortest pause before the next attempt that a receiver requested; `None` when none did.
        pause: Option<Duration>,
    },
    /// A recipient was not reached, or perhaps not, and no further attempt is made; the reasons.
    #[error("{0}")]
    GivenUp(String),
    /// The process is shutting down, the slot was lost, or the delivery was cancelled.
    #[error(transparent)]
    Stopped(#[from] RecomputeError),
    /// The report could not be compiled.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A database statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeliveryError {
    /// The shortest pause that a receiver requested; `None` when none did.
    pub fn pause(&self) -> Option<Duration> {
        match self {
            Self::NotYet { pause, .. } => *pause,
            _ => None,
        }
    }
}

/// Why one delivery was not made. The texts contain no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It was not accepted, and a later attempt may succeed; the reason, and the pause that the receiver requested.
    NotYet(String, Option<Duration>),
    /// It was rejected permanently; the reason.
    Refused(String),
    /// It may or may not have been accepted; the reason.
    Uncertain(String),
}

/// A report in every format in which it may be sent.
#[derive(Clone, Debug)]
pub struct ReportMessage {
    /// The subject of the mail, one line.
    pub subject: String,
    /// The report as an HTML page.
    pub html: String,
    /// The report as Markdown.
    pub markdown: String,
    /// The report as the JSON of a chat message.
    pub message: Value,
    /// The name of its files without an extension, and part of the mail's id; the same for the same slot.
    pub name: String,
    /// The date of the mail.
    pub now: Timestamp,
}

/// One channel to one recipient.
enum DeliveryRoute<'a> {
    Email(&'a SmtpSender, &'a Mailbox),
    Webhook(&'a WebhookSender),
    Folder(&'a FolderWriter),
}

impl DeliveryChannels {
    /// True when no channel is configured.
    pub fn is_empty(&self) -> bool {
        self.routes().next().is_none()
    }

    fn routes(&self) -> impl Iterator<Item = DeliveryRoute<'_>> {
        let folder = self.folder.iter().map(DeliveryRoute::Folder);
        let webhook = self.webhook.iter().map(DeliveryRoute::Webhook);
        let mails = self.email.iter().flat_map(|email| email.to.iter().map(move |to| DeliveryRoute::Email(email, to)));
        folder.chain(webhook).chain(mails)
    }
}

impl DeliveryRoute<'_> {
    fn new_delivery(&self) -> NewDelivery {
        let (channel, destination) = match self {
            Self::Email(_, to) => (DeliveryChannel::Email, to.email.to_string()),
            Self::Webhook(webhook) => (DeliveryChannel::Webhook, webhook.host().to_owned()),
            Self::Folder(folder) => (DeliveryChannel::Folder, folder.path.display().to_string()),
        };
        NewDelivery { channel, destination, is_repeatable: channel == DeliveryChannel::Folder }
    }

    async fn send(&self, report: &ReportMessage) -> Result<(), SendError> {
        match self {
            Self::Email(email, to) => email.send(to, report).await,
            Self::Webhook(webhook) => webhook.send(&report.message).await,
            Self::Folder(folder) => folder.write(report).await,
        }
    }
}

/// The form of a scheduled report; `None` for jobs that are not reports.
pub fn form_of(job: Job) -> Option<ReportForm> {
    match job {
        Job::Brief => Some(ReportForm::Brief),
        Job::Report => Some(ReportForm::Weekly),
        Job::Friday => Some(ReportForm::Friday),
        Job::Weekly | Job::Daily => None,
    }
}

/// Compiles the report of a claimed slot and sends it to each recipient who has not received it yet.
pub async fn deliver(
    context: &RunContext,
    channels: &DeliveryChannels,
    claim: SlotClaim,
    form: ReportForm,
    monitor: &RunMonitor,
) -> Result<(), DeliveryError> {
    let report = report_message(context, channels, claim, form).await?;
    let mut missing = UndeliveredRecipients::default();
    for route in channels.routes() {
        monitor.check()?;
        let delivery = route.new_delivery();
        let id = match claim_delivery(context, claim, &delivery).await? {
            DeliveryClaim::Yes(id) => id,
            DeliveryClaim::LostSlot => return Err(RecomputeError::LostSlot.into()),
            DeliveryClaim::Settled(DeliveryState::Sent) => continue,
            DeliveryClaim::Settled(state) => {
                missing.add(&delivery, state.name(), false);
                continue;
            }
        };
        let (channel, outcome) = (delivery.channel.name(), route.send(&report).await);
        let (state, why) = match &outcome {
            Ok(()) => (DeliveryState::Sent, None),
            Err(SendError::NotYet(why, _)) => (DeliveryState::Failed, Some(why.as_str())),
            Err(SendError::Refused(why)) => (DeliveryState::Refused, Some(why.as_str())),
            Err(SendError::Uncertain(why)) => (DeliveryState::Uncertain, Some(why.as_str())),
        };
        settle(context, claim, id, state, why).await?;
        match why {
            None => tracing::info!(channel, job = claim.job.name(), "a report was delivered"),
            Some(why) => {
                tracing::warn!(
                    channel,
                    job = claim.job.name(),
                    state = state.name(),
                    why,
                    "a report was not delivered"
                );
                missing.add(&delivery, why, state == DeliveryState::Failed);
            }
        }
        if let Err(SendError::NotYet(_, pause)) = outcome {
            missing.pause = missing.pause.max(pause);
        }
    }
    missing.into_result()
}

async fn report_message(
    context: &RunContext,
    channels: &DeliveryChannels,
    claim: SlotClaim,
    form: ReportForm,
) -> Result<ReportMessage, DeliveryError> {
    let calendar = context.calendar.get();
    let analytics = Analytics::load(&context.database, calendar).await.map_err(report_error)?;
    let request = ReportRequest { as_of: None, form, audience: channels.audience };
    let report = report::compile(context, Arc::new(analytics), request).await?;
    let link = channels.link.as_deref();
    Ok(ReportMessage {
        subject: report::subject(&report),
        html: report::to_html(&report, link)?,
        markdown: report::to_markdown(&report, link),
        message: report::to_message(&report, link),
        name: format!("needle-{}-{}", claim.job.name(), calendar.day_of(claim.slot)),
        now: context.clock.now(),
    })
}

fn report_error(error: AnalyticsError) -> DeliveryError {
    DeliveryError::Report(error.into())
}

async fn claim_delivery(
    context: &RunContext,
    claim: SlotClaim,
    delivery: &NewDelivery,
) -> Result<DeliveryClaim, StoreError> {
    let transaction = context.database.begin_write().await?;
    // Read after waiting for another writer.
    let now = context.clock.now();
    let claimed = store::delivery::claim(&transaction, claim, delivery, now, now.plus_seconds(HELD_SECONDS)).await?;
    transaction.commit().await?;
    Ok(claimed)
}

async fn settle(
    context: &RunContext,
    claim: SlotClaim,
    id: entity::delivery::DeliveryId,
    state: DeliveryState,
    why: Option<&str>,
) -> Result<(), StoreError> {
    let transaction = context.database.begin_write().await?;
    let now = context.clock.now();
    let is_settled = store::delivery::settle(&transaction, id, claim.fence, state, why, now).await?;
    transaction.commit().await?;
    if !is_settled {
        tracing::warn!(delivery = id.0, state = state.name(), "another process has settled a delivery");
    }
    Ok(())
}

/// The recipients that were not reached.
#[derive(Default)]
struct UndeliveredRecipients {
    count: usize,
    may_succeed: bool,
    why: String,
    pause: Option<Duration>,
}

impl UndeliveredRecipients {
    fn add(&mut self, delivery: &NewDelivery, why: &str, may_succeed: bool) {
        let NewDelivery { channel, destination, .. } = delivery;
        let between = if self.count == 0 { "" } else { "; " };
        let _ = write!(self.why, "{between}{} to {destination}: {why}", channel.name());
        self.count += 1;
        self.may_succeed |= may_succeed;
    }

    fn into_result(self) -> Result<(), DeliveryError> {
        match self {
            Self { count: 0, .. } => Ok(()),
            Self { may_succeed: true, why, pause, .. } => Err(DeliveryError::NotYet { why, pause }),
            Self { why, .. } => Err(DeliveryError::GivenUp(why)),
        }
    }
}
