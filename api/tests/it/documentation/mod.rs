//! Tests of the documents: their commands run, their examples are accepted, and the things that they mention exist.

mod citation;
mod claim;
mod markdown;
mod shell;
mod stand_in;

use std::io::Write as _;
use std::process::{Command, Stdio};

use self::markdown::{Document, documents};

/// The maximum size of the README in bytes: one screen and a half.
const README_BYTES: usize = 8_000;

/// The allowed languages of blocks, and how each is checked.
const LANGUAGES: [(&str, &str); 7] = [
    ("sh", "run from top to bottom"),
    ("csv", "written to the file that the paragraph above names"),
    ("json", "parsed, and written to the file that the paragraph above names"),
    ("toml", "checked by `needle config check`: here, or by a command where the paragraph above names a file"),
    ("graphql", "executed by the commands of the document, or by the tests of docs/graphql.md"),
    ("js", "parsed by Node; its query is subscribed to at the server that the document started"),
    ("text", "shown only"),
];

/// The document whose queries have their own test.
const GUIDE: &str = "docs/graphql.md";

fn none(lost: &[String]) {
    assert!(lost.is_empty(), "\n{}\n", lost.join("\n"));
}

#[test]
fn every_command_runs() {
    let documents = documents();
    let has_curl = has("curl");
    let failed: Vec<String> = std::thread::scope(|scope| {
        let runs = documents.iter().map(|document| {
            scope.spawn(move || {
                if !has_curl && document.text.contains("\ncurl ") {
                    skip(&document.name, "curl");
                    return Ok(());
                }
                if document.text.contains("openssl ") && !has("openssl") {
                    skip(&document.name, "openssl");
                    return Ok(());
                }
                shell::run(document)
            })
        });
        let runs: Vec<_> = runs.collect();
        runs.into_iter().filter_map(|run| run.join().expect("no panic").err()).collect()
    });
    none(&failed);
}

#[test]
fn every_block_has_a_known_language_and_every_command_is_run() {
    let mut lost = Vec::new();
    for document in documents() {
        for block in document.blocks() {
            let place = format!("{}:{}", document.name, block.lines.start);
            let text = document.text_of(&block);
            if !LANGUAGES.iter().any(|(language, _)| *language == block.language) {
                let allowed: Vec<String> = LANGUAGES.map(|(language, how)| format!("{language} ({how})")).to_vec();
                lost.push(format!("{place}: a block in \"{}\"; expected {}", block.language, allowed.join(", ")));
            }
            let is_command =
                |line: &str| ["needle ", "cargo ", "curl ", "$ "].iter().any(|start| line.starts_with(start));
            if block.language == "text" && text.lines().any(is_command) {
                lost.push(format!("{place}: a command in a block that nothing runs"));
            }
            if block.language == "json" && serde_json::from_str::<serde_json::Value>(&text).is_err() {
                lost.push(format!("{place}: no JSON"));
            }
            let uses =
                |command: &str| block.file.is_some_and(|name| document.text.contains(&format!("{command} {name}")));
            let is_used = match block.language {
                "graphql" => document.name == GUIDE || uses("needle query"),
                "toml" => block.file.is_none() || uses("config check") || uses("--config"),
                _ => true,
            };
            if !is_used {
                lost.push(format!("{place}: no command uses this block"));
            }
        }
    }
    none(&lost);
}

#[test]
fn every_program_in_javascript_can_be_parsed() {
    for document in documents() {
        for block in document.blocks().iter().filter(|block| block.language == "js") {
            let place = format!("{}:{}", document.name, block.lines.start);
            if !has("node") {
                skip(&place, "node");
                continue;
            }
            let (is_valid, stderr) = check_javascript(&document.text_of(block));
            assert!(is_valid, "{place}: {stderr}");
        }
    }
}

#[test]
fn every_path_exists() {
    none(&documents().iter().flat_map(claim::lost_paths).collect::<Vec<_>>());
}

#[test]
fn every_function_in_a_table_is_in_its_file() {
    let documents = documents();
    none(&documents.iter().flat_map(claim::lost_functions).collect::<Vec<_>>());
}

#[test]
fn every_link_has_a_target() {
    let documents = documents();
    none(&documents.iter().flat_map(|document| claim::lost_links(document, &documents)).collect::<Vec<_>>());
}

#[test]
fn every_command_flag_and_section_of_the_configuration_exists() {
    none(&documents().iter().flat_map(claim::lost_commands).collect::<Vec<_>>());
}

#[test]
fn every_metric_exists() {
    none(&documents().iter().flat_map(claim::lost_metrics).collect::<Vec<_>>());
}

#[test]
fn the_sources_cite_headings_that_exist() {
    none(&citation::lost(&documents()));
}

#[test]
fn the_readme_is_one_screen_and_a_half() {
    let readme = documents().into_iter().find(|document| document.name == "README.md");
    let bytes = readme.map(|Document { text, .. }| text.len());
    assert!(bytes.is_some_and(|bytes| bytes <= README_BYTES), "{bytes:?} bytes, expected at most {README_BYTES}");
}

/// Each row of the README's table must be a row of the scoreboard.
#[test]
fn the_table_of_the_readme_is_what_the_demo_prints() {
    let readme = documents().into_iter().find(|document| document.name == "README.md").expect("a README");
    let (_, day) = readme.text.split_once("`needle demo --today ").expect("the day of the table");
    let (day, _) = day.split_once('`').expect("an end of the command");
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_needle"));
    demo.current_dir(&folder).args(["demo", "--no-serve", "--data-dir", ".", "--today", day]);
    let output = demo.env_remove("NEEDLE_CONFIG").env_remove("NEEDLE_TIME_ZONE").output().expect("the binary starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    let rows: Vec<Vec<&str>> = readme.text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let mut checked = 0;
    for row in rows {
        let [_, title, _, measured, verdict, truth, _] = row[..] else { continue };
        if !measured.contains(" to ") {
            continue;
        }
        checked += 1;
        let is_printed = printed.lines().any(|line| {
            let has = |text: &str| line.contains(text);
            has(title) && has(measured) && has(verdict) && line.trim_end_matches([' ', '│']).ends_with(truth)
        });
        assert!(is_printed, "{row:?}: {printed}");
    }
    assert_eq!(checked, 4, "the table has another number of rows");
}

fn has(program: &str) -> bool {
    // Some say their version by a command of that name.
    ["--version", "version"].into_iter().any(|version| {
        let status = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}

/// Prints a notice that a check is skipped because a program is missing; panics under `CI=true`.
fn skip(what: &str, missing: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no {missing}: {what} cannot be checked");
    // Bypasses the test harness, which captures the output of passing tests.
    let notice = format!("\n*** NO {}: {what} IS NOT CHECKED ***\n\n", missing.to_uppercase());
    let _ = std::io::stderr().lock().write_all(notice.as_bytes());
}

/// Whether Node can parse a program, and the error output.
fn check_javascript(program: &str) -> (bool, String) {
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--check", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = node.spawn().expect("Node starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(program.as_bytes()).expect("written");
    drop(pipe);
    let output = child.wait_with_output().expect("Node ends");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
