//! Compares the schema with that of the last release: breaking changes must be listed in the changelog.
//!
//! `api/schema.released.graphql` is the schema of the last release; each release replaces it with `api/schema.graphql`.

mod compare;

use compare::breaking_changes;

const RELEASED: &str = include_str!("../../../schema.released.graphql");
const COMMITTED: &str = include_str!("../../../schema.graphql");
const CHANGELOG: &str = include_str!("../../../../CHANGELOG.md");

/// The part `### Breaking` of the unreleased changes in the changelog; empty when there is none.
fn announced(changelog: &str) -> &str {
    let unreleased = changelog.split("\n## ").find(|part| part.starts_with("Unreleased"));
    // Both parts are optional: directly after a release nothing is unreleased.
    unreleased.and_then(|part| part.split("\n### ").find(|part| part.starts_with("Breaking"))).unwrap_or("")
}

#[test]
fn breaking_changes_are_listed_in_the_changelog() {
    let changes = breaking_changes(RELEASED, COMMITTED);
    let announced = announced(CHANGELOG);
    let unannounced: Vec<String> = changes
        .iter()
        .filter(|change| !announced.contains(&format!("`{}`", change.element)))
        .map(|change| format!("`{}` {}", change.element, change.what))
        .collect();
    assert!(
        unannounced.is_empty(),
        "these changes break clients of the last release: keep and deprecate the elements, or list them below ### Breaking \
        in the part Unreleased of CHANGELOG.md:\n{}",
        unannounced.join("\n")
    );
}

#[test]
fn only_the_unreleased_part_of_the_changelog_counts() {
    let changelog = "# C\n\n## Unreleased\n\n### Added\n\n- `A.a`\n\n### Breaking\n\n- `B.b` is gone.\n\n## 1.0.0\n\n### Breaking\n\n- `C.c`\n";
    let announced = announced(changelog);
    assert!(announced.contains("`B.b`") && !announced.contains("`A.a`") && !announced.contains("`C.c`"), "{announced}");
}

#[test]
fn every_deprecation_names_a_replacement() {
    let bare: Vec<String> = compare::deprecations(COMMITTED)
        .into_iter()
        .filter(|(_, reason)| !reason.contains('`'))
        .map(|(element, reason)| format!("{element}: {reason}"))
        .collect();
    assert!(bare.is_empty(), "name in the reason the element to use instead, like `Type.field`: {bare:?}");
}

const BEFORE: &str = "type Query { a(x: Int, y: Int! = 1): Int! b: [Int!] n: Node } interface Node { id: ID! } \
    type T implements Node { id: ID! } type Gone { a: Int } enum E { A B } union U = T | Gone \
    input I { a: Int b: Int! } directive @d(x: Int) on FIELD_DEFINITION";

/// The breaking changes from [`BEFORE`] to a schema.
fn broken(now: &str) -> Vec<String> {
    let mut elements: Vec<String> =
        breaking_changes(BEFORE, now).into_iter().map(|change| format!("{} {}", change.element, change.what)).collect();
    elements.sort();
    elements
}

#[test]
fn additions_and_more_precise_types_break_nothing() {
    assert_eq!(broken(BEFORE), [""; 0]);
    let more = "type Query { a(x: Int, y: Int = 1, z: Int, w: Int! = 3): Int! b: [Int!]! n: Node c: Int } interface Node { id: ID! } \
        type T implements Node { id: ID! x: Int } type Gone { a: Int! } enum E { A B C } union U = T | Gone | More \
        type More { a: Int } input I { a: Int b: Int c: Int d: Int! = 1 } directive @d(x: Int) on FIELD_DEFINITION";
    assert_eq!(broken(more), [""; 0]);
}

#[test]
fn each_kind_of_breaking_change_is_found() {
    let less = "type Query { a(x: Int!, z: Int!): Int b: [Int] } interface Node { id: ID! } type T { id: String! } \
        enum E { A } union U = T input I { a: Int! c: Int! } type More { a: Int }";
    assert_eq!(
        broken(less),
        [
            "@d is gone",
            "E.B is gone",
            "Gone is gone",
            "I.a was Int, is Int!",
            "I.b is gone",
            "I.c is new and required",
            "Query.a was Int!, is Int",
            "Query.a(x:) was Int, is Int!",
            "Query.a(y:) is gone",
            "Query.a(z:) is new and required",
            "Query.b was [Int!], is [Int]",
            "Query.n is gone",
            "T is no Node any more",
            "T.id was ID!, is String!",
            "U is never Gone any more",
        ]
    );
    assert_eq!(broken(&BEFORE.replace("enum E { A B }", "scalar E")), ["E is of another kind"]);
    assert_eq!(broken(&BEFORE.replace("y: Int! = 1", "y: Int! = 2")), ["Query.a(y:) has another default"]);
}
