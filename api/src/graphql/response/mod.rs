//! Responses: their type and their lists.

mod mutation;

use std::collections::BTreeSet;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::customer::CustomerId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store;
use entity::store::page::{RowPage, RowPosition};
use entity::store::response::{ResponseCriteria, ResponseOrderBy};
use entity::{Filter, ScoreCategory};

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind, page_of};
use super::customer::{Customer, CustomerLookup, Direction, customer_lookup, visible_external_id};
use super::filter::{DateRange, ProfileFilter, period};
use super::node_id::NodeKind;
use super::scalar::{DateTime, Json};
use super::scope::RequestScope;

pub use mutation::{ITEMS_LIMIT, ResponseMutation, duplicate, too_many};

/// A response, as its stored row.
#[derive(Clone)]
pub struct Response(pub ResponseRow);

/// The category of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ScoreCategory")]
pub enum ResponseCategory {
    /// 9 or 10.
    Promoter,
    /// 7 or 8.
    Passive,
    /// 0 to 6.
    Detractor,
}

/// A response to the question how likely one is to recommend.
#[Object]
impl Response {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::Response.id(self.0.id.0)
    }

    /// The response's id at its source. For roles other than admin, an id that holds an email address is replaced by
    /// `hidden:` and a number.
    fn external_id(&self, context: &Context<'_>) -> Result<String> {
        Ok(visible_external_id(&RequestScope::of(context)?.viewer, self.0.id.0, &self.0.external_id))
    }

    /// Where the response came from; `needle` for files in needle's own format and for the API.
    fn source(&self) -> &str {
        &self.0.source
    }

    /// The respondent; null when the source names none, or when the person was erased.
    async fn customer(&self, context: &Context<'_>) -> Option<Result<Customer>> {
        async {
            let Some(id) = self.0.customer_id else { return Ok(None) };
            Ok(RequestScope::of(context)?.loaders().customers.load(id).await?.map(Customer))
        }
        .await
        .transpose()
    }

    /// The score, 0 to 10; null when the question was left open: such a response is in no denominator.
    fn score(&self) -> Option<i16> {
        self.0.score
    }

    /// The category of the score; null without a score.
    fn category(&self) -> Option<ResponseCategory> {
        self.0.score.map(|score| ScoreCategory::of(score).into())
    }

    /// The comment; null when there is none. Null with an error `FORBIDDEN` for roles other than leader and admin.
    async fn comment(&self, context: &Context<'_>) -> Option<Result<String>> {
        async {
            let scope = RequestScope::of(context)?;
            Ok(scope.loaders().response_details.load(self.0.id).await?.and_then(|detail| detail.text))
        }
        .await
        .transpose()
    }

    /// When the response was given.
    fn responded_at(&self) -> DateTime {
        DateTime(self.0.answered_at)
    }

    /// The channel of the survey, like `email`; null when the source names none. Also an attribute.
    async fn channel(&self, context: &Context<'_>) -> Option<Result<String>> {
        self.attribute(context, "channel").await.transpose()
    }

    /// The touchpoint of the survey, like `delivery`; null when the source names none. Also an attribute.
    async fn touchpoint(&self, context: &Context<'_>) -> Option<Result<String>> {
        self.attribute(context, "touchpoint").await.transpose()
    }

    /// The customer's attributes at the time of the response, overlaid by the response's own: an object of texts by
    /// name. Later changes of the customer do not change them.
    async fn attributes(&self, context: &Context<'_>) -> Result<Json> {
        let loaders = RequestScope::of(context)?.loaders();
        let profile = loaders.profiles.load(self.0.profile_id).await?.unwrap_or_default();
        let detail = loaders.response_details.load(self.0.id).await?.unwrap_or_default();
        Ok(Json(profile.overlaid_by(&detail.attributes).to_json()))
    }
}

/// A filter for responses; all given conditions must hold.
#[derive(InputObject)]
pub struct ResponseFilter {
    /// Responses given in this range of days.
    during: Option<DateRange>,
    /// Responses whose attributes match.
    #[graphql(name = "where")]
    profile: Option<ProfileFilter>,
    /// Responses with a score of this category.
    category: Option<ResponseCategory>,
    /// True: responses with a comment. False: responses without one.
    has_comment: Option<bool>,
    /// Responses of the customer with this external id.
    customer_external_id: Option<String>,
}

/// What responses are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ResponseOrderField {
    /// When the response was given.
    RespondedAt,
    /// The score; responses without one last.
    Score,
}

/// How responses are sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ResponseOrder {
    /// The field to sort by.
    field: ResponseOrderField,
    /// The direction of the order.
    direction: Direction,
}

impl Response {
    async fn attribute(&self, context: &Context<'_>, name: &str) -> Result<Option<String>> {
        let loaders = RequestScope::of(context)?.loaders();
        let profile = loaders.profiles.load(self.0.profile_id).await?.unwrap_or_default();
        if let Some(value) = profile.get(name) {
            return Ok(Some(value.to_owned()));
        }
        let detail = loaders.response_details.load(self.0.id).await?;
        Ok(detail.and_then(|detail| detail.attributes.get(name).map(str::to_owned)))
    }

    /// One page of responses; without an order the newest first.
    pub async fn page(
        scope: &RequestScope,
        criteria: ResponseCriteria,
        order: Option<ResponseOrder>,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let newest_first = ResponseOrder { field: ResponseOrderField::RespondedAt, direction: Direction::Desc };
        let order = order.unwrap_or(newest_first);
        let order_by = match order.field {
            ResponseOrderField::RespondedAt => ResponseOrderBy::AnsweredAt,
            ResponseOrderField::Score => ResponseOrderBy::Score,
        };
        let descending = order.direction == Direction::Desc;
        let of = format!("responses by {:?} {:?}", order.field, order.direction);
        let cursors = CursorKind::new(of, SortKeyKind::Whole);
        let page = paging.page(&cursors)?;
        let database = scope.database().clone();
        let rows = store::response::list(database.reader(), &criteria, order_by, descending, &page).await?;
        let position = |row: &ResponseRow| store::response::position(row, order_by, descending);
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(store::response::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }
}

impl Response {
    /// One page of a customer's responses, the newest first; those of many customers are read at once.
    pub async fn page_of_customer(
        scope: &RequestScope,
        customer: CustomerId,
        paging: &PageArguments,
    ) -> Result<Connection<Self>> {
        let order = ResponseOrder { field: ResponseOrderField::RespondedAt, direction: Direction::Desc };
        let cursors =
            CursorKind::new(format!("responses by {:?} {:?}", order.field, order.direction), SortKeyKind::Whole);
        let page = paging.page(&cursors)?;
        let loaders = scope.loaders();
        let all = loaders.response_positions.load(customer).await?.unwrap_or_default();
        let RowPage { rows, has_previous, has_next } = page_of(all.to_vec(), &page, true, RowPosition::clone);
        let found = rows.into_iter().map(|position| loaders.responses.load(ResponseId(position.id)));
        let found = futures_util::future::try_join_all(found).await?;
        let rows = RowPage { rows: found.into_iter().flatten().collect(), has_previous, has_next };
        let position = |row: &ResponseRow| store::response::position(row, ResponseOrderBy::AnsweredAt, true);
        let total = all.len() as u64;
        let count = move || futures_util::future::ready(Ok(total));
        Ok(Connection::new(rows, &cursors, position, Self, count))
    }
}

/// Queries for responses.
#[derive(Default)]
pub struct ResponseQuery;

#[Object]
impl ResponseQuery {
    /// The responses, filtered and in the given order.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the GraphQL field")]
    async fn responses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which responses; null means all.")] filter: Option<ResponseFilter>,
        #[graphql(desc = "The order; the newest first when absent.")] order_by: Option<ResponseOrder>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Response>> {
        let scope = RequestScope::of(context)?;
        let mut criteria = ResponseCriteria::default();
        if let Some(filter) = filter {
            let during = period("filter.during", filter.during)?;
            let profile = filter.profile.map(Filter::from);
            scope.check_filter(profile.as_ref()).await?;
            let high_cardinality = match profile {
                Some(_) => scope.analytics().await?.high_cardinality_names(),
                None => BTreeSet::new(),
            };
            let (customer_id, customer_external_id) =
                match filter.customer_external_id.map(|id| customer_lookup(&scope.viewer, id)) {
                    None => (None, None),
                    Some(CustomerLookup::Row(id)) => (Some(id), None),
                    Some(CustomerLookup::ExternalId(id)) => (None, Some(id)),
                    Some(CustomerLookup::Nobody) => return Ok(Connection::empty()),
                };
            criteria = ResponseCriteria {
                from: during.from,
                until: during.until,
                profile,
                high_cardinality,
                scores: filter.category.map(|category| ScoreCategory::from(category).scores()),
                has_comment: filter.has_comment,
                customer_id,
                customer_external_id,
            };
        }
        Response::page(scope, criteria, order_by, &PageArguments { first, after, last, before }).await
    }
}
