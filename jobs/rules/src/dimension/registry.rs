//! Which attribute names are sliceable: names with too many values are kept out of profiles.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use entity::derived_dimension::{DerivedDimensionId, HOLDS, Model as DerivedRow};
use entity::dimension::Model;
use entity::{Attributes, Condition, ConnectionTrait, StoreError, filter, store};

/// What is known of all names while rows come in.
#[derive(Clone, Debug, Default)]
pub struct DimensionTracker {
    limit: usize,
    names: BTreeMap<String, DimensionState>,
    derived: Vec<DerivedRow>,
    /// The questions about each name that is kept out.
    conditions: BTreeMap<String, Vec<(DerivedDimensionId, Condition)>>,
    new_values: BTreeSet<(String, String)>,
    changed: BTreeSet<String>,
    passed_limit: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct DimensionState {
    numeric: bool,
    high_cardinality: bool,
    pinned: bool,
    /// How many values were seen; those of a name that is kept out are counted up to the limit and one more.
    distinct: usize,
    /// Empty for a name that an operator decided on: its values decide nothing, and may be very many.
    values: HashSet<String>,
}

impl DimensionTracker {
    /// Loads what is known. A name with more than `limit` distinct values is kept out, unless an operator decided.
    pub async fn load<C: ConnectionTrait>(connection: &C, limit: usize) -> Result<Self, StoreError> {
        let mut values = store::dimension::values(connection).await?;
        let names = store::dimension::all(connection).await?.into_iter().map(|row| {
            let values = values.remove(&row.name).unwrap_or_default().into_iter().collect();
            let distinct = row.distinct_values.unsigned_abs() as usize;
            let state = DimensionState {
                numeric: row.numeric,
                high_cardinality: row.kept_out,
                pinned: row.pinned,
                distinct,
                values,
            };
            (row.name, state)
        });
        let derived = store::derived_dimension::all(connection).await?;
        let mut questions: BTreeMap<String, Vec<(DerivedDimensionId, Condition)>> = BTreeMap::new();
        for (row, condition) in derived.iter().filter_map(|row| Some((row, row.condition()?))) {
            questions.entry(row.name.clone()).or_default().push((row.id, condition));
        }
        Ok(Self { limit, names: names.collect(), derived, conditions: questions, ..Self::default() })
    }

    /// Loads again what another writer changed. Call it in the transaction that writes.
    pub async fn refresh<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        let mut stored = store::dimension::all(connection).await?;
        // The database's order of names need not be ours.
        stored.sort_by(|one, other| one.name.cmp(&other.name));
        let derived = store::derived_dimension::all(connection).await?;
        if stored != self.to_rows(self.names.keys()) || derived != self.derived {
            *self = Self::load(connection, self.limit).await?;
        }
        Ok(())
    }

    /// Takes note of the values of one row.
    pub fn note(&mut self, attributes: &Attributes) {
        for (name, value) in &attributes.0 {
            if !self.names.contains_key(name) {
                let state = DimensionState {
                    numeric: true,
                    high_cardinality: false,
                    pinned: false,
                    distinct: 0,
                    values: HashSet::new(),
                };
                self.names.insert(name.clone(), state);
                self.changed.insert(name.clone());
            }
            let Some(known) = self.names.get_mut(name) else { continue };
            if known.high_cardinality || known.values.contains(value) {
                continue;
            }
            if known.pinned {
                if known.numeric && filter::number(value).is_none() {
                    known.numeric = false;
                    self.changed.insert(name.clone());
                }
                self.new_values.insert((name.clone(), value.clone()));
                continue;
            }
            known.values.insert(value.clone());
            known.distinct = known.values.len();
            known.numeric &= filter::number(value).is_some();
            self.changed.insert(name.clone());
            if known.values.len() > self.limit {
                known.high_cardinality = true;
                self.passed_limit.insert(name.clone());
            } else {
                self.new_values.insert((name.clone(), value.clone()));
            }
        }
    }

    /// Writes what changed since the last time; names that passed the limit leave the profiles that hold them.
    pub async fn save<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        // A value refers to the row of its name.
        store::dimension::put(connection, self.to_rows(self.changed.iter())).await?;
        let new_values = std::mem::take(&mut self.new_values);
        let is_pinned = |name: &String| self.names.get(name).is_some_and(|state| state.pinned);
        let (pinned, counted): (Vec<_>, Vec<_>) = new_values.into_iter().partition(|(name, _)| is_pinned(name));
        store::dimension::add_values(connection, &counted).await?;
        self.save_pinned(connection, &pinned).await?;
        self.changed.clear();
        for name in std::mem::take(&mut self.passed_limit) {
            tracing::warn!(
                attribute = name,
                limit = self.limit,
                "too many values to slice by: kept beside the comment, unless `needle dimension promote` says otherwise"
            );
            store::reintern::demote(connection, &name).await?;
        }
        Ok(())
    }

    /// Writes the values of names that an operator promoted; only the database knows which of them are new.
    async fn save_pinned<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        values: &[(String, String)],
    ) -> Result<(), StoreError> {
        let mut grown = BTreeSet::new();
        for of_name in values.chunk_by(|one, next| one.0 == next.0) {
            let added = store::dimension::add_values(connection, of_name).await?;
            if let Some(state) = self.names.get_mut(&of_name[0].0).filter(|_| added > 0) {
                state.distinct += usize::try_from(added).expect("a statement adds few rows");
                grown.insert(of_name[0].0.clone());
            }
        }
        store::dimension::put(connection, self.to_rows(grown.iter())).await
    }

    fn to_rows<'a>(&self, names: impl Iterator<Item = &'a String>) -> Vec<Model> {
        let row = |name: &String| {
            let state = self.names.get(name)?;
            Some(Model {
                name: name.clone(),
                numeric: state.numeric,
                distinct_values: i32::try_from(state.distinct).expect("no name has so many values"),
                kept_out: state.high_cardinality,
                pinned: state.pinned,
            })
        };
        names.filter_map(row).collect()
    }

    /// Splits attributes into those of a profile, with the answers to the questions about what is kept out, and those
    /// kept beside the comment.
    pub fn split(&self, attributes: Attributes) -> (Attributes, Attributes) {
        let high_cardinality = |name: &String| self.names.get(name).is_some_and(|visible| visible.high_cardinality);
        let known = attributes.visible().0.into_iter();
        let (detail, mut profile): (BTreeMap<_, _>, BTreeMap<_, _>) =
            known.partition(|(name, _)| high_cardinality(name));
        let beside = Attributes(detail);
        for (id, condition) in beside.0.keys().filter_map(|name| self.conditions.get(name)).flatten() {
            if condition.matches(&beside) {
                profile.insert(id.attribute(), HOLDS.to_owned());
            }
        }
        (Attributes(profile), beside)
    }
}
