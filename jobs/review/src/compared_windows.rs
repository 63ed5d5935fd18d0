//! The raw scores before and since a decision, in windows of days of equal length: what a reader compares with the
//! estimate, which also allows for the mix of respondents, for single weeks and for other decisions.

use entity::decision::Model as DecisionRow;
use entity::{Day, Filter};
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::nps::NpsCounts;

/// The buckets of the days before and since.
const BEFORE: u32 = 0;
const SINCE: u32 = 1;

/// The groups of the profiles.
const TARGET: u32 = 0;
const OTHERS: u32 = 1;

/// Counts of the days before a decision took effect, and of as many days since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComparedWindows {
    /// The length of each window in days: as long as the decision has been in effect, or as there have been responses
    /// before it, whichever is shorter.
    pub days: i32,
    /// The target's responses before.
    pub before: NpsCounts,
    /// The target's responses since.
    pub since: NpsCounts,
    /// Everyone else's responses before.
    pub others_before: NpsCounts,
    /// Everyone else's responses since.
    pub others_since: NpsCounts,
}

/// The customers that a decision targets.
#[derive(Clone, Copy, Debug)]
pub enum WindowTarget<'a> {
    Everyone,
    Matching(&'a Filter),
    /// Its definition asks for what no profile holds.
    Nobody,
}

impl WindowTarget<'_> {
    fn group_of(self, profile: &entity::Attributes) -> u32 {
        match self {
            Self::Everyone => TARGET,
            Self::Matching(filter) if filter.matches(profile) => TARGET,
            Self::Matching(_) | Self::Nobody => OTHERS,
        }
    }
}

impl ComparedWindows {
    /// Counts the windows of a decision as of a day. `ends` is the day on which it was reversed, if it was by then.
    pub fn count(
        cube: &Cube,
        decision: &DecisionRow,
        target: WindowTarget<'_>,
        ends: Option<Day>,
        as_of: Day,
    ) -> Result<Self, CubeError> {
        let start = decision.takes_effect_on;
        let until = ends.map_or(as_of, |ends| ends.min(as_of));
        let history = cube.days().map_or(0, |(first, _)| start.0 - first.0);
        let days = (until.0 - start.0).min(history).max(0);
        let groups: Vec<Option<u32>> = cube.profiles().iter().map(|profile| Some(target.group_of(profile))).collect();
        let bucket = |day: Day| Some(if day < start { BEFORE } else { SINCE });
        let sums = cube.sum(start.plus_days(-days), start.plus_days(days), bucket, &groups)?;
        let counts = |bucket: u32, group: u32| sums.get(&(bucket, group)).copied().unwrap_or_default();
        Ok(Self {
            days,
            before: counts(BEFORE, TARGET),
            since: counts(SINCE, TARGET),
            others_before: counts(BEFORE, OTHERS),
            others_since: counts(SINCE, OTHERS),
        })
    }
}
