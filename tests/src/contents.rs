//! Everything a database holds of customers and answers, by the company's own ids: equal contents compare equal.

use std::collections::{BTreeMap, BTreeSet};

use entity::response::ResponseId;
use entity::store::page::PageRequest;
use entity::store::{customer, profile, response, stale_week};
use entity::{Attributes, Database};

/// All customers by external id, and all answers by source and external id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabaseContents {
    /// The customers.
    pub customers: BTreeMap<String, CustomerContents>,
    /// The answers.
    pub responses: BTreeMap<(String, String), ResponseContents>,
}

/// One customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerContents {
    /// The email address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The attributes of today.
    pub attributes: Attributes,
}

/// One answer and what stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseContents {
    /// The external id of the customer.
    pub customer: Option<String>,
    /// 0 to 10.
    pub score: Option<i16>,
    /// The moment, as RFC 3339.
    pub answered_at: String,
    /// The day, like `2024-07-01`.
    pub day: String,
    /// Who the customer was when answering.
    pub profile: Attributes,
    /// The free text.
    pub comment: Option<String>,
    /// Attributes kept out of the profile.
    pub detail: Attributes,
}

impl DatabaseContents {
    /// Reads everything.
    pub async fn of(database: &Database) -> Self {
        let reader = database.reader();
        let page = PageRequest { limit: 1_000_000, ..PageRequest::default() };
        let (everybody, every_answer) = (customer::CustomerCriteria::default(), response::ResponseCriteria::default());
        let customers = customer::list(reader, &everybody, customer::CustomerOrderBy::default(), false, &page).await;
        let customers = customers.expect("customers").rows;
        let responses = response::list(reader, &every_answer, response::ResponseOrderBy::default(), false, &page).await;
        let answers = responses.expect("answers").rows;
        let ids: Vec<ResponseId> = answers.iter().map(|response| response.id).collect();
        let mut detail = response::details(reader, &ids).await.expect("what stands beside");
        let profiles: BTreeMap<_, _> =
            profile::all(reader).await.expect("profiles").into_iter().map(|row| (row.id, row.attributes)).collect();
        let external: BTreeMap<_, _> = customers.iter().map(|row| (row.id, row.external_id.clone())).collect();
        let answers = answers.into_iter().map(|row| {
            let beside = detail.remove(&row.id).unwrap_or_default();
            let contents = ResponseContents {
                customer: row.customer_id.map(|id| external[&id].clone()),
                score: row.score,
                answered_at: row.answered_at.to_utc().to_rfc3339(),
                day: row.day.to_string(),
                profile: profiles[&row.profile_id].clone(),
                comment: beside.text,
                detail: beside.attributes,
            };
            ((row.source, row.external_id), contents)
        });
        let answers = answers.collect();
        let customers = customers.into_iter().map(|row| {
            (row.external_id, CustomerContents { email: row.email, name: row.name, attributes: row.attributes })
        });
        Self { customers: customers.collect(), responses: answers }
    }

    /// The answer of the source `needle` with this id.
    pub fn response(&self, id: &str) -> &ResponseContents {
        self.responses.get(&("needle".to_owned(), id.to_owned())).unwrap_or_else(|| panic!("no answer {id}: {self:#?}"))
    }
}

/// The Mondays of the weeks that must be counted again.
pub async fn stale_weeks(database: &Database) -> BTreeSet<String> {
    let marks = stale_week::all(database.reader()).await.expect("marks");
    marks.into_iter().map(|mark| mark.week.to_string()).collect()
}

/// Deletes every mark, as a run does that has counted those weeks.
pub async fn settle(database: &Database) {
    let marks = stale_week::all(database.reader()).await.expect("marks");
    stale_week::delete(database.writer(), &marks).await.expect("deleted");
}
