//! Deliveries: which report was sent to which destination, and with which outcome. For admins.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::delivery::Model as DeliveryRow;
use entity::store::delivery::{self, DeliveryCriteria};
use entity::store::page::{RowPosition, SortKey};

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::scalar::DateTime;
use super::schedule::ScheduledJobEnum;
use super::scope::RequestScope;

/// The channel over which a report is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DeliveryChannel", remote = "entity::delivery::DeliveryChannel")]
pub enum DeliveryChannelEnum {
    /// A mail to one address.
    Email,
    /// A message to an incoming webhook.
    Webhook,
    /// Files in a folder.
    Folder,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DeliveryState", remote = "entity::delivery::DeliveryState")]
pub enum DeliveryStateEnum {
    /// A process is sending it.
    Sending,
    /// The receiver accepted it.
    Sent,
    /// The receiver did not accept it. It is tried again while its slot is open.
    Failed,
    /// It was refused permanently.
    Refused,
    /// It is unknown whether the receiver got it: the process or the connection ended during the delivery. It is never
    /// sent again.
    Uncertain,
}

/// The delivery of one slot's report to one destination.
#[derive(Clone)]
pub struct Delivery(DeliveryRow);

/// The delivery of one slot's report to one destination. There is one for each slot, channel and destination.
#[Object]
impl Delivery {
    /// The report, by the job that makes it.
    fn job(&self) -> ScheduledJobEnum {
        self.0.job.into()
    }

    /// The scheduled time of the report.
    fn slot(&self) -> DateTime {
        DateTime(self.0.slot)
    }

    /// The channel over which it is sent.
    fn channel(&self) -> DeliveryChannelEnum {
        self.0.channel.into()
    }

    /// The receiver: a mail address, the host of a webhook, or the path of a folder.
    fn destination(&self) -> &str {
        &self.0.destination
    }

    /// Whether it is open, or how it ended.
    fn state(&self) -> DeliveryStateEnum {
        self.0.state.into()
    }

    /// The number of attempts so far.
    fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// The time of the last attempt.
    fn tried_at(&self) -> DateTime {
        DateTime(self.0.tried_at)
    }

    /// When its outcome became final; null while it is being sent or may be tried again.
    fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Why the last attempt did not succeed; null otherwise.
    fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}

/// A filter for deliveries; all given conditions must hold.
#[derive(InputObject)]
pub struct DeliveryFilter {
    /// Deliveries of this report.
    job: Option<ScheduledJobEnum>,
    /// Deliveries in this state.
    state: Option<DeliveryStateEnum>,
}

/// Queries for deliveries.
#[derive(Default)]
pub struct DeliveryQuery;

#[Object]
impl DeliveryQuery {
    /// The deliveries of scheduled reports, newest first. For admins.
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which deliveries; null means all.")] filter: Option<DeliveryFilter>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Delivery>> {
        let database = RequestScope::of(context)?.database().clone();
        let cursors = CursorKind::new("deliveries", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let criteria = filter.map_or_else(DeliveryCriteria::default, |filter| DeliveryCriteria {
            job: filter.job.map(Into::into),
            state: filter.state.map(Into::into),
        });
        let rows = delivery::list(database.reader(), &criteria, &page).await?;
        let position = |row: &DeliveryRow| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 };
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(delivery::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Delivery, count))
    }
}
