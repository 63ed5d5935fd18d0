//! Customers.

mod mutation;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::Filter;
use entity::customer::Model as CustomerRow;
use entity::store;
use entity::store::customer::{Criteria, OrderBy};
use entity::store::page::{Position, SortKey};

use super::access::Action;
use super::connection::{Connection, CursorKind, KeyKind, Paging};
use super::filter::ProfileFilter;
use super::id::Kind;
use super::response::Response;
use super::scalar::Json;
use super::scope::Scope;

pub use mutation::CustomerMutation;

/// A customer.
#[derive(Clone)]
pub struct Customer(pub CustomerRow);

/// A customer, as known today. What was true at an answer is in that answer's attributes.
#[Object]
impl Customer {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::Customer.id(self.0.id.0)
    }

    /// The id by which the company knows the customer; unique.
    fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The email address; null when unknown. Personal data: for others than admins null with an error `FORBIDDEN`.
    fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name; null when unknown. Personal data: for others than admins null with an error `FORBIDDEN`.
    fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The attributes of today, an object of texts by name.
    fn attributes(&self) -> Json {
        Json(self.0.attributes.to_json())
    }

    /// The customer's answers, newest first.
    async fn responses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "So many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Response>> {
        Response::page_of_customer(Scope::of(context)?, self.0.id, &Paging { first, after, last, before }).await
    }
}

/// Which customers a list holds; all that is given must hold.
#[derive(InputObject)]
pub struct CustomerFilter {
    /// By today's attributes.
    attributes: Option<ProfileFilter>,
    /// The external id starts with this text or, for admins, name or email contain it.
    search: Option<String>,
}

/// What customers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CustomerOrderField {
    /// The company's id.
    ExternalId,
    /// When the database first heard of the customer.
    CreatedAt,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Direction {
    /// The least first.
    Asc,
    /// The greatest first.
    Desc,
}

/// How customers are sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CustomerOrder {
    /// By what.
    field: CustomerOrderField,
    /// In which direction.
    direction: Direction,
}

impl Customer {
    /// One page of customers; without an order by external id.
    pub async fn page(
        scope: &Scope,
        criteria: Criteria,
        order: Option<CustomerOrder>,
        paging: &Paging,
    ) -> Result<Connection<Self>> {
        let order = order.unwrap_or(CustomerOrder { field: CustomerOrderField::ExternalId, direction: Direction::Asc });
        let (order_by, key) = match order.field {
            CustomerOrderField::ExternalId => (OrderBy::ExternalId, KeyKind::Text),
            CustomerOrderField::CreatedAt => (OrderBy::CreatedAt, KeyKind::Whole),
        };
        let descending = order.direction == Direction::Desc;
        let cursors = CursorKind::new(format!("customers by {:?} {:?}", order.field, order.direction), key);
        let page = paging.page(&cursors)?;
        let database = scope.database().clone();
        let rows = store::customer::list(database.reader(), &criteria, order_by, descending, &page).await?;
        let position = |row: &CustomerRow| {
            let key = match order.field {
                CustomerOrderField::ExternalId => SortKey::Text(row.external_id.clone()),
                CustomerOrderField::CreatedAt => SortKey::Whole(row.created_at.0),
            };
            Position { key, id: row.id.0 }
        };
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { store::customer::count(database.reader(), &criteria).await }
        };
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }
}

/// Customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// The customers.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the GraphQL field")]
    async fn customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which customers; null means all.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "The order; by external id when absent.")] order_by: Option<CustomerOrder>,
        #[graphql(desc = "So many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Customer>> {
        let scope = Scope::of(context)?;
        let (attributes, search) = filter.map_or((None, None), |filter| (filter.attributes, filter.search));
        let attributes = attributes.map(Filter::from);
        scope.check_filter(attributes.as_ref()).await?;
        let criteria = Criteria {
            attributes,
            search: search.filter(|search| !search.is_empty()),
            search_personal: scope.viewer.may(Action::ReadPersonalData),
        };
        Customer::page(scope, criteria, order_by, &Paging { first, after, last, before }).await
    }

    /// The customer with this id; null when there is none.
    async fn customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id by which the company knows the customer.")] external_id: String,
    ) -> Option<Result<Customer>> {
        async {
            let scope = Scope::of(context)?;
            let ids = [external_id];
            let mut found = store::customer::by_external_ids(scope.database().reader(), &ids).await?;
            Ok(found.remove(&ids[0]).map(Customer))
        }
        .await
        .transpose()
    }
}
