//! Tests of importing other tools' exports on the command line: the explanation of a dry run, and exit statuses.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::binary::needle;

const TYPEFORM: &str = "\
#,How likely are you to recommend us?,Why?,Phone,Response Type,Submit Date (UTC)
t1,9,Fast,555 123 456,completed,2024-07-01 10:00:00
t2,3,,,completed,2024-07-02 10:00:00
t3,8,,,partial,2024-07-02 11:00:00
t4,7,,,completed,2024-07-02 12:00:00
";

const UNKNOWN: &str = "Ticket,Stars given,Moment\nx1,9,2024-07-01\nx2,3,2024-07-02\n";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    needle(folder, arguments).output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("typeform.csv"), TYPEFORM).expect("written");
    std::fs::write(folder.path().join("unknown file.csv"), UNKNOWN).expect("written");
    folder
}

#[test]
fn a_dry_run_explains_every_column_and_three_rows_and_changes_nothing() {
    let folder = folder();
    let output = run(folder.path(), &["import", "responses", "typeform.csv", "--dry-run"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let (out, explanation) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(out.trim(), "dry run, nothing changed: 3 accepted, 0 updated, 0 unchanged, 1 rejected");
    for expected in [
        "format: typeform, because the header has \"#\", \"Submit Date (UTC)\"",
        "->  response_id",
        "->  score",
        "->  comment",
        "->  dropped: personal data",
        "->  decides: which rows count",
        "row 1: t1 | 9 | Fast | 555 123 456 | completed | 2024-07-01 10:00:00",
        "score = 9",
        "rejected, Response Type: UNFINISHED",
    ] {
        assert!(explanation.contains(expected), "{expected}: {explanation}");
    }
    assert!(!explanation.contains("t4 |"), "{explanation}");
    let output = run(folder.path(), &["import", "responses", "typeform.csv", "--dry-run", "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(result["accepted"], 3);
    assert_eq!(result["plan"]["format"], "typeform");
    assert_eq!(result["plan"]["columns"][1]["becomes"], "score");
    assert_eq!(result["plan"]["samples"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_dry_run_of_an_unknown_file_prints_the_line_that_imports_it() {
    let folder = folder();
    let output = run(folder.path(), &["import", "responses", "unknown file.csv", "--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    let explanation = text(&output.stderr);
    let line =
        explanation.lines().find(|line| line.contains("needle import responses 'unknown file.csv'")).expect("the line");
    assert!(explanation.contains("row 2: x2 | 3 | 2024-07-02"), "{explanation}");
    let arguments = line.split_once("file.csv' ").expect("arguments").1;
    assert_eq!(arguments, "--map response_id=Ticket --map score='Stars given' --map responded_at=Moment");
    let mapped =
        ["import", "responses", "unknown file.csv", "--map", "response_id=Ticket", "--map", "score=Stars given"];
    let output = run(folder.path(), &[&mapped[..], &["--map", "responded_at=Moment"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn an_unknown_format_is_wrong_usage() {
    let folder = folder();
    let output = run(folder.path(), &["import", "responses", "typeform.csv", "--format", "carrier-pigeon"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = run(folder.path(), &["import", "responses", "typeform.csv", "--source", ""]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// The arguments of every command line that a dry run suggests.
fn printed(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let output = run(folder, &["import", "responses", file, "--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let explanation = text(&output.stderr);
    let lines = explanation.lines().filter_map(|line| line.strip_prefix("  needle "));
    lines.map(|line| shell_words(line).into_iter().collect()).collect()
}

/// The words of a command line as a shell reads it, as far as these tests need it.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match (letter, is_quoted) {
            ('\'', _) => is_quoted = !is_quoted,
            (' ', false) => words.push(String::new()),
            (letter, _) => words.last_mut().expect("a word").push(letter),
        }
    }
    words
}

#[test]
fn a_dry_run_suggests_a_working_command_line_for_each_choice() {
    let folder = folder();
    for (name, file, choices) in [
        (
            "questions.csv",
            "ID,Recommend us?,Recommend our app?,Date\na,9,10,2024-07-01\nb,3,9,2024-07-02\n",
            vec!["score='Recommend us?'", "score='Recommend our app?'"],
        ),
        (
            "moments.csv",
            "ID,NPS,Survey went out,Mail was opened\na,9,2024-07-01,2024-07-02\nb,3,2024-07-01,2024-07-03\n",
            vec!["responded_at='Survey went out'", "responded_at='Mail was opened'"],
        ),
        (
            "answered.csv",
            "ID,NPS,Survey sent date,Taken,Read\na,9,2024-07-01,2024-07-02,2024-07-03\nb,3,2024-07-01,2024-07-03,2024-07-04\n",
            vec!["responded_at=Taken", "responded_at=Read"],
        ),
        (
            "orders.csv",
            "ID,NPS,Date\na,9,04/05/2024\nb,3,05/06/2024\n",
            vec!["--date-format '%m/%d/%Y'", "--date-format '%d/%m/%Y'"],
        ),
        ("ids.csv", "Ticket,Machine,NPS,Date\nx1,m1,9,2024-07-01\nx2,m2,3,2024-07-02\n", vec!["response_id=Ticket"]),
    ] {
        std::fs::write(folder.path().join(name), file).expect("written");
        let lines = printed(folder.path(), name);
        assert_eq!(lines.len(), choices.len(), "{name}: {lines:?}");
        for (line, choice) in lines.iter().zip(choices) {
            let expected = shell_words(choice);
            assert!(line.windows(expected.len()).any(|words| words == expected), "{name}: {line:?} lacks {choice}");
            let mut arguments: Vec<&str> = line.iter().map(String::as_str).collect();
            arguments.push("--dry-run");
            let output = run(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(0), "{name}: {output:?}");
        }
    }
}
