//! Ids from every part of a file, so that what they show does not depend on how it begins.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use entity::{Calendar, Timestamp};
use needle_rules::record::ResponseRecord;

use crate::columns::ColumnLayout;
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::options::ImportOptions;

/// The most ids that are kept of a file; of longer ones a share, which is even over the whole file.
const IDS_LIMIT: usize = 50_000;

/// Records that are read at a time.
const STEP: usize = 1_000;

/// The time and the score of a response.
pub type TimeAndScore = (Timestamp, Option<i16>);

/// Ids of responses and of customers from a whole file.
#[derive(Default)]
pub struct IdentitySample {
    /// Responses by their id.
    pub responses: HashShare<TimeAndScore>,
    /// Ids of customers.
    pub customers: HashShare<()>,
}

impl IdentitySample {
    /// Reads a file from its first record to its end; rows that are rejected are left out. `header_rows` are further rows of
    /// the header.
    pub fn of(
        table: &DelimitedReader,
        header_rows: usize,
        columns: &ColumnLayout,
        calendar: Calendar,
        options: &ImportOptions,
    ) -> Result<Self, ImportError> {
        let (mut table, mut sample) = (table.reopen()?, Self::default());
        table.read(header_rows)?;
        loop {
            let records = table.read(STEP)?;
            if records.is_empty() {
                return Ok(sample);
            }
            let read = records.iter().filter_map(|record| columns.response(record, calendar, options).ok());
            read.for_each(|(response, _)| sample.add(response));
        }
    }

    fn add(&mut self, response: ResponseRecord) {
        self.responses.add(response.external_id, (response.answered_at, response.score));
        if let Some(customer) = response.customer {
            self.customers.add(customer, ());
        }
    }
}

/// Values by their ids, whose hashes lie below a limit that sinks as there are more.
pub struct HashShare<T> {
    /// What is kept.
    pub kept: HashMap<String, T>,
    /// True while nothing was left out.
    pub is_whole: bool,
    hasher: BuildHasherDefault<DefaultHasher>,
    highest: u64,
}

impl<T> Default for HashShare<T> {
    fn default() -> Self {
        Self { kept: HashMap::new(), is_whole: true, hasher: BuildHasherDefault::default(), highest: u64::MAX }
    }
}

impl<T> HashShare<T> {
    fn add(&mut self, id: String, value: T) {
        if self.hasher.hash_one(&id) > self.highest {
            return;
        }
        self.kept.insert(id, value);
        if self.kept.len() > IDS_LIMIT {
            self.is_whole = false;
            self.highest /= 2;
            let Self { kept, hasher, highest, .. } = self;
            kept.retain(|id, _| hasher.hash_one(id) <= *highest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_file_has_its_share() {
        let mut share = HashShare::default();
        (0..300_000).for_each(|at| share.add(format!("r{at}"), at));
        assert!((25_000..=IDS_LIMIT).contains(&share.kept.len()), "{}", share.kept.len());
        let early = share.kept.values().filter(|at| **at < 150_000).count();
        let half = share.kept.len() / 2;
        assert!(early.abs_diff(half) < half / 20, "{early} of {half}");
        assert!(!share.is_whole);
    }
}
