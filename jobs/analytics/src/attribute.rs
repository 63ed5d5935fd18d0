//! Which attributes a query may use, and how a filter is translated to the profiles of a version.
//!
//! A query that uses attributes that do not exist or are not sliceable is an error that lists the existing ones.

use std::collections::BTreeSet;

use entity::Filter;
use entity::dimension::Model as DimensionRow;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::unknown_attribute;

use crate::analytics_cache::{Analytics, AnalyticsError};

impl Analytics {
    /// Each attribute, by name, with whether it is sliceable: part of today's profiles and of those of this version.
    pub fn sliceability(&self) -> impl Iterator<Item = (&DimensionRow, bool)> {
        let is_sliceable = |row: &DimensionRow| !row.kept_out && !self.profile_schema.is_high_cardinality(&row.name);
        self.dimensions.iter().map(move |row| (row, is_sliceable(row)))
    }

    /// True when an attribute is part of today's profiles and of those of this version.
    pub(crate) fn is_sliceable(&self, name: &str) -> bool {
        !self.is_high_cardinality(name) && !self.profile_schema.is_high_cardinality(name)
    }

    /// The attributes whose values are stored in the response details today.
    pub fn high_cardinality_names(&self) -> BTreeSet<String> {
        self.dimensions.iter().filter(|row| row.kept_out).map(|row| row.name.clone()).collect()
    }

    fn is_high_cardinality(&self, name: &str) -> bool {
        self.dimensions.iter().any(|row| row.name == name && row.kept_out)
    }

    /// A filter translated to this version's profiles; `None` when they do not store one of its conditions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        self.profile_schema.translate(filter)
    }

    /// Per profile, in the order of the cube, whether it matches a translated filter; `None` matches everyone.
    pub fn members(&self, filter: Option<&Filter>) -> Vec<bool> {
        let belongs = |profile| filter.is_none_or(|filter| filter.matches(profile));
        self.cube.profiles().iter().map(belongs).collect()
    }

    /// True when some profile with responses matches both filters; `None` matches everyone.
    pub fn any_profile_in_both(&self, one: Option<&Filter>, other: Option<&Filter>) -> bool {
        let (Some(one), Some(other)) = (one, other) else { return true };
        let (Some(one), Some(other)) = (self.translate(one), self.translate(other)) else { return false };
        self.cube.profiles().iter().any(|profile| one.matches(profile) && other.matches(profile))
    }

    /// Refuses a filter without conditions, with too many of them, or on attributes that do not exist.
    pub fn check(&self, filter: Option<&Filter>) -> Result<(), AnalyticsError> {
        let Some(filter) = filter else { return Ok(()) };
        filter.validate().map_err(|error| {
            AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, "where", error.to_string()))
        })?;
        filter.names().into_iter().try_for_each(|name| self.check_exists(name, "where"))
    }

    /// A slice's filter translated to this version's profiles. Refuses high-cardinality attributes, unless some segment
    /// definition has the same condition.
    pub(crate) fn sliceable(&self, filter: Option<&Filter>) -> Result<Option<Filter>, AnalyticsError> {
        self.check(filter)?;
        let Some(filter) = filter else { return Ok(None) };
        for predicate in filter.predicates() {
            let is_stored = self.profile_schema.is_high_cardinality(&predicate.name)
                && self.translate(&Filter::Attribute(predicate.clone())).is_some();
            if !is_stored {
                self.check_sliceable(&predicate.name, "where")?;
            }
        }
        Ok(self.translate(filter))
    }

    fn check_exists(&self, name: &str, field: &str) -> Result<(), AnalyticsError> {
        if self.dimensions.iter().any(|dimension| dimension.name == name) {
            return Ok(());
        }
        let names = self.dimensions.iter().map(|dimension| dimension.name.as_str());
        Err(AnalyticsError::Problem(unknown_attribute(name, names, field)))
    }

    pub(crate) fn check_sliceable(&self, name: &str, field: &str) -> Result<(), AnalyticsError> {
        self.check_exists(name, field)?;
        let message = if self.is_high_cardinality(name) {
            format!(
                "attribute \"{name}\" has too many values to slice by: an operator can change that with \
                 `needle dimension promote \"{name}\"`; a segment may filter on it"
            )
        } else if self.profile_schema.is_high_cardinality(name) {
            format!("attribute \"{name}\" was promoted since the last recompute: it is sliceable after the next one")
        } else {
            return Ok(());
        };
        Err(AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, field, message)))
    }
}
