//! The price of a query follows its work: each root field with arguments that make it as expensive as they can, measured
//! in the processor time of a server on the sample company, results not kept.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::binary::{BinaryServer, needle};

/// Queries by root field.
const QUERIES: [(&str, &str); 36] = [
    ("node", r#"{ node(id: "RGVjaXNpb246MQ") { id } }"#),
    (
        "nodes",
        r#"{ nodes(ids: ["RGVjaXNpb246MQ", "RGVjaXNpb246Mg", "RGVjaXNpb246Mw"]) { ... on Decision { review { series { observed } } } } }"#,
    ),
    ("viewer", "{ viewer { name } }"),
    ("requestCost", "{ requestCost { query } }"),
    (
        "customers",
        r#"{ customers(first: 1000, filter: {attributes: {attribute: {name: "side", in: ["diner"]}}}) { totalCount nodes { externalId attributes responses(first: 1) { nodes { score } } } } }"#,
    ),
    ("customers", r#"{ customers(first: 1, filter: {search: "zzzz"}) { totalCount nodes { externalId } } }"#),
    (
        "customer",
        r#"{ customer(externalId: "c1") { externalId responses(first: 100) { nodes { score comment attributes } } } }"#,
    ),
    (
        "responses",
        r#"{ responses(first: 1000, filter: {where: {not: {attribute: {name: "region", in: ["nowhere"]}}}, category: DETRACTOR}) { totalCount nodes { score comment attributes } } }"#,
    ),
    (
        "responses",
        r#"{ responses(first: 1, filter: {where: {all: [{attribute: {name: "region", exists: true}}, {attribute: {name: "plan", exists: true}}]}}) { totalCount } }"#,
    ),
    (
        "segments",
        "{ segments(first: 100) { totalCount nodes { key current { nps { score interval { low high } } } scores { nps { score } } decisions(first: 50) { nodes { title } } } } }",
    ),
    (
        "segments",
        r#"{ segments(first: 5) { nodes { scores(grain: DAY, during: {from: "2000-01-01", until: "2026-11-20"}) { nps { score } } } } }"#,
    ),
    ("segment", r#"{ segment(key: "members") { customers(first: 1000) { totalCount nodes { externalId } } } }"#),
    ("primaryDeclarations", "{ primaryDeclarations { reason } }"),
    (
        "decisions",
        "{ decisions(first: 100) { totalCount nodes { title review { verdict effect interval { low high } before { score } series { start observed expected responses } } } } }",
    ),
    (
        "decisions",
        "{ decisions(first: 20) { nodes { reviews(first: 50) { nodes { asOf verdict effect } } overlapping { title } } } }",
    ),
    ("decisions", "{ decisions(first: 5) { nodes { rankTest { pValue } } } }"),
    ("decisions", "{ decisions(first: 3) { nodes { beyondHorizon { effect } } } }"),
    (
        "decision",
        r#"{ decision(externalId: "d01-brand-live-reports") { rankTest { pValue } beyondHorizon { effect } } }"#,
    ),
    (
        "detectability",
        r#"{ detectability(input: {takesEffectOn: "2026-12-07", horizonWeeks: 52, expectedImpact: 3}) { advice } }"#,
    ),
    (
        "detectability",
        r#"{ detectability(input: {takesEffectOn: "2036-06-01", horizonWeeks: 104, expectedImpact: 0.1}) { advice power } }"#,
    ),
    ("forecasters", "{ forecasters(first: 100) { totalCount nodes { owner bias slope coverage } } }"),
    ("needleLedger", "{ needleLedger(by: SEGMENT) { entries { owner total { points } } } }"),
    ("runs", "{ runs(first: 1000) { totalCount nodes { asOf state } } }"),
    ("schedules", "{ schedules { job nextSlots(first: 100) slots(first: 50) { state } } }"),
    ("deliveries", "{ deliveries(first: 1000) { totalCount nodes { state } } }"),
    ("hookDeliveries", "{ hookDeliveries(first: 1000) { totalCount nodes { state reason } } }"),
    ("imports", "{ imports(first: 1000) { totalCount nodes { number fileName digest } } }"),
    ("dimensions", "{ dimensions { name distinctValues values(first: 1000) { value responses } } }"),
    (
        "nps",
        r#"{ nps(where: {any: [{attribute: {name: "region", exists: true}}, {attribute: {name: "plan", exists: true}}]}) { score interval { low high } } }"#,
    ),
    ("npsSeries", "{ npsSeries(grain: DAY) { nps { score } } }"),
    (
        "npsSeries",
        r#"{ npsSeries(grain: DAY, during: {from: "2000-01-01", until: "2026-11-20"}) { nps { score interval { low high } } } }"#,
    ),
    ("npsBreakdown", r#"{ npsBreakdown(by: ["region"]) { nps { score } } }"#),
    (
        "npsBreakdown",
        r#"{ npsBreakdown(by: ["region", "plan", "tier", "channel"], during: {from: "2026-01-01", until: "2026-06-01"}, compareTo: {from: "2025-08-01", until: "2026-01-01"}) { key { value } nps { score interval { low high } } compared { score } } }"#,
    ),
    ("auditEntries", "{ auditEntries(first: 1000) { totalCount nodes { field } } }"),
    ("nps", "{ nps { score } }"),
    ("npsSeries", "{ npsSeries(grain: YEAR) { nps { score } } }"),
];

/// The processor time that a request takes whatever it asks for, in milliseconds, in a build that is not optimised.
const EVERY_REQUEST_MS: f64 = 12.0;

/// How much more than the price the work may be, in milliseconds a point: a tenth of a second for the price of one slice
/// is ten times what most fields take here. A price that is wrong by more lets few points do much work.
const MOST_MS_A_POINT: f64 = 0.1;

#[test]
fn what_a_query_costs_follows_its_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let made = needle(folder, &["demo", "--no-serve", "--data-dir", "."]).output().expect("the binary starts");
    assert!(made.status.success(), "{made:?}");
    let made = needle(folder, &["token", "create", "--name", "ada", "--role", "admin"]).output().expect("a token");
    let token = String::from_utf8(made.stdout).expect("text");
    std::fs::write(folder.join("needle.toml"), "[server]\nanswer_bytes = 0\n").expect("written");
    let server = BinaryServer::start(folder, "info", &[("NEEDLE_CONFIG", "needle.toml")]);
    let mut too_cheap = Vec::new();
    for (field, query) in QUERIES {
        let body = serde_json::json!({ "query": query }).to_string();
        let reply = server.post(token.trim(), &body);
        let json: Value = serde_json::from_str(reply.rsplit("\r\n\r\n").next().expect("a body")).expect(&reply);
        assert!(json["errors"].is_null(), "{query}: {}", json["errors"]);
        let points = json["extensions"]["cost"]["query"].as_f64().expect("a cost");
        // The clock of processes ticks a hundred times a second.
        let (before, mut times) = (server.processor_ms(), 0);
        while times < 30 && server.processor_ms() - before < 200 {
            server.post(token.trim(), &body);
            times += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a test")]
        let each_ms = (server.processor_ms() - before) as f64 / f64::from(times);
        if each_ms > EVERY_REQUEST_MS + points * MOST_MS_A_POINT {
            too_cheap.push(format!("{field}: {query}: {points} points for {each_ms:.0} ms"));
        }
    }
    assert!(too_cheap.is_empty(), "{too_cheap:#?}");
}

#[test]
fn every_field_of_the_query_root_is_measured() {
    let schema = include_str!("../../schema.graphql");
    let root = schema.split("\ntype Query {\n").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("the root");
    let names = root.lines().filter_map(|line| line.strip_prefix("  ")?.split(['(', ':']).next());
    let is_field = |name: &&str| {
        name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(char::is_alphanumeric)
    };
    let measured: BTreeSet<&str> = QUERIES.iter().map(|(field, _)| *field).collect();
    assert_eq!(names.filter(is_field).collect::<BTreeSet<_>>(), measured);
}
