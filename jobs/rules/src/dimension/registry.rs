//! Tracks which attributes are sliceable: those with too many values are not part of profiles.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use entity::derived_dimension::{DerivedDimensionId, HOLDS, Model as DerivedRow};
use entity::dimension::Model;
use entity::{Attributes, Condition, ConnectionTrait, StoreError, filter, store};

use super::limits::AttributeLimits;
use crate::problem::InputProblem;

/// The attributes and their values, updated while rows are read.
#[derive(Clone, Debug, Default)]
pub struct DimensionTracker {
    limits: AttributeLimits,
    /// How many names this request or file has added.
    added: usize,
    names: BTreeMap<String, DimensionState>,
    derived: Vec<DerivedRow>,
    /// The derived dimensions of each high-cardinality attribute, with their conditions.
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
    /// How many distinct values there are; those of a high-cardinality attribute are counted up to one more than the
    /// limit.
    distinct: usize,
    /// Empty for an attribute that an operator decided on: its values decide nothing, and there may be very many.
    values: HashSet<String>,
}

impl DimensionTracker {
    /// Loads the stored attributes. One with more distinct values than the limit becomes high-cardinality, unless an
    /// operator decided.
    pub async fn load<C: ConnectionTrait>(connection: &C, limits: AttributeLimits) -> Result<Self, StoreError> {
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
        let mut conditions: BTreeMap<String, Vec<(DerivedDimensionId, Condition)>> = BTreeMap::new();
        for (row, condition) in derived.iter().filter_map(|row| Some((row, row.condition()?))) {
            conditions.entry(row.name.clone()).or_default().push((row.id, condition));
        }
        Ok(Self { limits, names: names.collect(), derived, conditions, ..Self::default() })
    }

    /// Reloads what another writer changed. Call it in the transaction that writes.
    pub async fn refresh<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        let mut stored = store::dimension::all(connection).await?;
        // The database may sort names differently.
        stored.sort_by(|one, other| one.name.cmp(&other.name));
        let derived = store::derived_dimension::all(connection).await?;
        if stored != self.to_rows(self.names.keys()) || derived != self.derived {
            *self = Self { added: self.added, ..Self::load(connection, self.limits).await? };
        }
        Ok(())
    }

    /// Records the values of one row; `before` is what its customer has already. Refuses too many attributes, and records
    /// nothing then.
    pub fn admit(&mut self, attributes: &Attributes, before: &Attributes) -> Result<(), InputProblem> {
        let more = attributes.0.keys().filter(|name| !before.0.contains_key(*name)).count();
        self.limits.check_holder(before.0.len(), more)?;
        let is_new = |name: &&str| !self.names.contains_key(*name);
        let new: Vec<&str> = attributes.0.keys().map(String::as_str).filter(is_new).collect();
        self.limits.check_new_names(self.names.len(), self.added, &new)?;
        self.added += new.len();
        self.note(attributes);
        Ok(())
    }

    /// Records the values of one row.
    fn note(&mut self, attributes: &Attributes) {
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
            let Some(state) = self.names.get_mut(name) else { continue };
            if state.high_cardinality || state.values.contains(value) {
                continue;
            }
            if state.pinned {
                if state.numeric && filter::number(value).is_none() {
                    state.numeric = false;
                    self.changed.insert(name.clone());
                }
                self.new_values.insert((name.clone(), value.clone()));
                continue;
            }
            state.values.insert(value.clone());
            state.distinct = state.values.len();
            state.numeric &= filter::number(value).is_some();
            self.changed.insert(name.clone());
            if state.values.len() > self.limits.values {
                state.high_cardinality = true;
                self.passed_limit.insert(name.clone());
            } else {
                self.new_values.insert((name.clone(), value.clone()));
            }
        }
    }

    /// Writes the changes since the last call; attributes that exceeded the limit are removed from the profiles.
    pub async fn save<C: ConnectionTrait>(&mut self, connection: &C) -> Result<(), StoreError> {
        // A row of a value refers to the row of its attribute.
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
                limit = self.limits.values,
                "too many values to slice by: stored in the response details, unless an operator runs \
                 `needle dimension promote`"
            );
            store::reintern::demote(connection, &name).await?;
        }
        Ok(())
    }

    /// Writes the values of attributes that an operator promoted; only the database can tell which of them are new.
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

    /// Splits attributes into those of a profile, with its derived dimensions (`entity::profile_schema`), and the
    /// high-cardinality ones of the response detail.
    pub fn split(&self, attributes: Attributes) -> (Attributes, Attributes) {
        let high_cardinality = |name: &String| self.names.get(name).is_some_and(|state| state.high_cardinality);
        let visible = attributes.visible().0.into_iter();
        let (of_detail, mut profile): (BTreeMap<_, _>, BTreeMap<_, _>) =
            visible.partition(|(name, _)| high_cardinality(name));
        let detail = Attributes(of_detail);
        for (id, condition) in detail.0.keys().filter_map(|name| self.conditions.get(name)).flatten() {
            if condition.matches(&detail) {
                profile.insert(id.attribute(), HOLDS.to_owned());
            }
        }
        (Attributes(profile), detail)
    }
}
