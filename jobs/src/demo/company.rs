//! The customers of the sample company: members who receive the boxes and brands who fill them, with
//! their attributes and baseline scores. What changes the scores is left to the world and the
//! decisions.

use chrono::{Datelike, NaiveDate};

use super::calendar::{DemoCalendar, WEEKS};
use super::csv_text::CsvText;
use super::rng::{DemoRng, RandomStream};

const MEMBERS: u32 = 6_000;
const BRANDS: usize = 250;

/// How much more often a brand responds than a member: brands are surveyed after every campaign, and
/// several people in each.
const BRAND_RESPONSE_RATE: f64 = 4.4;

/// The standard deviation of individual deviations from the baseline, in points. Together with the
/// limits on baselines it makes about a tenth of the variance of a response individual, so that a
/// customer's earlier responses are informative about the next.
const PERSONAL_SPREAD_POINTS: f64 = 30.0;

const FIRST_NAMES: [&str; 36] = [
    "Amara", "Ben", "Chiara", "Dario", "Elif", "Farah", "Greta", "Hugo", "Iris", "Jonah", "Kaito", "Lena", "Malik",
    "Nadia", "Oscar", "Paula", "Quinn", "Rosa", "Samir", "Tessa", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoe",
    "Anton", "Bilal", "Clara", "Devi", "Emil", "Freya", "Goran", "Hana", "Ivo", "Juno",
];
const LAST_NAMES: [&str; 40] = [
    "Abebe", "Bauer", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haas", "Ivanov", "Jansen", "Kaya", "Lopez",
    "Moreau", "Novak", "Olsen", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Ueda", "Varga", "Weber", "Xu", "Yilmaz",
    "Zeman", "Adler", "Brandt", "Conti", "Dvorak", "Engel", "Farkas", "Grimm", "Horvat", "Ito", "Jung", "Keller",
    "Lindt", "Meyer", "Nagy",
];
const BRAND_ROOTS: [&str; 25] = [
    "Amber", "Brook", "Cedar", "Copper", "Daybreak", "Elder", "Fennel", "Gable", "Harbour", "Hazel", "Juniper",
    "Kettle", "Larder", "Maple", "Meadow", "Nettle", "Orchard", "Pepper", "Quarry", "Rye", "Saffron", "Thistle",
    "Umber", "Willow", "Zest",
];
const BRAND_TRADES: [&str; 10] =
    ["Bakery", "Bites", "Chocolate", "Crisps", "Foods", "Granola", "Kitchen", "Mill", "Nuts", "Pantry"];

const _: () = assert!(BRAND_ROOTS.len() * BRAND_TRADES.len() >= BRANDS, "every brand has a name of its own");

pub(super) struct DemoCustomer {
    pub(super) id: String,
    name: String,
    email: String,
    /// `member` or `brand`.
    pub(super) side: &'static str,
    pub(super) region: &'static str,
    /// The plan of a member; empty for a brand.
    pub(super) plan: &'static str,
    /// The tier of a brand; empty for a member.
    pub(super) tier: &'static str,
    pub(super) joined: NaiveDate,
    pub(super) joined_year: String,
    /// The channel of most of the customer's responses.
    pub(super) channel: &'static str,
    /// The baseline score in points, before limits: that of all customers with the same attributes
    /// plus an individual deviation.
    pub(super) baseline_points: f64,
    /// How often the customer responds, relative to the average member.
    pub(super) response_rate: f64,
}

impl DemoCustomer {
    pub(super) fn is_brand(&self) -> bool {
        self.side == "brand"
    }
}

pub(super) fn customers(calendar: &DemoCalendar) -> Vec<DemoCustomer> {
    let mut rng = DemoRng::new(RandomStream::Customers);
    let members = (1..=MEMBERS).map(|number| member(number, calendar, &mut rng)).collect::<Vec<_>>();
    let names = BRAND_TRADES.iter().flat_map(|trade| BRAND_ROOTS.iter().map(move |root| (*root, *trade)));
    let brands = names.take(BRANDS).zip(1..).map(|(name, number)| brand(number, name, calendar, &mut rng));
    members.into_iter().chain(brands).collect()
}

fn member(number: u32, calendar: &DemoCalendar, rng: &mut DemoRng) -> DemoCustomer {
    let (first, last) = (rng.pick(&FIRST_NAMES), rng.pick(&LAST_NAMES));
    let domain = rng.pick(&["example.com", "example.net", "example.org"]);
    let joined = joined(0.7, calendar, rng);
    // Members who joined late are more often in the east and on the cheapest plan: part of the shift in the mix of
    // respondents.
    let late = joined >= calendar.monday(0);
    let east = if late { 0.38 } else { 0.22 };
    let rest = (1.0 - east) / 0.78;
    let region = rng.share(&[("north", 0.29 * rest), ("south", 0.26 * rest), ("west", 0.23 * rest), ("east", east)]);
    let plan = if late && region == "east" {
        rng.share(&[("starter", 0.7), ("plus", 0.16), ("family", 0.14)])
    } else {
        rng.share(&[("starter", 0.44), ("plus", 0.27), ("family", 0.29)])
    };
    DemoCustomer {
        id: format!("m{number:05}"),
        name: format!("{first} {last}"),
        email: format!("{}.{}{number}@{domain}", first.to_lowercase(), last.to_lowercase()),
        side: "member",
        region,
        plan,
        tier: "",
        joined,
        joined_year: joined.year().to_string(),
        channel: rng.share(&[("app", 0.44), ("email", 0.38), ("sms", 0.18)]),
        baseline_points: 24.0
            + region_points(region)
            + plan_points(plan, region)
            + PERSONAL_SPREAD_POINTS * rng.normal(),
        response_rate: 0.4 + 1.2 * rng.unit(),
    }
}

fn brand(number: u32, (root, trade): (&str, &str), calendar: &DemoCalendar, rng: &mut DemoRng) -> DemoCustomer {
    let joined = joined(0.88, calendar, rng);
    let region = rng.share(&[("north", 0.3), ("south", 0.25), ("west", 0.22), ("east", 0.23)]);
    let tier = rng.share(&[("bronze", 0.5), ("silver", 0.32), ("gold", 0.18)]);
    let tier_points = if tier == "gold" { 8.0 } else { 0.0 };
    DemoCustomer {
        id: format!("b{number:03}"),
        name: format!("{root} {trade}"),
        email: format!("samples@{}-{}.example.com", root.to_lowercase(), trade.to_lowercase()),
        side: "brand",
        region,
        plan: "",
        tier,
        joined,
        joined_year: joined.year().to_string(),
        channel: rng.share(&[("email", 0.86), ("app", 0.14)]),
        baseline_points: 10.0 + tier_points + PERSONAL_SPREAD_POINTS * rng.normal(),
        response_rate: BRAND_RESPONSE_RATE * (0.5 + rng.unit()),
    }
}

/// The day on which a customer joined: with probability `share_before` within the 900 days before the
/// first response, otherwise uniformly during the eighteen months.
fn joined(share_before: f64, calendar: &DemoCalendar, rng: &mut DemoRng) -> NaiveDate {
    if rng.chance(share_before) {
        calendar.before(1 + rng.below(900))
    } else {
        calendar.day(0, rng.below((WEEKS - 2) * 7))
    }
}

fn region_points(region: &str) -> f64 {
    match region {
        "north" => 3.0,
        "south" => -3.0,
        _ => 0.0,
    }
}

fn plan_points(plan: &str, region: &str) -> f64 {
    match (plan, region) {
        ("family", _) => 5.0,
        // Far from the warehouse and on the smallest box: the least satisfied members, who also respond more often
        // over time.
        ("starter", "east") => -16.0,
        ("starter", _) => -4.0,
        _ => 0.0,
    }
}

/// The customers as `customers.csv`.
pub(super) fn to_csv(customers: &[DemoCustomer]) -> Vec<u8> {
    let mut table = CsvText::new(&["customer_id", "email", "name", "side", "region", "plan", "tier", "joined"]);
    for one in customers {
        table.push(&[&one.id, &one.email, &one.name, one.side, one.region, one.plan, one.tier, &one.joined_year]);
    }
    table.into_bytes()
}
