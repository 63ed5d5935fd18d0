//! Checks references in the documents: paths, functions, links, commands, flags and metrics. Each broken reference is
//! reported with the document and its line.

use std::collections::HashMap;
use std::process::Command;

use super::markdown::{Document, Found, anchor, root};

/// The top-level folders and files that paths in the prose begin with.
const TOPS: [&str; 9] = [".ci", "api", "docs", "entity", "jobs", "migration", "tests", "Cargo.toml", "justfile"];

/// Paths that do not exist. Names in capitals are placeholders.
pub fn lost_paths(document: &Document) -> Vec<String> {
    let lost = |found: &Found<'_>| is_path(found.text) && !root().join(found.text).exists();
    let code = document.code();
    code.iter().filter(|found| lost(found)).map(|found| claim(document, found, "no such path")).collect()
}

fn is_path(text: &str) -> bool {
    let (top, below) = text.split_once('/').map_or((text, None), |(top, below)| (top, Some(below)));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let has_placeholder =
        text.split(['/', '.']).any(|part| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_uppercase()));
    let is_file = |name: &str| name.contains('.') || name == "justfile";
    TOPS.contains(&top) && text.chars().all(is_plain) && !has_placeholder && (below.is_some() || is_file(top))
}

/// Functions and types that are not in their file, from every table with the columns "file" and "function".
pub fn lost_functions(document: &Document) -> Vec<String> {
    let mut lost = Vec::new();
    let mut columns: Option<(usize, usize)> = None;
    for (line, text) in (1..).zip(document.prose()) {
        let Some(row) = text.strip_prefix('|') else {
            columns = None;
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let place = |name: &str| cells.iter().position(|cell| *cell == name);
        if let Some(found) = place("file").zip(place("function")) {
            columns = Some(found);
            continue;
        }
        let Some((file, function)) = columns.filter(|_| !cells[0].starts_with('-')) else { continue };
        let inside = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        for path in inside(cells[file]) {
            let Ok(source) = std::fs::read_to_string(root().join(&path)) else { continue };
            let declares = |name: &str| {
                let name = name.rsplit("::").next().unwrap_or(name);
                ["fn", "struct", "enum", "const"].iter().any(|kind| {
                    source.match_indices(&format!("{kind} {name}")).any(|(at, found)| {
                        let next = source[at + found.len()..].chars().next();
                        next.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_')
                    })
                })
            };
            let missing = inside(cells[function]).into_iter().filter(|name| !declares(name));
            lost.extend(missing.map(|name| format!("{}:{line}: {path} has no {name}", document.name)));
        }
    }
    lost
}

/// Links within the repository whose target does not exist.
pub fn lost_links(document: &Document, all: &[Document]) -> Vec<String> {
    let folder = document.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let resolves = |link: &str| {
        let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
        let target = if path.is_empty() { document.name.clone() } else { resolved(folder, path) };
        let has = |heading: &str| {
            let document = all.iter().find(|document| document.name == target);
            document.is_some_and(|document| document.headings().into_iter().any(|own| anchor(own) == heading))
        };
        root().join(&target).exists() && heading.is_none_or(has)
    };
    let links = document.links();
    let inner = links.iter().filter(|found| !found.text.contains("://"));
    inner.filter(|found| !resolves(found.text)).map(|found| claim(document, found, "the link has no target")).collect()
}

fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Commands and flags of the binary, and sections of its configuration, that do not exist.
pub fn lost_commands(document: &Document) -> Vec<String> {
    let mut helps: HashMap<Vec<&str>, Option<String>> = HashMap::new();
    let configuration = std::fs::read_to_string(root().join("api/src/config/default.toml"));
    let configuration = configuration.expect("the defaults");
    let mut lost = Vec::new();
    for found in document.code() {
        if let Some(section) = found.text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            let is_name = !section.is_empty() && section.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.');
            if is_name && !configuration.contains(&format!("\n[{section}]\n")) {
                lost.push(claim(document, &found, "no such section in the configuration"));
            }
        }
        let Some(arguments) = found.text.strip_prefix("needle ") else { continue };
        let is_word =
            |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let words: Vec<&str> = arguments.split([' ', '|', '\\']).collect();
        let commands: Vec<&str> =
            words.iter().take_while(|word| is_word(word) && !word.starts_with('-')).copied().collect();
        let help = helps.entry(commands.clone()).or_insert_with(|| help(&commands));
        let Some(help) = help else {
            lost.push(claim(document, &found, "no such command"));
            continue;
        };
        let flags = words
            .iter()
            .map(|word| word.trim_start_matches('[').trim_end_matches([']', '.', ',']))
            .filter(|word| word.starts_with("--"));
        let unknown = flags.filter(|flag| !help.contains(flag.split('=').next().unwrap_or(flag)));
        lost.extend(unknown.map(|flag| claim(document, &found, &format!("no such flag: {flag}"))));
    }
    lost
}

/// Metrics that are not registered in the sources.
pub fn lost_metrics(document: &Document) -> Vec<String> {
    let sources =
        ["mod.rs", "database.rs"].map(|name| std::fs::read_to_string(root().join("api/src/metrics").join(name)));
    let sources = sources.map(|source| source.expect("a source of metrics")).concat();
    let is_known = |name: &str| {
        let plain = ["_total", "_seconds"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        sources.contains(&format!("\"{plain}\""))
    };
    let code = document.code();
    // The cookie needle_csrf and the channel needle_run in the documents are no metrics.
    let named = code.iter().filter_map(|found| Some((found, found.text.strip_prefix("needle_")?)));
    let named = named.filter(|(_, name)| !["csrf", "run"].contains(name));
    let lost = named.filter(|(_, name)| !is_known(name));
    lost.map(|(found, _)| claim(document, found, "no such metric")).collect()
}

/// The help text of a command; `None` when the command does not exist.
fn help(commands: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_needle")).args(commands).arg("--help").output().expect("the binary starts");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn claim(document: &Document, found: &Found<'_>, what: &str) -> String {
    format!("{}:{}: {what}: {}", document.name, found.line, found.text)
}
