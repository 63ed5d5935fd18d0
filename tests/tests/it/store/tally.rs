//! Counting: one GROUP BY returns what counting in memory gives, in order.

use std::collections::{BTreeMap, BTreeSet};

use entity::store::response::NewResponse;
use entity::store::tally::{self, DailyCount};
use entity::tally::Model;
use entity::{Attributes, Day};
use needle_tests::{TestDatabase, day, on_both_databases};

use super::{insert, intern, new_response, region};

/// A few hundred responses over five weeks by three kinds of customers, a fifth of them without a score.
async fn many_responses(test: &TestDatabase) -> Vec<NewResponse> {
    let mut profiles = Vec::new();
    for name in ["EU", "US", "APAC"] {
        profiles.push(intern(&test.database, &region(name)).await);
    }
    let responses: Vec<NewResponse> = (0_u16..700)
        .map(|at| NewResponse {
            day: day("2024-06-26").plus_days(i32::from(at * 13 % 35)),
            ..new_response(
                &format!("r{at}"),
                profiles[usize::from(at * 7 % 3)],
                (at % 5 != 0).then(|| i16::try_from(at * 3 % 11).expect("small")),
                "2024-07-01",
            )
        })
        .collect();
    insert(&test.database, &responses).await;
    responses
}

async fn counted(test: &TestDatabase, from: Day, until: Day) -> Vec<(Day, i64, i16, i64)> {
    let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
    let mut counts = Vec::new();
    let note = |count: DailyCount| counts.push((count.day, count.profile.0, count.score, count.count));
    tally::count(&snapshot, from, until, note).await.expect("counted");
    counts
}

async fn counts_equal_those_made_in_memory_and_are_in_order(test: &TestDatabase) {
    let responses = many_responses(test).await;
    for (from, until) in [
        ("2024-01-01", "2025-01-01"),
        ("2024-07-01", "2024-07-08"),
        ("2024-07-03", "2024-07-04"),
        ("2024-07-03", "2024-07-03"),
        ("2030-01-01", "2031-01-01"),
    ] {
        let mut by_hand: BTreeMap<(Day, i64, i16), i64> = BTreeMap::new();
        for response in responses.iter().filter(|response| (day(from)..day(until)).contains(&response.day)) {
            if let Some(score) = response.score {
                *by_hand.entry((response.day, response.profile_id.0, score)).or_default() += 1;
            }
        }
        let by_hand: Vec<_> = by_hand.into_iter().map(|((day, profile, score), n)| (day, profile, score, n)).collect();
        assert_eq!(counted(test, day(from), day(until)).await, by_hand, "{from} until {until}");
    }
}

async fn the_extent_is_that_of_scored_responses(test: &TestDatabase) {
    assert_eq!(tally::extent(test.database.reader()).await.expect("a reply"), None);
    let profile = intern(&test.database, &Attributes::default()).await;
    insert(&test.database, &[new_response("open early", profile, None, "2024-06-01")]).await;
    assert_eq!(tally::extent(test.database.reader()).await.expect("a reply"), None);
    insert(
        &test.database,
        &[
            new_response("first", profile, Some(0), "2024-07-01"),
            new_response("last", profile, Some(10), "2024-07-09"),
            new_response("open late", profile, None, "2024-08-01"),
        ],
    )
    .await;
    let extent = tally::extent(test.database.reader()).await.expect("a reply");
    assert_eq!(extent, Some((day("2024-07-01"), day("2024-07-10"))));
}

async fn replacing_touches_the_named_weeks_only(test: &TestDatabase) {
    let block = |week: &str, responses: u8| Model {
        week: day(week),
        block: vec![responses; 100_000],
        checksum: vec![responses; 16],
        responses: responses.into(),
    };
    let writer = test.database.writer();
    let weeks = |names: &[&str]| names.iter().map(|week| day(week)).collect::<BTreeSet<_>>();
    let first = ["2024-07-01", "2024-07-08", "2024-07-15"];
    tally::replace(writer, &weeks(&first), first.map(|week| block(week, 1)).into()).await.expect("first");
    // The first week changes, the second one has no responses any more, the third one is not named.
    tally::replace(writer, &weeks(&first[..2]), vec![block(first[0], 2)]).await.expect("second");
    let all = tally::all(test.database.reader()).await.expect("blocks");
    assert_eq!(all, [block(first[0], 2), block(first[2], 1)]);
    let requested = [day(first[2]), day(first[1])];
    assert_eq!(tally::of_weeks(test.database.reader(), &requested).await.expect("blocks"), all[1..]);
    tally::replace(writer, &weeks(&first), Vec::new()).await.expect("no responses any more");
    assert!(tally::all(test.database.reader()).await.expect("blocks").is_empty());
}

on_both_databases!(
    counts_equal_those_made_in_memory_and_are_in_order,
    the_extent_is_that_of_scored_responses,
    replacing_touches_the_named_weeks_only,
);
