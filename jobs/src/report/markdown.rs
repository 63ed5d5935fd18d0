//! The report as Markdown: the same texts as the page, with tables in place of its charts.

use std::fmt::Write as _;

use super::decision::DecisionSummary;
use super::html::{DECISIONS, FORECASTERS, SEGMENTS};
use super::score::SegmentScores;
use super::verbatim::Verbatim;
use super::{ReportData, ReportForm, wording};

/// Renders a report as Markdown; `link` is the address of the pages, or `None` for no link.
pub fn to_markdown(report: &ReportData, link: Option<&str>) -> String {
    let mut out = MarkdownWriter(String::new());
    out.line(&format!("# {}: {}", wording::title(report.form), wording::week(report.until.plus_days(-7))));
    let day = wording::long_date(report.as_of);
    out.paragraph(&format!("As of {day}, days and weeks of {}.", escaped(report.zone.name())));
    for notice in &report.notices {
        out.paragraph(&format!("**{}**", escaped(notice)));
    }
    out.paragraph(&escaped(&wording::headline(report)));
    if let Some(since) = wording::since(report) {
        out.paragraph(&since);
    }
    if report.form == ReportForm::Weekly {
        out.comparisons(report);
        out.segments(report);
        out.decisions(report);
    } else {
        out.newly_settled(report);
    }
    out.upcoming(report);
    out.verbatims(report);
    if report.form == ReportForm::Weekly {
        out.calibration(report);
    }
    if report.form != ReportForm::Brief {
        out.empty_chair(report);
    }
    if let Some(link) = link {
        out.paragraph(&format!("<{link}>"));
    }
    out.0
}

struct MarkdownWriter(String);

impl MarkdownWriter {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n{text}");
    }

    fn heading(&mut self, text: &str) {
        self.paragraph(&format!("## {text}"));
    }

    /// A table; the `numbers` columns after the first are right-aligned.
    fn table(&mut self, heads: &[&str], numbers: usize, rows: impl Iterator<Item = Vec<String>>) {
        self.line("");
        let rule = (0..heads.len()).map(|place| if (1..=numbers).contains(&place) { "---:" } else { "---" });
        let rule: Vec<&str> = rule.collect();
        self.line(&format!("| {} |", heads.join(" | ")));
        self.line(&format!("| {} |", rule.join(" | ")));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
    }

    fn more(&mut self, count: usize, shown: usize) {
        if count > shown {
            self.paragraph(&format!("And {} more.", count - shown));
        }
    }

    fn comparisons(&mut self, report: &ReportData) {
        self.heading("Week, quarter, year");
        let rows = report.comparisons.iter().map(|comparison| {
            vec![
                format!("{}, {}", comparison.title, comparison.against),
                wording::change(comparison.change.as_ref()),
                wording::responses(comparison.later.responses),
                comparison.meaning.to_owned(),
            ]
        });
        self.table(&["span", "change", "responses", "read it as"], 2, rows);
    }

    fn segments(&mut self, report: &ReportData) {
        if report.segments.is_empty() {
            return;
        }
        self.heading("Every segment");
        let row = |segment: &SegmentScores| {
            let name = escaped(&segment.name);
            vec![
                if segment.is_primary { format!("**{name}** (primary customer)") } else { name },
                wording::reading(&segment.quarter),
                wording::reading_range(&segment.quarter),
                wording::count(segment.quarter.responses),
                wording::short_change(segment.change.as_ref()),
            ]
        };
        let shown = std::iter::once(&report.primary).chain(report.segments.iter().take(SEGMENTS));
        self.table(
            &["segment", "score", "95 % range", "responses", "change from the 13 weeks before"],
            3,
            shown.map(row),
        );
        self.more(report.segments.len(), SEGMENTS);
    }

    fn decisions(&mut self, report: &ReportData) {
        self.heading("What our decisions did");
        let groups: Vec<_> = report.decisions.iter().filter(|group| !group.decisions.is_empty()).collect();
        if groups.is_empty() {
            self.paragraph("No decision is under review.");
        }
        for group in groups {
            self.paragraph(&format!("### {}", group.title));
            self.paragraph(group.meaning);
            let rows = group.decisions.iter().take(DECISIONS).map(row_of);
            self.table(&["decision", "measured", "expected", "responses", "verdict"], 3, rows);
            self.more(group.decisions.len(), DECISIONS);
        }
    }

    fn newly_settled(&mut self, report: &ReportData) {
        self.heading("Settled since last week");
        let lines = report.newly_settled().map(|decision| {
            let measured = wording::measured(decision).map(|text| format!(", {text}")).unwrap_or_default();
            format!(
                "{}: {}{measured}; expected {} by {}, {}",
                escaped(&decision.title),
                wording::verdict(decision.verdict),
                wording::expectation(decision),
                escaped(&decision.owner),
                wording::responses(decision.responses)
            )
        });
        self.list(lines, "Nothing new.");
        self.heading("Last looks within two weeks");
        let due = report.due().map(|decision| {
            let (day, verdict) = (wording::date(decision.final_on), wording::verdict(decision.verdict));
            format!("{day}: {}, {verdict} so far ({})", escaped(&decision.title), escaped(&decision.owner))
        });
        self.list(due, "None.");
    }

    fn upcoming(&mut self, report: &ReportData) {
        self.heading("Takes effect by the end of next week");
        let lines = report.upcoming.iter().map(|decision| {
            format!(
                "{}: {}; {} expects {} for {}",
                wording::date(decision.takes_effect_on),
                escaped(&decision.title),
                escaped(&decision.owner),
                wording::expectation(decision),
                escaped(&decision.target)
            )
        });
        self.list(lines, "None.");
    }

    fn list(&mut self, items: impl Iterator<Item = String>, none: &str) {
        self.line("");
        let mut is_empty = true;
        for item in items {
            is_empty = false;
            self.line(&format!("- {item}"));
        }
        if is_empty {
            self.line(none);
        }
    }

    fn verbatims(&mut self, report: &ReportData) {
        self.heading("Worth reading aloud");
        if report.verbatims.are_withheld() {
            self.paragraph("Only leaders can read customers' comments.");
        } else if report.verbatims.chosen().is_empty() {
            self.paragraph("No comment of the last four weeks is suitable for reading aloud.");
        }
        report.verbatims.chosen().iter().for_each(|one| self.quote(one));
    }

    fn quote(&mut self, one: &Verbatim) {
        let by = format!("{} of 10, {}", one.score, wording::date(one.day));
        self.paragraph(&format!("> {}\n>\n> {by}", escaped(&one.text)));
    }

    fn calibration(&mut self, report: &ReportData) {
        self.heading("How accurate our forecasts were");
        self.paragraph(&wording::calibration(report));
        if let Some(total) = wording::total(report) {
            self.paragraph(&total);
        }
        let forecasters = &report.calibration.forecasters;
        if forecasters.is_empty() {
            return;
        }
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let rows = forecasters.iter().take(FORECASTERS).map(|one| {
            vec![
                escaped(&one.owner),
                format!("{} of {}", one.record.judged, one.decisions),
                or_dash(one.record.bias.map(wording::points)),
                or_dash(one.record.coverage.map(wording::percent)),
                or_dash(one.record.skill.map(wording::percent)),
            ]
        });
        self.table(&["who", "judged", "bias", "in range", "skill"], 4, rows);
    }

    fn empty_chair(&mut self, report: &ReportData) {
        let Some(chair) = &report.empty_chair else { return };
        self.heading(&format!("The empty chair: {}", escaped(&chair.name)));
        self.paragraph(&format!(
            "{} ({}) from {}: the lowest score among segments that no open decision targets. Who speaks for them?",
            wording::reading(&chair.score),
            wording::reading_range(&chair.score),
            wording::responses(chair.score.responses)
        ));
        if let Some(one) = &chair.verbatim {
            self.quote(one);
        }
    }
}

fn row_of(decision: &DecisionSummary) -> Vec<String> {
    let mark = if decision.is_newly_settled { " **new**" } else { "" };
    let (title, owner, target) = (escaped(&decision.title), escaped(&decision.owner), escaped(&decision.target));
    let settles = wording::settles(decision);
    let settles = if settles.is_empty() { settles } else { format!(", {settles}") };
    vec![
        format!("{title}{mark} ({owner}, {target})"),
        wording::measured(decision).unwrap_or_else(|| "–".to_owned()),
        wording::expectation(decision),
        wording::count(decision.responses),
        format!("{}{settles}", wording::verdict(decision.verdict)),
    ]
}

/// Escapes a text so that it has no Markdown formatting and is on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' => {
                escaped.extend(['\\', character]);
            }
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_users_do_not_format_anything() {
        assert_eq!(escaped("a|b *c* <img>\n# d"), "a\\|b \\*c\\* \\<img\\> \\# d");
    }
}
