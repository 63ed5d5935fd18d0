//! Checks on texts before they are parsed: how many tokens a document has, and how deep brackets nest.
//!
//! A parser recurses into brackets and keeps every token in memory, so texts beyond a limit are rejected first.

use super::{LimitExceeded, RequestLimits};

/// The brackets of a document that may be open at once: far more than the schema can use, and no more than the parser
/// allows.
const NESTING_LIMIT: u64 = 64;

/// Rejects a document with too many tokens or too deeply nested brackets.
pub fn check_text(document: &str, limits: &RequestLimits) -> Result<(), LimitExceeded> {
    let mut rest = document.as_bytes();
    let (mut tokens, mut open, mut deepest): (u64, u64, u64) = (0, 0, 0);
    while let Some((first, after)) = rest.split_first() {
        tokens += 1;
        rest = match first {
            b'"' => after_text(rest),
            b'#' => {
                tokens -= 1;
                after.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(&[], |end| &after[end..])
            }
            byte if *byte == b'-' || byte.is_ascii_digit() => {
                let is_of_number = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let end = after.iter().position(|byte| !is_of_number(byte)).unwrap_or(after.len());
                &after[end..]
            }
            byte if is_of_word(*byte) => {
                let end = after.iter().position(|byte| !is_of_word(*byte)).unwrap_or(after.len());
                &after[end..]
            }
            // The three dots of a spread are one token.
            b'.' => after.strip_prefix(b"..").unwrap_or(after),
            byte if byte.is_ascii_whitespace() || *byte == b',' => {
                tokens -= 1;
                after
            }
            _ => after,
        };
        match first {
            b'[' | b'{' | b'(' => open += 1,
            b']' | b'}' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    LimitExceeded::check("tokens", "tokens", limits.tokens, tokens)?;
    LimitExceeded::check("nesting", "levels of nested brackets", NESTING_LIMIT, deepest)
}

/// Rejects JSON whose lists and objects nest too deep, not counting the `around` levels that enclose the variables.
pub fn check_json(json: &[u8], around: u64, limits: &RequestLimits) -> Result<(), LimitExceeded> {
    let mut rest = json;
    let (mut open, mut deepest): (u64, u64) = (0, 0);
    while let Some((first, after)) = rest.split_first() {
        rest = if *first == b'"' { after_line(after) } else { after };
        match first {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    let (maximum, found) = (limits.variables_depth, deepest.saturating_sub(around));
    LimitExceeded::check("variables_depth", "levels of nested lists and objects", maximum, found)
}

/// True for a character of a name.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The rest after the string literal at the start.
fn after_text(literal: &[u8]) -> &[u8] {
    let Some(mut rest) = literal.strip_prefix(b"\"\"\"") else { return after_line(&literal[1..]) };
    loop {
        if let Some(after) = rest.strip_prefix(b"\"\"\"") {
            return after;
        }
        let step = if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
        match rest.get(step..) {
            Some(after) => rest = after,
            None => return &[],
        }
    }
}

/// The rest after a one-line string whose opening quote is already consumed; a backslash escapes the next character.
fn after_line(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', after @ ..] | [b'\\', _, after @ ..] => {
                if rest[0] == b'"' {
                    return after;
                }
                after
            }
            [_, after @ ..] => after,
            [] => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(document: &str) -> u64 {
        let found = check_text(document, &RequestLimits { tokens: 0, ..RequestLimits::default() });
        found.expect_err("more than none").found
    }

    #[test]
    fn tokens_are_those_of_the_specification() {
        for (document, expected) in [
            ("{ a }", 3),
            ("{a:b,c:d}", 8),
            ("query Q($a: Int! = 10) { f(x: $a, y: \"two words\") ...F }", 25),
            ("# a comment { with } brackets\n{ a }", 3),
            ("{ a(b: \"\"\"one \" quote\"\"\") }", 8),
            ("{ a(b: \"\\\"\") }", 8),
            ("{ a(b: -1.5e+3, c: [0, 1]) }", 14),
        ] {
            assert_eq!(tokens(document), expected, "{document}");
        }
    }

    #[test]
    fn brackets_nest_to_a_limit_and_those_in_texts_and_comments_do_not_count() {
        let check = |document: &str| check_text(document, &RequestLimits::default());
        let many = "[".repeat(1_000);
        assert_eq!(check(&format!("{{ a(b: {many}) }}")).expect_err("too deep").limit, "nesting");
        for harmless in [
            format!("{{ a(b: \"{many}\") }}"),
            format!("{{ a(b: \"\\\"{many}\") }}"),
            format!("{{ a(b: \"\"\"one \" quote {many}\"\"\") }}"),
            format!("# {many}\n{{ a }}"),
        ] {
            assert_eq!(check(&harmless), Ok(()), "{}", &harmless[..20]);
        }
        let after_a_text = check(&format!("{{ a(b: \"\"\" \" \"\"\", c: {many}) }}"));
        assert_eq!(after_a_text.expect_err("too deep").limit, "nesting");
    }

    #[test]
    fn json_nests_to_a_limit_and_brackets_in_texts_do_not_count() {
        let many = "[".repeat(100);
        let check = |json: &str| check_json(json.as_bytes(), 1, &RequestLimits::default());
        assert_eq!(check(&format!("{{\"a\": {many}")).expect_err("too deep").found, 100);
        for harmless in [format!("{{\"a\": \"{many}\"}}"), format!("{{\"a\\\"{many}\": 1}}"), "[{}]".repeat(50)] {
            assert_eq!(check(&harmless), Ok(()), "{harmless}");
        }
    }
}
