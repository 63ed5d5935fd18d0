//! Writing customers. The first attributes that a customer gets are copied into the responses already stored.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::import_count::ImportKind;
use entity::store::customer::NewCustomer;
use entity::store::response::ResponseDetail;
use entity::store::{self, tombstone};
use entity::{Attributes, DatabaseTransaction, StoreError};

use crate::count;
use crate::dimension::DimensionTracker;
use crate::import::{FormerResponse, WrittenRows, as_stored, note_customers, note_responses};
use crate::merge::merge_rows;
use crate::outcome::ImportReport;
use crate::problem::{InputProblem, ProblemCode};
use crate::record::CustomerRecord;
use crate::target::WriteContext;
use crate::wording;

/// Writes customers, each with the number of its row. Their ids must be distinct.
pub async fn upsert(
    context: &WriteContext,
    id_field: &'static str,
    dry_run: bool,
    dimensions: &mut DimensionTracker,
    rows: &[(u64, CustomerRecord)],
) -> Result<ImportReport, StoreError> {
    let transaction = context.database.begin_write().await?;
    let report = upsert_in(&transaction, context, (id_field, dry_run), dimensions, rows).await?;
    if dry_run {
        transaction.rollback().await?;
    } else {
        count::add(&transaction, context, ImportKind::Customers, &report).await?;
        context.sign(&transaction, Some(report.summary())).await?;
        transaction.commit().await?;
    }
    Ok(ImportReport { written: WrittenRows::default(), ..report })
}

/// The same in a transaction of the caller, who counts the rows. The pair says which field holds
/// a customer's id, and whether it is a dry run.
pub async fn upsert_in(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    (id_field, dry_run): (&'static str, bool),
    dimensions: &mut DimensionTracker,
    rows: &[(u64, CustomerRecord)],
) -> Result<ImportReport, StoreError> {
    let mut report = ImportReport::default();
    let rows = reject_erased(transaction, id_field, rows, &mut report).await?;
    if !dry_run {
        dimensions.refresh(transaction).await?;
    }
    let rows = leave_merged(transaction, rows, &mut report).await?;
    let ids: Vec<String> = rows.iter().map(|(_, customer)| customer.external_id.clone()).collect();
    report.written = adopt(transaction, context, &rows, &ids).await?;
    let existing = store::customer::by_external_ids(transaction, &ids).await?;
    let rows = admit(dimensions, &existing, rows, &mut report);
    dimensions.save(transaction).await?;
    let (mut new, mut former, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let mut first_attributes: HashMap<CustomerId, Attributes> = HashMap::new();
    for (_, customer) in &rows {
        let Some(row) = existing.get(&customer.external_id) else {
            new.push(new_customer(context, customer));
            report.accepted += 1;
            continue;
        };
        let merged = merged(row, customer);
        if merged == *row {
            report.unchanged += 1;
            continue;
        }
        if row.attributes.is_empty() && !merged.attributes.is_empty() {
            first_attributes.insert(row.id, merged.attributes.clone());
        }
        former.push(row);
        changed.push(CustomerRow { import_id: context.import_id(), ..merged });
        report.updated += 1;
    }
    report.written.customers += new.len() as u64 + note_customers(transaction, context, former).await?;
    store::customer::update(transaction, &changed).await?;
    store::customer::insert(transaction, new, context.now).await?;
    report.written.responses += freeze(transaction, context, dimensions, &first_attributes).await?;
    Ok(report)
}

/// Gives customers who were known by their address only the company's id, once it is known: one person is one customer.
/// Returns how many rows an import writes by that for the first time.
async fn adopt(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    rows: &[&(u64, CustomerRecord)],
    ids: &[String],
) -> Result<WrittenRows, StoreError> {
    let mut written = WrittenRows::default();
    let mut addresses: BTreeMap<String, Option<&str>> = BTreeMap::new();
    for (_, customer) in rows {
        let Some(email) = customer.email.as_ref().map(|email| email.to_lowercase()) else { continue };
        // An address that two rows have is that of neither.
        let id = (customer.external_id != email).then_some(customer.external_id.as_str());
        addresses.entry(email).and_modify(|holder| *holder = None).or_insert(id);
    }
    let candidates: Vec<String> = addresses.keys().cloned().collect();
    let known_by_address = store::customer::by_external_ids(transaction, &candidates).await?;
    if known_by_address.is_empty() {
        return Ok(written);
    }
    let existing = store::customer::by_external_ids(transaction, ids).await?;
    let candidates: Vec<String> = known_by_address.keys().cloned().collect();
    let holders = store::customer::by_addresses(transaction, &candidates).await?;
    for (address, row) in known_by_address {
        let Some(id) = addresses.get(&address).copied().flatten() else { continue };
        // An address that others have too is nobody's own.
        if holders.get(&address).is_some_and(|holders| holders.iter().any(|holder| holder != id)) {
            continue;
        }
        match existing.get(id) {
            None => {
                written.customers += note_customers(transaction, context, [&row]).await?;
                store::customer::rename(transaction, row.id, id, context.import_id()).await?;
            }
            // Known under both: the address came to the company's id later. Others who are part of the row stay with it.
            Some(known) if store::customer_merge::into(transaction, row.id).await?.is_empty() => {
                written.customers += note_customers(transaction, context, [known]).await?;
                if let Some(import) = row.import_id.filter(|import| context.import_id() == Some(*import)) {
                    store::import::count_gone(transaction, import).await?;
                }
                written.responses += note_moved(transaction, context, row.id).await?;
                merge_rows(transaction, context, row, known.clone(), "import").await?;
            }
            Some(_) => {}
        }
    }
    Ok(written)
}

/// Records whose responses those of a customer were who is about to be merged. Returns how many of them an import changes by
/// that for the first time.
async fn note_moved(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    customer: CustomerId,
) -> Result<u64, StoreError> {
    if context.import.is_none() {
        return Ok(0);
    }
    let responses = store::response::of_customers(transaction, &[customer]).await?;
    let ids: Vec<_> = responses.iter().map(|response| response.id).collect();
    let written = note_responses(transaction, context, as_stored(transaction, responses).await?).await?;
    store::imported_row::set_import_of_responses(transaction, &ids, context.import_id()).await?;
    Ok(written)
}

/// Leaves out the rows of customers who were merged into others: their attributes are those of the others.
async fn leave_merged<'a>(
    transaction: &DatabaseTransaction,
    rows: Vec<&'a (u64, CustomerRecord)>,
    report: &mut ImportReport,
) -> Result<Vec<&'a (u64, CustomerRecord)>, StoreError> {
    let ids: Vec<String> = rows.iter().map(|(_, customer)| customer.external_id.clone()).collect();
    let merged = store::customer_merge::present_ids(transaction, &ids).await?;
    let Some((from, into)) = merged.iter().min() else { return Ok(rows) };
    let customers = wording::counted(merged.len() as u64, "customer was", "customers were");
    report.notes.push(format!(
        "{customers} merged into others, such as \"{from}\" into \"{into}\": what the rows say of them was left out"
    ));
    report.unchanged += merged.len() as u64;
    Ok(rows.into_iter().filter(|(_, customer)| !merged.contains_key(&customer.external_id)).collect())
}

/// Notes the attributes of the rows, and rejects those with too many.
fn admit<'a>(
    dimensions: &mut DimensionTracker,
    existing: &HashMap<String, CustomerRow>,
    rows: Vec<&'a (u64, CustomerRecord)>,
    report: &mut ImportReport,
) -> Vec<&'a (u64, CustomerRecord)> {
    let (mut admitted, none) = (Vec::with_capacity(rows.len()), Attributes::default());
    for row in rows {
        let before = existing.get(&row.1.external_id).map_or(&none, |customer| &customer.attributes);
        match dimensions.admit(&row.1.attributes, before) {
            Ok(()) => admitted.push(row),
            Err(problem) => report.reject(row.0, problem),
        }
    }
    admitted
}

fn new_customer(context: &WriteContext, customer: &CustomerRecord) -> NewCustomer {
    NewCustomer {
        external_id: customer.external_id.clone(),
        email: customer.email.clone(),
        name: customer.name.clone(),
        attributes: customer.attributes.clone(),
        import_id: context.import_id(),
    }
}

fn merged(row: &CustomerRow, customer: &CustomerRecord) -> CustomerRow {
    CustomerRow {
        email: customer.email.clone().or_else(|| row.email.clone()),
        name: customer.name.clone().or_else(|| row.name.clone()),
        attributes: row.attributes.overlaid_by(&customer.attributes),
        ..row.clone()
    }
}

async fn reject_erased<'a>(
    transaction: &DatabaseTransaction,
    id_field: &'static str,
    rows: &'a [(u64, CustomerRecord)],
    report: &mut ImportReport,
) -> Result<Vec<&'a (u64, CustomerRecord)>, StoreError> {
    let Some(secret) = store::setting::existing_tombstone_secret(transaction).await? else {
        return Ok(rows.iter().collect());
    };
    let digest =
        |customer: &CustomerRecord| tombstone::digest(&secret, tombstone::ErasedKind::Customer, &customer.external_id);
    let digests: Vec<Vec<u8>> = rows.iter().map(|(_, customer)| digest(customer)).collect();
    let erased = tombstone::among(transaction, &digests).await?;
    let (tombstones, living): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(_, customer)| erased.contains(&digest(customer)));
    for (row, _) in tombstones {
        report.reject(*row, InputProblem::new(ProblemCode::Erased, id_field, "this customer was erased"));
    }
    Ok(living)
}

/// Copies the first attributes of customers into the responses they gave before; a response's own attributes take
/// precedence. Returns how many of them an import changes by that for the first time.
async fn freeze(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    dimensions: &DimensionTracker,
    first_attributes: &HashMap<CustomerId, Attributes>,
) -> Result<u64, StoreError> {
    if first_attributes.is_empty() {
        return Ok(0);
    }
    let customers: Vec<CustomerId> = first_attributes.keys().copied().collect();
    let responses = store::response::of_customers(transaction, &customers).await?;
    let old: HashSet<_> = responses.iter().map(|response| response.profile_id).collect();
    let old = store::profile::by_ids(transaction, &Vec::from_iter(old)).await?;
    let ids: Vec<_> = responses.iter().map(|response| response.id).collect();
    let mut detail = store::response::details(transaction, &ids).await?;
    let mut new_sets = Vec::with_capacity(responses.len());
    let (mut moved, mut former) = (Vec::new(), Vec::with_capacity(responses.len()));
    for response in &responses {
        let first = response.customer_id.and_then(|id| first_attributes.get(&id)).cloned().unwrap_or_default();
        let own = old.get(&response.profile_id).cloned().unwrap_or_default();
        let stored_detail: ResponseDetail = detail.remove(&response.id).unwrap_or_default();
        former.push(FormerResponse {
            row: response.clone(),
            attributes: stored_detail.attributes.overlaid_by(&own).visible(),
            comment: stored_detail.text.clone(),
        });
        let (profile, high_cardinality) = dimensions.split(first.overlaid_by(&own));
        if !high_cardinality.is_empty() {
            let attributes = high_cardinality.overlaid_by(&stored_detail.attributes);
            moved.push((response.id, ResponseDetail { attributes, ..stored_detail }));
        }
        new_sets.push((response.id, profile));
    }
    let distinct: HashSet<&Attributes> = new_sets.iter().map(|(_, profile)| profile).collect();
    let distinct: Vec<Attributes> = distinct.into_iter().cloned().collect();
    let interned = store::profile::intern(transaction, &distinct).await?;
    let changes: BTreeMap<_, _> =
        new_sets.iter().map(|(id, profile)| Ok((*id, interned.id_of(profile)?))).collect::<Result<_, StoreError>>()?;
    store::response::set_profiles(transaction, &changes).await?;
    let written = note_responses(transaction, context, former).await?;
    store::imported_row::set_import_of_responses(transaction, &ids, context.import_id()).await?;
    store::profile::mark_left(transaction, responses.iter().map(|response| response.profile_id)).await?;
    store::response::put_details(transaction, moved).await?;
    store::stale_week::mark(transaction, responses.into_iter().map(|response| response.day)).await?;
    Ok(written)
}
