//! What rows were before an import changes them, recorded in the transaction that does.

use std::collections::BTreeSet;

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::import_change::ImportedNoun;
use entity::own_attributes::OwnAttributesId;
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::import_change::{self, FormerRow};
use entity::store::response::ResponseDetail;
use entity::{Attributes, DatabaseTransaction, StoreError, Timestamp, store};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::target::WriteContext;

/// How many rows a transaction of an import writes for the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrittenRows {
    /// Customers.
    pub customers: u64,
    /// Responses.
    pub responses: u64,
}

/// A customer as it was, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomerValues {
    pub external_id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub attributes: Attributes,
}

/// A response as it was, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResponseValues {
    /// The external id of the customer then.
    pub customer: Option<String>,
    /// The id of the customer's row, which may be gone by now.
    pub customer_id: Option<i64>,
    pub score: Option<i16>,
    /// As in the table.
    pub answered_at: i64,
    pub own_attributes: Option<i64>,
    /// All attributes, those of high cardinality too; `None` once the person was erased: then they stay as they are.
    pub attributes: Option<Attributes>,
    pub comment: Option<String>,
}

impl ResponseValues {
    pub fn answered_at(&self) -> Timestamp {
        Timestamp(self.answered_at)
    }

    pub fn own_attributes_id(&self) -> Option<OwnAttributesId> {
        self.own_attributes.map(OwnAttributesId)
    }
}

/// A response before an import changes it.
#[derive(Clone, Debug)]
pub(crate) struct FormerResponse {
    pub row: ResponseRow,
    /// All its attributes, those of high cardinality too.
    pub attributes: Attributes,
    pub comment: Option<String>,
}

/// Records what customers were. Returns how many of them the import changes for the first time; 0 without an import.
pub(crate) async fn note_customers(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    customers: impl IntoIterator<Item = &CustomerRow>,
) -> Result<u64, StoreError> {
    let Some(import) = context.import_id() else { return Ok(0) };
    let first = customers.into_iter().filter(|row| row.import_id != Some(import));
    let rows: Vec<FormerRow> = first.map(former_customer).collect();
    let number = rows.len() as u64;
    import_change::add(transaction, import, ImportedNoun::Customer, rows).await?;
    Ok(number)
}

fn former_customer(row: &CustomerRow) -> FormerRow {
    let CustomerRow { external_id, email, name, attributes, .. } = row.clone();
    let values = CustomerValues { external_id, email, name, attributes };
    FormerRow { row_id: row.id.0, import_id: row.import_id, values: json!(values) }
}

/// Records what responses were. Returns how many of them the import changes for the first time; 0 without an import.
pub(crate) async fn note_responses(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    responses: Vec<FormerResponse>,
) -> Result<u64, StoreError> {
    let Some(import) = context.import_id() else { return Ok(0) };
    let first: Vec<FormerResponse> =
        responses.into_iter().filter(|former| former.row.import_id != Some(import)).collect();
    let customers: BTreeSet<CustomerId> = first.iter().filter_map(|former| former.row.customer_id).collect();
    let customers = store::customer::by_ids(transaction, &Vec::from_iter(customers)).await?;
    let rows: Vec<FormerRow> = first
        .into_iter()
        .map(|FormerResponse { row, attributes, comment }| {
            let customer = row.customer_id.and_then(|id| customers.get(&id)).map(|row| row.external_id.clone());
            let values = ResponseValues {
                customer,
                customer_id: row.customer_id.map(|id| id.0),
                score: row.score,
                answered_at: row.answered_at.0,
                own_attributes: row.own_attributes_id.map(|id| id.0),
                attributes: Some(attributes),
                comment,
            };
            FormerRow { row_id: row.id.0, import_id: row.import_id, values: json!(values) }
        })
        .collect();
    let number = rows.len() as u64;
    import_change::add(transaction, import, ImportedNoun::Response, rows).await?;
    Ok(number)
}

/// Responses as they are stored, with their attributes and comments.
pub(crate) async fn as_stored(
    transaction: &DatabaseTransaction,
    rows: Vec<ResponseRow>,
) -> Result<Vec<FormerResponse>, StoreError> {
    let profiles: BTreeSet<ProfileId> = rows.iter().map(|row| row.profile_id).collect();
    let profiles = store::profile::by_ids(transaction, &Vec::from_iter(profiles)).await?;
    let ids: Vec<ResponseId> = rows.iter().map(|row| row.id).collect();
    let mut details = store::response::details(transaction, &ids).await?;
    let former = |row: ResponseRow| {
        let profile = profiles.get(&row.profile_id).cloned().unwrap_or_default();
        let ResponseDetail { text, attributes } = details.remove(&row.id).unwrap_or_default();
        FormerResponse { attributes: attributes.overlaid_by(&profile).visible(), comment: text, row }
    };
    Ok(rows.into_iter().map(former).collect())
}

/// What stays of a response's former values when its customer is erased: what is counted.
pub(crate) fn anonymous(values: &Value) -> Value {
    let mut kept = values.clone();
    if let Some(members) = kept.as_object_mut() {
        for name in ["customer", "customerId", "ownAttributes", "attributes", "comment"] {
            members.insert(name.to_owned(), Value::Null);
        }
    }
    kept
}
