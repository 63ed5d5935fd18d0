//! The command line suggested when a file does not identify its columns: what is certain is filled in, and where the
//! user has to choose there is one line for each choice.

use crate::assign::{ImportField, MissingField};
use crate::column_profile::ColumnProfile;
use crate::format::FileFormat;
use crate::options::ImportOptions;

/// At most this many lines are shown; where there would be more, one line with a placeholder is shown instead.
const SHOWN_COMMANDS: usize = 6;

/// The placeholder that the user replaces by a column name.
const PLACEHOLDER: &str = "COLUMN";

/// Parts of column names for the time at which a response was given, rather than the survey sent.
const RESPONSE_TIME_NAMES: [&str; 8] =
    ["respon", "submit", "complet", "answer", "finish", "enddat", "antwort", "soumis"];

/// Endings of the names of columns that number their rows.
const ID_NAME_ENDINGS: [&str; 8] = ["id", "number", "nummer", "nr", "key", "ticket", "reference", "#"];

/// The arguments to add to a command line.
pub struct CommandHelp {
    arguments: Vec<HelpArgument>,
}

/// A flag, and the values it could take.
struct HelpArgument {
    flag: &'static str,
    values: Vec<String>,
    /// The value to show where the user has to choose.
    template: String,
}

impl CommandHelp {
    /// Starts with the options that were already given.
    pub fn of(options: &ImportOptions) -> Self {
        let mut help = Self { arguments: Vec::new() };
        if options.format != FileFormat::Auto {
            help.add("--format", vec![options.format.name().to_owned()]);
        }
        if let Some(sheet) = &options.sheet {
            help.add("--sheet", vec![sheet.clone()]);
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

    /// Adds the columns from which a missing field could be read.
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

    /// Adds the patterns in which the dates could be written.
    pub fn date_format(&mut self, patterns: Vec<String>) {
        self.add("--date-format", patterns);
    }

    /// The command line with a placeholder wherever the user has to choose a column.
    pub fn template(&self) -> Vec<String> {
        self.arguments.iter().flat_map(|argument| [argument.flag.to_owned(), argument.template.clone()]).collect()
    }

    /// One line for each choice; only the template where there would be too many.
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

/// The columns between which the user has to choose, or the only one possible; empty where a wrong choice would be
/// imported unnoticed.
fn choices(missing: &MissingField, columns: &[ColumnProfile]) -> Vec<usize> {
    let candidates = &missing.candidates;
    match missing.field {
        ImportField::Score if missing.is_contradicted => Vec::new(),
        ImportField::Score => {
            let reaches: Vec<usize> = candidates.iter().copied().filter(|at| columns[*at].reaches_the_end()).collect();
            let is_named = |at: &usize| columns[*at].names_recommending();
            // A column that names recommending is a choice however low its scores are.
            let named = candidates.iter().copied().filter(|at| is_named(at) && !reaches.contains(at));
            reaches.iter().copied().chain(named.filter(|_| !reaches.is_empty())).collect()
        }
        ImportField::RespondedAt => {
            let is_response_time =
                |at: &usize| RESPONSE_TIME_NAMES.iter().any(|part| columns[*at].heading.key.contains(part));
            let named_so: Vec<usize> = candidates.iter().copied().filter(is_response_time).collect();
            if named_so.len() == 1 { named_so } else { candidates.clone() }
        }
        ImportField::ResponseId => {
            let has_id_name = |at: &usize| ID_NAME_ENDINGS.iter().any(|end| columns[*at].heading.key.ends_with(end));
            let named_so: Vec<usize> = candidates.iter().copied().filter(has_id_name).collect();
            if named_so.len() == 1 { named_so } else { candidates.clone() }
        }
        _ => candidates.clone(),
    }
}
