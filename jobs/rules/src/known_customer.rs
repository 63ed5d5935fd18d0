//! Which customer a row means by an id or an address: one place, for files and mutations alike.

use std::collections::{BTreeSet, HashMap};

use entity::{ConnectionTrait, StoreError, store};

/// The customer whom an id means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownCustomer {
    /// The one with this id, known or not.
    AsNamed,
    /// Another one: who has this address, or into whom the named one was merged.
    Other(String),
    /// Several have this address.
    Several(Vec<String>),
}

/// The customers whom some ids and addresses mean.
#[derive(Clone, Debug, Default)]
pub struct KnownCustomers {
    merged: HashMap<String, String>,
    holders: HashMap<String, Vec<String>>,
}

impl KnownCustomers {
    /// Looks up these ids; those that are addresses are compared without case.
    pub async fn find<'a, C: ConnectionTrait>(
        connection: &C,
        ids: impl Iterator<Item = &'a String>,
    ) -> Result<Self, StoreError> {
        let ids: BTreeSet<&String> = ids.filter(|id| !id.is_empty()).collect();
        let addresses: BTreeSet<String> =
            ids.iter().filter(|id| id.contains('@')).map(|id| id.to_lowercase()).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let merged = store::customer_merge::present_ids(connection, &ids).await?;
        if addresses.is_empty() {
            return Ok(Self { merged, holders: HashMap::new() });
        }
        let addresses = Vec::from_iter(addresses);
        let mut holders = store::customer::by_addresses(connection, &addresses).await?;
        for (address, ids) in store::customer_merge::by_addresses(connection, &addresses).await? {
            let known = holders.entry(address).or_default();
            known.extend(ids);
            known.sort();
            known.dedup();
        }
        Ok(Self { merged, holders })
    }

    /// The customer whom an id means.
    pub fn of(&self, id: &str) -> KnownCustomer {
        if let Some(present) = self.merged.get(id) {
            return KnownCustomer::Other(present.clone());
        }
        if !id.contains('@') {
            return KnownCustomer::AsNamed;
        }
        match self.holders.get(&id.to_lowercase()).map(Vec::as_slice) {
            None | Some([]) => KnownCustomer::AsNamed,
            // A customer whose own id looks like an address keeps it.
            Some(ids) if ids.iter().any(|known| known == id) => KnownCustomer::AsNamed,
            Some([other]) => KnownCustomer::Other(other.clone()),
            Some(several) => KnownCustomer::Several(several.to_vec()),
        }
    }
}
