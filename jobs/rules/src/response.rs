//! Writing responses: one transaction that reads the existing rows, copies the customer's attributes into the profile,
//! and marks stale weeks.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::import_count::ImportKind;
use entity::own_attributes::AttributeNames;
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::customer::NewCustomer;
use entity::store::response::{NewResponse, ResponseDetail};
use entity::store::{self, tombstone};
use entity::{Attributes, DatabaseTransaction, Day, StoreError, Timestamp, own_id};

use crate::count;
use crate::day;
use crate::dimension::DimensionTracker;
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
    let context = &context.with_stored_calendar(&transaction).await?;
    let mut report = ImportReport::default();
    let rows = &*with_known_customers(&transaction, options, rows, &mut report).await?;
    let rows = reject_misdated(context, options, rows, &mut report);
    let rows = reject_erased(&transaction, options, rows, &mut report).await?;
    if !options.dry_run {
        dimensions.refresh(&transaction).await?;
    }
    let rows = admit(dimensions, rows, &mut report);
    dimensions.save(&transaction).await?;
    let existing = ExistingRows::find(&transaction, context, options, &rows).await?;
    let plan = plan_batch(context, dimensions, existing, &rows, &mut report);
    plan.write(&transaction, options.source).await?;
    if options.dry_run {
        transaction.rollback().await?;
    } else {
        count::add(&transaction, ImportKind::Responses, &report).await?;
        context.sign(&transaction, Some(report.summary())).await?;
        transaction.commit().await?;
    }
    Ok(report)
}

/// The rows with keyed ids in place of the digests that the import made for responses without an id.
async fn with_keyed_ids<'a>(
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

/// Rejects responses that nobody can have given yet, and those of placeholder dates.
fn reject_misdated<'a>(
    context: &WriteContext,
    options: &RecordOptions<'_>,
    rows: &'a [(u64, ResponseRecord)],
    report: &mut ImportReport,
) -> Vec<&'a (u64, ResponseRecord)> {
    let today = context.calendar.day_of(context.now);
    let mut dated = Vec::with_capacity(rows.len());
    for row in rows {
        match day::check_event(options.time_field, context.calendar.day_of(row.1.answered_at), today) {
            Ok(()) => dated.push(row),
            Err(problem) => report.reject(row.0, problem),
        }
    }
    dated
}

async fn reject_erased<'a>(
    transaction: &DatabaseTransaction,
    options: &RecordOptions<'_>,
    rows: Vec<&'a (u64, ResponseRecord)>,
    report: &mut ImportReport,
) -> Result<Vec<&'a (u64, ResponseRecord)>, StoreError> {
    let Some(secret) = store::setting::existing_tombstone_secret(transaction).await? else {
        return Ok(rows);
    };
    let digests_of = |record: &ResponseRecord| {
        let response = tombstone::digest(&secret, tombstone::ErasedKind::Response(options.source), &record.external_id);
        let customer =
            record.customer.as_ref().map(|id| tombstone::digest(&secret, tombstone::ErasedKind::Customer, id));
        (response, customer)
    };
    let digests: Vec<Vec<u8>> = rows
        .iter()
        .flat_map(|(_, record)| {
            let (response, customer) = digests_of(record);
            [Some(response), customer].into_iter().flatten()
        })
        .collect();
    let erased = tombstone::among(transaction, &digests).await?;
    let mut living = Vec::with_capacity(rows.len());
    for row in rows {
        let (response, customer) = digests_of(&row.1);
        if customer.is_some_and(|digest| erased.contains(&digest)) {
            report.reject(
                row.0,
                InputProblem::new(ProblemCode::Erased, options.customer_field, "this customer was erased"),
            );
        } else if erased.contains(&response) {
            report.reject(
                row.0,
                InputProblem::new(ProblemCode::Erased, options.id_field, "this response's customer was erased"),
            );
        } else {
            living.push(row);
        }
    }
    Ok(living)
}

/// The stored rows that a chunk of responses refers to.
struct ExistingRows {
    responses: HashMap<String, ResponseRow>,
    details: HashMap<ResponseId, ResponseDetail>,
    profiles: HashMap<ProfileId, Attributes>,
    customers: HashMap<String, CustomerRow>,
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
        let customers = find_or_create_customers(transaction, context, rows).await?;
        let named = |response: &ResponseRecord| response.customer.as_ref().and_then(|id| customers.get(id));
        let moved = rows.iter().filter_map(|(_, response)| {
            let (row, now) = (responses.get(&response.external_id)?, named(response)?);
            (row.customer_id != Some(now.id)).then_some(row)
        });
        let provenance = Provenance::find(transaction, responses.values(), moved).await?;
        Ok(Self { responses, details: detail, profiles, customers, provenance })
    }
}

async fn find_or_create_customers(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    rows: &[&(u64, ResponseRecord)],
) -> Result<HashMap<String, CustomerRow>, StoreError> {
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
        };
        store::customer::insert(transaction, missing.iter().map(bare).collect(), context.now).await?;
        customers.extend(store::customer::by_external_ids(transaction, &missing).await?);
    }
    Ok(customers)
}

/// A new response whose profile has no id yet.
struct PlannedResponse {
    external_id: String,
    customer_id: Option<CustomerId>,
    profile: Attributes,
    /// Which attributes are its own; `None` without a customer.
    own: Option<Arc<AttributeNames>>,
    score: Option<i16>,
    answered_at: Timestamp,
    day: Day,
    detail: ResponseDetail,
}

/// A stored response with its new values; its profile and its own attributes have no ids yet.
struct ChangedResponse {
    row: ResponseRow,
    profile: Attributes,
    /// Which attributes are its own; `None` leaves what is noted.
    own: Option<Arc<AttributeNames>>,
}

/// A stored response and what a record is merged into.
struct StoredResponse<'a> {
    row: ResponseRow,
    profile: Attributes,
    detail: ResponseDetail,
    provenance: &'a Provenance,
}

/// The changes that a chunk writes.
#[derive(Default)]
struct ResponseBatch {
    new: Vec<PlannedResponse>,
    changed: Vec<ChangedResponse>,
    details: Vec<(ResponseId, ResponseDetail)>,
    stale: BTreeSet<Day>,
    /// The names of the last new response: those of a file mostly have the same.
    last_names: Option<Arc<AttributeNames>>,
}

fn plan_batch(
    context: &WriteContext,
    dimensions: &DimensionTracker,
    mut existing: ExistingRows,
    rows: &[&(u64, ResponseRecord)],
    report: &mut ImportReport,
) -> ResponseBatch {
    let mut plan = ResponseBatch::default();
    for (_, response) in rows {
        let customer = response.customer.as_ref().and_then(|id| existing.customers.get(id));
        let Some(row) = existing.responses.remove(&response.external_id) else {
            plan.add_new(context, dimensions, response, customer);
            report.accepted += 1;
            continue;
        };
        let profile = existing.profiles.get(&row.profile_id).cloned().unwrap_or_default();
        let detail = existing.details.remove(&row.id).unwrap_or_default();
        let stored = StoredResponse { row, profile, detail, provenance: &existing.provenance };
        if plan.add_change(context, dimensions, response, customer, stored) {
            report.updated += 1;
        } else {
            report.unchanged += 1;
        }
    }
    plan
}

impl ResponseBatch {
    fn add_new(
        &mut self,
        context: &WriteContext,
        dimensions: &DimensionTracker,
        response: &ResponseRecord,
        customer: Option<&CustomerRow>,
    ) {
        let attributes = match customer {
            Some(customer) => customer.attributes.overlaid_by(&response.attributes),
            None => response.attributes.clone(),
        };
        let (profile, high_cardinality) = dimensions.split(attributes);
        let own = customer.map(|_| self.names_of(&response.attributes));
        let day = context.calendar.day_of(response.answered_at);
        if response.score.is_some() {
            self.stale.insert(day);
        }
        self.new.push(PlannedResponse {
            external_id: response.external_id.clone(),
            customer_id: customer.map(|customer| customer.id),
            profile,
            own,
            score: response.score,
            answered_at: response.answered_at,
            day,
            detail: ResponseDetail { text: response.comment.clone(), attributes: high_cardinality },
        });
    }

    fn names_of(&mut self, attributes: &Attributes) -> Arc<AttributeNames> {
        if let Some(names) = self.last_names.as_ref().filter(|names| names.are_of(attributes)) {
            return Arc::clone(names);
        }
        let names = Arc::new(AttributeNames::of(attributes));
        self.last_names = Some(Arc::clone(&names));
        names
    }

    /// Adds the changes that a response makes to its stored row; an empty value leaves the stored one. Returns whether
    /// anything changes.
    ///
    /// A response that moves from one customer to another leaves the first one's attributes behind, and what is its own wins
    /// over the second one's.
    fn add_change(
        &mut self,
        context: &WriteContext,
        dimensions: &DimensionTracker,
        response: &ResponseRecord,
        customer: Option<&CustomerRow>,
        stored: StoredResponse<'_>,
    ) -> bool {
        let StoredResponse { row, profile, detail, provenance } = stored;
        let attributes_before = detail.attributes.overlaid_by(&profile).visible();
        let base = match (row.customer_id, customer) {
            (before, Some(customer)) if before != Some(customer.id) => {
                customer.attributes.overlaid_by(&provenance.own(&row, &attributes_before))
            }
            _ => attributes_before.clone(),
        };
        let attributes = base.overlaid_by(&response.attributes);
        let attributes_changed = attributes != attributes_before;
        let own = provenance.names(&row, &attributes_before, customer, response);
        let new_row = ResponseRow {
            customer_id: customer.map(|customer| customer.id).or(row.customer_id),
            score: response.score.or(row.score),
            answered_at: response.answered_at,
            day: context.calendar.day_of(response.answered_at),
            ..row.clone()
        };
        let text = response.comment.clone().or_else(|| detail.text.clone());
        let text_changed = text != detail.text;
        let is_changed = new_row != row || attributes_changed || text_changed;
        if !is_changed && own.is_none() {
            return false;
        }
        let (new_profile, high_cardinality) = dimensions.split(attributes);
        if new_row != row || new_profile != profile || own.is_some() {
            // Reviews use the customer of each response.
            let reviewed = |row: &ResponseRow| (row.score, row.day, row.customer_id);
            if new_profile != profile || reviewed(&new_row) != reviewed(&row) {
                self.stale.extend([row.day, new_row.day]);
            }
            self.changed.push(ChangedResponse { row: new_row, profile: new_profile, own: own.map(Arc::new) });
        }
        let new_detail = ResponseDetail { text, attributes: high_cardinality };
        if new_detail != detail {
            self.details.push((row.id, new_detail));
        }
        is_changed
    }

    async fn write(self, transaction: &DatabaseTransaction, source: &str) -> Result<(), StoreError> {
        let new_profiles = self.new.iter().map(|new| &new.profile);
        let sets: HashSet<&Attributes> =
            new_profiles.chain(self.changed.iter().map(|changed| &changed.profile)).collect();
        let sets: Vec<Attributes> = sets.into_iter().cloned().collect();
        let profiles = store::profile::intern(transaction, &sets).await?;
        let sets = self.new.iter().map(|new| &new.own).chain(self.changed.iter().map(|changed| &changed.own));
        let own = store::own_attributes::intern(transaction, sets.flatten().map(AsRef::as_ref).collect()).await?;
        store::profile::mark_left(transaction, self.changed.iter().map(|changed| changed.row.profile_id)).await?;
        let changed: Vec<ResponseRow> = self
            .changed
            .into_iter()
            .map(|ChangedResponse { row, profile, own: names }| {
                let own_attributes_id =
                    names.and_then(|names| own.get(names.as_ref()).copied()).or(row.own_attributes_id);
                Ok(ResponseRow { profile_id: profiles.id_of(&profile)?, own_attributes_id, ..row })
            })
            .collect::<Result<_, StoreError>>()?;
        store::response::update(transaction, &changed).await?;
        let mut worded: Vec<(String, ResponseDetail)> = Vec::new();
        let mut new = Vec::with_capacity(self.new.len());
        for planned in self.new {
            let PlannedResponse { external_id, customer_id, profile, own: names, score, answered_at, day, detail } =
                planned;
            if detail != ResponseDetail::default() {
                worded.push((external_id.clone(), detail));
            }
            let profile_id = profiles.id_of(&profile)?;
            let own_attributes_id = names.and_then(|names| own.get(names.as_ref()).copied());
            new.push(NewResponse { external_id, customer_id, profile_id, score, answered_at, day, own_attributes_id });
        }
        store::response::insert(transaction, source, &new).await?;
        let mut details = self.details;
        if !worded.is_empty() {
            let ids: Vec<String> = worded.iter().map(|(id, _)| id.clone()).collect();
            let written = store::response::by_external_ids(transaction, source, &ids).await?;
            let with_id = |(id, detail)| written.get(&id).map(|row| (row.id, detail));
            details.extend(worded.into_iter().filter_map(with_id));
        }
        store::response::put_details(transaction, details).await?;
        store::stale_week::mark(transaction, self.stale).await
    }
}
