//! Which attributes a question may ask about, and what a filter means for the profiles of a version.
//!
//! A question about attributes that nobody has, or that one cannot slice by, is an error that says which exist.

use std::collections::BTreeSet;

use entity::Filter;
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::unknown_attribute;

use crate::analytics_cache::{Analytics, AnalyticsError};

impl Analytics {
    /// True when one can slice by a name: neither today's profiles nor those of this version leave it out.
    pub fn is_sliceable(&self, name: &str) -> bool {
        !self.is_high_cardinality(name) && !self.profile_schema.is_high_cardinality(name)
    }

    /// The names that are kept beside the answers today.
    pub fn high_cardinality_names(&self) -> BTreeSet<String> {
        self.dimensions.iter().filter(|row| row.kept_out).map(|row| row.name.clone()).collect()
    }

    fn is_high_cardinality(&self, name: &str) -> bool {
        self.dimensions.iter().any(|row| row.name == name && row.kept_out)
    }

    /// A filter in terms of this version's profiles; `None` when they do not know the answer to one of its questions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        self.profile_schema.translate(filter)
    }

    /// Who of the profiles, by their places, belongs to a group: a filter in terms of this version's profiles, where `None`
    /// is everyone.
    pub fn members(&self, filter: Option<&Filter>) -> Vec<bool> {
        let belongs = |profile| filter.is_none_or(|filter| filter.matches(profile));
        self.cube.profiles().iter().map(belongs).collect()
    }

    /// True when somebody who belongs to both groups has answered; `None` is everyone.
    pub fn any_profile_in_both(&self, one: Option<&Filter>, other: Option<&Filter>) -> bool {
        let (Some(one), Some(other)) = (one, other) else { return true };
        let (Some(one), Some(other)) = (self.translate(one), self.translate(other)) else { return false };
        self.cube.profiles().iter().any(|profile| one.matches(profile) && other.matches(profile))
    }

    /// Refuses a filter that asks nothing, too much, or about attributes that nobody has.
    pub fn check(&self, filter: Option<&Filter>) -> Result<(), AnalyticsError> {
        let Some(filter) = filter else { return Ok(()) };
        filter.validate().map_err(|error| {
            AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, "where", error.to_string()))
        })?;
        filter.names().into_iter().try_for_each(|name| self.check_exists(name, "where"))
    }

    /// A filter of a free slice in terms of this version's profiles. Refuses one about names kept out, unless some
    /// definition asks the same.
    pub(crate) fn sliceable(&self, filter: Option<&Filter>) -> Result<Option<Filter>, AnalyticsError> {
        self.check(filter)?;
        let Some(filter) = filter else { return Ok(None) };
        for predicate in filter.predicates() {
            let is_answered = self.profile_schema.is_high_cardinality(&predicate.name)
                && self.translate(&Filter::Attribute(predicate.clone())).is_some();
            if !is_answered {
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
                "attribute \"{name}\" is kept beside the answers: one cannot slice by it, unless an operator runs \
                 `needle dimension promote \"{name}\"`; a segment may ask about it"
            )
        } else if self.profile_schema.is_high_cardinality(name) {
            format!("attribute \"{name}\" was promoted since the last recompute: one can slice by it after the next")
        } else {
            return Ok(());
        };
        Err(AnalyticsError::Problem(InputProblem::new(ProblemCode::Invalid, field, message)))
    }
}
