//! What an erasure will delete, found out beforehand: nobody waits for the writer while tables are searched.

use std::collections::{BTreeSet, HashSet};

use entity::customer::Model as CustomerRow;
use entity::customer_merge::Model as MergeRow;
use entity::profile::ProfileId;
use entity::response::{Model as ResponseRow, ResponseId};
use entity::store::held_value::AttributeValue;
use entity::{Attributes, ConnectionTrait, StoreError, store};

/// What belongs to one person only.
#[derive(Clone, Debug)]
pub struct ErasurePlan {
    pub customer: CustomerRow,
    /// Who was merged into the customer.
    pub merged: Vec<MergeRow>,
    pub responses: Vec<ResponseRow>,
    /// The profiles of these responses that no other person has: their responses move to the empty profile.
    pub orphaned: Vec<ProfileId>,
    /// The profiles without responses that tell about the person.
    pub left: Vec<ProfileId>,
    /// The values of attributes that no other person has.
    pub only_theirs: BTreeSet<AttributeValue>,
}

impl ErasurePlan {
    /// The ids and addresses of the person, and of whoever was merged into the person.
    pub fn ids_and_addresses(&self) -> Vec<String> {
        let own = [Some(&self.customer.external_id), self.customer.email.as_ref()];
        let merged = self.merged.iter().flat_map(|merge| [Some(&merge.from_external_id), merge.from_email.as_ref()]);
        own.into_iter().chain(merged).flatten().cloned().collect()
    }

    /// Finds it; `None` when no customer has this id.
    pub async fn find<C: ConnectionTrait>(connection: &C, external_id: &str) -> Result<Option<Self>, StoreError> {
        let external_ids = [external_id.to_owned()];
        let present = store::customer_merge::present_ids(connection, &external_ids).await?.remove(external_id);
        let external_ids = present.map_or(external_ids, |present| [present]);
        let found = store::customer::by_external_ids(connection, &external_ids).await?;
        let Some(customer) = found.into_values().next() else { return Ok(None) };
        let merged = store::customer_merge::into(connection, customer.id).await?;
        let responses = store::response::of_customers(connection, &[customer.id]).await?;
        let ids: Vec<ResponseId> = responses.iter().map(|response| response.id).collect();
        let details = store::response::details(connection, &ids).await?;
        let profiles: HashSet<ProfileId> = responses.iter().map(|response| response.profile_id).collect();
        let profiles = Vec::from_iter(profiles);
        let held = store::profile::by_ids(connection, &profiles).await?;
        let attributes_of = |response: &ResponseRow| {
            let profile = held.get(&response.profile_id).cloned().unwrap_or_default().visible();
            profile.overlaid_by(&details.get(&response.id).cloned().unwrap_or_default().attributes)
        };
        let former = merged.iter().map(|merge| merge.from_attributes.clone());
        let present = [customer.attributes.clone()];
        let sets: HashSet<Attributes> = responses.iter().map(attributes_of).chain(present).chain(former).collect();
        let used = store::response::used_by_others(connection, &profiles, customer.id).await?;
        let orphaned: Vec<ProfileId> = profiles.into_iter().filter(|profile| !used.contains(profile)).collect();
        let unreferenced = store::profile::unreferenced(connection).await?;
        let ended: Vec<ProfileId> =
            unreferenced.iter().map(|profile| profile.id).chain(orphaned.iter().copied()).collect();
        let only_theirs = only_theirs(connection, &sets, &customer, &ended).await?;
        let mut left = Vec::new();
        for profile in unreferenced {
            if tells_about(connection, &profile.attributes.visible(), &sets, &only_theirs, &customer).await? {
                left.push(profile.id);
            }
        }
        Ok(Some(Self { customer, merged, responses, orphaned, left, only_theirs }))
    }
}

/// The values in these sets that nobody else has: no other customer, no response of another one, and no profile but the
/// `ended` ones.
async fn only_theirs<C: ConnectionTrait>(
    connection: &C,
    sets: &HashSet<Attributes>,
    customer: &CustomerRow,
    ended: &[ProfileId],
) -> Result<BTreeSet<AttributeValue>, StoreError> {
    let mut values: BTreeSet<AttributeValue> = sets.iter().flat_map(|set| set.0.clone()).collect();
    let held = store::held_value::held_by_others(connection, &values, customer.id, ended).await?;
    values.retain(|value| !held.contains(value));
    Ok(values)
}

/// Whether a profile without responses has a value that only the person has, or a combination of the person's values
/// that no other person has.
async fn tells_about<C: ConnectionTrait>(
    connection: &C,
    profile: &Attributes,
    sets: &HashSet<Attributes>,
    only_theirs: &BTreeSet<AttributeValue>,
    customer: &CustomerRow,
) -> Result<bool, StoreError> {
    if profile.0.iter().any(|(name, value)| only_theirs.contains(&(name.clone(), value.clone()))) {
        return Ok(true);
    }
    let is_part = |of: &Attributes| profile.0.iter().all(|(name, value)| of.get(name) == Some(value));
    if !sets.iter().any(is_part) {
        return Ok(false);
    }
    let kept_out = store::dimension::all(connection).await?.into_iter().filter(|row| row.kept_out);
    let kept_out: BTreeSet<String> = kept_out.map(|row| row.name).collect();
    Ok(!store::response::any_other_response_has(connection, profile, &kept_out, customer.id).await?)
}
