//! The fields of a cron expression, each checked on its own, so that an error message can name the field.
//!
//! The `croner` crate accepts names in any field, so that `MON` would be accepted as a minute, and ignores an empty
//! part of a list. Both are typing errors, and rejected here.

use croner::errors::CronError;
use croner::parser::CronParser;

/// A field: its name, a description of its values, and the words it accepts.
struct CronField {
    name: &'static str,
    expected: &'static str,
    words: &'static [&'static str],
}

const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"];
const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// All fields; the first (second) and the last (year) are optional.
const FIELDS: [CronField; 7] = [
    CronField { name: "second", expected: "0 to 59", words: &[] },
    CronField { name: "minute", expected: "0 to 59", words: &[] },
    CronField { name: "hour", expected: "0 to 23", words: &[] },
    CronField { name: "day of month", expected: "1 to 31, L, or a W behind a day", words: &["L", "W"] },
    CronField { name: "month", expected: "1 to 12 or JAN to DEC", words: MONTHS },
    CronField { name: "day of week", expected: "0 to 7 or SUN to SAT, perhaps with #1 to #5 or L", words: DAYS },
    CronField { name: "year", expected: "1970 to 9999", words: &[] },
];

/// The error message for the first field that cannot be parsed; `None` when each can.
pub fn problem(fields: &[&str]) -> Option<String> {
    let skipped = usize::from(fields.len() == 5);
    let wrong = |(at, text): (usize, &&str)| {
        let field = FIELDS.get(at + skipped)?;
        let reason = reason(field, text).or_else(|| {
            let alone: Vec<&str> = (0..fields.len()).map(|other| if other == at { *text } else { "*" }).collect();
            CronParser::new().parse(&alone.join(" ")).err().map(|error| error_message(&error))
        })?;
        Some(format!("the {} \"{text}\" cannot be read: {reason}; expected {}", field.name, field.expected))
    };
    fields.iter().enumerate().find_map(wrong)
}

/// What is wrong with a field that the parser would accept.
fn reason(field: &CronField, text: &str) -> Option<String> {
    if text.split(',').any(str::is_empty) {
        return Some("a part of the list is empty".to_owned());
    }
    // A field like */0 would never, or always, match.
    if text.split(',').filter_map(|part| part.split_once('/')).any(|(_, step)| step.parse() == Ok(0_u32)) {
        return Some("the step is 0".to_owned());
    }
    let words = text.split(|character: char| !character.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let is_accepted = |word: &str| {
        let word = word.to_ascii_uppercase();
        // The last Friday may be written FRIL.
        field.words.contains(&word.as_str())
            || word.strip_suffix('L').is_some_and(|day| field.words.contains(&day) && field.words == DAYS)
    };
    let unknown = words.into_iter().find(|word| !is_accepted(word))?;
    Some(format!("\"{unknown}\" is not allowed here"))
}

/// The parser's error message, rewritten where it refers to the parser's own types.
pub fn error_message(error: &CronError) -> String {
    match error {
        CronError::EmptyPattern => "it is empty".to_owned(),
        CronError::InvalidDate => "it names a day that does not exist".to_owned(),
        CronError::InvalidTime => "it names a time that does not exist".to_owned(),
        CronError::TimeSearchLimitExceeded => "it never happens".to_owned(),
        CronError::InvalidPattern(text) | CronError::IllegalCharacters(text) | CronError::ComponentError(text) => {
            let text = text.trim_end_matches('.').replace("CronPattern contains", "it holds the");
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(expression: &str) -> Option<String> {
        problem(&expression.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn an_error_names_the_field_it_is_in() {
        for (expression, words) in [
            ("60 5 * * *", "the minute \"60\" cannot be read: number out of bounds; expected 0 to 59"),
            ("0 0 5 * * 8", "the day of week \"8\""),
            ("0 5 32 * *", "the day of month \"32\""),
            ("0 5 * FOO *", "the month \"FOO\" cannot be read: \"FOO\" is not allowed here; expected 1 to 12"),
            ("*/0 * * * *", "the minute \"*/0\" cannot be read: the step is 0"),
            ("0 5-10/0 * * *", "the hour \"5-10/0\" cannot be read: the step is 0"),
        ] {
            let message = problem_of(expression).expect(expression);
            assert!(message.starts_with(words), "{expression}: {message}");
        }
    }

    #[test]
    fn names_are_accepted_only_in_their_own_fields() {
        for expression in ["MON * * * *", "0 JAN * * *", "0 5 MON * *", "0 5 * MON *", "0 5 * * JAN", "0 5 * * MONDAY"]
        {
            assert!(
                problem_of(expression).is_some_and(|message| message.contains("is not allowed here")),
                "{expression}"
            );
        }
        for expression in [
            "0 5 L * *",
            "0 5 15W * *",
            "0 5 * jan-MAR,OCT *",
            "0 5 * * mon-fri",
            "0 5 * * MON#2",
            "0 5 * * 5L",
            "0 5 * * FRIL",
        ] {
            assert_eq!(problem_of(expression), None, "{expression}");
        }
    }

    #[test]
    fn an_empty_part_of_a_list_is_rejected() {
        for expression in ["1,,2 * * * *", ",1 * * * *", "0 5 * * MON,"] {
            assert!(problem_of(expression).is_some_and(|message| message.contains("is empty")), "{expression}");
        }
    }
}
