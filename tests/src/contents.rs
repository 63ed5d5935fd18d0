//! All customers and responses of a database, by the company's own ids, so that equal contents compare equal.

use std::collections::{BTreeMap, BTreeSet};

use entity::response::ResponseId;
use entity::store::page::PageRequest;
use entity::store::{customer, profile, response, stale_week};
use entity::{Attributes, Database};

/// All customers by external id, and all responses by source and external id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabaseContents {
    /// By external id.
    pub customers: BTreeMap<String, CustomerContents>,
    /// By source and external id.
    pub responses: BTreeMap<(String, String), ResponseContents>,
}

/// One customer, without ids of the database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerContents {
    /// Personal data; `None` when there is none.
    pub email: Option<String>,
    /// Personal data; `None` when there is none.
    pub name: Option<String>,
    /// The present attributes.
    pub attributes: Attributes,
}

/// One response and its detail.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseContents {
    /// The external id of the customer; `None` for an anonymous response.
    pub customer: Option<String>,
    /// The score, 0 to 10; `None` when the customer gave none.
    pub score: Option<i16>,
    /// When the customer responded, as RFC 3339.
    pub answered_at: String,
    /// The day in the reporting time zone, like `2024-07-01`.
    pub day: String,
    /// The attributes of the profile.
    pub profile: Attributes,
    /// The free text; `None` when there is none.
    pub comment: Option<String>,
    /// The high-cardinality attributes, which profiles leave out.
    pub detail: Attributes,
}

impl DatabaseContents {
    /// Reads all customers and responses.
    pub async fn of(database: &Database) -> Self {
        let reader = database.reader();
        let page = PageRequest { limit: 1_000_000, ..PageRequest::default() };
        let (everybody, every_response) =
            (customer::CustomerCriteria::default(), response::ResponseCriteria::default());
        let customers = customer::list(reader, &everybody, customer::CustomerOrderBy::default(), false, &page).await;
        let customers = customers.expect("customers").rows;
        let responses =
            response::list(reader, &every_response, response::ResponseOrderBy::default(), false, &page).await;
        let responses = responses.expect("responses").rows;
        let ids: Vec<ResponseId> = responses.iter().map(|response| response.id).collect();
        let mut details = response::details(reader, &ids).await.expect("details");
        let profiles: BTreeMap<_, _> =
            profile::all(reader).await.expect("profiles").into_iter().map(|row| (row.id, row.attributes)).collect();
        let external: BTreeMap<_, _> = customers.iter().map(|row| (row.id, row.external_id.clone())).collect();
        let responses = responses.into_iter().map(|row| {
            let detail = details.remove(&row.id).unwrap_or_default();
            let contents = ResponseContents {
                customer: row.customer_id.map(|id| external[&id].clone()),
                score: row.score,
                answered_at: row.answered_at.to_utc().to_rfc3339(),
                day: row.day.to_string(),
                profile: profiles[&row.profile_id].clone(),
                comment: detail.text,
                detail: detail.attributes,
            };
            ((row.source, row.external_id), contents)
        });
        let responses = responses.collect();
        let customers = customers.into_iter().map(|row| {
            (row.external_id, CustomerContents { email: row.email, name: row.name, attributes: row.attributes })
        });
        Self { customers: customers.collect(), responses }
    }

    /// The response of the source `needle` with this id.
    pub fn response(&self, id: &str) -> &ResponseContents {
        self.responses
            .get(&("needle".to_owned(), id.to_owned()))
            .unwrap_or_else(|| panic!("no response {id}: {self:#?}"))
    }
}

/// The Mondays of the weeks that must be counted again.
pub async fn stale_weeks(database: &Database) -> BTreeSet<String> {
    let marks = stale_week::all(database.reader()).await.expect("marks");
    marks.into_iter().map(|mark| mark.week.to_string()).collect()
}

/// Deletes every mark, like a run that has counted those weeks.
pub async fn settle(database: &Database) {
    let marks = stale_week::all(database.reader()).await.expect("marks");
    stale_week::delete(database.writer(), &marks).await.expect("deleted");
}
