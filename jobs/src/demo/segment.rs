//! The overlapping segments of the sample company. Their filters are written to `segments.json` and
//! evaluated here as well, so that a decision affects exactly the customers of its target.

use serde_json::{Value, json};

use super::calendar::DemoCalendar;
use super::company::DemoCustomer;

/// The key of the primary customer.
const PRIMARY: &str = "members";

pub(super) struct DemoSegment {
    pub(super) key: &'static str,
    name: &'static str,
    filter: DemoFilter,
}

enum DemoFilter {
    Attribute(&'static str, Vec<String>),
    All(Vec<DemoFilter>),
    Any(Vec<DemoFilter>),
    Not(Box<DemoFilter>),
}

/// The attributes of a response that filters test.
#[derive(Clone, Copy)]
pub(super) struct DemoProfile<'a> {
    pub(super) customer: &'a DemoCustomer,
    pub(super) channel: &'a str,
}

impl DemoSegment {
    pub(super) fn matches(&self, profile: DemoProfile<'_>) -> bool {
        self.filter.matches(profile)
    }
}

/// Every segment, the primary customer first.
pub(super) fn all(calendar: &DemoCalendar) -> [DemoSegment; 9] {
    [
        members(),
        brands(),
        families(),
        north(),
        app(),
        off_app(),
        newcomers(calendar),
        settled_starters(),
        bigger_accounts(),
    ]
}

/// The customers who receive the boxes.
fn members() -> DemoSegment {
    named(PRIMARY, "Members", is("side", &["member"]))
}

pub(super) fn brands() -> DemoSegment {
    named("brands", "Brands", is("side", &["brand"]))
}

pub(super) fn families() -> DemoSegment {
    named("families", "Families", is("plan", &["family"]))
}

pub(super) fn north() -> DemoSegment {
    named("north", "The north", is("region", &["north"]))
}

pub(super) fn app() -> DemoSegment {
    named("app", "Answers from the app", is("channel", &["app"]))
}

pub(super) fn off_app() -> DemoSegment {
    let filter = DemoFilter::All(vec![is("side", &["member"]), DemoFilter::Not(Box::new(is("channel", &["app"])))]);
    named("off-app", "Members off the app", filter)
}

pub(super) fn newcomers(calendar: &DemoCalendar) -> DemoSegment {
    let years = calendar.newcomer_years().map(|year| year.to_string());
    let filter = DemoFilter::All(vec![is("side", &["member"]), DemoFilter::Attribute("joined", years.to_vec())]);
    named("newcomers", "New members", filter)
}

pub(super) fn settled_starters() -> DemoSegment {
    let filter = DemoFilter::All(vec![is("plan", &["starter"]), DemoFilter::Not(Box::new(is("region", &["east"])))]);
    named("settled-starters", "Starters outside the east", filter)
}

fn bigger_accounts() -> DemoSegment {
    let filter = DemoFilter::Any(vec![is("plan", &["plus", "family"]), is("tier", &["gold"])]);
    named("bigger-accounts", "Bigger accounts", filter)
}

fn named(key: &'static str, name: &'static str, filter: DemoFilter) -> DemoSegment {
    DemoSegment { key, name, filter }
}

fn is(attribute: &'static str, values: &[&str]) -> DemoFilter {
    DemoFilter::Attribute(attribute, values.iter().map(ToString::to_string).collect())
}

impl DemoFilter {
    fn matches(&self, profile: DemoProfile<'_>) -> bool {
        match self {
            Self::Attribute(name, values) => {
                let value = profile.attribute(name);
                values.iter().any(|one| one == value)
            }
            Self::All(filters) => filters.iter().all(|filter| filter.matches(profile)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(profile)),
            Self::Not(filter) => !filter.matches(profile),
        }
    }

    fn json(&self) -> Value {
        let list = |filters: &[Self]| Value::Array(filters.iter().map(Self::json).collect());
        match self {
            Self::Attribute(name, values) => json!({"attribute": {"name": name, "in": values}}),
            Self::All(filters) => json!({"all": list(filters)}),
            Self::Any(filters) => json!({"any": list(filters)}),
            Self::Not(filter) => json!({"not": filter.json()}),
        }
    }
}

impl DemoProfile<'_> {
    fn attribute(&self, name: &str) -> &str {
        match name {
            "side" => self.customer.side,
            "region" => self.customer.region,
            "plan" => self.customer.plan,
            "tier" => self.customer.tier,
            "joined" => &self.customer.joined_year,
            "channel" => self.channel,
            _ => "",
        }
    }
}

/// The segments as `segments.json`.
pub(super) fn to_json(segments: &[DemoSegment]) -> Vec<u8> {
    let rows = segments.iter().map(|segment| {
        json!({
            "key": segment.key,
            "name": segment.name,
            "filter": segment.filter.json(),
            "primary": segment.key == PRIMARY,
        })
    });
    format!("{:#}\n", Value::Array(rows.collect())).into_bytes()
}
