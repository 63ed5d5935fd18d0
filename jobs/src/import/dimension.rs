//! Which attribute names are sliceable: names with too many values are kept out of profiles.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use entity::dimension::Model;
use entity::store::dimension::VALUES_LIMIT;
use entity::{Attributes, ConnectionTrait, StoreError, filter, store};

/// What is known of all names while rows come in.
#[derive(Clone, Debug, Default)]
pub struct Dimensions {
    names: BTreeMap<String, Known>,
    new_values: Vec<(String, String)>,
    changed: BTreeSet<String>,
    passed_limit: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Known {
    numeric: bool,
    kept_out: bool,
    /// How many values were seen; those of a name that is kept out are counted up to the limit and one more.
    distinct: usize,
    values: HashSet<String>,
}

impl Dimensions {
    /// Loads what is known.
    pub async fn load<C: ConnectionTrait>(connection: &C) -> Result<Self, StoreError> {
        let mut values = store::dimension::values(connection).await?;
        let names = store::dimension::all(connection).await?.into_iter().map(|row| {
            let values = values.remove(&row.name).unwrap_or_default().into_iter().collect();
            let distinct = usize::try_from(row.distinct_values).unwrap_or_default();
            (row.name, Known { numeric: row.numeric, kept_out: row.kept_out, distinct, values })
        });
        Ok(Self { names: names.collect(), ..Self::default() })
    }

    /// Loads again what another writer changed. Call it in the transaction that writes.
    pub async fn refresh<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        let mut stored = store::dimension::all(connection).await?;
        // The database's order of names need not be ours.
        stored.sort_by(|one, other| one.name.cmp(&other.name));
        if stored != self.to_rows(self.names.keys()) {
            *self = Self::load(connection).await?;
        }
        Ok(())
    }

    /// Takes note of the values of one row.
    pub fn note(&mut self, attributes: &Attributes) {
        for (name, value) in &attributes.0 {
            if !self.names.contains_key(name) {
                self.names.insert(
                    name.clone(),
                    Known { numeric: true, kept_out: false, distinct: 0, values: HashSet::new() },
                );
                self.changed.insert(name.clone());
            }
            let Some(known) = self.names.get_mut(name) else { continue };
            if known.kept_out || known.values.contains(value) {
                continue;
            }
            known.values.insert(value.clone());
            known.distinct = known.values.len();
            known.numeric &= filter::number(value).is_some();
            self.changed.insert(name.clone());
            if known.values.len() > VALUES_LIMIT {
                known.kept_out = true;
                self.passed_limit.insert(name.clone());
            } else {
                self.new_values.push((name.clone(), value.clone()));
            }
        }
    }

    /// Writes what changed since the last time; names that passed the limit leave the profiles that hold them.
    pub async fn save<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        store::dimension::put(connection, self.to_rows(changed.iter())).await?;
        let new_values = std::mem::take(&mut self.new_values);
        store::dimension::add_values(connection, &new_values).await?;
        for name in std::mem::take(&mut self.passed_limit) {
            tracing::warn!(
                attribute = name,
                limit = VALUES_LIMIT,
                "too many values to slice by: kept beside the comment"
            );
            store::dimension::keep_out(connection, &name).await?;
        }
        Ok(())
    }

    fn to_rows<'a>(&self, names: impl Iterator<Item = &'a String>) -> Vec<Model> {
        let row = |name: &String| {
            let known = self.names.get(name)?;
            Some(Model {
                name: name.clone(),
                numeric: known.numeric,
                distinct_values: i32::try_from(known.distinct).unwrap_or(i32::MAX),
                kept_out: known.kept_out,
            })
        };
        names.filter_map(row).collect()
    }

    /// Splits attributes into those of a profile and those kept beside the comment.
    pub fn split(&self, attributes: Attributes) -> (Attributes, Attributes) {
        let kept_out = |name: &String| self.names.get(name).is_some_and(|known| known.kept_out);
        let (beside, profile) = attributes.0.into_iter().partition(|(name, _)| kept_out(name));
        (Attributes(profile), Attributes(beside))
    }
}
