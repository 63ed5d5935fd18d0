use std::collections::BTreeMap;

use entity::profile::Model as ProfileRow;
use entity::store::tally::DailyCount;
use entity::{Attributes, Filter, ProfileSchema};
use needle_analytics::tally;

use super::*;
use crate::cell::{CellDimensions, CellTable};
use crate::fixture;

/// A Monday.
const FIRST: Day = Day(19_723);

/// The days after [`FIRST`], the region and the score of a customer's responses.
type ResponseHistory = &'static [(i32, &'static str, i16)];

/// Two customers with equal histories, one who moves, one with two responses on a day, and two with one response each.
const HISTORIES: [ResponseHistory; 6] = [
    &[(0, "EU", 9), (15, "EU", 3)],
    &[(0, "EU", 9), (15, "EU", 3)],
    &[(2, "US", 7), (9, "EU", 10), (30, "APAC", 0)],
    &[(8, "US", 10), (8, "US", 6)],
    &[(1, "EU", 10)],
    &[(40, "US", 8)],
];

/// A cube and responses whose ids were assigned in some order.
struct RespondentFixture {
    cube: Cube,
    responses: Vec<ScoredResponse>,
}

impl RespondentFixture {
    /// `customer` and `profile` map the positions of customers and profiles to their ids.
    fn new(customer: impl Fn(i64) -> i64, profile: impl Fn(i64) -> i64) -> Self {
        let profile_of = |region: &str| {
            let at = ["APAC", "EU", "US"].iter().position(|name| *name == region).expect("a region");
            ProfileId(profile(i64::try_from(at).expect("a place")))
        };
        let responses: Vec<ScoredResponse> = (0_i64..)
            .zip(HISTORIES)
            .flat_map(|(at, history)| history.iter().map(move |response| (at, response)))
            .map(|(at, (day, region, score))| ScoredResponse {
                day: FIRST.plus_days(*day),
                customer: CustomerId(customer(at)),
                profile: profile_of(region),
                score: *score,
            })
            .collect();
        let mut weeks: BTreeMap<Day, Vec<DailyCount>> = BTreeMap::new();
        for ScoredResponse { day, profile, score, .. } in &responses {
            let count = DailyCount { day: *day, profile: *profile, score: *score, count: 1 };
            weeks.entry(day.monday()).or_default().push(count);
        }
        let blocks = weeks.into_iter().filter_map(|(week, counts)| tally::pack(week, counts).expect("packed"));
        let row = |region: &str| {
            let attributes = Attributes::from_iter([("region".to_owned(), region.to_owned())]);
            ProfileRow { id: profile_of(region), digest: attributes.digest(), attributes }
        };
        let profiles = ["APAC", "EU", "US"].map(row).into();
        let cube = Cube::build(&blocks.collect::<Vec<_>>(), profiles, None).expect("a cube");
        Self { cube, responses }
    }

    fn respondents(&self, responses: impl IntoIterator<Item = ScoredResponse>) -> Respondents {
        let mut batch = RespondentBatch::of(need());
        responses.into_iter().for_each(|response| batch.add(response));
        batch.into_respondents(&self.cube)
    }

    /// The responses from day `from` until day `until` after [`FIRST`].
    fn located(&self, from: i32, until: i32) -> Vec<(u32, u32, u32, i8)> {
        let by_region: Filter =
            serde_json::from_value(serde_json::json!({"attribute": {"name": "region", "in": ["EU"]}}))
                .expect("a filter");
        let dimensions = CellDimensions::of([&by_region].into_iter(), &ProfileSchema::default());
        let table = CellTable::count(&self.cube, &dimensions, &ProfileSchema::default(), FIRST, 20).expect("a table");
        let respondents = self.respondents(self.responses.iter().copied());
        let responses = table.responses(&respondents, FIRST, FIRST.plus_days(from), FIRST.plus_days(until));
        responses
            .as_slice()
            .iter()
            .map(|response| (response.customer, response.week, response.cell, response.net))
            .collect()
    }
}

fn need() -> RespondentNeed {
    let decision = fixture::decision(1, FIRST.plus_days(21), 12);
    RespondentNeed::of(std::slice::from_ref(&decision), std::slice::from_ref(&decision), &HashMap::new())
        .expect("a need")
}

#[test]
fn a_row_takes_sixteen_bytes_and_one_response_alone_none() {
    assert_eq!(size_of::<RespondentRow>(), 16);
    let fixture = RespondentFixture::new(|at| at, |at| at);
    let respondents = fixture.respondents(fixture.responses.iter().copied());
    assert_eq!(respondents.len(), 9, "eleven responses without those of the two who responded once");
    assert!(respondents.serves(DecisionId(1)) && !respondents.serves(DecisionId(2)));
    assert!(respondents.covers(&need()));
}

#[test]
fn the_order_in_which_responses_are_read_changes_nothing() {
    let fixture = RespondentFixture::new(|at| at, |at| at);
    let forwards = fixture.respondents(fixture.responses.iter().copied());
    assert_eq!(fixture.respondents(fixture.responses.iter().rev().copied()), forwards);
}

#[test]
fn customers_are_numbered_by_their_histories_in_the_cells_of_the_whole_table() {
    // Cell 0 is that of the empty profile, which has no responses; APAC, EU and US follow.
    let expected = [
        (0, 0, 2, 1),
        (0, 2, 2, -1),
        (1, 0, 2, 1),
        (1, 2, 2, -1),
        (2, 0, 3, 0),
        (2, 1, 2, 1),
        (2, 4, 1, -1),
        (3, 1, 3, -1),
        (3, 1, 3, 1),
    ];
    assert_eq!(RespondentFixture::new(|at| at, |at| at).located(0, 100), expected);
}

#[test]
fn responses_do_not_depend_on_the_ids_of_customers_or_profiles() {
    let expected = RespondentFixture::new(|at| at, |at| at).located(0, 100);
    assert_eq!(RespondentFixture::new(|at| 100 - at, |at| 7 * at).located(0, 100), expected);
    assert_eq!(RespondentFixture::new(|at| 5 * at % 7, |at| 50 - at).located(0, 100), expected);
}

#[test]
fn responses_outside_the_range_are_left_out() {
    let fixture = RespondentFixture::new(|at| at, |at| at);
    // Of the one who moves two responses are left; of the first two one each, and they are dropped.
    assert_eq!(fixture.located(1, 15), [(0, 0, 3, 0), (0, 1, 2, 1), (1, 1, 3, -1), (1, 1, 3, 1)]);
    assert_eq!(fixture.located(-100, 15), fixture.located(0, 15), "there is no week before week 0");
    assert_eq!(fixture.located(50, 100), []);
}
