//! The single responses of customers who can be recognised again, for a variance reduction per customer (CUPED).
//!
//! They supplement the weekly counts of [`crate::cells::CellWeeks`], with the same cells and weeks, and never replace
//! them: a response without a known customer is in the counts only. The caller decides which responses to include.

use std::slice::ChunkBy;

/// One scored response of a recognised customer. It is ordered by its fields: customer, week, cell, net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellResponse {
    /// Identifies the customer: equal for responses of the same customer, otherwise without meaning.
    pub customer: u32,
    /// Weeks since week 0, as in [`crate::cells::CellWeeks`].
    pub week: u32,
    /// The index of the cell in [`crate::cells::CellWeeks`].
    pub cell: u32,
    /// What the response adds to promoters minus detractors: +1 a promoter, 0 a passive, -1 a detractor.
    pub net: i8,
}

/// Responses in order of customer, week, cell and net, so that equal sets are summed in the same order whatever their
/// input order: a sum of floating-point numbers depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellResponses {
    responses: Vec<CellResponse>,
}

impl CellResponses {
    /// Sorts the responses. Duplicates are kept.
    pub fn new(mut responses: Vec<CellResponse>) -> Self {
        responses.sort_unstable();
        Self { responses }
    }

    /// All responses, sorted.
    pub fn as_slice(&self) -> &[CellResponse] {
        &self.responses
    }

    /// The responses of one customer after the other: each slice has at least one response and is in order of weeks.
    pub fn by_customer(&self) -> ChunkBy<'_, CellResponse, fn(&CellResponse, &CellResponse) -> bool> {
        let same: fn(&CellResponse, &CellResponse) -> bool = |one, next| one.customer == next.customer;
        self.responses.chunk_by(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(customer: u32, week: u32, cell: u32, net: i8) -> CellResponse {
        CellResponse { customer, week, cell, net }
    }

    #[test]
    fn responses_are_sorted_by_customer_then_week_then_cell_then_net() {
        let sorted = vec![
            response(0, 9, 9, 1),
            response(1, 0, 2, 1),
            response(1, 0, 3, -1),
            response(1, 0, 3, 1),
            response(1, 0, 3, 1),
            response(1, 2, 0, -1),
        ];
        let mut backwards = sorted.clone();
        backwards.reverse();
        assert_eq!(CellResponses::new(backwards).as_slice(), sorted);
    }

    #[test]
    fn each_customer_is_one_slice() {
        let responses = CellResponses::new(vec![response(7, 1, 0, 1), response(3, 2, 0, 0), response(7, 0, 0, -1)]);
        let customers: Vec<_> = responses.by_customer().map(|each| (each[0].customer, each.len())).collect();
        assert_eq!(customers, [(3, 1), (7, 2)]);
        assert_eq!(CellResponses::default().by_customer().count(), 0);
    }
}
