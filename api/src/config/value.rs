//! A configuration value before it is interpreted: a typed value from a file, or text from the environment or a flag.
//!
//! Every error states what was expected and what was found; text that may contain a password is never repeated.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use chrono_tz::{TZ_VARIANTS, Tz};
use toml::de::DeValue;

use super::nearest::nearest;

/// The maximum length of a value in a message, in characters; longer ones are cut.
const LONGEST_SHOWN: usize = 60;

/// A value that was set by an operator.
#[derive(Clone, Copy, Debug)]
pub enum RawConfigValue<'a> {
    /// A typed value from a file.
    Toml(&'a DeValue<'a>),
    /// Text from the environment or the command line.
    Text(&'a str),
}

impl<'a> RawConfigValue<'a> {
    /// The value if it is text; `None` for other types in a file.
    pub fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
        }
    }

    /// A boolean: `true` or `false`.
    pub fn flag(&self) -> Result<bool, String> {
        match self {
            Self::Toml(DeValue::Boolean(flag)) => Ok(*flag),
            Self::Text("true") => Ok(true),
            Self::Text("false") => Ok(false),
            _ => Err(self.mismatch("true or false")),
        }
    }

    /// A whole number within a range; `of` is the noun of what it counts. The range must fit the type `N`.
    pub fn whole_number<N: TryFrom<u64>>(&self, range: RangeInclusive<u64>, of: &str) -> Result<N, String> {
        let number = match self {
            Self::Toml(DeValue::Integer(number)) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            Self::Toml(_) => None,
            Self::Text(text) => text.parse().ok(),
        };
        let expected = || format!("a whole number of {of} from {} to {}", range.start(), range.end());
        let number = number.filter(|number| range.contains(number)).and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| self.mismatch(&expected()))
    }

    /// Text that is not empty; `expected` describes it in the error.
    pub fn text(&self, expected: &str) -> Result<&'a str, String> {
        self.as_text().filter(|text| !text.trim().is_empty()).ok_or_else(|| self.mismatch(expected))
    }

    /// One of a few words, mapped to its value.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let found = self.as_text().and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.mismatch(&words.join(" or "))
        })
    }

    /// A list of texts; in the environment also texts separated by commas. No text may be empty.
    pub fn texts(&self, expected: &str) -> Result<Vec<String>, String> {
        let texts = match self {
            Self::Toml(DeValue::Array(items)) => {
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
            }
            Self::Toml(_) => None,
            Self::Text(text) if text.starts_with('[') => serde_json::from_str(text).ok(),
            Self::Text(text) => Some(text.split(',').map(|one| one.trim().to_owned()).collect()),
        };
        let are_given = |texts: &Vec<String>| texts.iter().all(|text| !text.trim().is_empty());
        texts.filter(are_given).ok_or_else(|| self.mismatch(expected))
    }

    /// An IP address with a port.
    pub fn address(&self) -> Result<SocketAddr, String> {
        let address = self.as_text().and_then(|text| text.parse().ok());
        address.ok_or_else(|| self.mismatch("an IP address and a port, like \"127.0.0.1:8080\""))
    }

    /// An IANA time zone; `None` for an empty text.
    pub fn zone(&self) -> Result<Option<Tz>, String> {
        const EXPECTED: &str = "an IANA time zone, like \"Europe/Berlin\"";
        match self.as_text() {
            None => Err(self.mismatch(EXPECTED)),
            Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                let meant = nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
                let meant = meant.map(|zone| format!(", did you mean \"{zone}\"?")).unwrap_or_default();
                self.mismatch(EXPECTED) + &meant
            }),
        }
    }

    /// The error message for a value that is not what was expected.
    pub fn mismatch(&self, expected: &str) -> String {
        format!("expected {expected}, found {}", self.found())
    }

    /// Describes the value for a message, without repeating possible secrets.
    pub fn found(&self) -> String {
        match self {
            Self::Text(text) => shown(text),
            Self::Toml(value) => match value {
                DeValue::String(text) => shown(text),
                DeValue::Integer(number) => format!("the number {}", shortened(&number.to_string())),
                DeValue::Float(number) => format!("the number {}", shortened(number.as_str())),
                DeValue::Boolean(flag) => flag.to_string(),
                DeValue::Datetime(date) => format!("the date or time {date}"),
                DeValue::Array(array) if array.iter().all(|item| item.get_ref().is_table()) && !array.is_empty() => {
                    "a list of sections".to_owned()
                }
                DeValue::Array(_) => "a list".to_owned(),
                DeValue::Table(_) => "a section".to_owned(),
            },
        }
    }
}

/// Quotes text for a message, unless it could contain a password.
fn shown(text: &str) -> String {
    let lower = text.to_lowercase();
    if text.trim().is_empty() {
        "an empty text".to_owned()
    } else if [":", "/"].iter().any(|sign| lower.contains(sign)) && lower.contains('@')
        || ["://", "password", "secret", "token", "ndl_"].iter().any(|sign| lower.contains(sign))
    {
        "a text that may contain a secret".to_owned()
    } else {
        format!("the text \"{}\"", shortened(text))
    }
}

/// Text on one line with control characters escaped, cut after 60 characters.
pub fn shortened(text: &str) -> String {
    let start: String = text.chars().take(LONGEST_SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST_SHOWN).is_some() { start + "..." } else { start }
}

/// Texts as a TOML array.
pub fn listed<'a, T: AsRef<str> + ?Sized + 'a>(texts: impl IntoIterator<Item = &'a T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// Text as a TOML string.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(control)).chars()),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> DeValue<'_> {
        DeValue::parse(text).expect("a value").into_inner()
    }

    #[test]
    fn a_whole_number_is_read_in_every_notation_and_refused_in_words() {
        for (text, expected) in [
            ("30", Ok(30)),
            ("+3_0", Ok(30)),
            ("0x1e", Ok(30)),
            ("0", Err("found the number 0")),
            ("-5", Err("found the number -5")),
            ("1.5", Err("found the number 1.5")),
            ("nan", Err("found the number nan")),
            ("99999999999999999999", Err("found the number 99999999999999999999")),
            ("\"ten\"", Err("found the text \"ten\"")),
            ("\"\"", Err("found an empty text")),
            ("true", Err("found true")),
            ("2024-01-01", Err("found the date or time 2024-01-01")),
            ("[30]", Err("found a list")),
            ("{ a = 1 }", Err("found a section")),
        ] {
            let value = of_file(text);
            let read = RawConfigValue::Toml(&value).whole_number::<u64>(1..=3_600, "seconds");
            let expected =
                expected.map_err(|found: &str| format!("expected a whole number of seconds from 1 to 3600, {found}"));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn a_list_contains_texts_and_may_have_commas_in_the_environment() {
        let list = |texts: &[&str]| Ok(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(RawConfigValue::Toml(&of_file("[\"a\", \"b, c\"]")).texts("texts"), list(&["a", "b, c"]));
        assert_eq!(RawConfigValue::Text("a, b").texts("texts"), list(&["a", "b"]));
        assert_eq!(RawConfigValue::Text("[\"a\", \"b, c\"]").texts("texts"), list(&["a", "b, c"]));
        assert_eq!(
            (RawConfigValue::Text("[]").texts("texts"), RawConfigValue::Toml(&of_file("[]")).texts("texts")),
            (list(&[]), list(&[]))
        );
        for (text, found) in [("\"a\"", "the text \"a\""), ("[1]", "a list"), ("[\"\"]", "a list")] {
            let refused = RawConfigValue::Toml(&of_file(text)).texts("texts");
            assert_eq!(refused, Err(format!("expected texts, found {found}")), "{text}");
        }
        for (text, found) in [("", "an empty text"), ("[a", "the text \"[a\"")] {
            assert_eq!(RawConfigValue::Text(text).texts("texts"), Err(format!("expected texts, found {found}")));
        }
    }

    #[test]
    fn numbers_and_flags_are_text_in_the_environment_and_typed_in_a_file() {
        assert_eq!(RawConfigValue::Text("30").whole_number::<u64>(1..=60, "seconds"), Ok(30));
        assert_eq!(RawConfigValue::Text("true").flag(), Ok(true));
        assert_eq!(
            RawConfigValue::Text("yes").flag(),
            Err("expected true or false, found the text \"yes\"".to_owned())
        );
        for text in ["\"30\"", "\"true\""] {
            let value = of_file(text);
            let (number, flag) = (
                RawConfigValue::Toml(&value).whole_number::<u64>(1..=60, "seconds"),
                RawConfigValue::Toml(&value).flag(),
            );
            assert_eq!(number, Err(format!("expected a whole number of seconds from 1 to 60, found the text {text}")));
            assert_eq!(flag, Err(format!("expected true or false, found the text {text}")));
        }
    }

    #[test]
    fn a_zone_is_an_iana_name_and_a_misspelt_one_gets_a_suggestion() {
        assert_eq!(RawConfigValue::Text("Europe/Berlin").zone(), Ok(Some(Tz::Europe__Berlin)));
        assert_eq!(RawConfigValue::Text("").zone(), Ok(None));
        for (text, meant) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("America/NewYork", "America/New_York"),
        ] {
            let message = RawConfigValue::Text(text).zone().expect_err("no zone");
            assert!(message.ends_with(&format!("did you mean \"{meant}\"?")), "{message}");
        }
        let message = RawConfigValue::Text("UTC+2").zone().expect_err("no zone");
        assert!(!message.contains("did you mean"), "{message}");
    }

    #[test]
    fn text_that_may_contain_a_secret_is_not_repeated() {
        for text in ["postgres://ada:hunter2@db/needle", "ada:hunter2@db", "host=db password=hunter2"] {
            let message = RawConfigValue::Text(text).address().expect_err("no address");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
