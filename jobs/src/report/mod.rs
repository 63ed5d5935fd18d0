//! The report for leaders, compiled once from the published scores and reviews, and rendered as HTML, as Markdown or as
//! a chat message.
//!
//! Data come from the store and from `needle_analytics`; what the audience may not read is left out. Authorization is
//! left to `api`, sending to [`crate::delivery`].

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
use needle_analytics::cube::CubeError;
use needle_analytics::work::run_blocking;
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

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// The full report for the weekly all-hands: two pages.
    Weekly,
    /// The short form for a morning: the primary customer's score, and what is new.
    Brief,
    /// The short form for a Friday: what was settled this week, and what takes effect in the next.
    Friday,
}

/// What the readers of a report may see, by the same rules as in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportAudience {
    /// True when they may read comments of customers.
    pub reads_comments: bool,
    /// Scores of groups with fewer responses than this are not shown; 0 shows all.
    pub suppress_below: u64,
}

/// A request for a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// The day as of which to report; `None` for today.
    pub as_of: Option<Day>,
    /// The form of the report.
    pub form: ReportForm,
    /// What its readers may see.
    pub audience: ReportAudience,
}

/// The data of a report. It contains no name of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportData {
    /// The form of the report.
    pub form: ReportForm,
    /// The day as of which it was compiled.
    pub as_of: Day,
    /// The Monday on which its newest week ends: scores and reviews use responses before it.
    pub until: Day,
    /// When it was compiled.
    pub made_at: Timestamp,
    /// The reporting time zone, in which days and weeks begin.
    pub zone: Tz,
    /// Notices at the top of the report, one sentence each.
    pub notices: Vec<String>,
    /// The scores of the primary customer, or of everybody while none is declared.
    pub primary: SegmentScores,
    /// The primary customer's score of the days since `until`.
    pub since: ReportScore,
    /// The scores of the other segments, by name.
    pub segments: Vec<SegmentScores>,
    /// The primary customer's week, quarter and year, each with an earlier score.
    pub comparisons: [ScoreComparison; 3],
    /// The decisions under review, grouped by verdict.
    pub decisions: Vec<DecisionGroup>,
    /// Decisions that take effect from the day of the report to the end of the next week, by date.
    pub upcoming: Vec<DecisionSummary>,
    /// Comments of customers that are suitable for reading aloud.
    pub verbatims: ReportVerbatims,
    /// How expectations compare with measured effects.
    pub calibration: ReportCalibration,
    /// The segment with the lowest score that no open decision targets; `None` when there is none.
    pub empty_chair: Option<EmptyChair>,
}

impl ReportData {
    /// The decisions whose verdict changed in the newest week.
    pub fn newly_settled(&self) -> impl Iterator<Item = &DecisionSummary> {
        self.summaries().filter(|decision| decision.is_newly_settled && decision.verdict != Verdict::TooEarly)
    }

    /// The open decisions whose final review is within two weeks.
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
    /// The requested day is in the future.
    #[error("expected a day up to today, {today}, found {requested}")]
    Future {
        /// The requested day.
        requested: Day,
        /// Today, in the reporting time zone.
        today: Day,
    },
    /// The published scores could not be read.
    #[error(transparent)]
    Figures(#[from] AnalyticsError),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// A database statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page could not be rendered.
    #[error("the report could not be rendered: {0}")]
    Rendering(#[from] askama::Error),
}

/// A segment with its present definition.
struct CurrentSegment {
    id: SegmentId,
    key: String,
    name: String,
    is_primary: bool,
    filter: Filter,
}

/// Compiles a report from the published scores and reviews.
pub async fn compile(
    context: &RunContext,
    analytics: Arc<Analytics>,
    request: ReportRequest,
) -> Result<ReportData, ReportError> {
    let RunContext { database, clock, .. } = context;
    let calendar = &context.calendar.get();
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
        let analytics = Arc::clone(&analytics);
        run_blocking(move || analytics.weeks(&filters, &score::weeks(until))).await??
    };
    let mut summaries = score::segment_scores(&members, &weekly, until, request.audience);
    let place = summaries.iter().position(|segment| segment.is_primary).unwrap_or_default();
    let primary = summaries.remove(place);
    let portfolio = decision::portfolio(reader, &members, *calendar, cutoff).await?;
    let verbatims = verbatim::select(reader, &analytics, &members, until, request.audience).await?;
    let empty_chair = lens::empty_chair(&summaries, &portfolio, &verbatims);
    let comparisons = lens::comparisons(&primary);
    summaries.retain(|segment| segment.key.is_some());
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
        comparisons,
        upcoming: decision::upcoming(&portfolio, as_of),
        calibration: calibration::measure(reader, *calendar, &portfolio, cutoff).await?,
        decisions: decision::groups(portfolio, until),
        verbatims,
        empty_chair,
    })
}

/// Every segment with its present definition, by name.
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

/// The score of the incomplete week from `until` up to the day of the report.
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
        None => notices.push("Nothing was computed yet: scores appear after the first run.".to_owned()),
        Some(_) if until < as_of.monday() => notices.push(format!(
            "The newest week is missing: no run has been published since that of {}.",
            wording::long_date(until)
        )),
        Some(_) => {}
    }
    if !has_primary {
        notices.push("No primary customer is declared: the first score is that of everybody.".to_owned());
    }
    notices
}
