//! Scores as survey tools write them: a number, or a number with the label of an end of the scale.

use needle_rules::problem::{InputProblem, ProblemCode};

/// Reads a whole number, also as spreadsheets write it: `9.0` is 9, `9.5` is not a score.
pub fn whole_number(text: &str) -> Result<i64, InputProblem> {
    let digits = text.split_once('.').map_or(text, |(whole, fraction)| {
        if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') { whole } else { text }
    });
    digits.parse().map_err(|_| {
        InputProblem::new(
            ProblemCode::NotANumber,
            "score",
            format!("expected a whole number from 0 to 10, found \"{text}\""),
        )
    })
}

/// Reads a number or a choice like `10 - Extremely likely`, `Not at all likely - 0`, `9 (Promoter)` or `7/10`.
pub fn labelled(text: &str) -> Result<i64, InputProblem> {
    whole_number(text).or_else(|problem| choice(text).ok_or(problem))
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
    let text = text.trim();
    if let Some(number) = text.strip_suffix("/10").or_else(|| text.strip_suffix("/ 10")) {
        return number.trim().parse().ok().filter(|number: &i64| *number >= 0);
    }
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
        ] {
            assert_eq!(labelled(text).expect(text), expected, "{text}");
        }
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
        ] {
            let problem = labelled(text).expect_err(text);
            assert_eq!((problem.code, problem.field.as_str()), (ProblemCode::NotANumber, "score"), "{text}");
        }
    }
}
