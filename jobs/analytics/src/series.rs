//! Time series: the counts of a slice per bucket, and of many groups per week.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use entity::{Day, Filter, Period};
use needle_stats::nps::NpsCounts;

use crate::analytics_cache::{Analytics, AnalyticsError, GROUPS_LIMIT, too_many};
use crate::disclosure::{DisclosureRule, one_group};
use crate::period::SeriesGrain;
use crate::weekly::count_weeks;

/// One bucket of a series; included even without responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesBucket {
    /// The first day of the bucket.
    pub start: Day,
    /// The day after the last day of the bucket.
    pub end: Day,
    /// The counts of the bucket's responses.
    pub counts: NpsCounts,
}

impl Analytics {
    /// The counts of a slice, per bucket over the whole period.
    pub fn series(
        &self,
        filter: Option<&Filter>,
        period: Period,
        grain: SeriesGrain,
    ) -> Result<Vec<SeriesBucket>, AnalyticsError> {
        self.series_of(self.sliceable(filter)?.as_ref(), period, grain)
    }

    /// The counts of a slice, per bucket over the whole period, and whether a reader under this rule does not see more of
    /// a bucket than its number of responses.
    pub fn disclosed_series(
        &self,
        filter: Option<&Filter>,
        period: Period,
        grain: SeriesGrain,
        rule: DisclosureRule,
    ) -> Result<Vec<(SeriesBucket, bool)>, AnalyticsError> {
        let filter = self.sliceable(filter)?;
        let filter = filter.as_ref();
        let buckets = self.series_of(filter, period, grain)?;
        let hidden = self.hidden_buckets(filter, &buckets, grain, rule)?;
        Ok(buckets.into_iter().enumerate().map(|(at, bucket)| (bucket, hidden.contains(&at))).collect())
    }

    fn hidden_buckets(
        &self,
        filter: Option<&Filter>,
        buckets: &[SeriesBucket],
        grain: SeriesGrain,
        rule: DisclosureRule,
    ) -> Result<BTreeSet<usize>, AnalyticsError> {
        let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(BTreeSet::new()) };
        if rule == DisclosureRule::NONE {
            return Ok(BTreeSet::new());
        }
        let responses: Vec<u64> = buckets.iter().map(|bucket| bucket.counts.responses()).collect();
        let place = |day: Day| {
            let after = buckets.partition_point(|bucket| bucket.start <= day);
            u32::try_from(after).ok().and_then(|after| after.checked_sub(1))
        };
        let left = self.sensitive_buckets(filter, &(first.start..last.end), place, rule)?;
        let mut hidden: BTreeSet<usize> = left.into_iter().map(|bucket| bucket as usize).collect();
        hidden.extend((0..buckets.len()).filter(|at| rule.is_small(responses[*at])));
        let groups = one_group(self.cube.profiles(), filter);
        for (at, bucket) in buckets.iter().enumerate() {
            let is_cut =
                grain.start(bucket.start) != bucket.start || grain.next(grain.start(bucket.start)) != bucket.end;
            if is_cut && !self.sensitive_edges(&(bucket.start..bucket.end), &groups, rule)?.is_empty() {
                hidden.insert(at);
            }
        }
        // The sum of the buckets within a longer one can be asked for, and so can that of all.
        if let Some(longer) = grain.longer() {
            let mut from = 0;
            while let Some(bucket) = buckets.get(from) {
                let end = longer.next(longer.start(bucket.start));
                let until = buckets.partition_point(|bucket| bucket.start < end);
                let within = hidden.range(from..until).map(|at| at - from).collect();
                hidden.extend(rule.hidden_parts(&responses[from..until], within).into_iter().map(|at| at + from));
                from = until;
            }
        }
        Ok(rule.hidden_parts(&responses, hidden))
    }

    /// The counts of a slice whose filter is already translated to this version's profiles, per bucket over the whole
    /// period.
    pub fn series_of(
        &self,
        filter: Option<&Filter>,
        period: Period,
        grain: SeriesGrain,
    ) -> Result<Vec<SeriesBucket>, AnalyticsError> {
        let Some(days) = self.range(period) else { return Ok(Vec::new()) };
        let mut points = Vec::new();
        let mut start = grain.start(days.start);
        while start < days.end {
            let end = grain.next(start);
            points.push(SeriesBucket {
                start: period.from.map_or(start, |first| start.max(first)),
                end: period.until.map_or(end, |last| end.min(last)),
                counts: NpsCounts::default(),
            });
            if points.len() > GROUPS_LIMIT {
                return Err(too_many("during", &format!("the series has more than {GROUPS_LIMIT} buckets")));
            }
            start = end;
        }
        let starts: Vec<Day> = points.iter().map(|point| point.start).collect();
        let bucket = |day: Day| {
            u32::try_from(starts.partition_point(|start| *start <= day)).ok().and_then(|after| after.checked_sub(1))
        };
        let groups = one_group(self.cube.profiles(), filter);
        for ((bucket, _), counts) in self.cube.sum(days.start, days.end, bucket, &groups)? {
            if let Some(point) = points.get_mut(bucket as usize) {
                point.counts += counts;
            }
        }
        Ok(points)
    }

    /// The counts of a slice on all days before each day of a range, and before its end: one entry more than it has days.
    /// The filter is translated already.
    pub(crate) fn cumulative(&self, filter: &Filter, days: Range<Day>) -> Result<Vec<NpsCounts>, AnalyticsError> {
        let groups = one_group(self.cube.profiles(), Some(filter));
        let place = |day: Day| u32::try_from(day.0 - days.start.0).ok();
        let by_day = self.cube.sum(days.start, days.end, place, &groups)?;
        let length = u32::try_from(days.end.0 - days.start.0).unwrap_or_default();
        let mut sums = Vec::with_capacity(length as usize + 1);
        let mut sum = NpsCounts::default();
        sums.push(sum);
        for day in 0..length {
            sum += by_day.get(&(day, 0)).copied().unwrap_or_default();
            sums.push(sum);
        }
        Ok(sums)
    }

    /// The counts of each week, first of all customers and then of each group, in one pass. A group that this version's
    /// profiles do not cover has none.
    pub fn weeks(
        &self,
        groups: &[Filter],
        weeks: &BTreeSet<Day>,
    ) -> Result<Vec<BTreeMap<Day, NpsCounts>>, AnalyticsError> {
        let everybody = Filter::All(Vec::new());
        let matches_none = Filter::Any(Vec::new());
        let translated = groups.iter().map(|group| self.translate(group).unwrap_or_else(|| matches_none.clone()));
        let filters: Vec<Filter> = std::iter::once(everybody).chain(translated).collect();
        Ok(count_weeks(&self.cube, &filters.iter().collect::<Vec<_>>(), weeks)?)
    }
}
