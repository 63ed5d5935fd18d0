//! Finds syntax errors in a file statement by statement, so that one broken line hides no mistake in another.
//!
//! The module `file` interprets the keys.

use toml::de::{DeTable, Error};

use super::outline::header;

/// The maximum number of lines of one value.
const LONGEST_VALUE: usize = 50;

/// A syntax error in the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

/// The line and column of a byte offset, both counted from 1, the column in characters.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Decodes a file and removes a byte order mark.
///
/// Bytes that are not UTF-8, and control characters, are problems; they are replaced so that the rest can be read.
pub fn decode(bytes: &[u8]) -> (String, Vec<SyntaxProblem>) {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let message = "expected UTF-8, found UTF-16".to_owned();
        return (String::new(), vec![SyntaxProblem { line: 1, column: 1, message }]);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let (mut text, mut problems) = (String::with_capacity(bytes.len()), Vec::new());
    let mut line_and_column = (1, 1);
    let mut push = |character: char, message: Option<String>| {
        let (line, column) = line_and_column;
        let is_new = problems.last().is_none_or(|last: &SyntaxProblem| last.line != line);
        problems.extend(message.filter(|_| is_new).map(|message| SyntaxProblem { line, column, message }));
        text.push(character);
        line_and_column = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
    };
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_ascii_control() && !"\t\n\r".contains(character) {
                let name = if character == '\0' { "a NUL byte" } else { "a control character" };
                push('?', Some(format!("expected text, found {name} (U+{:04X})", u32::from(character))));
            } else {
                push(character, None);
            }
        }
        if let Some(byte) = chunk.invalid().first() {
            push('?', Some(format!("expected UTF-8, found the byte 0x{byte:02X}")));
        }
    }
    (text, problems)
}

/// The syntax errors, and the text without the broken statements; lines keep their numbers.
pub fn check(text: &str) -> (Vec<SyntaxProblem>, String) {
    if first_error(text).is_none() {
        return (Vec::new(), text.to_owned());
    }
    let lines: Vec<&str> = text.lines().collect();
    let (mut problems, mut kept) = (Vec::new(), Vec::new());
    let mut has_valid_section = true;
    let mut index = 0;
    while index < lines.len() {
        let name = header(lines[index]);
        let length = statement_lines(&lines[index..]);
        if let Some(length) = length {
            has_valid_section |= name.is_some();
            let of_statement = lines[index..index + length].iter();
            kept.extend(of_statement.map(|line| if has_valid_section { (*line).to_owned() } else { String::new() }));
            index += length;
            continue;
        }
        problems.extend(problem(index + 1, lines[index]));
        has_valid_section = name.as_ref().map_or(has_valid_section, |name| !name.is_empty());
        // The keys below a broken header are read as keys of the section that was probably meant.
        kept.push(name.filter(|name| !name.is_empty()).map(|name| format!("[{name}]")).unwrap_or_default());
        index += 1;
    }
    (problems, kept.join("\n"))
}

/// The number of lines of the first statement; `None` when it is not valid.
fn statement_lines(lines: &[&str]) -> Option<usize> {
    if first_error(lines[0]).is_none() {
        return Some(1);
    }
    let value = lines[0].split_once('=').filter(|_| header(lines[0]).is_none())?.1;
    if !["\"\"\"", "'''", "[", "{"].iter().any(|opening| value.contains(opening)) {
        return None;
    }
    for length in 2..=lines.len().min(LONGEST_VALUE) {
        let next = lines[length - 1].trim();
        if !next.is_empty() && !next.starts_with('#') && first_error(next).is_none() {
            return None;
        }
        if first_error(&lines[..length].join("\n")).is_none() {
            return Some(length);
        }
    }
    None
}

/// Whether a parse error is about a duplicate: such a text has valid syntax.
pub fn is_duplicate(error: &Error) -> bool {
    error.message().starts_with("duplicate key") || error.message().starts_with("cannot extend value")
}

fn first_error(text: &str) -> Option<Error> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let errors = errors.into_iter().filter(|error| !is_duplicate(error));
    errors.min_by_key(|error| error.span().map_or(0, |span| span.start))
}

fn problem(line: usize, text: &str) -> Option<SyntaxProblem> {
    let error = first_error(text)?;
    let (_, column) = position(text, error.span().map_or(0, |span| span.start));
    Some(SyntaxProblem { line, column, message: explain_error(text, error.message()) })
}

/// Rewords a parse error for an operator who does not know the terms of TOML.
fn explain_error(line: &str, message: &str) -> String {
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    let value_is_absent = value.is_empty() || value.starts_with('#');
    let is_bare = !value.starts_with(['"', '\'', '[', '{']);
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| message.starts_with(beginning));
    if line.trim_start().starts_with("//") || line.trim_start().starts_with(';') {
        "expected \"#\" before a comment".to_owned()
    } else if begins(&["key with no value"]) {
        "expected \"=\" and a value after the key".to_owned()
    } else if begins(&["unquoted keys cannot be empty"]) {
        "expected a name".to_owned()
    } else if begins(&["invalid unquoted key"]) {
        "expected a name of letters, digits, \"_\" and \"-\"".to_owned()
    } else if begins(&["unclosed table", "unclosed array table"]) {
        "expected \"]\" after the name of a section".to_owned()
    } else if begins(&["unexpected key or value"]) {
        "expected nothing more in this line".to_owned()
    } else if begins(&["invalid basic string, expected `\"`", "invalid literal string, expected `'`"]) {
        "expected a quote at the end of the text".to_owned()
    } else if begins(&["extra `=`"]) {
        "expected a value after one \"=\"".to_owned()
    } else if value_is_absent && begins(&["string values must be quoted"]) {
        "expected a value after \"=\", found none".to_owned()
    } else if is_bare && matches!(value.to_lowercase().as_str(), "true" | "false") {
        "expected true or false in lower case".to_owned()
    } else if is_bare && begins(&["string values must be quoted"]) {
        "expected a text in quotes, a number, or true or false".to_owned()
    } else if is_bare && begins(&["invalid ", "unexpected "]) {
        format!("expected a text in quotes, a number, or true or false ({message})")
    } else {
        format!("expected TOML: {message}")
    }
    .replace('`', "\"")
}
