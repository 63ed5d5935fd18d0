//! The command line that helps where a file does not say what a column is: what is sure is filled in, and where a person has
//! to choose there is one line for each choice.

use crate::assign::{ImportField, MissingField};
use crate::column_profile::ColumnProfile;
use crate::format::FileFormat;
use crate::options::ImportOptions;

/// So many lines are shown; where there would be more, a person fills in one.
const SHOWN_COMMANDS: usize = 6;

/// Stands for what a person fills in.
const PLACEHOLDER: &str = "COLUMN";

/// Parts of the names of moments at which somebody answered, rather than was asked.
const RESPONSE_TIME_NAMES: [&str; 8] =
    ["respon", "submit", "complet", "answer", "finish", "enddat", "antwort", "soumis"];

/// Ends of the names of columns that number their rows.
const CALLED_IDS: [&str; 8] = ["id", "number", "nummer", "nr", "key", "ticket", "reference", "#"];

/// What to add to a command line.
pub struct CommandHelp {
    arguments: Vec<HelpArgument>,
}

/// A flag, and the values that it could have.
struct HelpArgument {
    flag: &'static str,
    values: Vec<String>,
    /// What a person has to write where nothing is sure.
    template: String,
}

impl CommandHelp {
    /// What was given already.
    pub fn of(options: &ImportOptions) -> Self {
        let mut help = Self { arguments: Vec::new() };
        if options.format != FileFormat::Auto {
            help.add("--format", vec![options.format.name().to_owned()]);
        }
        for (field, column) in &options.columns {
            help.add("--map", vec![format!("{field}={column}")]);
        }
        help
    }

    fn add(&mut self, flag: &'static str, values: Vec<String>) {
        let template = values.first().cloned().unwrap_or_default();
        self.arguments.push(HelpArgument { flag, values, template });
    }

    /// Adds the columns that a field could be read from.
    pub fn map(&mut self, missing: &MissingField, columns: &[ColumnProfile]) {
        let field = missing.field.name();
        let template = format!("{field}={PLACEHOLDER}");
        let mut values: Vec<String> =
            choices(missing, columns).into_iter().map(|at| format!("{field}={}", columns[at].heading.column)).collect();
        if values.is_empty() {
            values.push(template.clone());
        }
        let template = if let [value] = &values[..] { value.clone() } else { template };
        self.arguments.push(HelpArgument { flag: "--map", values, template });
    }

    /// Adds the patterns that dates could be written by.
    pub fn date_format(&mut self, patterns: Vec<String>) {
        self.add("--date-format", patterns);
    }

    /// The line with a placeholder wherever a person has to choose a column.
    pub fn template(&self) -> Vec<String> {
        self.arguments.iter().flat_map(|argument| [argument.flag.to_owned(), argument.template.clone()]).collect()
    }

    /// One line for each choice; the template where those would be too many.
    pub fn commands(&self) -> Vec<Vec<String>> {
        let many: usize = self.arguments.iter().map(|argument| argument.values.len()).product();
        if many > SHOWN_COMMANDS {
            return vec![self.template()];
        }
        self.arguments.iter().fold(vec![Vec::new()], |lines, argument| {
            let with = |line: &Vec<String>, value: &String| {
                [line.as_slice(), &[argument.flag.to_owned(), value.clone()]].concat()
            };
            lines.iter().flat_map(|line| argument.values.iter().map(move |value| with(line, value))).collect()
        })
    }
}

/// The columns between which a person has to choose, or the only one that can be meant; none where a wrong one would come
/// in without a word.
fn choices(missing: &MissingField, columns: &[ColumnProfile]) -> Vec<usize> {
    let candidates = &missing.candidates;
    match missing.field {
        ImportField::Score if missing.is_contradicted => Vec::new(),
        ImportField::Score => {
            let reaches: Vec<usize> = candidates.iter().copied().filter(|at| columns[*at].reaches_the_end()).collect();
            let is_named = |at: &usize| columns[*at].names_recommending();
            // One that names recommending is a choice however low its answers are.
            let named = candidates.iter().copied().filter(|at| is_named(at) && !reaches.contains(at));
            reaches.iter().copied().chain(named.filter(|_| !reaches.is_empty())).collect()
        }
        ImportField::RespondedAt => {
            let answering = |at: &usize| RESPONSE_TIME_NAMES.iter().any(|part| columns[*at].heading.key.contains(part));
            let telling: Vec<usize> = candidates.iter().copied().filter(answering).collect();
            if telling.len() == 1 { telling } else { candidates.clone() }
        }
        ImportField::ResponseId => {
            let called = |at: &usize| CALLED_IDS.iter().any(|end| columns[*at].heading.key.ends_with(end));
            let telling: Vec<usize> = candidates.iter().copied().filter(called).collect();
            if telling.len() == 1 { telling } else { candidates.clone() }
        }
        _ => candidates.clone(),
    }
}

/// Arguments as a shell takes them.
pub fn shell(arguments: &[String]) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+".contains(character);
    let quote = |argument: &String| {
        if !argument.is_empty() && argument.chars().all(plain) {
            return argument.clone();
        }
        // The name of the field stays outside the quotes, where it is easier to read.
        let (field, value) = match argument.split_once('=') {
            Some((field, value)) if field.chars().all(plain) => (format!("{field}="), value),
            _ => (String::new(), argument.as_str()),
        };
        format!("{field}'{}'", value.replace('\'', "'\\''"))
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
