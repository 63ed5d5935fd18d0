//! The report: what the published figures say to leaders, gathered once and rendered as HTML, as Markdown or as a message.
//!
//! Gathering goes through the store and the figures like everything else, and leaves out what its audience may not
//! read. Who may ask is left to `api`, sending to [`crate::delivery`].

mod calibration;
mod chart;
mod decision;
mod html;
mod lens;
mod markdown;
mod message;
mod score;
#[cfg(test)]
mod tests;
mod verbatim;
mod wording;

use std::sync::Arc;

use chrono_tz::Tz;
use entity::segment::SegmentId;
use entity::verdict::Verdict;
use entity::{Day, Filter, Period, StoreError, Timestamp, store};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::cube::{CubeError, run_blocking};
use needle_review::forecast::KnowledgeCutoff;

use crate::recompute::RunContext;

pub use calibration::ReportCalibration;
pub use decision::{DecisionGroup, DecisionSummary};
pub use html::{STYLE, to_html};
pub use lens::{EmptyChair, ScoreComparison};
pub use markdown::to_markdown;
pub use message::to_message;
pub use score::{ChangeDirection, ReportScore, ScoreChange, ScoreReading, SegmentScores, TrendPoint};
pub use verbatim::{ReportVerbatims, Verbatim};
pub use wording::subject;

/// Which form of the report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// Everything, for the weekly all-hands: two pages.
    Weekly,
    /// The short form of a morning: where the primary customer stands, and what is new.
    Brief,
    /// The short form of a Friday: what was settled this week, and what takes effect in the next.
    Friday,
}

/// What the readers may see, by the same rules as in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportAudience {
    /// True for those who may read what customers wrote.
    pub reads_comments: bool,
    /// The score of a group with fewer responses than this is left out; 0 leaves none out.
    pub suppress_below: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// The day to report as of; `None` is today.
    pub as_of: Option<Day>,
    /// Which form.
    pub form: ReportForm,
    /// For whom.
    pub audience: ReportAudience,
}

/// A report. It names no customer.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportData {
    /// Its form.
    pub form: ReportForm,
    /// The day it is made as of.
    pub as_of: Day,
    /// The Monday on which its newest week ends: what follows is counted before it.
    pub until: Day,
    /// When it was made.
    pub made_at: Timestamp,
    /// The reporting time zone.
    pub zone: Tz,
    /// What readers must know before they read on, one sentence each.
    pub notices: Vec<String>,
    /// The primary customer; everybody while none is declared.
    pub primary: SegmentScores,
    /// The primary customer's answers since `until`.
    pub since: ReportScore,
    /// The segments beside the primary customer, by name.
    pub segments: Vec<SegmentScores>,
    /// One change over three spans of time.
    pub comparisons: [ScoreComparison; 3],
    /// The decisions under review, in groups.
    pub decisions: Vec<DecisionGroup>,
    /// Decisions that take effect from the day of the report to the end of the next week, by date.
    pub upcoming: Vec<DecisionSummary>,
    /// What customers wrote.
    pub verbatims: ReportVerbatims,
    /// How far expectations came true.
    pub calibration: ReportCalibration,
    /// The customers nobody decides for; `None` when there are none.
    pub empty_chair: Option<EmptyChair>,
}

impl ReportData {
    /// The decisions that were settled since last week.
    pub fn newly_settled(&self) -> impl Iterator<Item = &DecisionSummary> {
        self.summaries().filter(|decision| decision.is_newly_settled && decision.verdict != Verdict::TooEarly)
    }

    /// The decisions whose last look is within two weeks.
    pub fn due(&self) -> impl Iterator<Item = &DecisionSummary> {
        let end = self.until.plus_days(14);
        self.summaries().filter(move |decision| decision.is_open() && decision.final_on <= end)
    }

    fn summaries(&self) -> impl Iterator<Item = &DecisionSummary> {
        self.decisions.iter().flat_map(|group| &group.decisions)
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The day lies ahead.
    #[error("expected a day up to today, {today}, found {requested}")]
    Future {
        /// The day that was asked for.
        requested: Day,
        /// Today.
        today: Day,
    },
    /// The figures have no answer.
    #[error(transparent)]
    Figures(#[from] AnalyticsError),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page could not be written.
    #[error("the report could not be written: {0}")]
    Rendering(#[from] askama::Error),
}

/// A segment with who belongs to it today.
struct CurrentSegment {
    id: SegmentId,
    key: String,
    name: String,
    is_primary: bool,
    filter: Filter,
}

/// Gathers a report out of the published figures.
pub async fn compile(
    context: &RunContext,
    analytics: Arc<Analytics>,
    request: ReportRequest,
) -> Result<ReportData, ReportError> {
    let RunContext { database, calendar, clock } = context;
    let (reader, now) = (database.reader(), clock.now());
    let today = calendar.day_of(now);
    let as_of = request.as_of.unwrap_or(today);
    if as_of > today {
        return Err(ReportError::Future { requested: as_of, today });
    }
    let published = analytics.publication.as_ref().map(|publication| publication.as_of.monday());
    let until = published.map_or(as_of.monday(), |monday| monday.min(as_of.monday()));
    let before = if as_of == today { Timestamp(now.0.saturating_add(1)) } else { calendar.start_of(as_of) };
    let cutoff = KnowledgeCutoff { before, monday: until };
    let members = members(reader).await?;
    let filters: Vec<Filter> = members.iter().map(|member| member.filter.clone()).collect();
    let weekly = {
        let figures = Arc::clone(&analytics);
        run_blocking(move || figures.weeks(&filters, &score::weeks(until))).await??
    };
    let mut summaries = score::segment_scores(&members, &weekly, until, request.audience);
    let place = summaries.iter().position(|segment| segment.is_primary).unwrap_or_default();
    let primary = summaries.remove(place);
    let portfolio = decision::portfolio(reader, &members, cutoff).await?;
    let verbatims = verbatim::select(reader, &analytics, &members, until, request.audience).await?;
    let empty_chair = lens::empty_chair(&summaries, &portfolio, &verbatims);
    let lenses = lens::comparisons(&primary);
    summaries.retain(|standing| standing.key.is_some());
    let since = since(&analytics, members.iter().find(|member| member.is_primary), until, as_of, request.audience)?;
    Ok(ReportData {
        form: request.form,
        as_of,
        until,
        made_at: now,
        zone: calendar.zone,
        notices: notices(as_of, published, until, primary.key.is_some()),
        primary,
        since,
        segments: summaries,
        comparisons: lenses,
        upcoming: decision::upcoming(&portfolio, as_of),
        calibration: calibration::measure(reader, *calendar, &portfolio, cutoff).await?,
        decisions: decision::groups(portfolio, until),
        verbatims,
        empty_chair,
    })
}

/// Every segment with today's definition.
async fn members<C: entity::ConnectionTrait>(reader: &C) -> Result<Vec<CurrentSegment>, StoreError> {
    let primary = store::segment::primary(reader).await?;
    let segments = store::segment::all(reader).await?;
    let definitions: Vec<_> = segments.iter().map(|segment| segment.definition_id).collect();
    let mut filters = store::segment::filters(reader, &definitions).await?;
    let member = |segment: entity::segment::Model| {
        let filter = filters.remove(&segment.definition_id)?;
        let is_primary = primary == Some(segment.id);
        Some(CurrentSegment { id: segment.id, key: segment.key, name: segment.name, is_primary, filter })
    };
    let mut members: Vec<CurrentSegment> = segments.into_iter().filter_map(member).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(members)
}

/// The answers of a week that is not complete, up to the day of the report.
fn since(
    analytics: &Analytics,
    primary: Option<&CurrentSegment>,
    until: Day,
    as_of: Day,
    audience: ReportAudience,
) -> Result<ReportScore, AnalyticsError> {
    let period = Period::from(until..as_of.min(until.plus_weeks(1)));
    let counts = match primary {
        _ if as_of <= until => needle_stats::nps::NpsCounts::default(),
        None => analytics.count_of(None, period)?,
        Some(member) => match analytics.translate(&member.filter) {
            Some(filter) => analytics.count_of(Some(&filter), period)?,
            None => needle_stats::nps::NpsCounts::default(),
        },
    };
    Ok(ReportScore::of(counts, audience))
}

fn notices(as_of: Day, published: Option<Day>, until: Day, has_primary: bool) -> Vec<String> {
    let mut notices = Vec::new();
    match published {
        None => notices.push("Nothing was computed yet: the figures follow with the first run.".to_owned()),
        Some(_) if until < as_of.monday() => notices.push(format!(
            "The newest week is missing: no run has been published since that of {}.",
            wording::long_date(until)
        )),
        Some(_) => {}
    }
    if !has_primary {
        notices.push("No primary customer is declared: what stands first is everybody.".to_owned());
    }
    notices
}
