//! Executes each query of the guide for front-end developers, with its variables, on the sample company.

use std::path::Path;

use api::graphql;
use serde_json::Value;

use crate::binary::needle;

const GUIDE: &str = include_str!("../../../docs/graphql.md");

/// The day that the guide uses.
const TODAY: &str = "2026-06-29";

/// A document of the guide with the variables that follow it.
struct GuideExample {
    document: &'static str,
    variables: &'static str,
}

/// Every fenced GraphQL block, with the JSON block of variables after it.
fn examples() -> Vec<GuideExample> {
    let mut examples: Vec<GuideExample> = Vec::new();
    // Every second part is within fences.
    for block in GUIDE.split("```").skip(1).step_by(2) {
        match block.split_once('\n') {
            Some(("graphql", document)) => examples.push(GuideExample { document, variables: "{}" }),
            Some(("json", variables)) => {
                let of = examples.last_mut().expect("variables follow their document");
                assert_eq!(std::mem::replace(&mut of.variables, variables), "{}", "two blocks of variables");
            }
            other => panic!("a block that is not executed: {other:?}"),
        }
    }
    examples
}

fn output_of(folder: &Path, arguments: &[&str]) -> String {
    let output = needle(folder, arguments).output().expect("the binary starts");
    let (stdout, stderr) = (String::from_utf8(output.stdout).expect("text"), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {stdout} {stderr}");
    stdout
}

/// Lists that may be empty in a useful result.
const MAY_BE_EMPTY: [&str; 3] = ["caveats", "overlapping", "userErrors"];

/// The first empty part of a result: a null root field, or an empty list anywhere; `None` when there is none.
fn empty_part(result: &Value) -> Option<String> {
    let data = result["data"].as_object()?;
    data.iter().find_map(|(field, value)| if value.is_null() { Some(field.clone()) } else { empty_list(field, value) })
}

fn empty_list(field: &str, value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if items.is_empty() => (!MAY_BE_EMPTY.contains(&field)).then(|| field.to_owned()),
        Value::Array(items) => items.iter().find_map(|item| empty_list(field, item)),
        Value::Object(fields) => fields.iter().find_map(|(field, value)| empty_list(field, value)),
        _ => None,
    }
}

#[test]
fn every_example_gives_a_result_without_errors_and_without_empty_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    output_of(folder.path(), &["demo", "--no-serve", "--data-dir", ".", "--today", TODAY]);
    let examples = examples();
    let mutations = examples.iter().filter(|example| example.document.starts_with("mutation")).count();
    assert_eq!((examples.len() - mutations, mutations), (10, 1), "ten screens, one of which writes");
    for GuideExample { document, variables } in examples {
        std::fs::write(folder.path().join("example.graphql"), document).expect("written");
        let result = output_of(folder.path(), &["query", "example.graphql", "--variables", variables]);
        let result: Value = serde_json::from_str(&result).expect("JSON");
        assert_eq!(result.get("errors"), None, "{document} {result}");
        assert!(result["data"].as_object().is_some_and(|data| !data.is_empty()), "{document} {result}");
        assert_eq!(empty_part(&result), None, "{document} {result}");
        let refused = result.pointer("/data/logDecision/userErrors").and_then(Value::as_array);
        assert!(refused.is_none_or(Vec::is_empty), "{document} {result}");
    }
}

#[test]
fn the_guide_explains_every_error_code_and_no_other() {
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut explained: Vec<&str> = rows.collect();
    let mut codes: Vec<&str> =
        graphql::error::ErrorCode::ALL.into_iter().map(graphql::error::ErrorCode::name).collect();
    explained.sort_unstable();
    codes.sort_unstable();
    assert_eq!(explained, codes);
}
