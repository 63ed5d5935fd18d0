//! Scores, changes and verdicts in words, the same in every form of the report. How numbers and days are written is left to
//! [`needle_rules::wording`].

use entity::verdict::Verdict;
use needle_stats::interval::ConfidenceInterval;

use super::decision::DecisionSummary;
use super::score::{ChangeDirection, ReportScore, ScoreChange, ScoreReading};
use super::{ReportData, ReportForm};
use needle_rules::wording::{score_range, short_points};

pub use needle_rules::wording::{count, date, long_date, percent, points, points_range, responses, score, week, whole};

/// An interval of scores.
pub fn range(interval: &ConfidenceInterval) -> String {
    score_range(interval.low, interval.high)
}

/// The number of a score; why there is none, otherwise.
pub fn reading(of: &ReportScore) -> String {
    match of.reading {
        ScoreReading::Shown(value, _) => score(value),
        ScoreReading::Suppressed => "too few to show".to_owned(),
        ScoreReading::Nothing => "no answers".to_owned(),
    }
}

/// The interval of a score; empty without one.
pub fn reading_range(of: &ReportScore) -> String {
    of.shown().map_or_else(String::new, |(_, interval)| range(&interval))
}

/// What a change says, in one short clause.
pub fn direction(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        None => "nothing to compare",
        Some(ChangeDirection::Up) => "rose",
        Some(ChangeDirection::Down) => "fell",
        Some(ChangeDirection::Unclear) => "no clear change",
    }
}

/// A change with its interval and what it says.
pub fn change(of: Option<&ScoreChange>) -> String {
    let clause = direction(of);
    let number = |of: &ScoreChange| {
        format!("{} ({}), {clause}", points(of.points), points_range(of.interval.low, of.interval.high))
    };
    of.map_or_else(|| clause.to_owned(), number)
}

/// The same for the cell of a table.
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

/// The shape that goes with a direction, for those who do not see colours.
pub fn arrow(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        Some(ChangeDirection::Up) => "\u{25b2}",
        Some(ChangeDirection::Down) => "\u{25bc}",
        Some(ChangeDirection::Unclear) | None => "\u{25c6}",
    }
}

/// The class of a direction, by which it is coloured.
pub fn tone(change: Option<&ScoreChange>) -> &'static str {
    match change.map(ScoreChange::direction) {
        Some(ChangeDirection::Up) => "up",
        Some(ChangeDirection::Down) => "down",
        Some(ChangeDirection::Unclear) | None => "even",
    }
}

/// A verdict in words.
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

/// The shape of a verdict.
pub fn shape(of: Verdict) -> &'static str {
    match of {
        Verdict::MovedUp => "\u{25b2}",
        Verdict::MovedDown => "\u{25bc}",
        Verdict::DidNotMove => "\u{25a0}",
        Verdict::TooEarly => "\u{25cb}",
        Verdict::NotEnoughData | Verdict::Confounded => "\u{25c7}",
    }
}

/// The class of a verdict, by which it is coloured.
pub fn verdict_tone(of: Verdict) -> &'static str {
    match of {
        Verdict::MovedUp => "up",
        Verdict::MovedDown => "down",
        _ => "even",
    }
}

/// What was measured; `None` before there is an estimate.
pub fn measured(decision: &DecisionSummary) -> Option<String> {
    let (effect, interval) = decision.effect.zip(decision.interval)?;
    Some(format!("{} ({})", points(effect), points_range(interval.low, interval.high)))
}

/// What was expected.
pub fn expectation(decision: &DecisionSummary) -> String {
    let impact = short_points(decision.impact);
    match decision.expected {
        Some((low, high)) => format!("{impact} ({} to {})", short_points(low), short_points(high)),
        None => impact,
    }
}

/// When more will be known; empty once all is.
pub fn settles(decision: &DecisionSummary) -> String {
    let last = || format!("last look {}", date(decision.final_on));
    match decision.decidable_by {
        _ if decision.is_final || decision.reversed_on.is_some() => String::new(),
        Some(day) if day < decision.final_on => format!("{}, should settle by {}", last(), date(day)),
        Some(_) => format!("{}, unlikely to settle before", last()),
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

/// What a report is about, in one line: the subject of a mail.
pub fn subject(report: &ReportData) -> String {
    let primary = &report.primary;
    let stands = match primary.quarter.shown() {
        Some((value, _)) => format!("{} {}, {}", primary.name, score(value), direction(primary.change.as_ref())),
        None => primary.name.clone(),
    };
    let settled = report.newly_settled().count();
    let news = match settled {
        0 => String::new(),
        1 => "; 1 decision settled".to_owned(),
        many => format!("; {many} decisions settled"),
    };
    format!("{}, {}: {stands}{news}", title(report.form), date(report.as_of))
}

/// Where the primary customer stands, in one sentence.
pub fn headline(report: &ReportData) -> String {
    let primary = &report.primary;
    let Some((value, interval)) = primary.quarter.shown() else {
        return format!("{}: {} in thirteen weeks.", primary.name, reading(&primary.quarter));
    };
    let change = match &primary.change {
        None => "there is nothing to compare it with".to_owned(),
        Some(change) => {
            let by = points_range(change.interval.low, change.interval.high);
            match change.direction() {
                ChangeDirection::Up | ChangeDirection::Down => {
                    format!("{} on the thirteen weeks before ({by})", points(change.points))
                }
                ChangeDirection::Unclear => format!("no clear change on the thirteen weeks before ({by})"),
            }
        }
    };
    format!(
        "{}: {} ({}) by {} of thirteen weeks; {change}.",
        primary.name,
        score(value),
        range(&interval),
        responses(primary.quarter.responses)
    )
}

/// What the answers of the present week say so far.
pub fn since(report: &ReportData) -> Option<String> {
    let since = &report.since;
    let (value, interval) = since.shown()?;
    Some(format!(
        "Since {}: {} ({}) by {}.",
        date(report.until),
        score(value),
        range(&interval),
        responses(since.responses)
    ))
}

/// How far expectations came true, in one sentence.
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
        format!("; cannot be told: {} more", calibration.undetermined)
    };
    format!("Judged expectations: {determined}. Came true: {met}; exceeded: {exceeded}; missed: {missed}{result}.")
}

/// What the decisions of a year add up to, in one sentence.
pub fn total(report: &ReportData) -> Option<String> {
    let total = &report.calibration.total;
    (total.effects > 0).then(|| {
        format!(
            "The decisions of the last year add up to {} points ({}), each on its own customers: {} measured, luck taken out.",
            points(total.points),
            points_range(total.interval.low, total.interval.high),
            total.effects
        )
    })
}
