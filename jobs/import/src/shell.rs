//! Arguments as one types them in a shell.

/// Joins arguments, quoted as a shell needs them.
pub fn shell(arguments: &[String]) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+".contains(character);
    let quote = |argument: &String| {
        if !argument.is_empty() && argument.chars().all(plain) {
            return argument.clone();
        }
        // The field name stays outside the quotes, which is easier to read.
        let (field, value) = match argument.split_once('=') {
            Some((field, value)) if field.chars().all(plain) => (format!("{field}="), value),
            _ => (String::new(), argument.as_str()),
        };
        format!("{field}'{}'", value.replace('\'', "'\\''"))
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
