//! The report as one HTML page that needs nothing else: no script, no picture, no font, no address.

use askama::Template;

use super::chart::{self, ChartScale, TREND_HEIGHT, TREND_WIDTH, TrendLine, WIDTH};
use super::score::SegmentScores;
use super::{ReportData, ReportError, ReportForm, wording};

/// The style of the page, exactly as it stands in it: a policy for browsers may name its hash.
pub const STYLE: &str = include_str!("../../templates/report.css");

/// How many decisions of a group are told.
pub(super) const DECISIONS: usize = 8;

/// How many segments are told.
pub(super) const SEGMENTS: usize = 14;

/// How many forecasters are told.
pub(super) const FORECASTERS: usize = 8;

#[derive(Template)]
#[template(path = "report.html")]
struct HtmlReport<'a> {
    report: &'a ReportData,
    style: &'static str,
    link: Option<&'a str>,
    trend: Option<TrendLine>,
    scores: Option<ChartScale>,
    effects: Option<ChartScale>,
}

/// Writes a report as HTML; `link` is the address of the pages, where there are some.
pub fn to_html(report: &ReportData, link: Option<&str>) -> Result<String, ReportError> {
    let segments = std::iter::once(&report.primary).chain(report.segments.iter().take(SEGMENTS));
    let decisions = report.decisions.iter().flat_map(|group| group.decisions.iter().take(DECISIONS));
    let page = HtmlReport {
        report,
        style: STYLE,
        link,
        trend: chart::trend(&report.primary.trend),
        scores: chart::scores(segments),
        effects: chart::effects(decisions),
    };
    Ok(page.render()?)
}

impl HtmlReport<'_> {
    fn is_weekly(&self) -> bool {
        self.report.form == ReportForm::Weekly
    }

    /// The primary customer and the segments that are told.
    fn shown_segments(&self) -> impl Iterator<Item = &SegmentScores> {
        std::iter::once(&self.report.primary).chain(self.report.segments.iter().take(SEGMENTS))
    }

    fn has_decisions(&self) -> bool {
        self.report.decisions.iter().any(|group| !group.decisions.is_empty())
    }
}
