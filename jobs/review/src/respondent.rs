//! Respondents: the answers of customers who can be recognised again, as compact rows in memory.
//!
//! They are what a variance reduction per customer needs beside the cube. Answers of nobody known are not among them, nor
//! are those of people who were erased: their answers have no customer any more. Which of them are read is
//! [`crate::need`]'s business, what they mean for an effect that of the statistics.

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

/// What was read for a [`Need`], in places of a cube.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Respondents {
    need: RespondentNeed,
    /// In order of customer, day, profile and net.
    rows: Vec<RespondentRow>,
}

/// One answer in sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RespondentRow {
    customer: u32,
    day: Day,
    /// The profile's place in the cube.
    profile: u32,
    net: i8,
}

/// Respondents while they are read: they have no cube yet.
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
    /// Nothing of what is needed.
    fn of(need: RespondentNeed) -> Self {
        Self { need, numbers: HashMap::new(), responses: Vec::new() }
    }

    /// Reads what is needed.
    pub async fn read(snapshot: &DatabaseTransaction, need: RespondentNeed) -> Result<Self, StoreError> {
        let (from, until) = (need.from, need.until);
        let mut gathering = Self::of(need);
        store::respondent::scan(snapshot, from, until, |response| gathering.add(response)).await?;
        Ok(gathering)
    }

    /// Takes an answer in.
    fn add(&mut self, response: ScoredResponse) {
        let ScoredResponse { day, customer, profile, score } = response;
        let number = u32::try_from(self.numbers.len()).expect("there are fewer than four thousand million customers");
        let customer = *self.numbers.entry(customer).or_insert(number);
        let net = ScoreCategory::of(score).net();
        self.responses.push(BatchResponse { customer, day, profile, net });
    }

    /// The respondents in a cube's places. Customers who answered once are dropped: one answer says nothing of how a
    /// customer's answers resemble each other.
    pub fn into_respondents(self, cube: &Cube) -> Respondents {
        let mut counts = vec![0_usize; self.numbers.len()];
        for response in &self.responses {
            counts[response.customer as usize] += 1;
        }
        let mut customers: Vec<(CustomerId, u32)> =
            self.numbers.into_iter().filter(|(_, number)| counts[*number as usize] > 1).collect();
        // By id: in whatever order the rows came, they end up in the same one.
        customers.sort_unstable();
        let mut ranks = vec![None; counts.len()];
        for ((_, number), rank) in customers.into_iter().zip(0_u32..) {
            ranks[number as usize] = Some(rank);
        }
        let row = |answer: BatchResponse| {
            let BatchResponse { customer, day, profile, net } = answer;
            Some(RespondentRow { customer: ranks[customer as usize]?, day, profile: cube.index_of(profile), net })
        };
        let mut rows: Vec<RespondentRow> = self.responses.into_iter().filter_map(row).collect();
        rows.shrink_to_fit();
        rows.sort_unstable();
        Respondents { need: self.need, rows }
    }
}

impl Respondents {
    /// True when a decision has its respondents among these.
    pub fn serves(&self, decision: DecisionId) -> bool {
        self.need.serves(decision)
    }

    /// True when everything needed was read.
    pub fn covers(&self, need: &RespondentNeed) -> bool {
        self.need.covers(need)
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without any answer.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The answers that `locate` gives a week and a cell, by their day and their profile's place in the cube.
    ///
    /// Whoever is left with one answer is dropped, and customers are numbered in order of their histories, not of their
    /// ids: the result is a pure function of the answers that were located, and sums over it are the same in every
    /// database that holds them. Customers with equal histories are interchangeable.
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
