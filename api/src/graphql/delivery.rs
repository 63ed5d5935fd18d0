//! Deliveries: which report went to whom, and what became of it. For admins.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::delivery::Model as DeliveryRow;
use entity::store::delivery::{self, DeliveryCriteria};
use entity::store::page::{RowPosition, SortKey};

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::scalar::DateTime;
use super::schedule::ScheduledJobEnum;
use super::scope::RequestScope;

/// Which way a report goes.
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

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DeliveryState", remote = "entity::delivery::DeliveryState")]
pub enum DeliveryStateEnum {
    /// A process sends it.
    Sending,
    /// The receiver took it.
    Sent,
    /// It was not taken. It is tried again as long as its slot is open.
    Failed,
    /// It was refused for good.
    Refused,
    /// Nobody knows whether it was taken: the process or the connection went away in the middle. It is never sent again.
    Uncertain,
}

/// One report of one slot on its way to one reader.
#[derive(Clone)]
pub struct Delivery(DeliveryRow);

/// One report of one slot on its way to one reader. There is one for each slot, channel and destination.
#[Object]
impl Delivery {
    /// Which report.
    fn job(&self) -> ScheduledJobEnum {
        self.0.job.into()
    }

    /// The scheduled moment.
    fn slot(&self) -> DateTime {
        DateTime(self.0.slot)
    }

    /// Which way it goes.
    fn channel(&self) -> DeliveryChannelEnum {
        self.0.channel.into()
    }

    /// To whom: a mail address, the host of a webhook, the path of a folder.
    fn destination(&self) -> &str {
        &self.0.destination
    }

    /// What became of it.
    fn state(&self) -> DeliveryStateEnum {
        self.0.state.into()
    }

    /// How often it was tried.
    fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it was tried last.
    fn tried_at(&self) -> DateTime {
        DateTime(self.0.tried_at)
    }

    /// When it was settled; null while it is sent or may be tried again.
    fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Why the last attempt did not succeed; null otherwise.
    fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}

/// Which deliveries a list holds; all that is given must hold.
#[derive(InputObject)]
pub struct DeliveryFilter {
    /// Of this report.
    job: Option<ScheduledJobEnum>,
    /// In this state.
    state: Option<DeliveryStateEnum>,
}

/// Deliveries.
#[derive(Default)]
pub struct DeliveryQuery;

#[Object]
impl DeliveryQuery {
    /// The deliveries of scheduled reports, newest first. For admins.
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which deliveries; null means all.")] filter: Option<DeliveryFilter>,
        #[graphql(desc = "So many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, at most 1,000.")] last: Option<i32>,
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
