//! Documents of every size against the prices of the real schema.

use std::fmt::Write as _;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;
use crate::graphql::{operation, sdl};

/// The introspection query of graphql-js 16, which every tool sends.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name kind } mutationType { name kind }
    subscriptionType { name kind } types { ...FullType } directives { name description locations args { ...InputValue } } } }
    fragment FullType on __Type { kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef }
        isDeprecated deprecationReason }
      inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
      ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

const TODAY: chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(2024, 7, 1).expect("a day");

fn measured_with(
    query: &str,
    variables: serde_json::Value,
    limits: &RequestLimits,
) -> Result<DocumentSize, ServerError> {
    let document = parse_query(query).expect("a document");
    let selected = operation::selected(&document, None);
    measure(&document, selected, &Variables::from_json(variables), &SchemaPrices::of_schema(&sdl()), limits, TODAY)
}

fn measured(query: &str) -> Result<DocumentSize, ServerError> {
    measured_with(query, json!({}), &RequestLimits::default())
}

fn cost(query: &str) -> u64 {
    measured(query).expect("within the limits").cost
}

/// The limit that a document exceeds.
fn exceeded(query: &str) -> String {
    let error = measured(query).expect_err("too much");
    let limit = error.extensions.as_ref().and_then(|values| values.get("limit"));
    limit.unwrap_or_else(|| panic!("no limit: {error:?}")).to_string()
}

fn doubling(fragments: usize) -> String {
    let mut query = "{ viewer { ...F0 ...F0 } }".to_owned();
    for at in 0..fragments {
        write!(query, " fragment F{at} on Viewer {{ ...F{} ...F{} }}", at + 1, at + 1).expect("written");
    }
    query + &format!(" fragment F{fragments} on Viewer {{ name }}")
}

#[test]
fn a_series_costs_as_many_buckets_as_its_arguments_request() {
    let series = |arguments: &str| cost(&format!("{{ npsSeries{arguments} {{ start }} }}")) - 2_000;
    assert_eq!((series(""), series("(grain: DAY)")), (60, 420));
    assert_eq!(series("(grain: DAY, during: {from: \"2000-01-01\"})"), 8_949);
    assert_eq!(series("(grain: DAY, during: {from: \"2024-06-01\", until: \"2024-06-11\"})"), 11);
    let scores = "{ segment(key: \"a\") { scores(grain: DAY, during: {from: \"2000-01-01\"}) { start end } } }";
    assert!(cost(scores) > 2 * 8_949, "{}", cost(scores));
    let by_variables = "query($during: DateRange, $grain: Grain, $from: Date) {
        a: npsSeries(during: $during, grain: $grain) { start } b: npsSeries(during: {from: $from}, grain: DAY) { start } }";
    let variables = json!({"during": {"from": "2000-01-01"}, "grain": "DAY", "from": "2000-01-01"});
    let found = measured_with(by_variables, variables, &RequestLimits::default()).expect("within the limits").cost;
    assert_eq!(found, 2 * (2_000 + 8_949));
}

#[test]
fn every_list_of_objects_has_a_price() {
    let prices = SchemaPrices::of_schema(&sdl());
    let scalars = ["Boolean", "Date", "DateTime", "Float", "ID", "Int", "JSON", "String"];
    let is_scalar = |field: &&String| scalars.iter().any(|scalar| field.ends_with(&format!(": {scalar}")));
    let unpriced: Vec<&String> = prices.unpriced.iter().filter(|field| !is_scalar(field)).collect();
    assert!(unpriced.is_empty(), "add prices in rules.rs for: {unpriced:?}");
    assert!(prices.fields("Query").is_some_and(|fields| fields.get("decisions").is_some()), "the schema was read");
}

#[test]
fn a_query_costs_its_fields_as_often_as_its_lists_may_hold_them() {
    for (query, expected) in [
        ("{ viewer { name role } }", 3),
        ("{ decisions(first: 20) { nodes { id title } } }", 1 + 20 * 2),
        ("{ decisions { nodes { id } pageInfo { hasNextPage } totalCount } }", 1 + 50 * 2),
        ("{ decisions(last: 3) { edges { cursor node { id } } } }", 1 + 3 * 2),
        ("{ segments(first: 10) { nodes { decisions(first: 10) { nodes { id } } } } }", 1 + 10 * 11),
        ("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id __typename } }", 1 + 3 * 2),
        ("{ node(id: \"a\") { ... on Segment { decisions(first: 5) { nodes { id } } } ... on Decision { id } } }", 8),
        ("{ nps { score } }", 2_001),
        ("{ responses(first: 1000) { totalCount } }", 2_001),
        (
            "{ customers(first: 3) { ...C nodes { id } } } fragment C on CustomerConnection { totalCount }",
            1 + 2_000 + 3,
        ),
        (
            "{ segments(first: 4) { nodes { customers(first: 2) { totalCount nodes { id } } } } }",
            1 + 4 * (1 + 2_000 + 2),
        ),
        (
            "{ decisions(first: 2) { ...C } } fragment C on DecisionConnection { nodes { ...D } } fragment D on Decision { id }",
            3,
        ),
        ("mutation { recompute(input: {key: \"k\"}) { run { id } } }", 10_002),
        ("mutation { eraseCustomer(input: {externalId: \"k\"}) { erasedExternalId } }", 11),
    ] {
        assert_eq!(cost(query), expected, "{query}");
    }
}

#[test]
fn a_page_counts_by_its_variable_or_by_the_default_of_the_variable() {
    let query = "query($n: Int = 7) { decisions(first: $n) { nodes { id } } }";
    let cost = |variables| measured_with(query, variables, &RequestLimits::default()).expect("within the limits").cost;
    assert_eq!(cost(json!({})), 8);
    assert_eq!(cost(json!({"n": 30})), 31);
    assert_eq!(cost(json!({"n": null})), 51);
    let refused = measured_with(query, json!({"n": 1_001}), &RequestLimits::default()).expect_err("too many");
    assert!(refused.message.contains("1001 nodes in one page"), "{}", refused.message);
}

#[test]
fn only_the_operation_that_is_executed_is_charged() {
    let document = parse_query("query A { viewer { name } } query B { nps { score } }").expect("a document");
    let selected = operation::selected(&document, Some("A"));
    let prices = SchemaPrices::of_schema(&sdl());
    let size =
        measure(&document, selected, &Variables::default(), &prices, &RequestLimits::default(), TODAY).expect("small");
    assert_eq!((size.cost, size.selections), (2, 4));
}

#[test]
fn common_tools_can_introspect_and_circular_introspection_is_refused() {
    let size = measured(INTROSPECTION).expect("within the limits");
    assert!(size.cost < RequestLimits::default().cost / 3 && size.introspection_depth == 1, "{size:?}");
    assert_eq!(
        exceeded("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"),
        "\"introspection_depth\""
    );
    let aliased = (0..50)
        .map(|at| format!("a{at}: __schema {{ types {{ fields {{ name type {{ fields {{ name }} }} }} }} }} "))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(exceeded(&format!("{{ {aliased} }}")), "\"cost\"");
}

#[test]
fn each_limit_is_named_with_its_value_and_with_what_was_found() {
    let error = measured(&format!("{{ {} }}", "viewer { name } ".repeat(51))).expect_err("too many");
    assert_eq!(
        error.message,
        "the request has 51 repetitions of one selection in one place, at most 50 are allowed (the limit \"repeats\")"
    );
    let extensions = json!(error.extensions);
    assert_eq!(extensions, json!({"code": "LIMIT_EXCEEDED", "limit": "repeats", "maximum": 50, "found": 51}));
}

#[test]
fn each_limit_is_enforced() {
    let aliases = (0..101).map(|at| format!("a{at}: __typename ")).collect::<Vec<_>>().concat();
    let deep = format!(
        "{{ {} id {} }}",
        "node(id: \"a\") { ... on Decision { target { decisions { nodes { ".repeat(5),
        "} } } } }".repeat(5)
    );
    let (inline, end) = ("... { ".repeat(40), " }".repeat(40));
    let lists = "{ decisions(first: 1000) { nodes { reviews(first: 1000) { nodes { series { responses } } } } } }";
    let wide = (0..11)
        .map(|at| format!(" fragment W{at} on Query {{ {} }}", format!("...W{} ", at + 1).repeat(3)))
        .collect::<Vec<_>>()
        .concat();
    for (query, limit) in [
        (format!("{{ {aliases} }}"), "aliases"),
        (format!("{{ __typename {} }}", "@skip(if: false) ".repeat(51)), "directives"),
        (
            format!("{{ {} }}", "...{ __typename @skip(if: false) } ".repeat(40) + &"...{ a: __typename } ".repeat(10)),
            "ok",
        ),
        (deep, "depth"),
        (lists.to_owned(), "cost"),
        (doubling(30), "selections"),
        (format!("{{ ...W0 }} {wide} fragment W11 on Query {{ __typename }}"), "selections"),
        ("{ runs(first: 1001) { totalCount } }".to_owned(), "page"),
        (
            format!(
                "{{ ...A }} fragment A on Query {{ {inline} ...B {end} }} fragment B on Query {{ {inline} __typename {end} }}"
            ),
            "nesting",
        ),
        // Measured at its shallow place first, then spread at a deep one.
        (format!("{{ ...B {inline} ...B {end} }} fragment B on Query {{ {inline} __typename {end} }}"), "nesting"),
    ] {
        if limit == "ok" {
            measured(&query).expect(&query);
        } else {
            assert_eq!(exceeded(&query), format!("\"{limit}\""), "{}", &query[..query.len().min(80)]);
        }
    }
}

#[test]
fn the_values_of_a_variable_count_as_often_as_it_is_used() {
    let query = "query($ids: [ID!]!, $more: [ID!] = [\"a\", \"b\"]) { nodes(ids: $ids) { id } b: nodes(ids: [\"c\", $ids]) { id }
        responses(filter: {where: {any: [{attribute: {name: \"n\", in: $more}}]}}) { totalCount } }";
    let variables = json!({"ids": ["x", {"y": 1, "z": []}]});
    let size = measured_with(query, variables.clone(), &RequestLimits::default()).expect("within the limits");
    // A list and an object count too: 5, 5 + 2, and 4 objects, a list and a text around 3.
    assert_eq!(size.values, 5 + 7 + 9);
    let error = measured_with(query, variables, &RequestLimits { values: 20, ..RequestLimits::default() })
        .expect_err("too many");
    assert_eq!(
        error.message,
        "the request has 21 values in its arguments, at most 20 are allowed (the limit \"values\")"
    );
}

#[test]
fn a_cost_beyond_all_numbers_is_refused_and_never_wraps() {
    let nested = "decisions(first: 1000) { nodes { target { ".repeat(15);
    let query = format!("{{ {nested} id {} }}", "} } }".repeat(15));
    let limits = RequestLimits { depth: 60, ..RequestLimits::default() };
    let error = measured_with(&query, json!({}), &limits).expect_err("far too much");
    assert!(error.message.contains("points of cost") && error.message.contains("18446744073709551615"), "{error:?}");
}

#[test]
fn circular_fragments_and_unknown_directives_are_refused() {
    for query in [
        "{ viewer { ...A } } fragment A on Viewer { ...B ...B } fragment B on Viewer { ...A ...A }",
        "{ __typename @aa }",
        "query @aa { __typename }",
        "query Q($n: Int @aa) { decisions(first: $n) { totalCount } }",
        "{ viewer { ...A } } fragment A on Viewer @aa { name }",
        "{ viewer { ...A @aa } } fragment A on Viewer { name }",
        "{ ... @aa { __typename } }",
    ] {
        let error = measured(query).expect_err(query);
        assert_eq!(json!(error.extensions), json!({"code": "BAD_USER_INPUT"}), "{query}");
    }
}

#[test]
fn a_long_chain_of_fragments_is_refused_before_the_stack_ends() {
    let mut query = "{ viewer { ...F0 } }".to_owned();
    for at in 0..5_000 {
        write!(query, " fragment F{at} on Viewer {{ ...F{} }}", at + 1).expect("written");
    }
    assert_eq!(exceeded(&query), "\"nesting\"");
    measured(&doubling(8)).expect("within the limits");
}
