//! The profile schema: which attributes profiles leave out because of their high cardinality, and which derived
//! dimensions replace them. A derived dimension is a Boolean attribute of profiles that stores whether a response
//! matches one condition on a high-cardinality attribute.
//!
//! Every published version stores the schema by which its blocks were counted, so that a filter is always translated to
//! the attributes that the profiles in those blocks have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::condition::PredicateParts;
use crate::derived_dimension::{DerivedDimensionId, Model as DerivedRow};
use crate::dimension::Model as DimensionRow;
use crate::{Condition, Filter, Predicate};

/// Which attributes profiles have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSchema {
    #[serde(rename = "keptOut")]
    high_cardinality: BTreeSet<String>,
    promoted: BTreeSet<String>,
    /// By the hexadecimal digest of the condition.
    derived: BTreeMap<String, DerivedDimensionId>,
}

impl ProfileSchema {
    /// The schema that these dimensions and derived dimensions make.
    pub fn of(dimensions: &[DimensionRow], derived: &[DerivedRow]) -> Self {
        let names = |high_cardinality: bool| {
            let rows = dimensions
                .iter()
                .filter(move |row| row.kept_out == high_cardinality && (high_cardinality || row.pinned));
            rows.map(|row| row.name.clone()).collect()
        };
        let derived = derived.iter().map(|row| (hexadecimal(&row.digest), row.id)).collect();
        Self { high_cardinality: names(true), promoted: names(false), derived }
    }

    /// True when profiles leave this attribute out.
    pub fn is_high_cardinality(&self, name: &str) -> bool {
        self.high_cardinality.contains(name)
    }

    /// True when only whether the conditions of a filter match is visible, not the value itself: profiles do not have
    /// the values of a high-cardinality attribute, and those of an attribute that an operator promoted stay hidden, so
    /// that nothing changes.
    pub fn is_answered_by_conditions(&self, name: &str) -> bool {
        self.high_cardinality.contains(name) || self.promoted.contains(name)
    }

    /// The same test on the attributes of profiles; `None` when it has a condition without a derived dimension.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        let each = |parts: &[Filter]| parts.iter().map(|part| self.translate(part)).collect::<Option<Vec<_>>>();
        Some(match filter {
            Filter::All(parts) => Filter::All(each(parts)?),
            Filter::Any(parts) => Filter::Any(each(parts)?),
            Filter::Not(part) => Filter::Not(Box::new(self.translate(part)?)),
            Filter::Attribute(predicate) if !self.is_high_cardinality(&predicate.name) => filter.clone(),
            Filter::Attribute(predicate) => match PredicateParts::from(predicate) {
                PredicateParts::Never => Filter::Any(Vec::new()),
                PredicateParts::Absent(condition) => Filter::Not(Box::new(self.derived_filter(&condition)?)),
                PredicateParts::All(conditions) => {
                    let parts = conditions.iter().map(|condition| self.derived_filter(condition));
                    Filter::All(parts.collect::<Option<Vec<_>>>()?)
                }
            },
        })
    }

    /// The conditions of a filter on high-cardinality attributes.
    pub fn conditions(&self, filter: &Filter) -> BTreeSet<Condition> {
        let predicates = filter.predicates().into_iter().filter(|predicate| self.is_high_cardinality(&predicate.name));
        predicates.flat_map(|predicate| PredicateParts::from(predicate).conditions()).collect()
    }

    /// The derived dimension of a condition; `None` when profiles have none.
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
        let schema = profile_schema(&conditions);
        let translated = schema.translate(&filter).expect("a filter of profiles");
        for order in [None, Some("x"), Some("4"), Some("5"), Some("7"), Some("8"), Some("")] {
            for region in [None, Some("EU"), Some("US")] {
                let pair = |name: &str, value: Option<&str>| Some((name.to_owned(), value?.to_owned()));
                let raw: Attributes = [pair("order", order), pair("region", region)].into_iter().flatten().collect();
                let mut profile: Attributes = pair("region", region).into_iter().collect();
                let holding = conditions.iter().filter(|condition| condition.matches(&raw));
                let names =
                    holding.filter_map(|condition| schema.derived(condition)).map(DerivedDimensionId::attribute);
                profile.0.extend(names.map(|name| (name, HOLDS.to_owned())));
                assert_eq!(translated.matches(&profile), filter.matches(&raw), "{order:?} {region:?}");
            }
        }
    }

    #[test]
    fn a_schema_is_read_from_its_json() {
        let filter = Filter::Attribute(Predicate { name: "order".into(), exists: Some(true), ..Predicate::default() });
        let schema = profile_schema(&ProfileSchema::of(&[], &[]).conditions(&filter));
        let json = serde_json::to_string(&schema).expect("JSON");
        assert_eq!(serde_json::from_str::<ProfileSchema>(&json).expect("a schema"), schema);
    }
}
