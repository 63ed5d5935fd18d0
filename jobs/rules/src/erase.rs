//! Erasing a person: personal data is deleted for good, the anonymous counts remain.

use std::collections::{BTreeMap, HashSet};

use entity::profile::ProfileId;
use entity::response::ResponseId;
use entity::store::{self, tombstone};
use entity::{Attributes, DatabaseTransaction, StoreError};

use crate::problem::{InputProblem, ProblemCode};
use crate::segment::ChangeError;
use crate::target::WriteContext;

/// Erases a customer: the row, the name, the comments and the ids of its responses. `secret` is a fresh random text
/// that becomes the key of the tombstones if nothing was erased before.
///
/// Responses remain as counts; a profile that only erased people had loses its attributes. Importing an old file again
/// rejects the person's rows.
pub async fn erase_customer(context: &WriteContext, external_id: &str, secret: &str) -> Result<(), ChangeError> {
    let transaction = context.database.begin_write().await?;
    let found = store::customer::by_external_ids(&transaction, &[external_id.to_owned()]).await?;
    let Some(customer) = found.get(external_id) else {
        return Err(not_found(&transaction, external_id).await?.into());
    };
    let secret = store::setting::tombstone_secret(&transaction, secret).await?;
    let responses = store::response::of_customers(&transaction, &[customer.id]).await?;
    let mut digests = vec![tombstone::digest(&secret, tombstone::ErasedKind::Customer, external_id)];
    let mut anonymous = Vec::with_capacity(responses.len());
    for response in &responses {
        let digest =
            tombstone::digest(&secret, tombstone::ErasedKind::Response(&response.source), &response.external_id);
        let external_id = tombstone::anonymous_id(&digest);
        anonymous.push(entity::response::Model { customer_id: None, external_id, ..response.clone() });
        digests.push(digest);
    }
    store::response::update(&transaction, &anonymous).await?;
    store::tombstone::insert(&transaction, digests).await?;
    let ids: Vec<ResponseId> = responses.iter().map(|response| response.id).collect();
    let detail = store::response::details(&transaction, &ids).await?;
    store::response::delete_details(&transaction, &ids).await?;
    store::customer::delete(&transaction, customer.id).await?;
    let profiles: HashSet<ProfileId> = responses.iter().map(|response| response.profile_id).collect();
    let ids: Vec<ProfileId> = profiles.iter().copied().collect();
    let held = store::profile::by_ids(&transaction, &ids).await?;
    empty_profiles(&transaction, profiles).await?;
    let attributes_of = |response: &entity::response::Model| {
        let profile = held.get(&response.profile_id).cloned().unwrap_or_default().visible();
        profile.overlaid_by(&detail.get(&response.id).cloned().unwrap_or_default().attributes)
    };
    forget_left_profiles(&transaction, &responses.iter().map(attributes_of).collect()).await?;
    let held: HashSet<Attributes> = held.into_values().map(Attributes::visible).collect();
    for attributes in held.iter().chain([&customer.attributes]) {
        store::dimension::forget_unused(&transaction, attributes).await?;
    }
    context.sign(&transaction, None).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    context.database.cut_log().await?;
    Ok(())
}

/// Deletes the profiles that the person's responses left when they were interned again, unless another person matches
/// them: until the next run these responses count as those of customers without attributes.
async fn forget_left_profiles(
    transaction: &DatabaseTransaction,
    erased_attributes: &HashSet<Attributes>,
) -> Result<(), StoreError> {
    let schema = store::dimension::all(transaction).await?;
    let high_cardinality = schema.into_iter().filter(|row| row.kept_out).map(|row| row.name).collect();
    let mut unused = Vec::new();
    for profile in store::profile::unreferenced(transaction).await? {
        let attributes = profile.attributes.visible();
        let is_part = |of: &Attributes| attributes.0.iter().all(|(name, value)| of.get(name) == Some(value));
        if erased_attributes.iter().any(is_part)
            && !store::response::any_response_has(transaction, &attributes, &high_cardinality).await?
        {
            unused.push(profile.id);
        }
    }
    store::profile::delete(transaction, &unused).await
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
async fn empty_profiles(transaction: &DatabaseTransaction, profiles: HashSet<ProfileId>) -> Result<(), StoreError> {
    let candidates = Vec::from_iter(profiles);
    let holders = store::response::still_used(transaction, &candidates).await?;
    let orphaned: Vec<ProfileId> = candidates.into_iter().filter(|profile| !holders.contains(profile)).collect();
    if orphaned.is_empty() {
        return Ok(());
    }
    let no_attributes = Attributes::default();
    let interned = store::profile::intern(transaction, std::slice::from_ref(&no_attributes)).await?;
    let empty = interned.id_of(&no_attributes)?;
    let orphaned: Vec<ProfileId> = orphaned.into_iter().filter(|profile| *profile != empty).collect();
    let responses = store::response::of_profiles(transaction, &orphaned).await?;
    let changes: BTreeMap<_, _> = responses.iter().map(|(id, _, _)| (*id, empty)).collect();
    store::response::set_profiles(transaction, &changes).await?;
    store::stale_week::mark(transaction, responses.iter().map(|(_, _, day)| *day)).await?;
    store::profile::delete(transaction, &orphaned).await
}
