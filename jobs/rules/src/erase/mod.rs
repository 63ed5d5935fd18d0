//! Erasing a person: personal data is deleted for good, the anonymous counts remain.

mod kept;
mod mention;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use entity::import::ImportId;
use entity::import_change::{ImportedNoun, Model as ChangeRow};
use entity::profile::ProfileId;
use entity::response::ResponseId;
use entity::store::{self, import_change, tombstone};
use entity::{Attributes, DatabaseTransaction, StoreError, Timestamp};
use serde_json::Value;

use crate::problem::{InputProblem, ProblemCode};
use crate::removal;
use crate::segment::ChangeError;
use crate::target::WriteContext;

use kept::KeptPayloads;
use mention::Mentions;
pub use mention::{ERASED, redact};
use plan::ErasurePlan;

/// How often an erasure is prepared anew because something was written meanwhile, before the writer has to wait for it.
const PREPARATIONS: u32 = 3;

/// An erasure that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Texts by which the person can be named: name, address and id.
    pub identifiers: Vec<String>,
    /// The keys of segments that name the person, or have a filter that asks for a value of this person only.
    pub named_in_segments: Vec<String>,
    /// The external ids of decisions whose texts hold a name or an id of the person that is an ordinary word, and left.
    pub named_in_decisions: Vec<String>,
    /// From when on the data is removed from the files of the database too; `None` when it is already.
    pub removed_from_files_after: Option<Timestamp>,
}

/// Erases a customer: the row, the name, the comments and the ids of its responses. `secret` is a fresh random text
/// that becomes the key of the tombstones if nothing was erased before.
///
/// Responses remain as counts; a profile that only erased people had loses its attributes. Importing an old file again
/// rejects the person's rows.
pub async fn erase_customer(context: &WriteContext, external_id: &str, secret: &str) -> Result<Erasure, ChangeError> {
    let (transaction, plan) = begin(context, external_id).await?;
    let mentions = if let Some(plan) = &plan {
        delete(&transaction, plan, secret).await?;
        KeptPayloads::find(&transaction, &plan.ids_and_addresses()).await?.erase(&transaction).await?;
        Mentions::of(plan)
    } else if let Some(identifiers) = erase_kept(&transaction, external_id, secret).await? {
        Mentions::named(identifiers)
    } else {
        let problem = not_found(&transaction, external_id).await?;
        transaction.rollback().await.map_err(StoreError::from)?;
        return Err(problem.into());
    };
    mentions.redact(&transaction).await?;
    let named_in_decisions = mentions.redact_decisions(&transaction).await?;
    let named_in_segments = mentions.segments(&transaction).await?;
    context.sign(&transaction, None).await?;
    let due = removal::add(&transaction, context).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    // What fails here is tried again by the server's upkeep: the person is erased all the same.
    let is_removed = removal::remove_due(&context.database, context.now).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what was erased is still in the files of the database: trying again later");
        false
    });
    let removed_from_files_after = (!is_removed).then_some(due);
    Ok(Erasure { identifiers: mentions.identifiers, named_in_segments, named_in_decisions, removed_from_files_after })
}

/// A writing transaction and what is to be erased in it, read before it began: nobody waits for the search. If something
/// is written between the two again and again, the search is done inside.
async fn begin(
    context: &WriteContext,
    external_id: &str,
) -> Result<(DatabaseTransaction, Option<ErasurePlan>), StoreError> {
    for _ in 0..PREPARATIONS {
        let snapshot = context.database.begin_snapshot().await?;
        let revision = store::revision::current(&snapshot).await?;
        let plan = ErasurePlan::find(&snapshot, external_id).await?;
        snapshot.rollback().await?;
        let transaction = context.database.begin_write().await?;
        // The transaction itself is the next revision.
        if store::revision::current(&transaction).await? == revision + 1 {
            return Ok((transaction, plan));
        }
        transaction.rollback().await?;
    }
    let transaction = context.database.begin_write().await?;
    let plan = ErasurePlan::find(&transaction, external_id).await?;
    Ok((transaction, plan))
}

async fn delete(transaction: &DatabaseTransaction, plan: &ErasurePlan, secret: &str) -> Result<(), StoreError> {
    let ErasurePlan { customer, merged, responses, orphaned, left, only_theirs } = plan;
    let secret = store::setting::tombstone_secret(transaction, secret).await?;
    let mut digests = vec![tombstone::digest(&secret, tombstone::ErasedKind::Customer, &customer.external_id)];
    // Rows that know the person by the address only would bring it back.
    let address = customer.email.as_deref().map(str::to_lowercase).filter(|email| *email != customer.external_id);
    digests.extend(address.map(|address| tombstone::digest(&secret, tombstone::ErasedKind::Customer, &address)));
    for merge in merged {
        let address = merge.from_email.as_deref().map(str::to_lowercase);
        let ids = [Some(merge.from_external_id.clone()), address].into_iter().flatten();
        digests.extend(ids.map(|id| tombstone::digest(&secret, tombstone::ErasedKind::Customer, &id)));
        store::customer_merge::delete(transaction, merge.id).await?;
    }
    let mut anonymous = Vec::with_capacity(responses.len());
    for response in responses {
        let digest =
            tombstone::digest(&secret, tombstone::ErasedKind::Response(&response.source), &response.external_id);
        let external_id = tombstone::anonymous_id(&digest);
        anonymous.push(entity::response::Model {
            customer_id: None,
            external_id,
            own_attributes_id: None,
            ..response.clone()
        });
        digests.push(digest);
    }
    store::response::update(transaction, &anonymous).await?;
    store::tombstone::insert(transaction, digests).await?;
    let ids: Vec<ResponseId> = responses.iter().map(|response| response.id).collect();
    store::response::delete_details(transaction, &ids).await?;
    forget_former(transaction, plan, &ids).await?;
    store::customer::delete(transaction, customer.id).await?;
    empty_profiles(transaction, orphaned).await?;
    store::profile::delete(transaction, left).await?;
    store::held_value::forget(transaction, only_theirs).await?;
    store::publication::count_erasure(transaction).await
}

/// Erases somebody of whom only payloads are kept that could not be read yet. Returns by what the person can be named; `None`
/// when there is no such payload, or the id is the address of a stored customer.
async fn erase_kept(
    transaction: &DatabaseTransaction,
    external_id: &str,
    secret: &str,
) -> Result<Option<Vec<String>>, StoreError> {
    let is_address = external_id.contains('@');
    let id = if is_address { external_id.to_lowercase() } else { external_id.to_owned() };
    if is_address && !store::customer::by_addresses(transaction, std::slice::from_ref(&id)).await?.is_empty() {
        return Ok(None);
    }
    let mut identifiers = vec![external_id.to_owned(), id];
    let kept = KeptPayloads::find(transaction, &identifiers).await?;
    if kept.is_empty() {
        return Ok(None);
    }
    identifiers.extend(kept.linked_to_nobody(transaction).await?);
    identifiers.sort();
    identifiers.dedup();
    let secret = store::setting::tombstone_secret(transaction, secret).await?;
    let digest = |id: &String| tombstone::digest(&secret, tombstone::ErasedKind::Customer, id);
    store::tombstone::insert(transaction, identifiers.iter().map(digest).collect()).await?;
    kept.erase(transaction).await?;
    Ok(Some(identifiers))
}

/// Deletes what imports recorded of the person, and of the person's responses all but what is counted.
async fn forget_former(
    transaction: &DatabaseTransaction,
    plan: &ErasurePlan,
    responses: &[ResponseId],
) -> Result<(), StoreError> {
    let customer = &plan.customer;
    let mut names = vec![customer.external_id.clone()];
    names.extend(customer.email.as_deref().map(str::to_lowercase));
    for merge in &plan.merged {
        names.push(merge.from_external_id.clone());
        names.extend(merge.from_email.as_deref().map(str::to_lowercase));
    }
    let responses: Vec<i64> = responses.iter().map(|id| id.0).collect();
    let mut changes = import_change::naming(transaction, &names).await?;
    changes.extend(import_change::of_rows(transaction, ImportedNoun::Customer, &[customer.id.0]).await?);
    changes.extend(import_change::of_rows(transaction, ImportedNoun::Response, &responses).await?);
    let (of_customers, of_responses): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.noun == ImportedNoun::Customer);
    let is_of = |change: &ChangeRow, id: &str| change.before.get("externalId").and_then(Value::as_str) == Some(id);
    let counted = |import: Option<ImportId>, is_its: &dyn Fn(&ChangeRow) -> bool| {
        let changes = of_customers.iter().filter(|change| is_its(change));
        let imports = changes.flat_map(|change| [Some(change.import_id), change.before_import_id]);
        imports.chain([import]).flatten().collect::<BTreeSet<_>>()
    };
    // Every import that wrote one of the rows counted it.
    let mut gone = Vec::from_iter(counted(customer.import_id, &|change| change.row_id == customer.id.0));
    for merge in &plan.merged {
        let import = merge.from_import_id.filter(|import| merge.import_id != Some(*import));
        gone.extend(counted(import, &|change| is_of(change, &merge.from_external_id)));
    }
    for import in gone {
        store::import::count_gone(transaction, import).await?;
    }
    let ids: Vec<_> = of_customers.iter().map(|change| change.id).collect();
    import_change::delete(transaction, &ids).await?;
    for change in of_responses {
        import_change::replace(transaction, change.id, crate::import::anonymous(&change.before)).await?;
    }
    Ok(())
}

async fn not_found(transaction: &DatabaseTransaction, external_id: &str) -> Result<InputProblem, StoreError> {
    if let Some(secret) = store::setting::existing_tombstone_secret(transaction).await? {
        let digest = tombstone::digest(&secret, tombstone::ErasedKind::Customer, external_id);
        if tombstone::among(transaction, std::slice::from_ref(&digest)).await?.contains(&digest) {
            return Ok(InputProblem::new(ProblemCode::Erased, "externalId", "this customer was erased before"));
        }
    }
    Ok(InputProblem::new(ProblemCode::NotFound, "externalId", format!("no customer has the id \"{external_id}\"")))
}

/// Moves the responses of profiles that only erased people had to the empty profile.
async fn empty_profiles(transaction: &DatabaseTransaction, orphaned: &[ProfileId]) -> Result<(), StoreError> {
    if orphaned.is_empty() {
        return Ok(());
    }
    let no_attributes = Attributes::default();
    let interned = store::profile::intern(transaction, std::slice::from_ref(&no_attributes)).await?;
    let empty = interned.id_of(&no_attributes)?;
    let orphaned: Vec<ProfileId> = orphaned.iter().copied().filter(|profile| *profile != empty).collect();
    let responses = store::response::of_profiles(transaction, &orphaned).await?;
    let changes: BTreeMap<_, _> = responses.iter().map(|(id, _, _)| (*id, empty)).collect();
    store::response::set_profiles(transaction, &changes).await?;
    store::stale_week::mark(transaction, responses.iter().map(|(_, _, day)| *day)).await?;
    store::profile::delete(transaction, &orphaned).await
}
