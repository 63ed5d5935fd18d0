//! Tests that the dependencies between the modules of this package have no cycle.
//!
//! Dependencies are read from the source: every path that starts with `crate`, `self`, `super` or a child module.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Modules, each with the modules that it depends on.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The dependency graph of this package.
static MODULES: LazyLock<Graph> = LazyLock::new(modules);

#[test]
fn top_level_modules_have_no_dependency_cycle() {
    let mut parts = Graph::new();
    for (module, named) in &*MODULES {
        let named = named.iter().map(|name| part(name)).filter(|name| *name != part(module)).map(str::to_owned);
        parts.entry(part(module).to_owned()).or_default().extend(named);
    }
    // Guards against a parser that finds no dependencies.
    assert!(parts["server"].contains("pages") && parts["pages"].contains("http"), "{parts:?}");
    assert_eq!(cycle(&parts), None);
}

#[test]
fn modules_of_http_have_no_dependency_cycle() {
    let files: Graph = MODULES.clone().into_iter().filter(|(module, _)| part(module) == "http").collect();
    assert!(files["http::live::websocket"].contains("http::state"), "{files:?}");
    assert_eq!(cycle(&files), None);
}

#[test]
fn paths_are_found_in_groups_and_not_in_comments_or_strings() {
    let text = "//! [`crate::a`]\nuse crate::b::{self, C as D, e::{F, g::H}};\n/* crate::i */ let _ = (\"crate::j \\\" \", '\"');\n\
                use super::super::k; fn l(m: r#\"crate::n\"#) { o::p::<q>() } #[cfg(test)]\nmod tests { use crate::r; }";
    let found: Vec<String> = paths(&tokens(text)).into_iter().map(|path| path.join("::")).collect();
    let expected =
        ["crate::b::self", "crate::b::C", "crate::b::e::F", "crate::b::e::g::H", "super::super::k", "o::p"].to_vec();
    assert_eq!(found, expected);
    let graph = Graph::from(
        [("a", "b"), ("b", "c"), ("c", "b")].map(|(from, to)| (from.to_owned(), BTreeSet::from([to.to_owned()]))),
    );
    assert_eq!(cycle(&graph).as_deref(), Some("b -> c -> b"));
}

/// The top-level module of a module path.
fn part(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

/// All modules of the package by their files, without the crate root.
fn modules() -> Graph {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    collect(&root, &root, &mut files);
    let modules: BTreeSet<String> = files.keys().cloned().collect();
    let named = |module: &str, file: &Path| {
        let text = fs::read_to_string(file).expect("a source file");
        let paths = paths(&tokens(&text));
        let named: BTreeSet<String> = paths.iter().filter_map(|path| resolve(module, path, &modules)).collect();
        named.into_iter().filter(|name| name != module).collect()
    };
    files.iter().map(|(module, file)| (module.clone(), named(module, file))).collect()
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.with_extension("");
            let name = name.strip_prefix(root).expect("below the root").to_string_lossy().replace('/', "::");
            if !["lib", "main"].contains(&name.as_str()) {
                files.insert(name.trim_end_matches("::mod").to_owned(), path);
            }
        }
    }
}

/// The module that a path refers to; `None` for another package and for the crate root.
fn resolve(module: &str, path: &[String], modules: &BTreeSet<String>) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").collect();
    let mut names = path.iter().map(String::as_str).peekable();
    while let Some(name) = names.next_if(|name| ["crate", "self", "super"].contains(name)) {
        match name {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            _ => {}
        }
    }
    let is_relative = path.first().is_some_and(|name| !["crate", "self", "super"].contains(&name.as_str()));
    let depth = at.len();
    for name in names {
        at.push(name);
        if !modules.contains(&at.join("::")) {
            at.pop();
            break;
        }
    }
    // A path whose first name is no module of this package refers to another package.
    if at.is_empty() || is_relative && at.len() == depth { None } else { Some(at.join("::")) }
}

/// The words and punctuation of a source file, without comments, strings and the module `tests` at its end.
fn tokens(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let letters: Vec<char> = text.chars().collect();
    let starts = |at: usize, sign: &str| sign.chars().eq(letters[at..].iter().copied().take(sign.len()));
    let end_of = |from: usize, sign: &str| (from..letters.len()).find(|at| starts(*at, sign)).unwrap_or(letters.len());
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if starts(at, "//") {
            at = end_of(at, "\n");
        } else if starts(at, "/*") {
            at = end_of(at, "*/") + 2;
        } else if starts(at, "r#\"") {
            at = end_of(at + 3, "\"#") + 2;
        } else if letter == '"' {
            at += 1;
            while at < letters.len() && letters[at] != '"' {
                at += if letters[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if letter == '\'' && letters.get(at + 1) == Some(&'\\') {
            at = end_of(at + 3, "'") + 1;
        } else if letter == '\'' && letters.get(at + 2) == Some(&'\'') {
            at += 3;
        } else if is_of_word(letter) {
            let word: String = letters[at..].iter().copied().take_while(|letter| is_of_word(*letter)).collect();
            at += word.chars().count();
            tokens.push(word);
        } else if starts(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            tokens.extend((!letter.is_whitespace()).then(|| letter.to_string()));
            at += 1;
        }
    }
    tokens
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// All paths with more than one segment.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_start = tokens[at].starts_with(is_of_word) && tokens.get(at + 1).is_some_and(|next| next == "::");
        at = if is_start { read_path(tokens, at, Vec::new(), &mut found) } else { at + 1 };
    }
    found
}

/// Reads the path that starts at token `at`, with every branch of its groups, and returns the index after its end.
fn read_path(tokens: &[String], mut at: usize, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    loop {
        match tokens.get(at) {
            Some(word) if word.starts_with(is_of_word) => path.push(word.clone()),
            Some(sign) if sign == "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = match tokens[at].as_str() {
                        "as" => at + 2,
                        token if token.starts_with(is_of_word) => read_path(tokens, at, path.clone(), found),
                        _ => at + 1,
                    };
                }
                return at + 1;
            }
            _ => {
                found.push(path);
                return at;
            }
        }
        at += 1;
        if tokens.get(at).is_none_or(|sign| sign != "::") {
            found.push(path);
            return at;
        }
        at += 1;
    }
}

/// A cycle as `a -> b -> a`; `None` when there is none.
fn cycle(graph: &Graph) -> Option<String> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|module| cycle_from(graph, module, &mut Vec::new(), &mut done))
}

fn cycle_from<'a>(
    graph: &'a Graph,
    module: &'a str,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if let Some(at) = path.iter().position(|passed| *passed == module) {
        return Some([&path[at..], &[module]].concat().join(" -> "));
    }
    if done.contains(module) {
        return None;
    }
    path.push(module);
    let named = graph.get(module).into_iter().flatten();
    let found = named.into_iter().find_map(|name| cycle_from(graph, name, path, done));
    path.pop();
    done.insert(module);
    found
}
