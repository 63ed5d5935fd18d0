//! The modules at the top of a package and what they import of each other, read from their source.
//!
//! Tests may import anything; a name in a comment is no import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules of the same package that each module imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// Reads the imports of all modules at the top of a package.
pub fn imports(source: &Path) -> Imports {
    let mut imports = Imports::new();
    for entry in fs::read_dir(source).expect("a folder of modules").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        let module = name.trim_end_matches(".rs");
        if module != "lib" && module != "main" {
            read(&entry.path(), 1, imports.entry(module.to_owned()).or_default());
        }
    }
    let modules: BTreeSet<String> = imports.keys().cloned().collect();
    for (module, below) in &mut imports {
        below.retain(|name| name != module && modules.contains(name));
    }
    imports
}

/// Adds every name that a file, or each file of a folder, imports from the top of the package; `depth` modules lie
/// between.
fn read(path: &Path, depth: usize, names: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of modules").flatten() {
            let inner = if entry.file_name() == "mod.rs" { depth } else { depth + 1 };
            read(&entry.path(), inner, names);
        }
    } else if path.file_name().is_some_and(|name| name != "tests.rs") {
        let code = code(&fs::read_to_string(path).expect("a module"));
        note(&code, "crate::", names);
        note(&code, &"super::".repeat(depth), names);
    }
}

/// The source without comments and without the tests at its end.
fn code(source: &str) -> String {
    let code = source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(code, _)| code);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Adds the names that follow a path to the top of the package: one, or those between braces.
fn note(code: &str, top: &str, names: &mut BTreeSet<String>) {
    for (at, _) in code.match_indices(top) {
        let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':' || letter == '$';
        if code[..at].ends_with(is_path) {
            continue;
        }
        let rest = &code[at + top.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(first_names(list)),
            None => names.extend(first_name(rest)),
        }
    }
}

/// The first name of each path in a list between braces; the list begins after the opening one.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0_usize, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        let is_end = depth == 0 && (letter == ',' || letter == '}');
        if is_end {
            names.extend(first_name(list[start..at].trim()));
            start = at + 1;
        }
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return names,
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// A circle, as the modules on the way from one back to itself; `None` when there is none.
pub fn circle(imports: &Imports) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| walk(imports, module, &mut Vec::new(), &mut done))
}

fn walk(imports: &Imports, module: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|one| one == module) {
        return Some(way[start..].to_vec());
    }
    if done.contains(module) {
        return None;
    }
    way.push(module.to_owned());
    let found = imports.get(module).into_iter().flatten().find_map(|below| walk(imports, below, way, done));
    way.pop();
    done.insert(module.to_owned());
    found
}

#[test]
fn a_circle_is_found_and_a_tree_is_none() {
    let graph = |edges: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (above, below) in edges {
            imports.entry((*above).to_owned()).or_default().insert((*below).to_owned());
        }
        imports
    };
    assert_eq!(circle(&graph(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    let found = circle(&graph(&[("a", "b"), ("b", "c"), ("c", "b")])).expect("a circle");
    assert_eq!(found, ["b", "c"]);
}

#[test]
fn imports_are_read_from_lists_and_from_paths_within_the_code() {
    let source = "//! See [`crate::prose`].\nuse crate::one::Thing;\nuse crate::{two, three::{A, b}};\nuse super::four;\n\
                  fn f() { crate::five::g(needle_crate::six()) }\n#[cfg(test)]\nmod tests { use crate::seven; }";
    let mut names = BTreeSet::new();
    note(&code(source), "crate::", &mut names);
    note(&code(source), "super::", &mut names);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["five", "four", "one", "three", "two"]);
}
