//! Rows that are not responses to count: previews, tests, spam, unfinished responses, and responses to other questions.

use needle_rules::problem::{InputProblem, ProblemCode};

use crate::format::FileFormat;
use crate::heading::ColumnHeading;

/// How a column decides whether a row is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowRule {
    /// Yes or no: whether the response was finished.
    Finished,
    /// How far the response got, in percent.
    Progress,
    /// The kind of response and how far it got, in words or as the bits of Qualtrics.
    Status {
        /// True when numbers are bits: 1 a preview, 2 a test, 8 spam.
        bits: bool,
    },
    /// Yes or no: whether it was a test.
    Test,
    /// The channel through which the survey reached the customer; previews have their own.
    Channel,
    /// The metric that the question measures.
    Metric,
    /// The kind of event.
    Event,
}

/// The rule for a column, by each tool's own column names; `None` when the column decides nothing.
pub fn rule_of(format: FileFormat, heading: &ColumnHeading) -> Option<RowRule> {
    let status = RowRule::Status { bits: false };
    Some(match (format, heading.key.as_str()) {
        (FileFormat::Qualtrics, "status" | "responsetype") => RowRule::Status { bits: true },
        (FileFormat::Qualtrics, "progress") => RowRule::Progress,
        (FileFormat::Qualtrics | FileFormat::Formbricks, "finished") | (FileFormat::PostHog, "surveycompleted") => {
            RowRule::Finished
        }
        (FileFormat::PostHog, "event") => RowRule::Event,
        (FileFormat::Qualtrics, "distributionchannel") => RowRule::Channel,
        (FileFormat::Typeform, "responsetype")
        | (FileFormat::SurveyMonkey | FileFormat::Generic, "responsestatus" | "completionstatus" | "surveystatus") => {
            status
        }
        (
            FileFormat::Retently | FileFormat::Generic | FileFormat::Formbricks,
            "istest" | "isbogus" | "bogus" | "ispreview",
        ) => RowRule::Test,
        (
            FileFormat::Delighted | FileFormat::Retently | FileFormat::Generic,
            "surveytype" | "metric" | "surveymetric" | "metrictype" | "scoretype" | "questiontype",
        ) => RowRule::Metric,
        _ => return None,
    })
}

/// True for a column that only the tool itself writes: its values must be understood.
pub fn is_own(format: FileFormat, heading: &ColumnHeading) -> bool {
    let names: &[&str] = match format {
        FileFormat::Qualtrics => &["Status", "Response Type", "Finished"],
        FileFormat::Typeform => &["Response Type"],
        FileFormat::Formbricks => &["Finished"],
        FileFormat::PostHog => &["$survey_completed", "properties.$survey_completed"],
        _ => &[],
    };
    names.contains(&heading.column.as_str())
}

/// Words of a status that mean that the response counts.
const COUNTING: [&str; 14] = [
    "ip address",
    "imported",
    "complete",
    "completed",
    "finished",
    "submitted",
    "responded",
    "answered",
    "offline",
    "offline response",
    "response",
    "normal",
    "email",
    "anonymous",
];

/// Words of a status that mean that no customer responded, and words that mean that the response is not complete.
const TESTS: [&str; 4] = ["preview", "test", "previewed", "testing"];
const UNFINISHED: [&str; 9] = [
    "partial",
    "started",
    "incomplete",
    "unfinished",
    "disqualified",
    "abandoned",
    "dismissed",
    "overquota",
    "progress",
];

/// Metrics other than the Net Promoter Score.
const OTHER_METRICS: [&str; 10] =
    ["csat", "ces", "star", "stars", "smiley", "smileys", "thumbs", "pmf", "effort", "satisfaction"];

impl RowRule {
    /// Up to three distinct cells that this rule does not understand.
    pub fn unknown(self, values: &[String]) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        for value in values {
            if unknown.len() < 3 && !self.understands(value) && !unknown.contains(value) {
                unknown.push(value.clone());
            }
        }
        unknown
    }

    fn understands(self, value: &str) -> bool {
        let lower = value.trim().to_lowercase();
        let says = |words: &[&str]| {
            lower.split(|character: char| !character.is_alphanumeric()).any(|word| words.contains(&word))
        };
        match self {
            Self::Finished | Self::Test => {
                ["", "yes", "no", "true", "false", "1", "0", "y", "n"].contains(&lower.as_str())
            }
            Self::Status { bits } => {
                lower.is_empty()
                    || COUNTING.contains(&lower.as_str())
                    || (bits && lower.parse::<u32>().is_ok())
                    || says(&["spam"])
                    || says(&TESTS)
                    || says(&UNFINISHED)
            }
            Self::Metric => lower.is_empty() || lower.contains("nps") || says(&["net"]) || says(&OTHER_METRICS),
            Self::Progress | Self::Channel | Self::Event => true,
        }
    }

    /// Rejects a row by its cell in the column `name`.
    pub fn check(self, name: &str, value: &str) -> Result<(), InputProblem> {
        let lower = value.trim().to_lowercase();
        let no = matches!(lower.as_str(), "no" | "false" | "0" | "n");
        let yes = matches!(lower.as_str(), "yes" | "true" | "1" | "y");
        let words = || lower.split(|character: char| !character.is_alphanumeric());
        let code = match self {
            Self::Finished | Self::Test | Self::Status { .. } if !self.understands(value) => Some(ProblemCode::Invalid),
            Self::Finished => no.then_some(ProblemCode::Unfinished),
            Self::Progress => {
                lower.parse::<f64>().is_ok_and(|percent| percent < 100.0).then_some(ProblemCode::Unfinished)
            }
            Self::Test => yes.then_some(ProblemCode::Preview),
            Self::Status { bits } => match lower.parse::<u32>() {
                Ok(number) if bits && number & 8 != 0 => Some(ProblemCode::Spam),
                Ok(number) if bits && number & 3 != 0 => Some(ProblemCode::Preview),
                _ if words().any(|word| word == "spam") => Some(ProblemCode::Spam),
                _ if words().any(|word| TESTS.contains(&word)) => Some(ProblemCode::Preview),
                _ if words().any(|word| UNFINISHED.contains(&word)) => Some(ProblemCode::Unfinished),
                _ => None,
            },
            Self::Channel => words().any(|word| TESTS.contains(&word)).then_some(ProblemCode::Preview),
            Self::Metric => {
                let other = !lower.contains("nps") && words().any(|word| OTHER_METRICS.contains(&word));
                other.then_some(ProblemCode::OtherMetric)
            }
            Self::Event => (!lower.is_empty() && lower != "survey sent").then_some(ProblemCode::Unfinished),
        };
        let Some(code) = code else { return Ok(()) };
        let expected = match code {
            ProblemCode::Preview => "expected a response of a customer, found a preview or a test",
            ProblemCode::Spam => "expected a response of a customer, found what the tool marks as spam",
            ProblemCode::Invalid => "expected a word that shows whether the response counts, found an unknown one",
            ProblemCode::OtherMetric => {
                "expected a response to the question of the Net Promoter Score, found another metric"
            }
            _ => "expected a finished response, found one that is not",
        };
        Err(InputProblem::new(code, name, format!("{expected} (\"{value}\")")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(rule: RowRule, value: &str) -> Option<ProblemCode> {
        rule.check("Status", value).err().map(|problem| problem.code)
    }

    #[test]
    fn a_status_is_read_in_words_and_in_bits() {
        let (bits, words) = (RowRule::Status { bits: true }, RowRule::Status { bits: false });
        for (value, expected) in [
            ("0", None),
            ("1", Some(ProblemCode::Preview)),
            ("2", Some(ProblemCode::Preview)),
            ("4", None),
            ("8", Some(ProblemCode::Spam)),
            ("9", Some(ProblemCode::Spam)),
            ("16", None),
            ("17", Some(ProblemCode::Preview)),
            ("IP Address", None),
            ("Survey Preview", Some(ProblemCode::Preview)),
            ("Survey Test", Some(ProblemCode::Preview)),
            ("Spam", Some(ProblemCode::Spam)),
            ("Imported", None),
        ] {
            assert_eq!(code(bits, value), expected, "{value}");
        }
        assert_eq!(code(words, "1"), Some(ProblemCode::Invalid));
        assert_eq!(code(words, "partial"), Some(ProblemCode::Unfinished));
        assert_eq!(code(words, "completed"), None);
        assert_eq!(code(words, "latest"), Some(ProblemCode::Invalid));
        assert_eq!(code(RowRule::Finished, "Falsch"), Some(ProblemCode::Invalid));
    }
}
