//! Writing responses: one transaction that reads the existing rows, copies the customer's attributes into the profile,
//! and marks stale weeks.

mod batch;
mod refusal;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use entity::customer::Model as CustomerRow;
use entity::import_count::ImportKind;
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::customer::NewCustomer;
use entity::store::response::ResponseDetail;
use entity::{Attributes, DatabaseTransaction, StoreError, own_id, store};

use batch::plan_batch;
use refusal::{reject_erased, reject_misdated};

use crate::count;
use crate::dimension::DimensionTracker;
use crate::import::WrittenRows;
use crate::known_customer::{KnownCustomer, KnownCustomers};
use crate::outcome::ImportReport;
use crate::problem::{InputProblem, ProblemCode};
use crate::provenance::Provenance;
use crate::record::ResponseRecord;
use crate::target::WriteContext;

/// How responses are written.
#[derive(Clone, Debug)]
pub struct RecordOptions<'a> {
    /// The name of their source; ids are unique within it.
    pub source: &'a str,
    /// The field that contains a response's id, for messages.
    pub id_field: &'static str,
    /// The field that contains the customer's id, for messages.
    pub customer_field: &'static str,
    /// The field that contains the time of the response, for messages.
    pub time_field: &'static str,
    /// True to find out what would happen without changing anything.
    pub dry_run: bool,
}

/// Writes responses, each with the number of its row. Their ids must be distinct.
pub async fn record(
    context: &WriteContext,
    options: &RecordOptions<'_>,
    dimensions: &mut DimensionTracker,
    rows: &[(u64, ResponseRecord)],
) -> Result<ImportReport, StoreError> {
    let rows = &*with_keyed_ids(context, rows).await?;
    let transaction = context.database.begin_write().await?;
    let report = record_in(&transaction, context, options, dimensions, rows).await?;
    if options.dry_run {
        transaction.rollback().await?;
    } else {
        count::add(&transaction, context, ImportKind::Responses, &report).await?;
        context.sign(&transaction, Some(report.summary())).await?;
        transaction.commit().await?;
    }
    Ok(ImportReport { written: WrittenRows::default(), ..report })
}

/// The same in a transaction of the caller, who counts the rows. The ids that import makes must be keyed already, see
/// [`with_keyed_ids`].
pub async fn record_in(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    options: &RecordOptions<'_>,
    dimensions: &mut DimensionTracker,
    rows: &[(u64, ResponseRecord)],
) -> Result<ImportReport, StoreError> {
    let context = &context.with_stored_calendar(transaction).await?;
    let mut report = ImportReport::default();
    let rows = &*with_known_customers(transaction, options, rows, &mut report).await?;
    let rows = reject_misdated(context, options, rows, &mut report);
    let rows = reject_erased(transaction, options, rows, &mut report).await?;
    if !options.dry_run {
        dimensions.refresh(transaction).await?;
    }
    let rows = admit(dimensions, rows, &mut report);
    dimensions.save(transaction).await?;
    let existing = ExistingRows::find(transaction, context, options, &rows).await?;
    report.written.customers += existing.new_customers;
    let plan = plan_batch(context, dimensions, existing, &rows, &mut report);
    report.written.responses += plan.write(transaction, context, options.source).await?;
    Ok(report)
}

/// The rows with keyed ids in place of the digests that the import made for responses without an id.
pub async fn with_keyed_ids<'a>(
    context: &WriteContext,
    rows: &'a [(u64, ResponseRecord)],
) -> Result<Cow<'a, [(u64, ResponseRecord)]>, StoreError> {
    if !rows.iter().any(|(_, response)| own_id::is_digest(&response.external_id)) {
        return Ok(Cow::Borrowed(rows));
    }
    let secret = store::setting::id_secret(context.database.reader()).await?;
    let mut rows = rows.to_vec();
    for (_, response) in &mut rows {
        if let Some(keyed) = own_id::keyed(&secret, &response.external_id) {
            response.external_id = keyed;
        }
    }
    Ok(Cow::Owned(rows))
}

/// The rows with the customer's own id where they name a customer by the address, or by an id that was merged into another
/// one; those are rejected whose address several customers have.
async fn with_known_customers<'a>(
    transaction: &DatabaseTransaction,
    options: &RecordOptions<'_>,
    rows: &'a [(u64, ResponseRecord)],
    report: &mut ImportReport,
) -> Result<Cow<'a, [(u64, ResponseRecord)]>, StoreError> {
    let named = || rows.iter().filter_map(|(_, response)| response.customer.as_ref());
    let customers = KnownCustomers::find(transaction, named()).await?;
    if named().all(|id| customers.of(id) == KnownCustomer::AsNamed) {
        return Ok(Cow::Borrowed(rows));
    }
    let mut known = Vec::with_capacity(rows.len());
    for (number, response) in rows {
        let mut response = response.clone();
        match response.customer.as_ref().map_or(KnownCustomer::AsNamed, |id| customers.of(id)) {
            KnownCustomer::AsNamed => {}
            KnownCustomer::Other(id) => response.customer = Some(id),
            KnownCustomer::Several(ids) => {
                let message = format!("expected the address of one customer, found that of {}", ids.join(", "));
                report.reject(*number, InputProblem::new(ProblemCode::Invalid, options.customer_field, message));
                continue;
            }
        }
        known.push((*number, response));
    }
    Ok(Cow::Owned(known))
}

/// Notes the attributes of the rows, and rejects those with too many.
fn admit<'a>(
    dimensions: &mut DimensionTracker,
    rows: Vec<&'a (u64, ResponseRecord)>,
    report: &mut ImportReport,
) -> Vec<&'a (u64, ResponseRecord)> {
    let (mut admitted, none) = (Vec::with_capacity(rows.len()), Attributes::default());
    for row in rows {
        match dimensions.admit(&row.1.attributes, &none) {
            Ok(()) => admitted.push(row),
            Err(problem) => report.reject(row.0, problem),
        }
    }
    admitted
}

/// The stored rows that a chunk of responses refers to.
struct ExistingRows {
    responses: HashMap<String, ResponseRow>,
    details: HashMap<ResponseId, ResponseDetail>,
    profiles: HashMap<ProfileId, Attributes>,
    customers: HashMap<String, CustomerRow>,
    /// How many of the customers were created for these responses.
    new_customers: u64,
    provenance: Provenance,
}

impl ExistingRows {
    async fn find(
        transaction: &DatabaseTransaction,
        context: &WriteContext,
        options: &RecordOptions<'_>,
        rows: &[&(u64, ResponseRecord)],
    ) -> Result<Self, StoreError> {
        let ids: Vec<String> = rows.iter().map(|(_, response)| response.external_id.clone()).collect();
        let responses = store::response::by_external_ids(transaction, options.source, &ids).await?;
        let response_ids: Vec<ResponseId> = responses.values().map(|row| row.id).collect();
        let detail = store::response::details(transaction, &response_ids).await?;
        let profile_ids: HashSet<ProfileId> = responses.values().map(|row| row.profile_id).collect();
        let profiles = store::profile::by_ids(transaction, &Vec::from_iter(profile_ids)).await?;
        let (customers, new_customers) = find_or_create_customers(transaction, context, rows).await?;
        let named = |response: &ResponseRecord| response.customer.as_ref().and_then(|id| customers.get(id));
        let moved = rows.iter().filter_map(|(_, response)| {
            let (row, now) = (responses.get(&response.external_id)?, named(response)?);
            (row.customer_id != Some(now.id)).then_some(row)
        });
        let provenance = Provenance::find(transaction, responses.values(), moved).await?;
        Ok(Self { responses, details: detail, profiles, customers, new_customers, provenance })
    }
}

/// The customers whom the rows name, by external id, and how many of them are new.
async fn find_or_create_customers(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    rows: &[&(u64, ResponseRecord)],
) -> Result<(HashMap<String, CustomerRow>, u64), StoreError> {
    let ids: BTreeSet<&String> = rows.iter().filter_map(|(_, response)| response.customer.as_ref()).collect();
    let external_ids: Vec<String> = ids.into_iter().cloned().collect();
    let mut customers = store::customer::by_external_ids(transaction, &external_ids).await?;
    let missing: Vec<String> = external_ids.into_iter().filter(|id| !customers.contains_key(id)).collect();
    if !missing.is_empty() {
        let bare = |external_id: &String| NewCustomer {
            external_id: external_id.clone(),
            email: None,
            name: None,
            attributes: Attributes::default(),
            import_id: context.import_id(),
        };
        store::customer::insert(transaction, missing.iter().map(bare).collect(), context.now).await?;
        customers.extend(store::customer::by_external_ids(transaction, &missing).await?);
    }
    Ok((customers, missing.len() as u64))
}
