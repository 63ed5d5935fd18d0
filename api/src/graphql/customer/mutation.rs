//! Writing and erasing customers.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::import_count::ImportKind;
use needle_rules::customer;
use needle_rules::dimension::DimensionTracker;
use needle_rules::erase::redact;
use needle_rules::outcome::ImportReport;
use needle_rules::problem::{check_text, limit};
use needle_rules::record::{attributes_from_json, customer_from_parts};

use crate::graphql::audit::AuditedMutation;
use crate::graphql::random;
use crate::graphql::response::{ITEMS_LIMIT, duplicate, too_many};
use crate::graphql::scalar::{DateTime, Json};
use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::{UserError, UserErrorCode, split_refusal};

/// The data of a customer. A field that is absent or null leaves the stored value.
#[derive(InputObject)]
pub struct CustomerInput {
    /// The company's id of the customer.
    external_id: String,
    /// The email address.
    email: Option<String>,
    /// The name.
    name: Option<String>,
    /// Attributes by name: texts, numbers and truth values. A name that is absent or null leaves the stored value.
    attributes: Option<Json>,
}

/// The input of `upsertCustomers`.
#[derive(InputObject)]
pub struct UpsertCustomersInput {
    /// The customers, at most 1,000.
    customers: Vec<CustomerInput>,
}

/// What `upsertCustomers` did; the three counts and the items with errors add up to the items of the input.
#[derive(Default, SimpleObject)]
pub struct UpsertCustomersPayload {
    /// The number of new customers.
    accepted: u64,
    /// The number of customers that were changed.
    updated: u64,
    /// The number of customers that were not changed.
    unchanged: u64,
    /// The errors of items that were not written; all other items are written.
    user_errors: Vec<UserError>,
}

/// The input of `eraseCustomer`.
#[derive(InputObject)]
pub struct EraseCustomerInput {
    /// The company's id of the customer.
    external_id: String,
    /// The reason, which is written to the server's log, without the person's name, address and id.
    reason: String,
}

/// What `eraseCustomer` did.
#[derive(Default, SimpleObject)]
pub struct EraseCustomerPayload {
    /// The id that was erased; null when nothing was.
    erased_external_id: Option<String>,
    /// From when on the server removes the data from the files of the database too; null when it is removed already, or
    /// nothing was erased. Figures and lists are without the person at once.
    removed_from_files_after: Option<DateTime>,
    /// The keys of segments whose name or description names the person, or that ask, or asked, for a value that only this
    /// person had. They are left as they are, since decisions rest on them.
    named_in_segments: Vec<String>,
    /// The external ids of decisions whose texts hold a name or an id of the person that is one word of letters, like Will:
    /// it may mean something else there and is left. Whatever else names the person in them is replaced.
    named_in_decisions: Vec<String>,
    /// Why nothing was erased; empty when the customer was.
    user_errors: Vec<UserError>,
}

/// Mutations of customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Writes customers. The first attributes that a customer gets also apply to the responses given before.
    async fn upsert_customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The customers.")] input: UpsertCustomersInput,
    ) -> Result<UpsertCustomersPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        if input.customers.len() > ITEMS_LIMIT {
            let error = too_many("customers", input.customers.len());
            signed.record_refused(scope, &error).await?;
            let user_errors = vec![error];
            return Ok(UpsertCustomersPayload { user_errors, ..UpsertCustomersPayload::default() });
        }
        let (mut rejected, mut rows, mut seen_ids) = (ImportReport::default(), Vec::new(), HashSet::new());
        for (row, item) in (0..).zip(input.customers) {
            let customer = attributes_from_json(item.attributes.as_ref().map(|json| &json.0)).and_then(|attributes| {
                let id = item.external_id.trim().to_owned();
                customer_from_parts(id, item.email, item.name, attributes, "externalId")
            });
            match customer {
                Ok(customer) if !seen_ids.insert(customer.external_id.clone()) => {
                    rejected.reject(row, duplicate(&customer.external_id));
                }
                Ok(customer) => rows.push((row, customer)),
                Err(problem) => rejected.reject(row, problem),
            }
        }
        let target = scope.target(&signed);
        needle_rules::count::refused(&target, ImportKind::Customers, &rejected).await?;
        let mut dimensions = DimensionTracker::load(target.database.reader(), target.attribute_limits).await?;
        let report = customer::upsert(&target, "externalId", false, &mut dimensions, &rows).await?;
        scope.discard_snapshot();
        rejected.absorb(report);
        rejected.rejected.sort_by_key(|rejection| rejection.row);
        let fields = ["externalId", "email", "name", "attributes"];
        let of_item = |rejection| UserError::of_item("customers", &fields, rejection);
        Ok(UpsertCustomersPayload {
            accepted: rejected.accepted,
            updated: rejected.updated,
            unchanged: rejected.unchanged,
            user_errors: rejected.rejected.into_iter().map(of_item).collect(),
        })
    }

    /// Erases a customer: personal data, comments and ids are deleted for good, anonymous counts stay. Importing an old
    /// file again does not bring the person back.
    async fn erase_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The customer, and the reason.")] input: EraseCustomerInput,
    ) -> Result<EraseCustomerPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let erased = match check_input(&input) {
            Ok(()) => {
                let secret = random::random_hexadecimal::<32>()?;
                let outcome =
                    needle_rules::erase::erase_customer(&scope.target(&signed), &input.external_id, &secret).await;
                scope.discard_snapshot();
                split_refusal(outcome)?
            }
            Err(error) => Err(error),
        };
        let erasure = match erased {
            Ok(erasure) => erasure,
            Err(error) => {
                signed.record_refused(scope, &error).await?;
                return Ok(EraseCustomerPayload { user_errors: vec![error], ..EraseCustomerPayload::default() });
            }
        };
        let reason = redacted_reason(&input.reason, &erasure.identifiers);
        tracing::info!(viewer = scope.viewer.name, reason, "a customer was erased");
        Ok(EraseCustomerPayload {
            erased_external_id: Some(input.external_id),
            removed_from_files_after: erasure.removed_from_files_after.map(DateTime),
            named_in_segments: erasure.named_in_segments,
            named_in_decisions: erasure.named_in_decisions,
            user_errors: Vec::new(),
        })
    }
}

/// Refuses an erasure without a reason, or with an invalid id.
fn check_input(input: &EraseCustomerInput) -> Result<(), UserError> {
    if input.reason.trim().is_empty() {
        return Err(UserError::new(UserErrorCode::Invalid, "reason", "expected the reason of the erasure"));
    }
    Ok(check_text("externalId", &input.external_id, limit::ID)?)
}

/// The number of characters of a reason that are logged.
const REASON_LIMIT: usize = 200;

/// A reason as it is logged: without what names the person, and left out where it holds an address.
fn redacted_reason(reason: &str, identifiers: &[String]) -> String {
    let reason = redact(reason, identifiers);
    if reason.contains('@') {
        return "left out: it holds an address".to_owned();
    }
    reason.chars().take(REASON_LIMIT).collect()
}
