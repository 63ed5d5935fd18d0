//! The scheme: which names profiles leave out, and which derived dimensions stand for questions about them.
//!
//! Every published version keeps the scheme its blocks were counted under, so that a filter is always put to profiles
//! in the terms that those profiles know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::atom::Parts;
use crate::derived_dimension::{DerivedId, Model as DerivedRow};
use crate::dimension::Model as DimensionRow;
use crate::{Atom, Filter, Predicate};

/// How profiles are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct Scheme {
    kept_out: BTreeSet<String>,
    promoted: BTreeSet<String>,
    /// By the hexadecimal digest of the atom.
    derived: BTreeMap<String, DerivedId>,
}

impl Scheme {
    /// The scheme of dimensions and derived dimensions.
    pub fn of(dimensions: &[DimensionRow], derived: &[DerivedRow]) -> Self {
        let names = |high_cardinality: bool| {
            let such = dimensions
                .iter()
                .filter(move |row| row.kept_out == high_cardinality && (high_cardinality || row.pinned));
            such.map(|row| row.name.clone()).collect()
        };
        let derived = derived.iter().map(|row| (hexadecimal(&row.digest), row.id)).collect();
        Self { kept_out: names(true), promoted: names(false), derived }
    }

    /// True when profiles leave this name out.
    pub fn keeps_out(&self, name: &str) -> bool {
        self.kept_out.contains(name)
    }

    /// True when only the answers to a filter's questions matter, not the value itself: of names with too many values
    /// one cannot see the value, and of those that an operator promoted one should not, so that nothing changes.
    pub fn is_asked_by_atoms(&self, name: &str) -> bool {
        self.kept_out.contains(name) || self.promoted.contains(name)
    }

    /// The same test in terms of profiles; `None` when they do not know the answer to one of its questions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        let each = |parts: &[Filter]| parts.iter().map(|part| self.translate(part)).collect::<Option<Vec<_>>>();
        Some(match filter {
            Filter::All(parts) => Filter::All(each(parts)?),
            Filter::Any(parts) => Filter::Any(each(parts)?),
            Filter::Not(part) => Filter::Not(Box::new(self.translate(part)?)),
            Filter::Attribute(predicate) if !self.keeps_out(&predicate.name) => filter.clone(),
            Filter::Attribute(predicate) => match Parts::from(predicate) {
                Parts::Never => Filter::Any(Vec::new()),
                Parts::Absent(atom) => Filter::Not(Box::new(self.stand_in(&atom)?)),
                Parts::All(atoms) => Filter::All(atoms.iter().map(|a| self.stand_in(a)).collect::<Option<Vec<_>>>()?),
            },
        })
    }

    /// The questions of a filter about names that profiles leave out.
    pub fn atoms(&self, filter: &Filter) -> BTreeSet<Atom> {
        let predicates = filter.predicates().into_iter().filter(|predicate| self.keeps_out(&predicate.name));
        predicates.flat_map(|predicate| Parts::from(predicate).atoms()).collect()
    }

    /// The derived dimension of an atom; `None` when profiles do not know it.
    pub fn derived(&self, condition: &Atom) -> Option<DerivedId> {
        self.derived.get(&hexadecimal(&condition.digest())).copied()
    }

    fn stand_in(&self, condition: &Atom) -> Option<Filter> {
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

    fn scheme(conditions: &BTreeSet<Atom>) -> Scheme {
        let row = |name: &str, high_cardinality| DimensionRow {
            name: name.to_owned(),
            numeric: true,
            distinct_values: 1,
            kept_out: high_cardinality,
            pinned: false,
        };
        let derived = |(id, condition): (i64, &Atom)| DerivedRow {
            id: DerivedId(id),
            name: condition.name.clone(),
            predicate: condition.to_text(),
            digest: condition.digest(),
        };
        let derived: Vec<_> = (1..).zip(conditions).map(derived).collect();
        Scheme::of(&[row("order", true), row("region", false)], &derived)
    }

    #[test]
    fn a_translated_filter_is_the_same_test_on_profiles() {
        let json = r#"{"any": [
            {"all": [{"attribute": {"name": "order", "atLeast": 5, "below": 8}},
                     {"not": {"attribute": {"name": "region", "in": ["EU"]}}}]},
            {"attribute": {"name": "order", "exists": false}},
            {"not": {"attribute": {"name": "order", "in": ["x", "7"], "exists": true}}}]}"#;
        let filter: Filter = serde_json::from_str(json).expect("a filter");
        let conditions = scheme(&BTreeSet::new()).atoms(&filter);
        assert_eq!(conditions.len(), 4);
        assert_eq!(scheme(&BTreeSet::new()).translate(&filter), None);
        let scheme = scheme(&conditions);
        let translated = scheme.translate(&filter).expect("known");
        for order in [None, Some("x"), Some("4"), Some("5"), Some("7"), Some("8"), Some("")] {
            for region in [None, Some("EU"), Some("US")] {
                let pair = |name: &str, value: Option<&str>| Some((name.to_owned(), value?.to_owned()));
                let raw: Attributes = [pair("order", order), pair("region", region)].into_iter().flatten().collect();
                let mut profile: Attributes = pair("region", region).into_iter().collect();
                let holding = conditions.iter().filter(|condition| condition.matches(&raw));
                let names = holding.filter_map(|atom| scheme.derived(atom)).map(DerivedId::attribute);
                profile.0.extend(names.map(|name| (name, HOLDS.to_owned())));
                assert_eq!(translated.matches(&profile), filter.matches(&raw), "{order:?} {region:?}");
            }
        }
    }

    #[test]
    fn a_scheme_comes_back_from_its_json() {
        let filter = Filter::Attribute(Predicate { name: "order".into(), exists: Some(true), ..Predicate::default() });
        let schema = scheme(&Scheme::of(&[], &[]).atoms(&filter));
        let json = serde_json::to_string(&schema).expect("JSON");
        assert_eq!(serde_json::from_str::<Scheme>(&json).expect("a scheme"), schema);
    }
}
