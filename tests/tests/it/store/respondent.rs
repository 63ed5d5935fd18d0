//! Single responses: those that have a customer and a score and no others, read from the index alone.

use entity::customer::CustomerId;
use entity::store::customer::{self, NewCustomer};
use entity::store::respondent::{self, ScoredResponse};
use entity::store::response::NewResponse;
use entity::store::tally;
use entity::{Attributes, Day};
use needle_tests::{TestDatabase, day, on_both_databases, timestamp};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::{NOW, insert, intern, new_response, region};

/// A few hundred responses over five weeks: some without a score, some anonymous.
async fn many_responses(test: &TestDatabase) -> Vec<NewResponse> {
    let names: Vec<String> = (0..40).map(|at| format!("c{at}")).collect();
    let new = |external_id: &String| NewCustomer {
        external_id: external_id.clone(),
        email: None,
        name: None,
        attributes: Attributes::default(),
        import_id: None,
    };
    let writer = test.database.writer();
    customer::insert(writer, names.iter().map(new).collect(), timestamp(NOW)).await.expect("customers");
    let stored = customer::by_external_ids(writer, &names).await.expect("customers");
    let customers: Vec<CustomerId> = names.iter().map(|name| stored[name].id).collect();
    let profiles = [intern(&test.database, &region("EU")).await, intern(&test.database, &region("US")).await];
    let responses: Vec<NewResponse> = (0_u16..700)
        .map(|at| NewResponse {
            day: day("2024-06-26").plus_days(i32::from(at * 13 % 35)),
            customer_id: (at % 3 != 0).then(|| customers[usize::from(at * 11 % 40)]),
            ..new_response(
                &format!("r{at}"),
                profiles[usize::from(at % 2)],
                (at % 5 != 0).then(|| i16::try_from(at * 3 % 11).expect("small")),
                "2024-07-01",
            )
        })
        .collect();
    insert(&test.database, &responses).await;
    responses
}

async fn scanned(test: &TestDatabase, from: Day, until: Day) -> Vec<ScoredResponse> {
    let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
    let mut responses = Vec::new();
    respondent::scan(&snapshot, from, until, |response| responses.push(response)).await.expect("scanned");
    responses.sort_unstable();
    responses
}

async fn every_scored_response_with_a_customer_is_returned_once(test: &TestDatabase) {
    let responses = many_responses(test).await;
    for (from, until, are_any) in [
        ("2024-01-01", "2025-01-01", true),
        ("2024-07-01", "2024-07-08", true),
        ("2024-07-03", "2024-07-04", true),
        ("2024-07-03", "2024-07-03", false),
    ] {
        let within = responses.iter().filter(|response| (day(from)..day(until)).contains(&response.day));
        let expected = within.filter_map(|response| {
            let (customer, score) = response.customer_id.zip(response.score)?;
            Some(ScoredResponse { day: response.day, customer, profile: response.profile_id, score })
        });
        let mut by_hand: Vec<ScoredResponse> = expected.collect();
        by_hand.sort_unstable();
        assert_eq!(!by_hand.is_empty(), are_any);
        assert_eq!(scanned(test, day(from), day(until)).await, by_hand, "{from} until {until}");
    }
}

/// The database's query plan of a statement, in one text.
async fn plan(test: &TestDatabase, sql: &str) -> String {
    let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
    let (explain, column) = match test.database.backend() {
        DbBackend::Postgres => {
            // The planner prefers other scans for so few responses.
            let settings = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";
            snapshot.execute_unprepared(settings).await.expect("settings");
            ("EXPLAIN", 0)
        }
        _ => ("EXPLAIN QUERY PLAN", 3),
    };
    let statement = Statement::from_string(test.database.backend(), format!("{explain} {sql}"));
    let rows = snapshot.query_all_raw(statement).await.expect("a plan");
    rows.iter().map(|row| row.try_get_by_index::<String>(column).expect("text") + "\n").collect()
}

async fn responses_and_counts_are_read_from_the_index_alone(test: &TestDatabase) {
    many_responses(test).await;
    tally::analyze(test.database.writer()).await.expect("analyzed");
    let days = "FROM response WHERE day >= 19905 AND day < 19912 AND score IS NOT NULL";
    for sql in [
        format!("SELECT day, customer_id, profile_id, score {days} AND customer_id IS NOT NULL"),
        format!("SELECT day, profile_id, score, COUNT(*) {days} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
    ] {
        let plan = plan(test, &sql).await;
        let index = match test.database.backend() {
            DbBackend::Postgres => "Index Only Scan using response_tally",
            _ => "USING COVERING INDEX response_tally",
        };
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

on_both_databases!(
    every_scored_response_with_a_customer_is_returned_once,
    responses_and_counts_are_read_from_the_index_alone,
);
