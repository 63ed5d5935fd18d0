//! Customers: their type, lists and look-ups.

mod external_id;
mod merge;
mod mutation;
#[cfg(test)]
mod tests;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::Filter;
use entity::customer::{CustomerId, Model as CustomerRow};
use entity::segment_definition::DefinitionId;
use entity::store;
use entity::store::customer::{CustomerCriteria, CustomerOrderBy};
use entity::store::page::{PageRequest, RowPage, RowPosition, SortKey};

use super::access::Permission;
use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::error::ApiError;
use super::filter::ProfileFilter;
use super::loaders::SegmentCustomersKey;
use super::node_id::NodeKind;
use super::response::Response;
use super::scalar::Json;
use super::scope::RequestScope;

pub use external_id::{CustomerLookup, customer_lookup, visible_external_id};
pub use merge::CustomerMergeMutation;
pub use mutation::CustomerMutation;

/// A customer, as its stored row.
#[derive(Clone)]
pub struct Customer(pub CustomerRow);

/// A customer with current data. The attributes at the time of a response are on the response.
#[Object]
impl Customer {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::Customer.id(self.0.id.0)
    }

    /// The company's id of the customer; unique. For roles other than admin, an id that is an email address is replaced
    /// by `hidden:` and a number, which also works for look-ups.
    fn external_id(&self, context: &Context<'_>) -> Result<String> {
        Ok(visible_external_id(&RequestScope::of(context)?.viewer, self.0.id.0, &self.0.external_id))
    }

    /// The email address; null when unknown. Personal data: null with an error `FORBIDDEN` for roles other than admin.
    fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name; null when unknown. Personal data: null with an error `FORBIDDEN` for roles other than admin.
    fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The current attributes, an object of texts by name.
    fn attributes(&self) -> Json {
        Json(self.0.attributes.to_json())
    }

    /// The customer's responses, newest first.
    async fn responses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Response>> {
        Response::page_of_customer(RequestScope::of(context)?, self.0.id, &PageArguments { first, after, last, before })
            .await
    }
}

/// A filter for customers; all given conditions must hold.
#[derive(InputObject)]
pub struct CustomerFilter {
    /// Customers whose current attributes match.
    attributes: Option<ProfileFilter>,
    /// The external id starts with this text or, for admins, name or email contain it. For other roles, external ids
    /// that are email addresses never match.
    search: Option<String>,
}

/// What customers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CustomerOrderField {
    /// The company's id of the customer.
    ExternalId,
    /// When the customer was first stored.
    CreatedAt,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Direction {
    /// Ascending: the least first.
    Asc,
    /// Descending: the greatest first.
    Desc,
}

/// How customers are sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CustomerOrder {
    /// The field to sort by.
    field: CustomerOrderField,
    /// The direction of the order.
    direction: Direction,
}

impl CustomerOrder {
    const BY_EXTERNAL_ID: Self = Self { field: CustomerOrderField::ExternalId, direction: Direction::Asc };

    fn cursors(self) -> CursorKind {
        CursorKind::new(format!("customers by {:?} {:?}", self.field, self.direction), SortKeyKind::Whole)
    }

    /// The requested page, with the external ids of its cursors read from the database.
    async fn page(self, scope: &RequestScope, paging: &PageArguments) -> Result<PageRequest> {
        let page = paging.page(&self.cursors())?;
        if self.field != CustomerOrderField::ExternalId {
            return Ok(page);
        }
        let after = resolve_cursor_position(scope, "after", page.after).await?;
        let before = resolve_cursor_position(scope, "before", page.before).await?;
        Ok(PageRequest { after, before, ..page })
    }

    /// The position of a customer that a cursor holds.
    fn position(self, row: &CustomerRow) -> RowPosition {
        let key = match self.field {
            CustomerOrderField::ExternalId => row.id.0,
            CustomerOrderField::CreatedAt => row.created_at.0,
        };
        RowPosition { key: SortKey::Whole(key), id: row.id.0 }
    }
}

impl Customer {
    /// One page of customers; without an order by external id.
    pub async fn page(
        scope: &RequestScope,
        criteria: CustomerCriteria,
        order: Option<CustomerOrder>,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let order = order.unwrap_or(CustomerOrder::BY_EXTERNAL_ID);
        let order_by = match order.field {
            CustomerOrderField::ExternalId => CustomerOrderBy::ExternalId,
            CustomerOrderField::CreatedAt => CustomerOrderBy::CreatedAt,
        };
        let (cursors, descending) = (order.cursors(), order.direction == Direction::Desc);
        let page = order.page(scope, paging).await?;
        let database = scope.database().clone();
        let rows = store::customer::list(database.reader(), &criteria, order_by, descending, &page).await?;
        let position = |row: &CustomerRow| order.position(row);
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(store::customer::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }

    /// One page of a segment's customers by external id; those of many segments are read, and counted, at once.
    pub async fn page_of_segment(
        scope: &RequestScope,
        definition: DefinitionId,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let order = CustomerOrder::BY_EXTERNAL_ID;
        let (cursors, page) = (order.cursors(), order.page(scope, paging).await?);
        let loaders = scope.loaders();
        let missing_definition = || ApiError::Internal(format!("segment definition {} is gone", definition.0));
        let found = loaders
            .segment_customers
            .load(SegmentCustomersKey { definition, page })
            .await?
            .ok_or_else(missing_definition)?;
        let counts = loaders.customer_counts.clone();
        let count = move || {
            let counts = counts.clone();
            async move { Ok(counts.load(definition).await?.unwrap_or_default()) }
        };
        Ok(Connection::new(RowPage::clone(&found), &cursors, |row| order.position(row), Self, count))
    }
}

/// The position of a cursor's row among external ids. A cursor holds no external id: it may be an email address, and
/// forged cursors would show which addresses come before another.
async fn resolve_cursor_position(
    scope: &RequestScope,
    argument: &str,
    at: Option<RowPosition>,
) -> Result<Option<RowPosition>> {
    let Some(RowPosition { id, .. }) = at else { return Ok(None) };
    let Some(row) = scope.loaders().customers.load(CustomerId(id)).await? else {
        let message = format!("{argument}: the customer of this cursor no longer exists: start again without it");
        return Err(ApiError::BadUserInput(message).into());
    };
    Ok(Some(RowPosition { key: SortKey::Text(row.external_id), id }))
}

/// Queries for customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// The customers, filtered and in the given order.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the GraphQL field")]
    async fn customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which customers; null means all.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "The order; by external id when absent.")] order_by: Option<CustomerOrder>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Customer>> {
        let scope = RequestScope::of(context)?;
        let (attributes, search) = filter.map_or((None, None), |filter| (filter.attributes, filter.search));
        let attributes = attributes.map(Filter::from);
        scope.check_filter(attributes.as_ref()).await?;
        let criteria = CustomerCriteria {
            attributes,
            search: search.filter(|search| !search.is_empty()),
            search_personal: scope.viewer.may(Permission::ReadPersonalData),
        };
        Customer::page(scope, criteria, order_by, &PageArguments { first, after, last, before }).await
    }

    /// The customer with this id; null when there is none.
    async fn customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The company's id of the customer, or a hidden id.")] external_id: String,
    ) -> Option<Result<Customer>> {
        async {
            let scope = RequestScope::of(context)?;
            let found = match customer_lookup(&scope.viewer, external_id) {
                CustomerLookup::Nobody => None,
                CustomerLookup::Row(id) => scope.loaders().customers.load(id).await?,
                CustomerLookup::ExternalId(id) => {
                    let ids = [id];
                    store::customer::by_external_ids(scope.database().reader(), &ids).await?.remove(&ids[0])
                }
            };
            Ok(found.map(Customer))
        }
        .await
        .transpose()
    }
}
