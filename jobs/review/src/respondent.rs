//! Respondents: the responses of recognised customers, as compact rows in memory.
//!
//! The cube has no customers, so a variance reduction per customer needs these rows in addition. Responses without a
//! customer are not among them, nor are those of erased customers, whose responses no longer have one. Which rows are
//! read is decided by [`crate::need`]; how they change an estimate is left to the statistics.

use std::collections::HashMap;
use std::ops::Range;

use entity::customer::CustomerId;
use entity::decision::DecisionId;
use entity::profile::ProfileId;
use entity::store::respondent::ScoredResponse;
use entity::{DatabaseTransaction, Day, ScoreCategory, StoreError, store};
use needle_analytics::cube::Cube;
use needle_stats::responses::{CellResponse, CellResponses};

use crate::need::RespondentNeed;

/// The rows read for a [`RespondentNeed`], with profiles by their index in one cube.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Respondents {
    need: RespondentNeed,
    /// Sorted by customer, day, profile and net.
    rows: Vec<RespondentRow>,
}

/// One response in sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RespondentRow {
    customer: u32,
    day: Day,
    /// The profile's index in the cube.
    profile: u32,
    /// 1 for a promoter, 0 for a passive, -1 for a detractor.
    net: i8,
}

/// Respondents while they are read, before they are bound to a cube.
#[derive(Clone, Debug)]
pub struct RespondentBatch {
    need: RespondentNeed,
    numbers: HashMap<CustomerId, u32>,
    responses: Vec<BatchResponse>,
}

#[derive(Clone, Copy, Debug)]
struct BatchResponse {
    customer: u32,
    day: Day,
    profile: ProfileId,
    net: i8,
}

impl RespondentBatch {
    /// An empty batch.
    fn of(need: RespondentNeed) -> Self {
        Self { need, numbers: HashMap::new(), responses: Vec::new() }
    }

    /// Reads all rows that are needed.
    pub async fn read(snapshot: &DatabaseTransaction, need: RespondentNeed) -> Result<Self, StoreError> {
        let (from, until) = (need.from, need.until);
        let mut batch = Self::of(need);
        store::respondent::scan(snapshot, from, until, |response| batch.add(response)).await?;
        Ok(batch)
    }

    /// Adds a response.
    fn add(&mut self, response: ScoredResponse) {
        let ScoredResponse { day, customer, profile, score } = response;
        let number = u32::try_from(self.numbers.len()).expect("there are fewer than four thousand million customers");
        let customer = *self.numbers.entry(customer).or_insert(number);
        let net = ScoreCategory::of(score).net();
        self.responses.push(BatchResponse { customer, day, profile, net });
    }

    /// The respondents, with profiles by their index in a cube. Customers with one response are dropped: a single
    /// response carries no information about the correlation of a customer's responses.
    pub fn into_respondents(self, cube: &Cube) -> Respondents {
        let mut counts = vec![0_usize; self.numbers.len()];
        for response in &self.responses {
            counts[response.customer as usize] += 1;
        }
        let mut customers: Vec<(CustomerId, u32)> =
            self.numbers.into_iter().filter(|(_, number)| counts[*number as usize] > 1).collect();
        // By id, so that the result does not depend on the order in which the rows were read.
        customers.sort_unstable();
        let mut ranks = vec![None; counts.len()];
        for ((_, number), rank) in customers.into_iter().zip(0_u32..) {
            ranks[number as usize] = Some(rank);
        }
        let row = |response: BatchResponse| {
            let BatchResponse { customer, day, profile, net } = response;
            Some(RespondentRow { customer: ranks[customer as usize]?, day, profile: cube.index_of(profile), net })
        };
        let mut rows: Vec<RespondentRow> = self.responses.into_iter().filter_map(row).collect();
        rows.shrink_to_fit();
        rows.sort_unstable();
        Respondents { need: self.need, rows }
    }
}

impl Respondents {
    /// True when respondents were read for a decision.
    pub fn serves(&self, decision: DecisionId) -> bool {
        self.need.serves(decision)
    }

    /// True when everything needed was read.
    pub fn covers(&self, need: &RespondentNeed) -> bool {
        self.need.covers(need)
    }

    /// The number of responses.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without any response.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The responses to which `locate` gives a week and a cell, by their day and their profile's index in the cube.
    ///
    /// Customers left with one response are dropped, and customers are numbered in order of their histories, not of
    /// their ids: the result is a pure function of the located responses, and sums over it are the same in every
    /// database that stores them. Customers with equal histories are interchangeable.
    pub fn locate(&self, locate: impl Fn(Day, u32) -> Option<(u32, u32)>) -> CellResponses {
        let mut located: Vec<(u32, u32, i8)> = Vec::with_capacity(self.rows.len());
        let mut histories: Vec<Range<usize>> = Vec::new();
        for rows in self.rows.chunk_by(|one, next| one.customer == next.customer) {
            let first = located.len();
            located.extend(rows.iter().filter_map(|row| {
                let (week, cell) = locate(row.day, row.profile)?;
                Some((week, cell, row.net))
            }));
            if located.len() - first > 1 {
                located[first..].sort_unstable();
                histories.push(first..located.len());
            } else {
                located.truncate(first);
            }
        }
        histories.sort_unstable_by(|one, other| located[one.clone()].cmp(&located[other.clone()]));
        let mut responses = Vec::with_capacity(located.len());
        for (history, customer) in histories.into_iter().zip(0_u32..) {
            let response =
                |(week, cell, net): &(u32, u32, i8)| CellResponse { customer, week: *week, cell: *cell, net: *net };
            responses.extend(located[history].iter().map(response));
        }
        CellResponses::new(responses)
    }
}

#[cfg(test)]
mod tests;
