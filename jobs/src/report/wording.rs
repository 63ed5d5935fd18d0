//! Scores, changes and verdicts in words, the same in every format of the report. Numbers and days are formatted by
//! [`needle_rules::wording`].

use entity::verdict::Verdict;
use needle_stats::interval::ConfidenceInterval;

use super::decision::DecisionSummary;
use super::score::{ChangeDirection, ReportScore, ScoreChange, ScoreReading};
use super::{ReportData, ReportForm};
use needle_rules::wording::{score_range, short_points};

pub use needle_rules::wording::{count, date, long_date, percent, points, points_range, responses, score, week, whole};

/// An interval of scores, formatted.
pub fn range(interval: &ConfidenceInterval) -> String {
    score_range(interval.low, interval.high)
}

/// A score as a number, or why it is not shown.
pub fn reading(of: &ReportScore) -> String {
    match of.reading {
        ScoreReading::Shown(value, _) => score(value),
        ScoreReading::Suppressed => "too few to show".to_owned(),
        ScoreReading::Nothing => "no responses".to_owned(),
    }
}

/// The interval of a score; empty when the score is not shown.
pub fn reading_range(of: &ReportScore) -> String {
    of.shown().map_or_else(String::new, |(_, interval)| range(&interval))
}

/// The direction of a change, in one short clause.
pub fn direction(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        None => "nothing to compare",
        Some(ChangeDirection::Up) => "rose",
        Some(ChangeDirection::Down) => "fell",
        Some(ChangeDirection::Unclear) => "no clear change",
    }
}

/// A change with its interval and its direction.
pub fn change(of: Option<&ScoreChange>) -> String {
    let clause = direction(of);
    let number = |of: &ScoreChange| {
        format!("{} ({}), {clause}", points(of.points), points_range(of.interval.low, of.interval.high))
    };
    of.map_or_else(|| clause.to_owned(), number)
}

/// A change with its interval and its direction, for the cell of a table.
pub fn short_change(of: Option<&ScoreChange>) -> String {
    let number = |of: &ScoreChange| {
        let clause = match of.direction() {
            ChangeDirection::Up => "rose",
            ChangeDirection::Down => "fell",
            ChangeDirection::Unclear => "unclear",
        };
        format!("{} ({}), {clause}", points(of.points), points_range(of.interval.low, of.interval.high))
    };
    of.map_or_else(|| "–".to_owned(), number)
}

/// The symbol of a direction, for readers who cannot distinguish the colours.
pub fn arrow(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        Some(ChangeDirection::Up) => "\u{25b2}",
        Some(ChangeDirection::Down) => "\u{25bc}",
        Some(ChangeDirection::Unclear) | None => "\u{25c6}",
    }
}

/// The CSS class of a direction, which determines its colour.
pub fn tone(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        Some(ChangeDirection::Up) => "up",
        Some(ChangeDirection::Down) => "down",
        Some(ChangeDirection::Unclear) | None => "even",
    }
}

/// The name of a verdict.
pub fn verdict(of: Verdict) -> &'static str {
    match of {
        Verdict::MovedUp => "moved up",
        Verdict::MovedDown => "moved down",
        Verdict::DidNotMove => "did not move",
        Verdict::TooEarly => "too early",
        Verdict::NotEnoughData => "not enough data",
        Verdict::Confounded => "confounded",
    }
}

/// The symbol of a verdict.
pub fn shape(of: Verdict) -> &'static str {
    match of {
        Verdict::MovedUp => "\u{25b2}",
        Verdict::MovedDown => "\u{25bc}",
        Verdict::DidNotMove => "\u{25a0}",
        Verdict::TooEarly => "\u{25cb}",
        Verdict::NotEnoughData | Verdict::Confounded => "\u{25c7}",
    }
}

/// The CSS class of a verdict, which determines its colour.
pub fn verdict_tone(of: Verdict) -> &'static str {
    match of {
        Verdict::MovedUp => "up",
        Verdict::MovedDown => "down",
        _ => "even",
    }
}

/// The measured effect with its interval; `None` before there is an estimate.
pub fn measured(decision: &DecisionSummary) -> Option<String> {
    let (effect, interval) = decision.effect.zip(decision.interval)?;
    Some(format!("{} ({})", points(effect), points_range(interval.low, interval.high)))
}

/// The expected impact, with the expected range where it was given.
pub fn expectation(decision: &DecisionSummary) -> String {
    let impact = short_points(decision.impact);
    match decision.expected {
        Some((low, high)) => format!("{impact} ({} to {})", short_points(low), short_points(high)),
        None => impact,
    }
}

/// When the next information is due: the last look and the settling date; empty once the decision is final or reversed.
pub fn settles(decision: &DecisionSummary) -> String {
    let last = || format!("last look {}", date(decision.final_on));
    match decision.decidable_by {
        _ if decision.is_final || decision.reversed_on.is_some() => String::new(),
        Some(day) => format!("{}, should settle by {}", last(), date(day)),
        None if decision.verdict == Verdict::TooEarly && decision.effect.is_some() => {
            format!("{}, unlikely to settle by then", last())
        }
        None => last(),
    }
}

/// The heading of a report.
pub fn title(form: ReportForm) -> &'static str {
    match form {
        ReportForm::Weekly => "The week in customers",
        ReportForm::Brief => "This morning",
        ReportForm::Friday => "Before the weekend",
    }
}

/// A report in one line: the subject of a mail.
pub fn subject(report: &ReportData) -> String {
    let primary = &report.primary;
    let state = match primary.quarter.shown() {
        Some((value, _)) => format!("{} {}, {}", primary.name, score(value), direction(primary.change.as_ref())),
        None => primary.name.clone(),
    };
    let settled = report.newly_settled().count();
    let settled_clause = match settled {
        0 => String::new(),
        1 => "; 1 decision settled".to_owned(),
        many => format!("; {many} decisions settled"),
    };
    format!("{}, {}: {state}{settled_clause}", title(report.form), date(report.as_of))
}

/// The score of the primary customer and its change, in one sentence.
pub fn headline(report: &ReportData) -> String {
    let primary = &report.primary;
    let Some((value, interval)) = primary.quarter.shown() else {
        return format!("{}: {} in 13 weeks.", primary.name, reading(&primary.quarter));
    };
    let change = match &primary.change {
        None => "there is nothing to compare it with".to_owned(),
        Some(change) => {
            let by = points_range(change.interval.low, change.interval.high);
            match change.direction() {
                ChangeDirection::Up | ChangeDirection::Down => {
                    format!("{} from the 13 weeks before ({by})", points(change.points))
                }
                ChangeDirection::Unclear => format!("no clear change from the 13 weeks before ({by})"),
            }
        }
    };
    format!(
        "{}: {} ({}) from {} over 13 weeks; {change}.",
        primary.name,
        score(value),
        range(&interval),
        responses(primary.quarter.responses)
    )
}

/// The score of the present week so far; `None` when it is not shown.
pub fn since(report: &ReportData) -> Option<String> {
    let since = &report.since;
    let (value, interval) = since.shown()?;
    Some(format!(
        "Since {}: {} ({}) from {}.",
        date(report.until),
        score(value),
        range(&interval),
        responses(since.responses)
    ))
}

/// How expectations compare with measured effects, in one or two sentences.
pub fn calibration(report: &ReportData) -> String {
    let calibration = &report.calibration;
    let determined = calibration.determined();
    if determined == 0 {
        return "No expectation could be judged yet.".to_owned();
    }
    let (met, exceeded, missed) = (calibration.met, calibration.exceeded, calibration.missed);
    let result = if calibration.undetermined == 0 {
        String::new()
    } else {
        format!("; undetermined: {} more", calibration.undetermined)
    };
    format!("Expectations judged: {determined}. Met: {met}; exceeded: {exceeded}; missed: {missed}{result}.")
}

/// The total impact of the decisions of a year, in one sentence; `None` when none is measured.
pub fn total(report: &ReportData) -> Option<String> {
    let total = &report.calibration.total;
    (total.effects > 0).then(|| {
        format!(
            "The decisions of the last year add up to {} points ({}), each for its own target: {} measured effects, \
             corrected for chance.",
            points(total.points),
            points_range(total.interval.low, total.interval.high),
            total.effects
        )
    })
}
