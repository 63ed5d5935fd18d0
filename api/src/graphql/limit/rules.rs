//! The table of prices: the fields without the usual price, and the fields that make a result uncacheable.
//!
//! A field that is not listed costs 1 plus what is selected in it; one that returns a connection costs 1 plus what is
//! selected in it for each node of the page. A test fails for a list of objects without a price.

use super::price::{FieldPrice, PriceMultiplier};

/// The price of summing a free slice: about 20 ms of CPU time.
const SLICE: u64 = 2_000;

/// The price of counting customers or responses: all that match the filter are read, half a microsecond each.
const COUNT: u64 = SLICE;

/// The days of a range without a beginning: 60 weeks.
pub const OPEN_RANGE_DAYS: u64 = 420;

/// The price of starting a recompute.
const RUN: u64 = 10_000;

/// The least price of a mutation: its transaction is written to disk.
pub const MUTATION: u64 = 10;

/// The introspection lists that lead from a type back to types.
pub const INTROSPECTION_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

const fn costs(base: u64, times: PriceMultiplier) -> FieldPrice {
    FieldPrice { base, times }
}

/// The fields of the query root whose result depends only on the stored data, the viewer's role and the calendar day.
const CACHEABLE_FIELDS: [&str; 15] = [
    "customers",
    "customer",
    "responses",
    "segments",
    "segment",
    "primaryDeclarations",
    "decisions",
    "decision",
    "detectability",
    "forecasters",
    "needleLedger",
    "dimensions",
    "nps",
    "npsSeries",
    "npsBreakdown",
];

/// The types that show the progress of runs, which changes without a new data revision.
const UNCACHEABLE_TYPES: [&str; 2] = ["Run", "RunConnection"];

/// True when the value of a field stays the same, for a role and on a day, while nothing is written.
pub fn is_cacheable(type_name: &str, field: &str, returns: &str) -> bool {
    match type_name {
        "Query" => CACHEABLE_FIELDS.contains(&field),
        "Mutation" | "Subscription" => false,
        _ => !UNCACHEABLE_TYPES.contains(&returns),
    }
}

/// The price of a type's field; `None` where it is the usual one.
pub fn special(type_name: &str, field: &str) -> Option<FieldPrice> {
    use PriceMultiplier::{ArgumentLength, Buckets, Items, OfList, Once, Page};
    Some(match (type_name, field) {
        (name, "edges" | "nodes" | "node") if name.ends_with("Connection") || name.ends_with("Edge") => costs(0, Once),
        (connection, "pageInfo") if connection.ends_with("Connection") => costs(0, Items(0)),
        (_, "userErrors") => costs(0, Items(2)),
        ("Query" | "Segment", "nps") => costs(SLICE, Once),
        ("Query", "npsSeries") => costs(SLICE, Buckets),
        ("Query", "npsBreakdown") => costs(SLICE, Items(20)),
        ("Decision", "rankTest") => costs(2 * SLICE, Once),
        // Two years of looks take nearly half a second of a build that is not optimised.
        ("Query" | "LogDecisionPayload", "detectability") => costs(3 * SLICE, Once),
        // It reads every response of its weeks and fits their model once for each of them.
        ("Decision", "beyondHorizon") => costs(10 * SLICE, Once),
        ("Query", "forecasters") => costs(50, Page),
        ("Query", "needleLedger") => costs(50, Once),
        ("NeedleLedger", "entries") => costs(0, Items(50)),
        ("Query", "nodes") => costs(1, ArgumentLength("ids")),
        ("Query", "primaryDeclarations" | "dimensions") => costs(1, Items(10)),
        ("Query", "schedules") => costs(1, Items(5)),
        ("NpsGroup" | "MergedNpsGroup", "key") => costs(1, Items(2)),
        // One group of a breakdown has them, if any.
        ("NpsGroup", "mergedGroups") => costs(0, Items(1)),
        ("Dimension", "values") => costs(SLICE, Page),
        ("Schedule", "nextSlots" | "slots") => costs(1, Page),
        ("Segment", "scores") => costs(1, Buckets),
        // It counts: all rows that match the filter are read, whatever the size of the page.
        ("CustomerConnection" | "ResponseConnection", "totalCount") => costs(COUNT, OfList),
        ("Decision", "overlapping") => costs(10, Items(5)),
        ("DecisionReview", "series") => costs(1, Items(30)),
        ("DecisionReview", "caveats") => costs(1, Items(3)),
        ("Mutation", "recompute") => costs(RUN, Once),
        ("Mutation", _) => costs(MUTATION, Once),
        _ => return introspection(type_name, field),
    })
}

/// The price of an introspection field, with the approximate length of its list in our schema; `None` for the usual
/// price.
fn introspection(type_name: &str, field: &str) -> Option<FieldPrice> {
    let items = match (type_name, field) {
        ("__Schema", "types") => 120,
        ("__Schema", "directives") => 6,
        ("__Type", "fields") => 5,
        ("__Type", "inputFields" | "enumValues") => 2,
        ("__Type", "interfaces" | "possibleTypes") | ("__Field" | "__Directive", "args") => 1,
        _ => return None,
    };
    Some(costs(1, PriceMultiplier::Items(items)))
}

/// The introspection fields as type, field and returned type: they are in no SDL.
pub const INTROSPECTION: [(&str, &str, &str); 17] = [
    ("Query", "__schema", "__Schema"),
    ("Query", "__type", "__Type"),
    ("__Schema", "types", "__Type"),
    ("__Schema", "queryType", "__Type"),
    ("__Schema", "mutationType", "__Type"),
    ("__Schema", "subscriptionType", "__Type"),
    ("__Schema", "directives", "__Directive"),
    ("__Type", "fields", "__Field"),
    ("__Type", "interfaces", "__Type"),
    ("__Type", "possibleTypes", "__Type"),
    ("__Type", "enumValues", "__EnumValue"),
    ("__Type", "inputFields", "__InputValue"),
    ("__Type", "ofType", "__Type"),
    ("__Field", "args", "__InputValue"),
    ("__Field", "type", "__Type"),
    ("__InputValue", "type", "__Type"),
    ("__Directive", "args", "__InputValue"),
];
