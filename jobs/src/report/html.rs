//! The report as one HTML page that needs nothing else: no script, no picture, no font, no address.

use askama::Template;

use super::chart::{self, Line, Scale, TREND_HEIGHT, TREND_WIDTH, WIDTH};
use super::score::Standing;
use super::{Form, Report, ReportError, wording};

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
struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    link: Option<&'a str>,
    trend: Option<Line>,
    scores: Option<Scale>,
    effects: Option<Scale>,
}

/// Writes a report as HTML; `link` is the address of the pages, where there are some.
pub fn to_html(report: &Report, link: Option<&str>) -> Result<String, ReportError> {
    let segments = std::iter::once(&report.primary).chain(report.segments.iter().take(SEGMENTS));
    let decisions = report.decisions.iter().flat_map(|group| group.decisions.iter().take(DECISIONS));
    let page = Page {
        report,
        style: STYLE,
        link,
        trend: chart::trend(&report.primary.trend),
        scores: chart::scores(segments),
        effects: chart::effects(decisions),
    };
    Ok(page.render()?)
}

impl Page<'_> {
    fn is_weekly(&self) -> bool {
        self.report.form == Form::Weekly
    }

    /// The primary customer and the segments that are told.
    fn standings(&self) -> impl Iterator<Item = &Standing> {
        std::iter::once(&self.report.primary).chain(self.report.segments.iter().take(SEGMENTS))
    }

    fn has_decisions(&self) -> bool {
        self.report.decisions.iter().any(|group| !group.decisions.is_empty())
    }
}
