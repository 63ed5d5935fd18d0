//! Deliveries to webhooks: what survey tools sent, and what became of it. For admins; payloads are not part of it.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::hook_delivery::Model as HookDeliveryRow;
use entity::store::hook_delivery::{self, HookDeliveryCriteria};
use entity::store::page::{RowPosition, SortKey};

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::scalar::DateTime;
use super::scope::RequestScope;

/// Who sends to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "HookVendor", remote = "entity::hook_delivery::HookVendor")]
pub enum HookVendorEnum {
    /// Delighted.
    Delighted,
    /// Typeform.
    Typeform,
    /// SatisMeter.
    #[graphql(name = "SATISMETER")]
    SatisMeter,
    /// Formbricks.
    Formbricks,
    /// Any program that signs as Standard Webhooks describe it.
    Generic,
}

/// What became of a delivery to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "HookDeliveryState", remote = "entity::hook_delivery::HookDeliveryState")]
pub enum HookDeliveryStateEnum {
    /// It could not be read, or was refused for a reason that somebody can mend: it is kept for thirty days.
    Waiting,
    /// It is a new response.
    Accepted,
    /// It changed a response.
    Updated,
    /// It said nothing new.
    Unchanged,
    /// It was older than what is stored.
    Outdated,
    /// It was refused for good, such as a test or an unfinished response.
    Rejected,
    /// It is about something other than a response.
    Ignored,
}

/// One request of a survey tool to a webhook.
#[derive(Clone)]
pub struct HookDelivery(HookDeliveryRow);

/// One request of a survey tool to a webhook, and what became of it. It is kept for thirty days.
#[Object]
impl HookDelivery {
    /// Its number, by which `needle hooks retry` reads it again.
    fn number(&self) -> i64 {
        self.0.id.0
    }

    /// Who sent it.
    fn vendor(&self) -> HookVendorEnum {
        self.0.vendor.into()
    }

    /// What became of it.
    fn state(&self) -> HookDeliveryStateEnum {
        self.0.state.into()
    }

    /// Why it waits or was refused, as a code like those of an import, or `UNKNOWN_SHAPE`; null otherwise.
    fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The same for a person, with what to configure; null when there is nothing to say.
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it arrived.
    fn received_at(&self) -> DateTime {
        DateTime(self.0.received_at)
    }

    /// When it was last tried.
    fn tried_at(&self) -> DateTime {
        DateTime(self.0.tried_at)
    }

    /// How often it was tried.
    fn attempts(&self) -> i32 {
        self.0.attempts
    }
}

/// A filter for deliveries to webhooks; all given conditions must hold.
#[derive(InputObject)]
pub struct HookDeliveryFilter {
    /// Deliveries of this vendor.
    vendor: Option<HookVendorEnum>,
    /// Deliveries in this state.
    state: Option<HookDeliveryStateEnum>,
}

/// Queries for deliveries to webhooks.
#[derive(Default)]
pub struct HookDeliveryQuery;

#[Object]
impl HookDeliveryQuery {
    /// What survey tools sent to webhooks in the last thirty days, newest first. For admins.
    async fn hook_deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which deliveries; null means all.")] filter: Option<HookDeliveryFilter>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<HookDelivery>> {
        let database = RequestScope::of(context)?.database().clone();
        let cursors = CursorKind::new("hookDeliveries", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let criteria = filter.map_or_else(HookDeliveryCriteria::default, |filter| HookDeliveryCriteria {
            vendor: filter.vendor.map(Into::into),
            state: filter.state.map(Into::into),
        });
        let rows = hook_delivery::list(database.reader(), &criteria, &page).await?;
        let position = |row: &HookDeliveryRow| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 };
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(hook_delivery::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, HookDelivery, count))
    }
}
