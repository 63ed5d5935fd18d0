//! The report as a chat message: the body for a Slack-compatible incoming webhook.

use serde_json::{Value, json};

use super::decision::DecisionSummary;
use super::{ReportData, ReportForm, wording};

/// The most characters that Slack accepts in the text of a section.
const SECTION_LIMIT: usize = 3_000;

/// How many decisions one list contains.
const LISTED: usize = 6;

/// Renders a report as the JSON of a message: `text` for notifications and simple receivers, `blocks` for the rest.
/// `link` is the address of the pages, or `None` for no link.
pub fn to_message(report: &ReportData, link: Option<&str>) -> Value {
    let mut blocks = vec![
        header(wording::title(report.form)),
        section(&format!("{} {}", wording::arrow(report.primary.change.as_ref()), escaped(&wording::headline(report)))),
    ];
    blocks.extend(report.notices.iter().map(|notice| section(&format!("*{}*", escaped(notice)))));
    if report.form == ReportForm::Weekly {
        for group in report.decisions.iter().filter(|group| !group.decisions.is_empty()) {
            blocks.push(list(group.title, group.decisions.iter()));
        }
        blocks.push(section(&escaped(&wording::calibration(report))));
    } else if report.newly_settled().next().is_some() {
        blocks.push(list("Settled since last week", report.newly_settled()));
    }
    if !report.upcoming.is_empty() {
        let lines = report.upcoming.iter().take(LISTED).map(|decision| {
            let (day, expected) = (wording::date(decision.takes_effect_on), wording::expectation(decision));
            format!("• {day}: {}, {} expects {expected}", escaped(&decision.title), escaped(&decision.owner))
        });
        blocks.push(section(&headed("Takes effect by the end of next week", lines)));
    }
    let shown = if report.form == ReportForm::Weekly { 3 } else { 1 };
    for one in report.verbatims.chosen().iter().take(shown) {
        blocks.push(section(&format!("> {}\n_{} of 10, {}_", escaped(&one.text), one.score, wording::date(one.day))));
    }
    if let Some(chair) = report.empty_chair.as_ref().filter(|_| report.form != ReportForm::Brief) {
        let (score, responses) = (wording::reading(&chair.score), wording::responses(chair.score.responses));
        blocks.push(section(&format!("*The empty chair: {}*\n{score} from {responses}", escaped(&chair.name))));
    }
    if let Some(link) = link {
        blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(link)}]}));
    }
    json!({"text": cut(escaped(&wording::subject(report)), SECTION_LIMIT), "blocks": blocks})
}

fn header(text: &str) -> Value {
    json!({"type": "header", "text": {"type": "plain_text", "text": cut(text.to_owned(), 150)}})
}

fn list<'a>(title: &str, decisions: impl Iterator<Item = &'a DecisionSummary>) -> Value {
    let lines = decisions.take(LISTED).map(|decision| {
        let measured = wording::measured(decision).map(|text| format!(", {text}")).unwrap_or_default();
        let settles = wording::settles(decision);
        let settles = if settles.is_empty() { settles } else { format!("; {settles}") };
        let (shape, verdict) = (wording::shape(decision.verdict), wording::verdict(decision.verdict));
        format!("{shape} {}: {verdict}{measured}{settles}", escaped(&decision.title))
    });
    section(&headed(title, lines))
}

fn headed(title: &str, lines: impl Iterator<Item = String>) -> String {
    std::iter::once(format!("*{title}*")).chain(lines).collect::<Vec<_>>().join("\n")
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": cut(text.to_owned(), SECTION_LIMIT)}})
}

/// Escapes a text for Slack's markup: `&`, `<` and `>`, and the characters that format words between them.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Slack has no escape for these characters, so they are replaced by similar ones.
            '*' => escaped.push('\u{2217}'),
            '_' => escaped.push('\u{ff3f}'),
            '`' => escaped.push('\u{2019}'),
            '~' => escaped.push('\u{223c}'),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit.saturating_sub(1)) {
        Some((end, _)) if text.chars().count() > limit => format!("{}…", &text[..end]),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_users_mention_nobody_and_do_not_format_anything() {
        assert_eq!(
            escaped("<!channel> *now* & `then`"),
            "&lt;!channel&gt; \u{2217}now\u{2217} &amp; \u{2019}then\u{2019}"
        );
        assert_eq!(cut("abcdef".to_owned(), 4), "abc…");
        assert_eq!(cut("abcd".to_owned(), 4), "abcd");
    }
}
