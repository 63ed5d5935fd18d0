//! The report as one self-contained HTML page: no scripts, images, fonts or external addresses.

use askama::Template;

use super::chart::{self, ChartScale, TREND_HEIGHT, TREND_WIDTH, TrendLine, WIDTH};
use super::score::SegmentScores;
use super::{ReportData, ReportError, ReportForm, wording};

/// The style sheet, byte for byte as in the page, so that a content security policy can contain its hash.
pub const STYLE: &str = include_str!("../../templates/report.css");

/// How many decisions of a group are listed.
pub(super) const DECISIONS: usize = 8;

/// How many segments are listed besides the primary customer.
pub(super) const SEGMENTS: usize = 14;

/// How many forecasters are listed.
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

/// Renders a report as HTML; `link` is the address of the pages, or `None` for no link.
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

    /// The primary customer and the segments that are listed.
    fn shown_segments(&self) -> impl Iterator<Item = &SegmentScores> {
        std::iter::once(&self.report.primary).chain(self.report.segments.iter().take(SEGMENTS))
    }

    fn has_decisions(&self) -> bool {
        self.report.decisions.iter().any(|group| !group.decisions.is_empty())
    }
}
