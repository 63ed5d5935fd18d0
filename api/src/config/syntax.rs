//! What is not TOML in a file, statement by statement, so that one broken line hides no mistake of another.
//!
//! What the keys mean is left to `file`.

use toml::de::{DeTable, Error};

use super::outline::header;

/// The most lines of one value.
const LONGEST_VALUE: usize = 50;

/// A mistake in the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// The line and the column of a byte, both from 1, the column in characters.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The text of a file, without a byte order mark, and what in it cannot be text.
///
/// Each such byte or character is replaced, so that the rest can be read.
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

/// What is not TOML, and the text with such statements left out; lines keep their numbers.
pub fn check(text: &str) -> (Vec<SyntaxProblem>, String) {
    if first_error(text).is_none() {
        return (Vec::new(), text.to_owned());
    }
    let lines: Vec<&str> = text.lines().collect();
    let (mut problems, mut kept) = (Vec::new(), Vec::new());
    let mut section_is_known = true;
    let mut index = 0;
    while index < lines.len() {
        let name = header(lines[index]);
        let length = statement_lines(&lines[index..]);
        if let Some(length) = length {
            section_is_known |= name.is_some();
            let of_statement = lines[index..index + length].iter();
            kept.extend(of_statement.map(|line| if section_is_known { (*line).to_owned() } else { String::new() }));
            index += length;
            continue;
        }
        problems.extend(problem(index + 1, lines[index]));
        section_is_known = name.as_ref().map_or(section_is_known, |name| !name.is_empty());
        // The keys below a header that is broken still belong to the section that was probably meant.
        kept.push(name.filter(|name| !name.is_empty()).map(|name| format!("[{name}]")).unwrap_or_default());
        index += 1;
    }
    (problems, kept.join("\n"))
}

/// How many lines the statement at the beginning takes; `None` when it is none.
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

/// Whether a parse error is about what is given twice: the text is right, its meaning is not.
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

/// A parse error in the words of somebody who writes a configuration.
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
        "expected true or false in small letters".to_owned()
    } else if is_bare && begins(&["string values must be quoted"]) {
        "expected a text in quotes, a number, or true or false".to_owned()
    } else if is_bare && begins(&["invalid ", "unexpected "]) {
        format!("expected a text in quotes, a number, or true or false ({message})")
    } else {
        format!("expected TOML: {message}")
    }
    .replace('`', "\"")
}
