//! Writing rows back as they were before an import.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::customer::{CustomerId, Model as CustomerRow};
use entity::import::ImportId;
use entity::import_change::{ImportedNoun, Model as ChangeRow};
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::held_value::AttributeValue;
use entity::store::import_change;
use entity::store::response::ResponseDetail;
use entity::{Attributes, DatabaseTransaction, StoreError, store};
use serde::de::DeserializeOwned;

use super::former::{CustomerValues, ResponseValues};
use crate::dimension::DimensionTracker;
use crate::merge;
use crate::problem::{InputProblem, ProblemCode};
use crate::segment::ChangeError;
use crate::target::WriteContext;

/// How many rows are what they were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Restored {
    pub customers: u64,
    pub responses: u64,
}

/// The values of attributes that the rows of an import have now.
pub(super) async fn attribute_values(
    transaction: &DatabaseTransaction,
    import: ImportId,
) -> Result<BTreeSet<AttributeValue>, StoreError> {
    let profiles = store::imported_row::profiles(transaction, import).await?;
    let profiles = store::profile::by_ids(transaction, &profiles).await?;
    let customers = store::imported_row::customer_attributes(transaction, import).await?;
    let sets = profiles.into_values().map(Attributes::visible).chain(customers);
    Ok(sets.flat_map(|set| set.0).collect())
}

/// Deletes the recorded values that nobody has any more, and the attributes that are left without any: what the import
/// brought is no dimension any more.
pub(super) async fn forget_values(
    transaction: &DatabaseTransaction,
    mut values: BTreeSet<AttributeValue>,
) -> Result<(), StoreError> {
    let ended: Vec<ProfileId> =
        store::profile::unreferenced(transaction).await?.into_iter().map(|profile| profile.id).collect();
    let held = store::held_value::held_by_others(transaction, &values, CustomerId(i64::MIN), &ended).await?;
    values.retain(|value| !held.contains(value));
    store::held_value::forget(transaction, &values).await?;
    let names: BTreeSet<String> = values.into_iter().map(|(name, _)| name).collect();
    store::dimension::delete_unused(transaction, &names).await
}

/// Makes the customers two again whom the import merged. One that was new with the import is gone for good.
pub(super) async fn separate(transaction: &DatabaseTransaction, import: ImportId) -> Result<(), ChangeError> {
    for record in store::customer_merge::of_import(transaction, import).await? {
        let names = [record.from_external_id.clone()];
        let is_recorded = import_change::naming(transaction, &names).await?.into_iter().any(|change| {
            change.import_id == import
                && change.noun == ImportedNoun::Customer
                && change.before.get("externalId").and_then(|id| id.as_str()) == Some(record.from_external_id.as_str())
        });
        if record.from_import_id == Some(import) && !is_recorded {
            store::customer_merge::delete(transaction, record.id).await?;
            continue;
        }
        if store::customer::by_external_ids(transaction, &names).await?.is_empty() {
            merge::unmerge_row(transaction, record).await?;
        } else {
            return Err(is_taken(&record.from_external_id).into());
        }
    }
    Ok(())
}

fn is_taken(external_id: &str) -> InputProblem {
    let message = format!("a customer with the id \"{external_id}\" came in later: merge the two first");
    InputProblem::new(ProblemCode::Conflict, "id", message)
}

/// Writes all rows back that the import changed.
pub(super) async fn rows(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    dimensions: &mut DimensionTracker,
    import: ImportId,
) -> Result<Restored, ChangeError> {
    let (mut restored, mut last) = (Restored::default(), None);
    loop {
        let changes = import_change::next(transaction, import, ImportedNoun::Customer, last).await?;
        let Some(end) = changes.last() else { break };
        last = Some(end.id);
        restored.customers += customers(transaction, dimensions, changes).await?;
    }
    last = None;
    loop {
        let changes = import_change::next(transaction, import, ImportedNoun::Response, last).await?;
        let Some(end) = changes.last() else { break };
        last = Some(end.id);
        restored.responses += responses(transaction, context, dimensions, changes).await?;
    }
    Ok(restored)
}

async fn customers(
    transaction: &DatabaseTransaction,
    dimensions: &mut DimensionTracker,
    changes: Vec<ChangeRow>,
) -> Result<u64, ChangeError> {
    let former: Vec<(ChangeRow, CustomerValues)> = parsed(changes)?;
    let ids: Vec<CustomerId> = former.iter().map(|(change, _)| CustomerId(change.row_id)).collect();
    let by_id = store::customer::by_ids(transaction, &ids).await?;
    // One that was merged into another one has a new row.
    let names: Vec<String> = former.iter().map(|(_, values)| values.external_id.clone()).collect();
    let by_name = store::customer::by_external_ids(transaction, &names).await?;
    let mut rows = Vec::with_capacity(former.len());
    for (change, values) in former {
        let CustomerValues { external_id, email, name, attributes } = values;
        let present = by_name.get(&external_id);
        let Some(row) = by_id.get(&CustomerId(change.row_id)).or(present) else { continue };
        if row.external_id != external_id {
            if present.is_some() {
                return Err(is_taken(&external_id).into());
            }
            store::customer::rename(transaction, row.id, &external_id, change.before_import_id).await?;
        }
        dimensions.admit(&attributes, &attributes)?;
        rows.push(CustomerRow {
            external_id,
            email,
            name,
            attributes,
            import_id: change.before_import_id,
            ..row.clone()
        });
    }
    dimensions.save(transaction).await?;
    store::customer::update(transaction, &rows).await?;
    Ok(rows.len() as u64)
}

async fn responses(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    dimensions: &mut DimensionTracker,
    changes: Vec<ChangeRow>,
) -> Result<u64, ChangeError> {
    let former: Vec<(ChangeRow, ResponseValues)> = parsed(changes)?;
    let ids: Vec<ResponseId> = former.iter().map(|(change, _)| ResponseId(change.row_id)).collect();
    let rows = store::response::by_ids(transaction, &ids).await?;
    let customers = owners(transaction, &former).await?;
    for (_, values) in &former {
        let attributes = values.attributes.clone().unwrap_or_default();
        dimensions.admit(&attributes, &attributes)?;
    }
    dimensions.save(transaction).await?;
    let split: Vec<Option<(Attributes, Attributes)>> =
        former.iter().map(|(_, values)| values.attributes.clone().map(|set| dimensions.split(set))).collect();
    let sets: HashSet<&Attributes> = split.iter().flatten().map(|(profile, _)| profile).collect();
    let sets: Vec<Attributes> = sets.into_iter().cloned().collect();
    let profiles = store::profile::intern(transaction, &sets).await?;
    let (mut written, mut details, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    let mut stale = BTreeSet::new();
    for ((change, values), split) in former.into_iter().zip(split) {
        let Some(row) = rows.get(&ResponseId(change.row_id)) else { continue };
        let answered_at = values.answered_at();
        let day = context.calendar.day_of(answered_at);
        stale.insert(day);
        let counted =
            ResponseRow { score: values.score, answered_at, day, import_id: change.before_import_id, ..row.clone() };
        let Some((profile, of_detail)) = split else {
            // The person was erased since: only what is counted is as it was.
            written.push(counted);
            continue;
        };
        let detail = ResponseDetail { text: values.comment.clone(), attributes: of_detail };
        if detail == ResponseDetail::default() {
            empty.push(row.id);
        } else {
            details.push((row.id, detail));
        }
        written.push(ResponseRow {
            customer_id: customers.of(&values),
            profile_id: profiles.id_of(&profile)?,
            own_attributes_id: values.own_attributes_id(),
            ..counted
        });
    }
    store::response::update(transaction, &written).await?;
    store::response::put_details(transaction, details).await?;
    store::response::delete_details(transaction, &empty).await?;
    store::stale_week::mark(transaction, stale).await?;
    Ok(written.len() as u64)
}

/// Finds the customers whose responses these were; whoever is part of another one by now is that one.
async fn owners(
    transaction: &DatabaseTransaction,
    former: &[(ChangeRow, ResponseValues)],
) -> Result<FormerOwners, StoreError> {
    let ids: BTreeSet<CustomerId> =
        former.iter().filter_map(|(_, values)| values.customer_id).map(CustomerId).collect();
    let by_id = store::customer::by_ids(transaction, &Vec::from_iter(ids)).await?.into_keys().collect();
    let names: BTreeSet<String> = former.iter().filter_map(|(_, values)| values.customer.clone()).collect();
    let names = Vec::from_iter(names);
    let present = store::customer_merge::present_ids(transaction, &names).await?;
    let ids: Vec<String> = names.iter().map(|name| present.get(name).unwrap_or(name).clone()).collect();
    let found = store::customer::by_external_ids(transaction, &ids).await?;
    let pairs = names.into_iter().zip(ids);
    let by_name = pairs.filter_map(|(name, id)| Some((name, found.get(&id)?.id))).collect();
    Ok(FormerOwners { by_id, by_name })
}

/// The customers whose responses these were.
struct FormerOwners {
    /// Those whose rows are still there, under whatever external id.
    by_id: HashSet<CustomerId>,
    by_name: HashMap<String, CustomerId>,
}

impl FormerOwners {
    fn of(&self, values: &ResponseValues) -> Option<CustomerId> {
        let by_id = values.customer_id.map(CustomerId).filter(|id| self.by_id.contains(id));
        by_id.or_else(|| values.customer.as_ref().and_then(|name| self.by_name.get(name)).copied())
    }
}

fn parsed<T: DeserializeOwned>(changes: Vec<ChangeRow>) -> Result<Vec<(ChangeRow, T)>, StoreError> {
    changes
        .into_iter()
        .map(|change| {
            let values = serde_json::from_value(change.before.clone()).map_err(|error| StoreError::UnknownName {
                table: "import_change",
                row: change.id.0.to_string(),
                column: "before",
                value: error.to_string(),
            })?;
            Ok((change, values))
        })
        .collect()
}
