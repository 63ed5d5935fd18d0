//! The complete published weeks of a target and of everybody else.

use entity::{Day, Filter, Period};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::period::SeriesGrain;
use needle_stats::cells::CellWeeks;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::CellResponses;

use crate::respondent::Respondents;

/// The response rate is that of the newest half year, as in [`needle_stats::detectability`].
const RATE_WEEKS: usize = 26;

/// The complete weeks of a target and of everybody else.
pub(super) struct TargetHistory {
    /// The target's responses in the first cell, everybody else's in the second; week 0 begins on `first`.
    pub data: CellWeeks,
    /// The responses of recognised customers in these weeks.
    pub responses: CellResponses,
    /// The Monday on which week 0 begins.
    pub first: Day,
    /// The Monday after the last week.
    pub end: Day,
    /// The target's responses per week over the newest half year.
    pub responses_per_week: f64,
    /// True when customers outside the target have responded.
    pub is_compared: bool,
    /// Weeks with responses on each side of the comparison.
    pub weeks: usize,
}

impl TargetHistory {
    /// Reads the weeks of a target, a filter over the published profiles; `None` when the target has no response in
    /// the newest half year.
    pub(super) fn read(
        analytics: &Analytics,
        respondents: Option<&Respondents>,
        filter: Option<&Filter>,
    ) -> Result<Option<Self>, AnalyticsError> {
        let Some((first, end)) = analytics.days() else { return Ok(None) };
        // The newest complete week is one of the calendar, with responses or without.
        let end = analytics.publication.as_ref().map_or(end, |published| published.as_of);
        let (first, until) = (first.monday(), end.monday());
        let period = Period::from(first..until);
        let everyone = analytics.series_of(None, period, SeriesGrain::Week)?;
        let target = analytics.series_of(filter, period, SeriesGrain::Week)?;
        let mut data = CellWeeks::new(2, everyone.len());
        for (week, (all, own)) in everyone.iter().zip(&target).enumerate() {
            data.add(0, week, own.counts);
            data.add(1, week, rest(all.counts, own.counts));
        }
        let recent = data.weeks().saturating_sub(RATE_WEEKS)..data.weeks();
        let recent_weeks = u32::try_from(recent.len()).expect("at most half a year");
        let responses = data.total(&[0], recent).responses();
        if responses == 0 {
            return Ok(None);
        }
        let is_compared = data.total(&[1], 0..data.weeks()).responses() > 0;
        let has_responses =
            |week: &usize| data.get(0, *week).responses() > 0 && (!is_compared || data.get(1, *week).responses() > 0);
        let weeks = (0..data.weeks()).filter(has_responses).count();
        let responses_per_week = number(responses) / f64::from(recent_weeks);
        let members = analytics.members(filter);
        let responses =
            respondents.map(|respondents| locate_responses(respondents, first, until, &members)).unwrap_or_default();
        Ok(Some(Self { data, responses, first, end: until, responses_per_week, is_compared, weeks }))
    }
}

/// The responses of the days in `first..until`, in the cells of a [`TargetHistory`].
fn locate_responses(respondents: &Respondents, first: Day, until: Day, members: &[bool]) -> CellResponses {
    respondents.locate(|day, profile| {
        let week = day.week_since(first).filter(|_| day < until)?;
        let is_member = members.get(profile as usize).copied()?;
        Some((week, u32::from(!is_member)))
    })
}

fn rest(all: NpsCounts, own: NpsCounts) -> NpsCounts {
    NpsCounts {
        promoters: all.promoters.saturating_sub(own.promoters),
        passives: all.passives.saturating_sub(own.passives),
        detractors: all.detractors.saturating_sub(own.detractors),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of responses stays far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
