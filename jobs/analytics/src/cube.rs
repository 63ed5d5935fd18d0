//! The cube: all weekly blocks in memory, joined with their profiles, from which every number is summed.
//!
//! There is one primitive, [`Cube::sum`]: a day maps to a bucket or to none, a profile maps to a group or to none,
//! and polars sums promoters, passives and detractors by bucket and group.

use std::collections::{BTreeMap, HashMap};

use entity::profile::{Model as ProfileRow, ProfileId};
use entity::tally::Model as Block;
use entity::{Attributes, Day, ScoreCategory, StoreError};
use needle_stats::nps::NpsCounts;
use polars::prelude::*;

use crate::tally;
use crate::work;

pub use crate::error::CubeError;

/// All counts of one published version.
#[derive(Clone, Debug)]
pub struct Cube {
    /// Sorted; a hash table would need several times the memory.
    ids: Vec<ProfileId>,
    /// The attributes of each id, in the order of `ids`, and last those of the unknown profile.
    profiles: Vec<Attributes>,
    frame: DataFrame,
    days: Option<(Day, Day)>,
}

/// The columns of counts.
const COUNTS: [&str; 3] = ["promoters", "passives", "detractors"];

/// Counts by (bucket, group).
pub type BucketSums = BTreeMap<(u32, u32), NpsCounts>;

impl Cube {
    /// Builds the cube from blocks; days from `responses_before` on are left out.
    pub fn build(
        blocks: &[Block],
        mut profiles: Vec<ProfileRow>,
        responses_before: Option<Day>,
    ) -> Result<Self, CubeError> {
        profiles.sort_by_key(|profile| profile.id);
        let (ids, mut attributes): (Vec<ProfileId>, Vec<Attributes>) =
            profiles.into_iter().map(|profile| (profile.id, profile.attributes)).unzip();
        let places = ids.iter().enumerate().map(|(at, id)| (*id, profile_index(at))).collect();
        // A profile that was deleted with an erased person: these responses have no attributes.
        let unknown = profile_index(attributes.len());
        attributes.push(Attributes::default());
        let mut rows = CubeRows::default();
        for block in blocks {
            let first = rows.day.len().saturating_sub(1);
            rows.add(&tally::unpack(block)?, &places, unknown, responses_before)?;
            // Ranges of days are found by binary search.
            if !rows.day[first..].is_sorted() {
                let reason = "its rows are not in order of day".to_owned();
                return Err(StoreError::DamagedTally { week: block.week, reason }.into());
            }
        }
        let days = rows.day.first().zip(rows.day.last()).map(|(first, last)| (Day(*first), Day(*last + 1)));
        Ok(Self { ids, profiles: attributes, frame: rows.into_frame()?, days })
    }

    /// The attributes of each profile; the index of a profile is what [`Cube::index_of`] returns.
    pub fn profiles(&self) -> &[Attributes] {
        &self.profiles
    }

    /// The index of a profile; that of the unknown profile for a deleted one.
    pub fn index_of(&self, profile: ProfileId) -> u32 {
        profile_index(self.ids.binary_search(&profile).unwrap_or(self.ids.len()))
    }

    /// The first day with responses and the day after the last; `None` without any.
    pub fn days(&self) -> Option<(Day, Day)> {
        self.days
    }

    /// Sums counts by the bucket of each day and the group of each profile; days and profiles that map to `None` are
    /// left out.
    ///
    /// `groups` has one entry per profile.
    pub fn sum(
        &self,
        from: Day,
        until: Day,
        bucket: impl Fn(Day) -> Option<u32>,
        groups: &[Option<u32>],
    ) -> Result<BucketSums, CubeError> {
        work::check_wanted()?;
        let (days, profiles) =
            (self.frame.column("day")?.i32()?.cont_slice()?, self.frame.column("profile")?.u32()?.cont_slice()?);
        // Rows are in order of day.
        let until = until.max(from);
        let within = days.partition_point(|day| *day < from.0)..days.partition_point(|day| *day < until.0);
        let (Some(first), Some(last)) = (days[within.clone()].first(), days[within.clone()].last()) else {
            return Ok(BucketSums::new());
        };
        let buckets: Vec<Option<u32>> = (*first..=*last).map(|day| bucket(Day(day))).collect();
        let (mut rows, mut row_buckets, mut row_groups) = (Vec::new(), Vec::new(), Vec::new());
        for (row, (day, profile)) in within.clone().zip(days[within.clone()].iter().zip(&profiles[within])) {
            let bucket = buckets[day.abs_diff(*first) as usize];
            let group = groups.get(*profile as usize).copied().flatten();
            if let (Some(bucket), Some(group)) = (bucket, group) {
                rows.push(profile_index(row));
                row_buckets.push(bucket);
                row_groups.push(group);
            }
        }
        if rows.is_empty() {
            return Ok(BucketSums::new());
        }
        let mut counts = self.frame.select(COUNTS)?.take(&IdxCa::from_vec("row".into(), rows))?;
        counts.with_column(Column::new("bucket".into(), row_buckets))?;
        counts.with_column(Column::new("group".into(), row_groups))?;
        let summed =
            counts.lazy().group_by([col("bucket"), col("group")]).agg(COUNTS.map(|name| col(name).sum())).collect()?;
        read_sums(&summed)
    }

    /// The counts of the profiles for which `member` is true, in a range of days.
    pub fn count(&self, from: Day, until: Day, member: impl Fn(&Attributes) -> bool) -> Result<NpsCounts, CubeError> {
        let groups: Vec<Option<u32>> = self.profiles.iter().map(|profile| member(profile).then_some(0)).collect();
        let sums = self.sum(from, until, |_| Some(0), &groups)?;
        Ok(sums.get(&(0, 0)).copied().unwrap_or_default())
    }
}

fn read_sums(frame: &DataFrame) -> Result<BucketSums, CubeError> {
    let whole = |name: &str| -> PolarsResult<Vec<u64>> {
        let column = frame.column(name)?.cast(&DataType::UInt64)?;
        Ok(column.u64()?.iter().map(Option::unwrap_or_default).collect())
    };
    let (bucket, group) = (whole("bucket")?, whole("group")?);
    let (promoters, passives, detractors) = (whole("promoters")?, whole("passives")?, whole("detractors")?);
    let key = |row: usize| (narrow(bucket[row]), narrow(group[row]));
    let counts =
        |row: usize| NpsCounts { promoters: promoters[row], passives: passives[row], detractors: detractors[row] };
    Ok((0..frame.height()).map(|row| (key(row), counts(row))).collect())
}

/// The rows of the cube: one per day and profile.
#[derive(Default)]
struct CubeRows {
    day: Vec<i32>,
    profile: Vec<u32>,
    promoters: Vec<u64>,
    passives: Vec<u64>,
    detractors: Vec<u64>,
}

impl CubeRows {
    fn add(
        &mut self,
        block: &DataFrame,
        places: &HashMap<ProfileId, u32>,
        unknown: u32,
        responses_before: Option<Day>,
    ) -> Result<(), CubeError> {
        let (days, profiles) = (block.column("day")?.i32()?, block.column("profile")?.i64()?);
        let (scores, counts) = (block.column("score")?.i32()?, block.column("count")?.i64()?);
        let rows = days.iter().zip(profiles.iter()).zip(scores.iter().zip(counts.iter()));
        for ((day, profile), (score, count)) in rows {
            let (Some(day), Some(profile), Some(score), Some(count)) = (day, profile, score, count) else { continue };
            if responses_before.is_some_and(|end| day >= end.0) {
                continue;
            }
            let place = places.get(&ProfileId(profile)).copied().unwrap_or(unknown);
            if self.day.last() != Some(&day) || self.profile.last() != Some(&place) {
                self.day.push(day);
                self.profile.push(place);
                self.promoters.push(0);
                self.passives.push(0);
                self.detractors.push(0);
            }
            let counted = match ScoreCategory::of(score) {
                ScoreCategory::Promoter => &mut self.promoters,
                ScoreCategory::Passive => &mut self.passives,
                ScoreCategory::Detractor => &mut self.detractors,
            };
            if let Some(last) = counted.last_mut() {
                *last += count.unsigned_abs();
            }
        }
        Ok(())
    }

    fn into_frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new(
            self.day.len(),
            vec![
                Column::new("day".into(), self.day),
                Column::new("profile".into(), self.profile),
                Column::new("promoters".into(), self.promoters),
                Column::new("passives".into(), self.passives),
                Column::new("detractors".into(), self.detractors),
            ],
        )
    }
}

/// The index of a profile in the cube.
fn profile_index(index: usize) -> u32 {
    u32::try_from(index).expect("there are fewer than four thousand million profiles")
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).expect("buckets and groups were 32 bits wide")
}
