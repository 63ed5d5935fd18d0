//! What a chunk of responses changes: new rows, changed rows, their details, and the weeks that become stale.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::own_attributes::AttributeNames;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::response::{NewResponse, ResponseDetail};
use entity::{Attributes, DatabaseTransaction, Day, StoreError, Timestamp, store};

use super::ExistingRows;
use crate::dimension::DimensionTracker;
use crate::import::{FormerResponse, note_responses};
use crate::outcome::ImportReport;
use crate::provenance::Provenance;
use crate::record::ResponseRecord;
use crate::target::WriteContext;

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
pub(super) struct ResponseBatch {
    new: Vec<PlannedResponse>,
    changed: Vec<ChangedResponse>,
    details: Vec<(ResponseId, ResponseDetail)>,
    /// What the changed ones were.
    former: Vec<FormerResponse>,
    stale: BTreeSet<Day>,
    /// The names of the last new response: those of a file mostly have the same.
    last_names: Option<Arc<AttributeNames>>,
}

/// Plans the changes of these rows, and counts them.
pub(super) fn plan_batch(
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
        // Reviews use the customer of each response.
        let reviewed = |row: &ResponseRow| (row.score, row.day, row.customer_id);
        if new_profile != profile || reviewed(&new_row) != reviewed(&row) {
            self.stale.extend([row.day, new_row.day]);
        }
        let new_detail = ResponseDetail { text, attributes: high_cardinality };
        if new_detail != detail {
            self.details.push((row.id, new_detail));
        }
        // What is only noted about the response changes nothing of it.
        let import_id = if is_changed { context.import_id() } else { row.import_id };
        let new_row = ResponseRow { import_id, ..new_row };
        if new_row != row || new_profile != profile || own.is_some() {
            self.changed.push(ChangedResponse { row: new_row, profile: new_profile, own: own.map(Arc::new) });
        }
        if is_changed {
            self.former.push(FormerResponse { row, attributes: attributes_before, comment: detail.text });
        }
        is_changed
    }

    pub(super) async fn write(
        self,
        transaction: &DatabaseTransaction,
        context: &WriteContext,
        source: &str,
    ) -> Result<u64, StoreError> {
        let written = self.new.len() as u64 + note_responses(transaction, context, self.former).await?;
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
            let import_id = context.import_id();
            new.push(NewResponse {
                external_id,
                customer_id,
                profile_id,
                score,
                answered_at,
                day,
                own_attributes_id,
                import_id,
            });
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
        store::stale_week::mark(transaction, self.stale).await?;
        Ok(written)
    }
}
