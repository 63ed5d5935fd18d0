//! The columns in which unknown tools say whether a response counts: found by their name, and believed by their values.

use needle_rules::problem::ProblemCode;

use crate::column_profile::ColumnProfile;
use crate::response_state::{quality_of, state_of};
use crate::row_rule::{FINISHED, RowRule, percent, yes_or_no};

/// What a column says about which rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateColumn {
    /// This rule, whose values must all be understood.
    Rule(RowRule),
    /// Nothing that is understood, although its name is one of a state.
    Unclear,
}

const UNFINISHED: RowRule = RowRule::YesNo { rejects: true, code: ProblemCode::Unfinished };
const TEST: RowRule = RowRule::YesNo { rejects: true, code: ProblemCode::Test };
const PREVIEW: RowRule = RowRule::YesNo { rejects: true, code: ProblemCode::Preview };
const SPAM: RowRule = RowRule::YesNo { rejects: true, code: ProblemCode::Spam };
const DISQUALIFIED: RowRule = RowRule::YesNo { rejects: true, code: ProblemCode::Disqualified };
const VALID: RowRule = RowRule::YesNo { rejects: false, code: ProblemCode::Disqualified };

/// Columns that say yes or no, with the rule of the answer.
const YES_OR_NO: &[(RowRule, &[&str])] = &[
    (
        FINISHED,
        &[
            "completed",
            "complete",
            "iscomplete",
            "iscompleted",
            "finished",
            "isfinished",
            "responsecomplete",
            "responsecompleted",
            "surveycomplete",
            "surveycompleted",
            "surveyfinished",
            "fullycompleted",
            "submitted",
            "issubmitted",
        ],
    ),
    (UNFINISHED, &["partial", "ispartial", "incomplete", "isincomplete", "abandoned", "isabandoned"]),
    (
        TEST,
        &["test", "istest", "testresponse", "istestresponse", "testmode", "testdata", "istestdata", "testing", "dummy"],
    ),
    (PREVIEW, &["preview", "ispreview", "previewmode", "previewresponse"]),
    (
        SPAM,
        &[
            "spam",
            "isspam",
            "markedasspam",
            "bogus",
            "isbogus",
            "bot",
            "isbot",
            "fraud",
            "isfraud",
            "fraudulent",
            "isfraudulent",
            "speeder",
            "isspeeder",
            "straightliner",
            "isstraightliner",
        ],
    ),
    (
        DISQUALIFIED,
        &[
            "disqualified",
            "isdisqualified",
            "screenedout",
            "isscreenedout",
            "screenout",
            "overquota",
            "quotafull",
            "excluded",
            "isexcluded",
            "exclude",
            "invalid",
            "isinvalid",
        ],
    ),
    (VALID, &["valid", "isvalid", "qualified", "isqualified", "include", "included"]),
];

/// Columns that hold nothing but how the response ended.
const STATES: [&str; 12] = [
    "responsestatus",
    "responsestate",
    "completionstatus",
    "completionstate",
    "surveystatus",
    "surveystate",
    "submissionstatus",
    "submissionstate",
    "interviewstatus",
    "disposition",
    "finaldisposition",
    "dispositioncode",
];

/// Columns that hold nothing but how good the response is.
const QUALITIES: [&str; 8] = [
    "qualityflag",
    "responsequality",
    "dataquality",
    "dataqualityflag",
    "qualitycheck",
    "qualitystatus",
    "qcstatus",
    "qcflag",
];

/// Columns that may say how a response ended, or something about the customer.
const SHARED: [&str; 10] =
    ["status", "state", "quality", "flag", "flags", "result", "outcome", "completion", "validity", "type"];

/// Columns that say how far a response got.
const PROGRESS: [&str; 9] = [
    "progress",
    "percentcomplete",
    "percentcompleted",
    "completionpercentage",
    "completionpercent",
    "completionrate",
    "pctcomplete",
    "completeness",
    "surveyprogress",
];

/// True for the name of a column, as a key, that may say which rows count.
pub fn may_decide(key: &str) -> bool {
    YES_OR_NO.iter().any(|(_, keys)| keys.contains(&key))
        || [&STATES[..], &QUALITIES, &SHARED, &PROGRESS].iter().any(|keys| keys.contains(&key))
}

/// What a column of an unknown tool decides; `None` when it decides nothing.
pub fn state_column(column: &ColumnProfile) -> Option<StateColumn> {
    let key = column.heading.key.as_str();
    let values = &column.values;
    if values.is_empty() {
        return None;
    }
    let is_telling = values.iter().any(|value| state_of(value).is_some_and(|state| state.is_telling));
    let words = RowRule::Status { bits: false };
    if let Some((rule, _)) = YES_OR_NO.iter().find(|(_, keys)| keys.contains(&key)) {
        let answers = |value: &String| yes_or_no(&value.to_lowercase());
        let found = if values.iter().all(|value| answers(value).is_some()) {
            Some(*rule)
        } else if *rule == FINISHED && progress(values).is_some() {
            progress(values)
        } else if is_telling {
            Some(words)
        } else {
            let is_answer = |value: &String| answers(value).is_some() && value.parse::<f64>().is_err();
            values.iter().any(is_answer).then_some(*rule)
        };
        return found.map(StateColumn::Rule);
    }
    if PROGRESS.contains(&key) {
        return progress(values).map(StateColumn::Rule);
    }
    if STATES.contains(&key) {
        return Some(StateColumn::Rule(words));
    }
    if QUALITIES.contains(&key) {
        return Some(StateColumn::Rule(RowRule::Quality));
    }
    if SHARED.contains(&key) {
        if is_telling {
            let is_quality = key == "quality" && values.iter().all(|value| quality_of(value).is_some());
            return Some(StateColumn::Rule(if is_quality { RowRule::Quality } else { words }));
        }
        return (key == "status").then_some(StateColumn::Unclear);
    }
    None
}

/// The rule of numbers that say how far a response got: in percent, or as a fraction.
fn progress(values: &[String]) -> Option<RowRule> {
    let numbers: Vec<f64> = values.iter().map(|value| percent(value)).collect::<Option<_>>()?;
    let greatest = numbers.iter().copied().fold(0.0, f64::max);
    let has_sign = values.iter().any(|value| value.contains('%'));
    let full = match greatest {
        100.0 => 100,
        _ if has_sign && greatest < 100.0 => 100,
        1.0 => 1,
        _ => return None,
    };
    Some(RowRule::Progress { full })
}
