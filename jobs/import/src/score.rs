//! Scores as survey tools write them: a number, or a number with the label of an end of the scale.

use needle_rules::problem::{InputProblem, ProblemCode};

use crate::date;

/// What a cell says that has no answer, in lower case.
const NO_ANSWER: [&str; 18] = [
    "na",
    "n/a",
    "n.a.",
    "n. a.",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "–",
    "—",
    ".",
    "(blank)",
    "no answer",
    "k.a.",
    "keine angabe",
];

/// Words between a score and the end of its scale.
const OUT_OF: [&str; 9] = ["out of", "of", "von", "sur", "de", "su", "van", "av", "/"];

/// Words for the points of a scale, in the common languages of surveys.
const POINTS: [&str; 16] = [
    "points", "point", "pts", "pt", "punkte", "punkt", "puntos", "punti", "pontos", "punten", "poäng", "poeng", "pkt",
    "点", "分", "점",
];

/// True for a cell that says that the question was not answered.
pub fn is_no_answer(text: &str) -> bool {
    NO_ANSWER.contains(&tidy(text).to_lowercase().as_str())
}

/// Reads a number as people and spreadsheets write it: `9`, `9.0`, `9,0`, `="9"`, `'9`, `9/10`, `9 out of 10`, `9 points`, in
/// digits of any width.
pub fn written_number(text: &str) -> Result<i64, InputProblem> {
    let tidied = tidy(text);
    let unlabelled = without_scale(&tidied);
    whole(unlabelled).ok_or_else(|| problem(text, &tidied))
}

/// Reads a number or a choice like `10 - Extremely likely`, `Not at all likely - 0`, `9 (Promoter)` or `7/10`.
pub fn labelled(text: &str) -> Result<i64, InputProblem> {
    let tidied = tidy(text);
    // A spreadsheet turns 10/7 into 10-Jul, which is no choice called Jul.
    written_number(text).or_else(|problem| if is_date(&tidied) { Err(problem) } else { choice(&tidied).ok_or(problem) })
}

/// The cell without what spreadsheets add to keep a text, without characters that nobody sees, and with plain digits.
fn tidy(text: &str) -> String {
    let plain = |character: char| match character {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(character) - 0xff10, 10),
        '\u{660}'..='\u{669}' => char::from_digit(u32::from(character) - 0x660, 10),
        '\u{6f0}'..='\u{6f9}' => char::from_digit(u32::from(character) - 0x6f0, 10),
        other => Some(other),
    };
    let text: String = text.chars().filter_map(plain).collect();
    let text = text.trim();
    let text = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    text.strip_prefix('\'').unwrap_or(text).trim().to_owned()
}

/// A score without the end of its scale and without the word for points.
fn without_scale(text: &str) -> &str {
    let out_of = |text: &'_ str| -> Option<usize> {
        let before = text.strip_suffix("10")?.trim_end();
        let lower = before.to_lowercase();
        let word = OUT_OF.iter().find(|word| lower.ends_with(**word))?;
        before.len().checked_sub(word.len())
    };
    let points = |text: &str| -> Option<usize> {
        let lower = text.trim_end_matches('.').to_lowercase();
        let word = POINTS.iter().find(|word| lower.ends_with(**word))?;
        lower.len().checked_sub(word.len())
    };
    match out_of(text).or_else(|| points(text)).and_then(|end| text.get(..end)) {
        Some(number) if !number.trim().is_empty() => number.trim(),
        _ => text,
    }
}

/// A whole number, also with a fraction of zeros: `9.0` and `9,0` are 9, `9.5` is not a score.
fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        // Three zeros after a comma are thousands.
        Some((_, "000")) if text.contains(',') => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    let is_zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    whole.parse().ok().filter(|_| is_zero)
}

/// True for a date, with or without a year.
fn is_date(text: &str) -> bool {
    let mut parts = text.split(['-', '/', ' ', '.']).filter(|part| !part.is_empty());
    let (Some(one), Some(other)) = (parts.next(), parts.next()) else { return false };
    let is_day = |part: &str| part.parse::<u32>().is_ok_and(|day| (1..=31).contains(&day) || day > 1_900);
    let has_month = |day: &str, month: &str| is_day(day) && date::is_month(month);
    has_month(one, other) || has_month(other, one) || (text.len() > 7 && date::parse(text).is_some())
}

/// True for a cell that a spreadsheet has made a date of.
pub fn is_turned_into_a_date(text: &str) -> bool {
    is_date(&tidy(text))
}

fn problem(text: &str, tidied: &str) -> InputProblem {
    let why = if is_date(tidied) {
        ": a spreadsheet has turned it into a date; export the file again and import it without opening it there"
    } else {
        ""
    };
    let message = format!("expected a whole number from 0 to 10, found \"{text}\"{why}");
    InputProblem::new(ProblemCode::NotANumber, "score", message)
}

/// Words for the ends of the scale, in the common languages of surveys.
const SCALE_WORDS: [&str; 9] = [
    "likely",
    "likelihood",
    "wahrscheinlich",
    "probable",
    "probabl",
    "provável",
    "waarschijnlijk",
    "definitely",
    "recommend",
];

/// Characters allowed between a number and its label.
const SEPARATORS: [char; 9] = ['-', '–', '—', ':', '=', '(', ')', '.', '/'];

fn choice(text: &str) -> Option<i64> {
    let first = text.find(|character: char| character.is_ascii_digit())?;
    let length = text[first..].find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len() - first);
    let (before, number, after) = (&text[..first], &text[first..first + length], &text[first + length..]);
    let label = if first == 0 {
        after
    } else if after.trim_matches(|letter: char| letter == ')' || letter.is_whitespace()).is_empty() {
        before
    } else {
        return None;
    };
    // "9-10" and "9.5" are no single number; "3 times" is a sentence, unless a separator follows or it names the scale.
    if number.len() > 2
        || label.chars().any(|letter| letter.is_ascii_digit())
        || !label.chars().any(char::is_alphabetic)
    {
        return None;
    }
    let near = if first == 0 { label.trim_start().chars().next() } else { label.trim_end().chars().next_back() };
    let set_apart = near.is_some_and(|letter| SEPARATORS.contains(&letter));
    let lower = label.to_lowercase();
    let of_the_scale = SCALE_WORDS.iter().any(|word| lower.contains(word));
    if lower.contains("star") || !(set_apart || of_the_scale) { None } else { number.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_choices_are_read() {
        for (text, expected) in [
            ("9", 9),
            ("9.0", 9),
            ("10 - Extremely likely", 10),
            ("Extremely likely - 10", 10),
            ("Not at all likely - 0", 0),
            ("0 = Not at all likely", 0),
            ("Extremely likely 10", 10),
            ("10 (Extremely likely)", 10),
            ("Extremely likely (10)", 10),
            ("Promoter: 9", 9),
            ("7/10", 7),
            ("11", 11),
            ("-1", -1),
            ("9,0", 9),
            ("10,00", 10),
            ("\u{200b}9", 9),
            ("=\"9\"", 9),
            ("'9", 9),
            ("１０", 10),
            ("9 out of 10", 9),
            ("9 von 10", 9),
            ("8 / 10", 8),
            ("9点", 9),
            ("7 points", 7),
            ("10 Punkte", 10),
            ("10/10", 10),
        ] {
            assert_eq!(labelled(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cell_that_says_nothing_is_told_from_a_wrong_one() {
        assert!(["NA", "n/a", " - ", "NULL", "#N/A"].into_iter().all(is_no_answer));
        assert!(!["", "0", "no", "none of it"].into_iter().any(is_no_answer));
        let turned = labelled("7-Oct").expect_err("a date").message;
        assert!(turned.contains("a spreadsheet has turned it into a date"), "{turned}");
        assert!(!labelled("nine").expect_err("a word").message.contains("spreadsheet"));
    }

    #[test]
    fn sentences_and_ranges_are_not() {
        for text in [
            "",
            "Promoter",
            "9-10 (Promoter)",
            "9.5",
            "3 times I called",
            "I called 3 times",
            "5 stars",
            "7 or 8",
            "2024 - a year",
            "9,5",
            "10,000",
            "4 out of 5",
            "of 10",
            "points",
            "10-Jul",
            "Jul-10",
            "7. Okt",
            "2024-07-10 00:00:00",
        ] {
            let problem = labelled(text).expect_err(text);
            assert_eq!((problem.code, problem.field.as_str()), (ProblemCode::NotANumber, "score"), "{text}");
        }
    }
}
