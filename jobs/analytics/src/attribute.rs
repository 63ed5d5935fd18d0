//! Which attributes a question may ask about, and what a filter means for the profiles of a version.
//!
//! A question about attributes that nobody has, or that one cannot slice by, is an error that says which exist.

use std::collections::BTreeSet;

use entity::Filter;
use needle_rules::problem::{Code, Problem};
use needle_rules::segment::unknown_attribute;

use crate::figures::{Figures, FiguresError};

impl Figures {
    /// True when one can slice by a name: neither today's profiles nor those of this version leave it out.
    pub fn is_sliceable(&self, name: &str) -> bool {
        !self.is_kept_out(name) && !self.scheme.keeps_out(name)
    }

    /// The names that are kept beside the answers today.
    pub fn kept_out(&self) -> BTreeSet<String> {
        self.dimensions.iter().filter(|row| row.kept_out).map(|row| row.name.clone()).collect()
    }

    fn is_kept_out(&self, name: &str) -> bool {
        self.dimensions.iter().any(|row| row.name == name && row.kept_out)
    }

    /// A filter in terms of this version's profiles; `None` when they do not know the answer to one of its questions.
    pub fn translate(&self, filter: &Filter) -> Option<Filter> {
        self.scheme.translate(filter)
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
    pub fn check(&self, filter: Option<&Filter>) -> Result<(), FiguresError> {
        let Some(filter) = filter else { return Ok(()) };
        filter
            .validate()
            .map_err(|error| FiguresError::Problem(Problem::new(Code::Invalid, "where", error.to_string())))?;
        filter.names().into_iter().try_for_each(|name| self.check_known(name, "where"))
    }

    /// A filter of a free slice in terms of this version's profiles. Refuses one about names kept out, unless some
    /// definition asks the same.
    pub(crate) fn sliceable(&self, filter: Option<&Filter>) -> Result<Option<Filter>, FiguresError> {
        self.check(filter)?;
        let Some(filter) = filter else { return Ok(None) };
        for predicate in filter.predicates() {
            let is_answered = self.scheme.keeps_out(&predicate.name)
                && self.translate(&Filter::Attribute(predicate.clone())).is_some();
            if !is_answered {
                self.check_sliceable(&predicate.name, "where")?;
            }
        }
        Ok(self.translate(filter))
    }

    fn check_known(&self, name: &str, field: &str) -> Result<(), FiguresError> {
        if self.dimensions.iter().any(|dimension| dimension.name == name) {
            return Ok(());
        }
        let names = self.dimensions.iter().map(|dimension| dimension.name.as_str());
        Err(FiguresError::Problem(unknown_attribute(name, names, field)))
    }

    pub(crate) fn check_sliceable(&self, name: &str, field: &str) -> Result<(), FiguresError> {
        self.check_known(name, field)?;
        let message = if self.is_kept_out(name) {
            format!(
                "attribute \"{name}\" is kept beside the answers: one cannot slice by it, unless an operator runs \
                 `needle dimension promote \"{name}\"`; a segment may ask about it"
            )
        } else if self.scheme.keeps_out(name) {
            format!("attribute \"{name}\" was promoted since the last recompute: one can slice by it after the next")
        } else {
            return Ok(());
        };
        Err(FiguresError::Problem(Problem::new(Code::Invalid, field, message)))
    }
}
