//! Rows that are no answers: previews, tests, spam, unfinished answers, and answers to other questions.

use super::format::Format;
use super::heading::Heading;
use crate::problem::{Code, Problem};

/// How a column decides which rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Yes or no: whether the answer was finished.
    Finished,
    /// How far the answer got, in percent.
    Progress,
    /// How the answer came about and how far it got, in words or as the bits of Qualtrics.
    Status {
        /// True when numbers are bits: 1 a preview, 2 a test, 8 spam.
        bits: bool,
    },
    /// Yes or no: whether it was a test.
    Test,
    /// Which metric was asked for.
    Metric,
    /// Which event it was.
    Event,
}

/// The rule of a column; `None` when it decides nothing. `values` are some of its cells.
pub fn rule_of(format: Format, heading: &Heading, values: &[&str]) -> Option<Rule> {
    let all = |allowed: &[&str]| values.iter().all(|value| allowed.contains(&value.to_lowercase().as_str()));
    match heading.key.as_str() {
        "finished" | "completed" | "complete" | "iscompleted" | "isfinished" | "surveycompleted" => {
            all(&["yes", "no", "true", "false", "1", "0", "y", "n"]).then_some(Rule::Finished)
        }
        "progress" if format == Format::Qualtrics => Some(Rule::Progress),
        "status" | "responsestatus" | "completionstatus" | "responsetype" | "distributionchannel" | "surveystatus" => {
            let bits = format == Format::Qualtrics && heading.key != "distributionchannel";
            Some(Rule::Status { bits })
        }
        "istest" | "test" | "bogus" | "isbogus" | "preview" | "ispreview" => {
            all(&["yes", "no", "true", "false", "1", "0", "y", "n"]).then_some(Rule::Test)
        }
        "surveytype" | "metric" | "surveymetric" | "metrictype" | "scoretype" | "questiontype" => Some(Rule::Metric),
        "event" if format == Format::PostHog => Some(Rule::Event),
        _ => None,
    }
}

/// Words of a status that say that the answer is none of a customer, and words that say that it is not complete.
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

/// Other metrics than the Net Promoter Score.
const OTHER_METRICS: [&str; 10] =
    ["csat", "ces", "star", "stars", "smiley", "smileys", "thumbs", "pmf", "effort", "satisfaction"];

impl Rule {
    /// Refuses a row by its cell in the column `name`.
    pub fn check(self, name: &str, value: &str) -> Result<(), Problem> {
        let lower = value.trim().to_lowercase();
        let no = matches!(lower.as_str(), "no" | "false" | "0" | "n");
        let yes = matches!(lower.as_str(), "yes" | "true" | "1" | "y");
        let words = || lower.split(|letter: char| !letter.is_alphanumeric());
        let code = match self {
            Self::Finished => no.then_some(Code::Unfinished),
            Self::Progress => lower.parse::<f64>().is_ok_and(|percent| percent < 100.0).then_some(Code::Unfinished),
            Self::Test => yes.then_some(Code::Preview),
            Self::Status { bits } => match lower.parse::<u32>() {
                Ok(number) if bits && number & 8 != 0 => Some(Code::Spam),
                Ok(number) if bits && number & 3 != 0 => Some(Code::Preview),
                _ if words().any(|word| word == "spam") => Some(Code::Spam),
                _ if words().any(|word| TESTS.contains(&word)) => Some(Code::Preview),
                _ if words().any(|word| UNFINISHED.contains(&word)) => Some(Code::Unfinished),
                _ => None,
            },
            Self::Metric => {
                let other = !lower.contains("nps") && words().any(|word| OTHER_METRICS.contains(&word));
                other.then_some(Code::OtherMetric)
            }
            Self::Event => (!lower.is_empty() && lower != "survey sent").then_some(Code::Unfinished),
        };
        let Some(code) = code else { return Ok(()) };
        let expected = match code {
            Code::Preview => "expected an answer of a customer, found a preview or a test",
            Code::Spam => "expected an answer of a customer, found what the tool holds for spam",
            Code::OtherMetric => "expected an answer to the question of the Net Promoter Score, found another metric",
            _ => "expected a finished answer, found one that is not",
        };
        Err(Problem::new(code, name, format!("{expected} (\"{value}\")")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(rule: Rule, value: &str) -> Option<Code> {
        rule.check("Status", value).err().map(|problem| problem.code)
    }

    #[test]
    fn a_status_is_read_in_words_and_in_bits() {
        let (bits, words) = (Rule::Status { bits: true }, Rule::Status { bits: false });
        for (value, expected) in [
            ("0", None),
            ("1", Some(Code::Preview)),
            ("2", Some(Code::Preview)),
            ("4", None),
            ("8", Some(Code::Spam)),
            ("9", Some(Code::Spam)),
            ("16", None),
            ("17", Some(Code::Preview)),
            ("IP Address", None),
            ("Survey Preview", Some(Code::Preview)),
            ("Survey Test", Some(Code::Preview)),
            ("Spam", Some(Code::Spam)),
            ("Imported", None),
        ] {
            assert_eq!(code(bits, value), expected, "{value}");
        }
        assert_eq!(code(words, "1"), None);
        assert_eq!(code(words, "partial"), Some(Code::Unfinished));
        assert_eq!(code(words, "completed"), None);
        assert_eq!(code(words, "latest"), None);
    }
}
