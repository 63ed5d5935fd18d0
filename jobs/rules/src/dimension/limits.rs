//! How many attributes there may be: every name is a dimension that lists, charts and imports have to walk through.

use entity::store::dimension::VALUES_LIMIT;

use crate::problem::{InputProblem, ProblemCode};

/// The limits of `[dimensions]` in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeLimits {
    /// `values_limit`: an attribute with more distinct values is not part of profiles, unless an operator decided
    /// otherwise.
    pub values: usize,
    /// `names_limit`: how many attributes a database may have.
    pub names: usize,
    /// `new_names_per_request`: how many of them one mutation or one file may add.
    pub new_names_per_request: usize,
    /// `names_per_customer`: how many attributes one customer may have, and one response.
    pub names_per_customer: usize,
}

impl Default for AttributeLimits {
    /// The widest exports of survey tools have a few thousand columns.
    fn default() -> Self {
        Self { values: VALUES_LIMIT, names: 10_000, new_names_per_request: 5_000, names_per_customer: 5_000 }
    }
}

impl AttributeLimits {
    /// Refuses to give too many attributes to one customer or response, which has some before.
    pub(super) fn check_holder(&self, before: usize, more: usize) -> Result<(), InputProblem> {
        let found = before + more;
        if more == 0 || found <= self.names_per_customer {
            return Ok(());
        }
        let limit = self.names_per_customer;
        Err(too_many(format!(
            "expected at most {limit} attributes of one customer or response (`names_per_customer` in `[dimensions]`), \
             found {found}"
        )))
    }

    /// Refuses a row that adds names of attributes to `known` ones of which this request has added `added` before.
    pub(super) fn check_new_names(&self, known: usize, added: usize, new: &[&str]) -> Result<(), InputProblem> {
        let Some(first) = new.first() else { return Ok(()) };
        let (of_database, of_request) = (known + new.len(), added + new.len());
        if of_database > self.names {
            let limit = self.names;
            return Err(too_many(format!(
                "expected at most {limit} attributes in the database (`names_limit` in `[dimensions]`), found \
                 {of_database} with \"{first}\""
            )));
        }
        if of_request > self.new_names_per_request {
            let limit = self.new_names_per_request;
            return Err(too_many(format!(
                "expected at most {limit} new attributes in one request or file (`new_names_per_request` in \
                 `[dimensions]`), found {of_request} with \"{first}\""
            )));
        }
        Ok(())
    }
}

fn too_many(message: String) -> InputProblem {
    InputProblem::new(ProblemCode::TooMany, "attributes", message)
}
