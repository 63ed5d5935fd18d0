//! The scheme: which names profiles leave out, and which derived dimensions stand for questions about them.
//!
//! Every published version keeps the scheme its blocks were counted under, so that a filter is always put to profiles
//! in the terms that those profiles know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::condition::PredicateParts;
use crate::derived_dimension::{DerivedDimensionId, Model as DerivedRow};
use crate::dimension::Model as DimensionRow;
use crate::{Condition, Filter, Predicate};

/// How profiles are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSchema {
    #[serde(rename = "keptOut")]
    high_cardinality: BTreeSet<String>,
    promoted: BTreeSet<String>,
    /// By the hexadecimal digest of the atom.
    derived: BTreeMap<String, DerivedDimensionId>,
}

impl ProfileSchema {
    /// The scheme of dimensions and derived dimensions.
    pub fn of(dimensions: &[DimensionRow], derived: &[DerivedRow]) -> Self {
        let names = |high_cardinality: bool| {
            let such = dimensions
                .iter()
                .filter(move |row| row.kept_out == high_cardinality && (high_cardinality || row.pinned));
            such.map(|row| row.name.clone()).collect()
        };
        let derived = derived.iter().map(|row| (hexadecimal(&row.digest), row.id)).collect();
        Self { high_cardinality: names(true), promoted: names(false), derived }
    }

    /// True when profiles leave this name out.
    pub fn is_high_cardinality(&self, name: &str) -> bool {
        self.high_cardinality.contains(name)
    }

    /// True when only the answers to a filter's questions matter, not the value itself: of names with too many values
    /// one cannot see the value, and of those that an operator promoted one should not, so that nothing changes.
    pub fn is_answered_by_conditions(&self, name: &str) -> bool {
        self.high_cardinality.contains(name) || self.promoted.contains(name)
    }

    /// The same test in terms of profiles; `None` when they do not know the answer to one of its questions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        let each = |parts: &[Filter]| parts.iter().map(|part| self.translate(part)).collect::<Option<Vec<_>>>();
        Some(match filter {
            Filter::All(parts) => Filter::All(each(parts)?),
            Filter::Any(parts) => Filter::Any(each(parts)?),
            Filter::Not(part) => Filter::Not(Box::new(self.translate(part)?)),
            Filter::Attribute(predicate) if !self.is_high_cardinality(&predicate.name) => filter.clone(),
            Filter::Attribute(predicate) => match PredicateParts::from(predicate) {
                PredicateParts::Never => Filter::Any(Vec::new()),
                PredicateParts::Absent(atom) => Filter::Not(Box::new(self.derived_filter(&atom)?)),
                PredicateParts::All(atoms) => {
                    Filter::All(atoms.iter().map(|a| self.derived_filter(a)).collect::<Option<Vec<_>>>()?)
                }
            },
        })
    }

    /// The questions of a filter about names that profiles leave out.
    pub fn conditions(&self, filter: &Filter) -> BTreeSet<Condition> {
        let predicates = filter.predicates().into_iter().filter(|predicate| self.is_high_cardinality(&predicate.name));
        predicates.flat_map(|predicate| PredicateParts::from(predicate).conditions()).collect()
    }

    /// The derived dimension of an atom; `None` when profiles do not know it.
    pub fn derived(&self, condition: &Condition) -> Option<DerivedDimensionId> {
        self.derived.get(&hexadecimal(&condition.digest())).copied()
    }

    fn derived_filter(&self, condition: &Condition) -> Option<Filter> {
        let name = self.derived(condition)?.attribute();
        Some(Filter::Attribute(Predicate { name, exists: Some(true), ..Predicate::default() }))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Attributes;
    use crate::derived_dimension::HOLDS;

    fn profile_schema(conditions: &BTreeSet<Condition>) -> ProfileSchema {
        let row = |name: &str, high_cardinality| DimensionRow {
            name: name.to_owned(),
            numeric: true,
            distinct_values: 1,
            kept_out: high_cardinality,
            pinned: false,
        };
        let derived = |(id, condition): (i64, &Condition)| DerivedRow {
            id: DerivedDimensionId(id),
            name: condition.name.clone(),
            predicate: condition.to_text(),
            digest: condition.digest(),
        };
        let derived: Vec<_> = (1..).zip(conditions).map(derived).collect();
        ProfileSchema::of(&[row("order", true), row("region", false)], &derived)
    }

    #[test]
    fn a_translated_filter_is_the_same_test_on_profiles() {
        let json = r#"{"any": [
            {"all": [{"attribute": {"name": "order", "atLeast": 5, "below": 8}},
                     {"not": {"attribute": {"name": "region", "in": ["EU"]}}}]},
            {"attribute": {"name": "order", "exists": false}},
            {"not": {"attribute": {"name": "order", "in": ["x", "7"], "exists": true}}}]}"#;
        let filter: Filter = serde_json::from_str(json).expect("a filter");
        let conditions = profile_schema(&BTreeSet::new()).conditions(&filter);
        assert_eq!(conditions.len(), 4);
        assert_eq!(profile_schema(&BTreeSet::new()).translate(&filter), None);
        let scheme = profile_schema(&conditions);
        let translated = scheme.translate(&filter).expect("known");
        for order in [None, Some("x"), Some("4"), Some("5"), Some("7"), Some("8"), Some("")] {
            for region in [None, Some("EU"), Some("US")] {
                let pair = |name: &str, value: Option<&str>| Some((name.to_owned(), value?.to_owned()));
                let raw: Attributes = [pair("order", order), pair("region", region)].into_iter().flatten().collect();
                let mut profile: Attributes = pair("region", region).into_iter().collect();
                let holding = conditions.iter().filter(|condition| condition.matches(&raw));
                let names = holding.filter_map(|atom| scheme.derived(atom)).map(DerivedDimensionId::attribute);
                profile.0.extend(names.map(|name| (name, HOLDS.to_owned())));
                assert_eq!(translated.matches(&profile), filter.matches(&raw), "{order:?} {region:?}");
            }
        }
    }

    #[test]
    fn a_scheme_comes_back_from_its_json() {
        let filter = Filter::Attribute(Predicate { name: "order".into(), exists: Some(true), ..Predicate::default() });
        let schema = profile_schema(&ProfileSchema::of(&[], &[]).conditions(&filter));
        let json = serde_json::to_string(&schema).expect("JSON");
        assert_eq!(serde_json::from_str::<ProfileSchema>(&json).expect("a scheme"), schema);
    }
}
