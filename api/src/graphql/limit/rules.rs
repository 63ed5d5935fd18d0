//! What fields cost that cost more than themselves: the one table of prices.
//!
//! A field that is not in it costs 1 and what is selected in it; a field that returns a connection costs its page. A test
//! fails for a list of objects without a price.

use super::price::{FieldPrice, PriceMultiplier};

/// What summing a free slice costs: some 20 ms of a processor.
const SLICE: u64 = 2_000;

/// What starting a recompute costs.
const RUN: u64 = 10_000;

/// What a mutation costs at the least: its transaction is written to the disk.
pub const MUTATION: u64 = 10;

/// The lists of fields in the schema's description of itself, which lead back to it.
pub const INTROSPECTION_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

const fn costs(base: u64, times: PriceMultiplier) -> FieldPrice {
    FieldPrice { base, times }
}

/// The fields of the query root that answer by the stored data, the viewer's role and the calendar day alone.
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

/// The types that tell of what goes on, which no writing transaction announces.
const UNCACHEABLE_TYPES: [&str; 2] = ["Run", "RunConnection"];

/// True when the answer of a field stays the same, for a role and on a day, while nothing is written.
pub fn is_cacheable(type_name: &str, field: &str, returns: &str) -> bool {
    match type_name {
        "Query" => CACHEABLE_FIELDS.contains(&field),
        "Mutation" | "Subscription" => false,
        _ => !UNCACHEABLE_TYPES.contains(&returns),
    }
}

/// The price of a type's field; `None` where it is the usual one.
pub fn special(type_name: &str, field: &str) -> Option<FieldPrice> {
    use PriceMultiplier::{ArgumentLength, Items, Once, Page};
    Some(match (type_name, field) {
        (name, "edges" | "nodes" | "node") if name.ends_with("Connection") || name.ends_with("Edge") => costs(0, Once),
        (connection, "pageInfo") if connection.ends_with("Connection") => costs(0, Items(0)),
        (_, "userErrors") => costs(0, Items(2)),
        ("Query", "nps") => costs(SLICE, Once),
        ("Query", "npsSeries") => costs(SLICE, Items(60)),
        ("Query", "npsBreakdown") => costs(SLICE, Items(20)),
        ("Query" | "LogDecisionPayload", "detectability") | ("Decision", "beyondHorizon" | "rankTest") => {
            costs(2 * SLICE, Once)
        }
        ("Query", "forecasters") => costs(50, Page),
        ("Query", "needleLedger") => costs(50, Once),
        ("NeedleLedger", "entries") => costs(0, Items(50)),
        ("Query", "nodes") => costs(1, ArgumentLength("ids")),
        ("Query", "primaryDeclarations" | "dimensions") => costs(1, Items(10)),
        ("Query", "schedules") => costs(1, Items(5)),
        ("NpsGroup", "key") => costs(1, Items(2)),
        ("Dimension", "values") => costs(SLICE, Page),
        ("Schedule", "nextSlots" | "slots") => costs(1, Page),
        ("Segment", "scores") => costs(1, Items(60)),
        ("Decision", "overlapping") => costs(10, Items(5)),
        ("DecisionReview", "series") => costs(1, Items(30)),
        ("DecisionReview", "caveats") => costs(1, Items(3)),
        ("Mutation", "recompute") => costs(RUN, Once),
        ("Mutation", _) => costs(MUTATION, Once),
        _ => return introspection(type_name, field),
    })
}

/// The same for the schema's description of itself: about as many as ours has.
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

/// What the schema's description of itself leads to: it is in no SDL.
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
