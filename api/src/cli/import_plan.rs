//! Explains the plan of an import on standard error, for a person at a terminal.

use std::fmt::Write as _;
use std::path::Path;

use needle_import::{ImportPlan, PlannedColumn, SampleRecord, shell};
use serde_json::json;

/// The number of characters of a cell that are shown.
const CELL_WIDTH: usize = 60;

/// Prints the plan: the format, the columns, sample rows, and commands to try where the file is ambiguous.
#[expect(clippy::print_stderr, reason = "explanations go to standard error, the result to standard output")]
pub fn explain(plan: &ImportPlan, kind: &str, file: &Path) {
    eprint!("{}", text(plan, kind, file));
}

fn text(plan: &ImportPlan, kind: &str, file: &Path) -> String {
    let mut out = format!("format: {}, because {}", plan.format, plan.reason);
    if plan.header_rows > 1 {
        let _ = write!(out, "; {} header rows", plan.header_rows);
    }
    out.push_str("\ncolumns:\n");
    let width = plan.columns.iter().map(|column| name(column).chars().count()).max().unwrap_or_default();
    for column in &plan.columns {
        let detail = if column.detail.is_empty() { String::new() } else { format!(": {}", column.detail) };
        let _ = writeln!(out, "  {:width$}  ->  {}{detail}", name(column), column.role);
    }
    out.push_str("sample rows:\n");
    if plan.samples.is_empty() {
        out.push_str("  none: the file ends with its header\n");
    }
    for sample in &plan.samples {
        write_sample(&mut out, sample);
    }
    if !plan.commands.is_empty() {
        let file = shell(&[file.display().to_string()]);
        out.push_str(if plan.commands.len() > 1 { "try the right one of:\n" } else { "try:\n" });
        for arguments in &plan.commands {
            let _ = writeln!(out, "  needle import {kind} {file} {}", shell(arguments));
        }
    }
    out
}

fn name(column: &PlannedColumn) -> String {
    match (column.column.as_str(), column.question.as_str()) {
        ("", _) => "(no name)".to_owned(),
        (name, "") => short(name),
        (name, question) => format!("{} ({})", short(name), short(question)),
    }
}

fn write_sample(out: &mut String, sample: &SampleRecord) {
    let cells: Vec<String> = sample.cells.iter().map(|cell| short(cell)).collect();
    let _ = writeln!(out, "  row {}: {}", sample.row, cells.join(" | "));
    let outcome = if let Some(rejection) = &sample.rejected {
        let code = json!(rejection.code);
        let column = if rejection.column.is_empty() { String::new() } else { format!("{}: ", rejection.column) };
        format!("rejected, {column}{}: {}", code.as_str().unwrap_or_default(), rejection.message)
    } else {
        let fields = sample.fields.iter().map(|(field, value)| format!("{field} = {}", short(value)));
        fields.collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(out, "      -> {}", if outcome.is_empty() { "nothing" } else { &outcome });
}

fn short(text: &str) -> String {
    let text: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    match text.char_indices().nth(CELL_WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
