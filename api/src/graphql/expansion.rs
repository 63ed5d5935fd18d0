//! How large a document becomes once its fragments are expanded, counted before anything walks it.
//!
//! Fragments that each spread the next one twice double the work with every fragment: 730 bytes keep a processor busy
//! for seconds, and the depth and complexity limits come too late because they walk every spread themselves. Here
//! each fragment is counted once. The walk also refuses directives that do not exist: async-graphql overlooks those on
//! `__typename`.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};

use super::error::ApiError;

/// The most selections a document may expand to.
pub const SELECTIONS_LIMIT: usize = 10_000;

/// How deep selections and spreads may nest before the count gives up; the query's own depth limit is far below.
const NESTING_LIMIT: usize = 64;

/// Refuses a document that expands to more than [`SELECTIONS_LIMIT`] selections, or whose fragments spread themselves.
pub fn check(document: &ExecutableDocument) -> Result<(), ApiError> {
    let mut count = Count { document, fragments: HashMap::new() };
    let mut total: usize = 0;
    for (_, operation) in document.operations.iter() {
        total = total.saturating_add(count.selections(&operation.node.selection_set.node, 0)?);
    }
    // Fragments that no operation spreads are walked by the validation all the same.
    for name in document.fragments.keys() {
        total = total.saturating_add(count.fragment(name.as_str(), 0)?);
    }
    if total > SELECTIONS_LIMIT {
        let message = format!("the document expands to {total} selections, at most {SELECTIONS_LIMIT} are executed");
        return Err(ApiError::LimitExceeded(message));
    }
    Ok(())
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    /// The size of each fragment counted so far; `None` while it is being counted.
    fragments: HashMap<&'a str, Option<usize>>,
}

impl<'a> Count<'a> {
    fn selections(&mut self, set: &'a SelectionSet, nesting: usize) -> Result<usize, ApiError> {
        if nesting > NESTING_LIMIT {
            return Err(ApiError::LimitExceeded(format!("selections and fragments nest deeper than {NESTING_LIMIT}")));
        }
        let mut total: usize = 0;
        for selection in &set.items {
            check_directives(match &selection.node {
                Selection::Field(field) => &field.node.directives,
                Selection::InlineFragment(inline) => &inline.node.directives,
                Selection::FragmentSpread(spread) => &spread.node.directives,
            })?;
            let inside = match &selection.node {
                Selection::Field(field) => self.selections(&field.node.selection_set.node, nesting + 1)?,
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node, nesting + 1)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), nesting + 1)?
                }
            };
            total = total.saturating_add(1).saturating_add(inside);
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &'a str, nesting: usize) -> Result<usize, ApiError> {
        match self.fragments.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(ApiError::BadUserInput(format!("the fragment \"{name}\" spreads itself"))),
            None => {}
        }
        // An unknown fragment is the validation's to report.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(0) };
        self.fragments.insert(name, None);
        let size = self.selections(&fragment.node.selection_set.node, nesting)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}

fn check_directives(directives: &[Positioned<Directive>]) -> Result<(), ApiError> {
    let mut names = directives.iter().map(|directive| directive.node.name.node.as_str());
    match names.find(|name| !["include", "skip"].contains(name)) {
        Some(unknown) => Err(ApiError::BadUserInput(format!("Unknown directive \"@{unknown}\""))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn checked(query: &str) -> Result<(), ApiError> {
        check(&async_graphql::parser::parse_query(query).expect("a document"))
    }

    fn doubling(fragments: usize) -> String {
        let mut query = "{ viewer { ...F0 ...F0 } }".to_owned();
        for at in 0..fragments {
            let _ = write!(query, " fragment F{at} on Viewer {{ ...F{} ...F{} }}", at + 1, at + 1);
        }
        let _ = write!(query, " fragment F{fragments} on Viewer {{ name }}");
        query
    }

    #[test]
    fn fragments_that_double_are_refused_at_once() {
        let started = std::time::Instant::now();
        assert!(matches!(checked(&doubling(30)), Err(ApiError::LimitExceeded(_))));
        assert!(started.elapsed() < std::time::Duration::from_millis(100));
        assert_eq!(checked(&doubling(8)), Ok(()));
    }

    #[test]
    fn a_fragment_that_spreads_itself_and_a_directive_that_does_not_exist_are_refused() {
        let query = "{ viewer { ...A } } fragment A on Viewer { ...B ...B } fragment B on Viewer { ...A ...A }";
        assert!(matches!(checked(query), Err(ApiError::BadUserInput(_))));
        assert!(matches!(checked("{ __typename @aa }"), Err(ApiError::BadUserInput(_))));
    }

    #[test]
    fn a_long_chain_of_fragments_is_refused_before_the_stack_ends() {
        let mut query = "{ viewer { ...F0 } }".to_owned();
        for at in 0..5_000 {
            let _ = write!(query, " fragment F{at} on Viewer {{ ...F{} }}", at + 1);
        }
        assert!(matches!(checked(&query), Err(ApiError::LimitExceeded(_))));
    }
}
