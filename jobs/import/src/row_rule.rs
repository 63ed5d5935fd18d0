//! Rows that are not responses to count: previews, tests, spam, unfinished responses, and responses to other questions.

use needle_rules::problem::{InputProblem, ProblemCode};

use crate::format::FileFormat;
use crate::heading::ColumnHeading;
use crate::response_state::{quality_of, state_of};
use crate::shell::shell;

/// How a column decides whether a row is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowRule {
    /// Yes or no.
    YesNo {
        /// The answer of rows that do not count.
        rejects: bool,
        /// Why they do not.
        code: ProblemCode,
    },
    /// How far the response got.
    Progress {
        /// What a finished response has: 100 in percent, 1 as a fraction.
        full: u8,
    },
    /// The kind of response and how far it got, in words or as the bits of Qualtrics.
    Status {
        /// True when numbers are bits: 1 a preview, 2 a test, 8 spam.
        bits: bool,
    },
    /// How good the response is, in words.
    Quality,
    /// The channel through which the survey reached the customer; previews have their own.
    Channel,
    /// The metric that the question measures.
    Metric,
    /// The kind of event.
    Event,
}

/// Yes or no: whether the response was finished.
pub const FINISHED: RowRule = RowRule::YesNo { rejects: false, code: ProblemCode::Unfinished };

/// The rule for a column, by each tool's own column names; `None` when the column decides nothing.
pub fn rule_of(format: FileFormat, heading: &ColumnHeading) -> Option<RowRule> {
    let status = RowRule::Status { bits: false };
    Some(match (format, heading.key.as_str()) {
        (FileFormat::Qualtrics, "status" | "responsetype") => RowRule::Status { bits: true },
        (FileFormat::Qualtrics, "progress") => RowRule::Progress { full: 100 },
        (FileFormat::Qualtrics | FileFormat::Formbricks, "finished") | (FileFormat::PostHog, "surveycompleted") => {
            FINISHED
        }
        (FileFormat::PostHog, "event") => RowRule::Event,
        (FileFormat::Qualtrics, "distributionchannel") => RowRule::Channel,
        (FileFormat::Typeform, "responsetype")
        | (FileFormat::SurveyMonkey, "responsestatus" | "completionstatus" | "surveystatus") => status,
        (FileFormat::Retently | FileFormat::Formbricks, "istest") => {
            RowRule::YesNo { rejects: true, code: ProblemCode::Test }
        }
        (FileFormat::Retently | FileFormat::Formbricks, "isbogus" | "bogus") => {
            RowRule::YesNo { rejects: true, code: ProblemCode::Spam }
        }
        (FileFormat::Retently | FileFormat::Formbricks, "ispreview") => {
            RowRule::YesNo { rejects: true, code: ProblemCode::Preview }
        }
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

/// Metrics other than the Net Promoter Score.
const OTHER_METRICS: [&str; 10] =
    ["csat", "ces", "star", "stars", "smiley", "smileys", "thumbs", "pmf", "effort", "satisfaction"];

impl RowRule {
    /// The distinct cells that this rule does not understand, at most ten of them.
    pub fn unknown(self, values: &[String]) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        for value in values {
            if unknown.len() < 10 && !self.understands(value) && !unknown.contains(value) {
                unknown.push(value.clone());
            }
        }
        unknown
    }

    /// True for a cell that this rule can read.
    pub fn understands(self, value: &str) -> bool {
        let lower = value.trim().to_lowercase();
        lower.is_empty()
            || match self {
                Self::YesNo { .. } => yes_or_no(&lower).is_some(),
                Self::Status { bits } => (bits && lower.parse::<u32>().is_ok()) || state_of(value).is_some(),
                Self::Quality => quality_of(value).is_some(),
                Self::Metric => {
                    lower.contains("nps") || words(&lower).any(|word| word == "net" || OTHER_METRICS.contains(&word))
                }
                Self::Progress { .. } | Self::Channel | Self::Event => true,
            }
    }

    /// Rejects a row by its cell in the column `name`.
    pub fn check(self, name: &str, value: &str) -> Result<(), InputProblem> {
        let lower = value.trim().to_lowercase();
        let code = match self {
            Self::YesNo { .. } | Self::Status { .. } | Self::Quality if !self.understands(value) => {
                Some(ProblemCode::Invalid)
            }
            Self::YesNo { rejects, code } => (yes_or_no(&lower) == Some(rejects)).then_some(code),
            Self::Progress { full } => {
                percent(&lower).is_some_and(|progress| progress < f64::from(full)).then_some(ProblemCode::Unfinished)
            }
            Self::Status { bits } => match lower.parse::<u32>() {
                Ok(number) if bits && number & 8 != 0 => Some(ProblemCode::Spam),
                Ok(number) if bits && number & 1 != 0 => Some(ProblemCode::Preview),
                Ok(number) if bits && number & 2 != 0 => Some(ProblemCode::Test),
                Ok(_) if bits => None,
                _ => state_of(value).and_then(|state| state.rejected),
            },
            Self::Quality => quality_of(value).and_then(|state| state.rejected),
            Self::Channel => words(&lower).find_map(|word| match word {
                "preview" | "previewed" => Some(ProblemCode::Preview),
                "test" | "testing" => Some(ProblemCode::Test),
                _ => None,
            }),
            Self::Metric => {
                let other = !lower.contains("nps") && words(&lower).any(|word| OTHER_METRICS.contains(&word));
                other.then_some(ProblemCode::OtherMetric)
            }
            Self::Event => (!lower.is_empty() && lower != "survey sent").then_some(ProblemCode::Unfinished),
        };
        let Some(code) = code else { return Ok(()) };
        let message = match code {
            ProblemCode::Invalid => format!(
                "expected a word that shows whether the response counts, found \"{value}\": add {} or {}",
                option("--count", name, value),
                option("--reject", name, value)
            ),
            code => format!("{} (\"{value}\")", expected(code)),
        };
        Err(InputProblem::new(code, name, message))
    }
}

/// What was expected instead of a row that is rejected for this reason.
fn expected(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::Preview => "expected a response of a customer, found a preview",
        ProblemCode::Test => "expected a response of a customer, found a test",
        ProblemCode::Spam => "expected a response of a customer, found what is marked as spam",
        ProblemCode::Disqualified => "expected a response that counts, found one that was disqualified",
        ProblemCode::OtherMetric => {
            "expected a response to the question of the Net Promoter Score, found another metric"
        }
        _ => "expected a finished response, found one that is not",
    }
}

/// The option that decides about the rows with this cell, as one types it.
pub fn option(flag: &str, name: &str, value: &str) -> String {
    format!("{flag} {}", shell(&[format!("{name}={value}")]))
}

/// A cell that says yes or no, in lower case.
pub fn yes_or_no(lower: &str) -> Option<bool> {
    match lower {
        "yes" | "true" | "1" | "y" | "t" | "x" | "✓" => Some(true),
        "no" | "false" | "0" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// A number, with or without the sign of percent.
pub fn percent(text: &str) -> Option<f64> {
    text.trim().trim_end_matches('%').trim_end().parse().ok()
}

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|character: char| !character.is_alphanumeric())
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
            ("2", Some(ProblemCode::Test)),
            ("4", None),
            ("8", Some(ProblemCode::Spam)),
            ("9", Some(ProblemCode::Spam)),
            ("16", None),
            ("17", Some(ProblemCode::Preview)),
            ("IP Address", None),
            ("Survey Preview", Some(ProblemCode::Preview)),
            ("Survey Test", Some(ProblemCode::Test)),
            ("Spam", Some(ProblemCode::Spam)),
            ("Imported", None),
        ] {
            assert_eq!(code(bits, value), expected, "{value}");
        }
        assert_eq!(code(words, "1"), Some(ProblemCode::Invalid));
        assert_eq!(code(words, "partial"), Some(ProblemCode::Unfinished));
        assert_eq!(code(words, "completed"), None);
        assert_eq!(code(words, "latest"), Some(ProblemCode::Invalid));
        assert_eq!(code(FINISHED, "Falsch"), Some(ProblemCode::Invalid));
    }
}
