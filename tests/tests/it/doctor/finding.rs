//! Each finding, caused by a real fault.

use entity::store::{lease, pending_removal, run};
use jobs::doctor::{DoctorFinding, FindingLevel, is_healthy};
use needle_tests::{ImportFixture, TestDatabase, day, on_both_databases, request, timestamp};
use sea_orm::DbBackend;

use super::{END, examine_database, execute, find, healthy, serious};

const PROBLEM: FindingLevel = FindingLevel::Problem;
const WARNING: FindingLevel = FindingLevel::Warning;

async fn a_healthy_database_has_neither_problems_nor_warnings(test: &TestDatabase) {
    healthy(test).await;
    for quick in [false, true] {
        let found = examine_database(test, quick, END).await;
        // The tests' clock always shows the same time in 2024, the server's clock does not.
        let of_tests = |entry: &&(&str, &str, FindingLevel)| entry.1 != "clock-skew";
        assert_eq!(serious(&found).iter().filter(of_tests).count(), 0, "{found:#?}");
    }
}

async fn a_changed_response_without_a_mark_is_noticed_by_counting(test: &TestDatabase) {
    let analyst = healthy(test).await;
    execute(test, "UPDATE response SET score = (score + 1) % 11 WHERE id = (SELECT MIN(id) FROM response WHERE score IS NOT NULL)").await;
    let found = examine_database(test, false, END).await;
    let differs = find(&found, "tally-differs");
    assert_eq!((differs.area, differs.level), ("tally", PROBLEM));
    assert!(differs.message.contains("1 week, first in that of 2024-01-01"), "{differs:?}");
    assert!(
        examine_database(test, true, END).await.iter().all(|finding| finding.code != "tally-differs"),
        "quick does not count"
    );
    analyst.run_full().await;
    assert!(
        examine_database(test, false, END)
            .await
            .iter()
            .all(|finding| finding.area != "tally" || finding.level == FindingLevel::Ok)
    );
}

async fn customers_with_one_address_are_named_until_they_are_merged(test: &TestDatabase) {
    healthy(test).await;
    let importer = ImportFixture::of(test).at(END);
    importer.add_customers("customer_id,email\nada,Ada@example.org\nlund,ada@example.org\nbo,bo@example.org\n").await;
    let found = examine_database(test, true, END).await;
    let shared = find(&found, "shared-address");
    assert!(
        shared.message.starts_with("1 address belongs to several customers, such as \"ada\" and \"lund\""),
        "{shared:?}"
    );
    needle_rules::merge::merge(&importer.context, "lund", "ada", "tester").await.expect("merged");
    assert!(examine_database(test, true, END).await.iter().all(|finding| finding.code != "shared-address"));
}

async fn an_import_that_stopped_on_its_way_is_named_until_it_is_finished_or_undone(test: &TestDatabase) {
    healthy(test).await;
    let importer = ImportFixture::of(test).at("2024-08-28T04:00:00Z");
    let file = "response_id,score,responded_at\nmore,3,2024-02-07\n";
    importer.add_responses(file).await;
    let stop = "UPDATE import SET finished_at = NULL WHERE id = (SELECT MAX(id) FROM import)";
    execute(test, stop).await;
    let named = async || {
        let found = examine_database(test, true, END).await;
        found.into_iter().find(|finding| finding.code == "unfinished-import")
    };
    let finding = named().await.expect("a finding");
    assert_eq!((finding.area, finding.level), ("imports", WARNING));
    assert!(finding.message.ends_with("of \"file.csv\" stopped on its way, after 1 row"), "{finding:?}");
    assert_eq!(importer.responses(file).await.unchanged, 1);
    assert_eq!(named().await, None, "imported again");
    execute(test, stop).await;
    let newest = entity::store::import::all(test.database.reader()).await.expect("imports");
    for import in newest.iter().take(2) {
        assert!(named().await.is_some());
        needle_rules::import::undo(&importer.context, import.id, "tester").await.expect("undone");
    }
    assert_eq!(named().await, None, "undone");
    execute(test, "UPDATE import SET finished_at = NULL, started_at = started_at + 36000000000").await;
    assert_eq!(named().await, None, "they may still be going on");
}

async fn a_stale_week_may_differ_until_the_next_run(test: &TestDatabase) {
    healthy(test).await;
    let more = "response_id,score,responded_at\nlate,3,2024-02-07\n";
    assert_eq!(ImportFixture::of(test).at(END).responses(more).await.accepted, 1);
    let found = examine_database(test, false, END).await;
    assert!(found.iter().all(|finding| finding.area != "tally" || finding.level == FindingLevel::Ok), "{found:#?}");
    assert!(find(&found, "stale-weeks").message.contains("1 week waits"), "{found:#?}");
}

async fn a_damaged_block_and_a_missing_one_are_named(test: &TestDatabase) {
    healthy(test).await;
    let (damaged, lost) = (day("2024-03-04").0, day("2024-03-11").0);
    let nonsense = if test.database.backend() == DbBackend::Postgres { "'\\x00'" } else { "x'00'" };
    execute(test, &format!("UPDATE tally SET block = {nonsense} WHERE week = {damaged}")).await;
    execute(test, &format!("DELETE FROM tally WHERE week = {lost}")).await;
    let found = examine_database(test, false, END).await;
    assert!(find(&found, "tally-damaged").message.contains("2024-03-04"), "{found:#?}");
    assert!(find(&found, "tally-missing").message.contains("2024-03-11"), "{found:#?}");
    assert!(!is_healthy(&found));
    assert_eq!(find(&examine_database(test, true, END).await, "tally-damaged").level, PROBLEM);
}

async fn a_response_on_another_day_than_its_own_is_noticed(test: &TestDatabase) {
    healthy(test).await;
    execute(test, "UPDATE response SET answered_at = answered_at - 86400000000 WHERE id = 1").await;
    let found = examine_database(test, false, END).await;
    assert_eq!(find(&found, "wrong-day").level, PROBLEM);
    assert!(find(&found, "wrong-day").message.starts_with("on 1 day,"), "{found:#?}");
}

async fn responses_and_runs_of_the_future_are_noticed(test: &TestDatabase) {
    healthy(test).await;
    let found = examine_database(test, true, "2024-08-20T00:00:00Z").await;
    assert_eq!(find(&found, "future-answers").level, WARNING);
    assert_eq!(find(&found, "clock-went-back").level, WARNING);
}

async fn broken_references_are_noticed(test: &TestDatabase) {
    healthy(test).await;
    if test.database.backend() == DbBackend::Postgres {
        execute(test, "ALTER TABLE response DROP CONSTRAINT response_profile_id_fkey").await;
        execute(test, "DELETE FROM profile WHERE id = (SELECT MIN(profile_id) FROM response)").await;
    } else {
        execute(test, "PRAGMA foreign_keys = OFF").await;
        execute(test, "DELETE FROM profile WHERE id = (SELECT MIN(profile_id) FROM response)").await;
        execute(test, "PRAGMA foreign_keys = ON").await;
    }
    let found = examine_database(test, false, END).await;
    let broken = find(&found, "broken-reference");
    assert!(broken.level == PROBLEM && broken.message.contains("response") && broken.message.contains("profile"));
}

async fn an_old_publication_is_a_warning_and_none_is_a_note(test: &TestDatabase) {
    assert_eq!(find(&examine_database(test, true, END).await, "nothing-published").level, FindingLevel::Note);
    healthy(test).await;
    assert!(
        serious(&examine_database(test, true, "2024-09-05T06:00:00Z").await)
            .iter()
            .all(|entry| entry.1 != "old-publication")
    );
    let found = examine_database(test, true, "2024-09-06T06:00:00Z").await;
    assert_eq!(find(&found, "old-publication").level, WARNING);
}

async fn a_publication_that_its_run_did_not_make_is_noticed(test: &TestDatabase) {
    healthy(test).await;
    execute(test, "UPDATE publication SET version = version + 5").await;
    let found = examine_database(test, true, END).await;
    assert_eq!(find(&found, "publication-differs").level, PROBLEM);
    assert!(find(&found, "publication-differs").message.starts_with("version 6 is recorded"), "{found:#?}");
}

async fn leases_of_vanished_processes_and_their_runs_are_reported(test: &TestDatabase) {
    let analyst = healthy(test).await;
    let now = timestamp(END);
    let claimed = jobs::recompute::claim(&analyst.context, &request(), None).await.expect("a claim").run.id;
    assert!(
        examine_database(test, true, END).await.iter().all(|finding| finding.code != "abandoned-run"),
        "it may wait"
    );
    let writer = test.database.writer();
    // A process of this machine whose process id now belongs to this test, which started later.
    let alive = jobs::recompute::process_name();
    let (place, _) = alive.rsplit_once(' ').expect("a name of three parts");
    let dead = format!("{place} 1");
    let fence = lease::take(writer, "publish", &dead, now, now.plus_seconds(12), now.plus_seconds(900))
        .await
        .expect("a reply")
        .expect("free");
    run::start_under_fence(writer, claimed, fence, timestamp("2024-01-01T00:00:00Z"), now).await.expect("its turn");
    let found = examine_database(test, true, END).await;
    assert_eq!(find(&found, "dead-holder").level, WARNING);
    assert_eq!(find(&found, "abandoned-run").level, WARNING);
    lease::release(writer, "publish", fence).await.expect("released");
    let fence = lease::take(writer, "publish", &alive, now, now.plus_seconds(12), now.plus_seconds(900))
        .await
        .expect("a reply")
        .expect("free");
    run::start_under_fence(writer, claimed, fence, timestamp("2024-01-01T00:00:00Z"), now).await.expect("its turn");
    let found = examine_database(test, true, END).await;
    assert!(found.iter().all(|finding| finding.area != "leases" || finding.level == FindingLevel::Ok), "{found:#?}");
    lease::renew(writer, "publish", fence, now.plus_seconds(3_600)).await.expect("renewed");
    assert_eq!(find(&examine_database(test, true, END).await, "far-lease").level, PROBLEM);
}

async fn dimensions_settings_and_tokens_are_examined(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(END);
    let row = |at: usize| format!("r{at},9,2024-07-01,order {at},{}\n", at % 900);
    let rows: String = (0..1_100).map(row).collect();
    importer.add_responses(format!("response_id,score,responded_at,order,shop\n{rows}")).await;
    let found = examine_database(test, false, END).await;
    assert!(find(&found, "kept-out").message.contains("\"order\""), "{found:#?}");
    assert!(find(&found, "close-to-limit").message.contains("\"shop\" has 900"), "{found:#?}");
    for code in ["no-admin-token", "no-primary-customer", "no-time-zone"] {
        assert_eq!(find(&found, code).level, FindingLevel::Note);
    }
    execute(test, "INSERT INTO dimension_value (name, value) VALUES ('shop', 'unused')").await;
    execute(test, "INSERT INTO setting (name, value) VALUES ('time_zone', 'Mars/Olympus')").await;
    let found = examine_database(test, false, END).await;
    assert!(find(&found, "unused-values").message.contains("1 value of the attribute \"shop\""), "{found:#?}");
    assert_eq!(find(&found, "miscounted-values").level, WARNING);
    assert_eq!(find(&found, "unknown-time-zone").level, PROBLEM);
}

async fn the_clock_of_a_server_is_compared_with_ours(test: &TestDatabase) {
    let found = examine_database(test, true, END).await;
    let skew = found.iter().find(|finding| finding.code == "clock-skew");
    let expected = (test.database.backend() == DbBackend::Postgres).then_some(PROBLEM);
    assert_eq!(skew.map(|finding| finding.level), expected, "{found:#?}");
}

async fn a_large_table_that_was_never_analyzed_is_reported(test: &TestDatabase) {
    let filler = match test.database.backend() {
        DbBackend::Postgres => {
            "INSERT INTO profile (digest, attributes) VALUES ('\\x00', '{}'); ALTER TABLE response SET (autovacuum_enabled = off); \
            INSERT INTO response (source, external_id, profile_id, score, answered_at, day) SELECT 'x', 'response ' || n, 1, 9, 0, 0 FROM generate_series(1, 80000) AS n"
        }
        _ => {
            "INSERT INTO profile (digest, attributes) VALUES (x'00', '{}'); \
            INSERT INTO response (source, external_id, profile_id, score, answered_at, day) \
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 80000) SELECT 'x', n, 1, 9, 0, 0 FROM numbers"
        }
    };
    execute(test, filler).await;
    let found = examine_database(test, true, END).await;
    assert!(find(&found, "not-analyzed").area == "upkeep", "{found:#?}");
    // While the server still has an older transaction, a VACUUM leaves pages for the next one.
    let is_maintained = |found: &[DoctorFinding]| {
        found.iter().all(|finding| finding.area != "upkeep" || finding.level == FindingLevel::Ok)
    };
    for _ in 0..50 {
        entity::store::tally::analyze(test.database.writer()).await.expect("analyzed");
        if is_maintained(&examine_database(test, true, END).await) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("still not maintained: {:#?}", examine_database(test, true, END).await);
}

async fn due_missed_and_failed_slots_are_reported(test: &TestDatabase) {
    use entity::Timestamp;
    use entity::slot::{Job, Model as Slot, SlotState};
    healthy(test).await;
    let slot = |job, hour: i64, state, error: Option<&str>| {
        let timestamp = timestamp(END).plus_seconds(-3_600 * hour);
        Slot {
            job,
            slot: timestamp,
            state,
            is_catch_up: false,
            not_before: timestamp,
            owner: String::new(),
            fence: 0,
            held_until: Timestamp(0),
            attempts: 4,
            finished_at: error.map(|_| timestamp),
            error: error.map(str::to_owned),
        }
    };
    let slots = vec![
        slot(Job::Daily, 1, SlotState::Due, None),
        slot(Job::Daily, 25, SlotState::Missed, Some("no worker was running")),
        slot(Job::Weekly, 2, SlotState::Failed, Some("the disk was full")),
    ];
    entity::store::slot::put_new(test.database.writer(), slots).await.expect("written");
    let found = examine_database(test, true, END).await;
    assert!(find(&found, "long-due").message.contains("daily"), "{found:#?}");
    assert_eq!(find(&found, "missed-slot").level, FindingLevel::Warning);
    let failed = find(&found, "failed-slot");
    assert!(failed.level == PROBLEM && failed.message.contains("the disk was full"), "{failed:?}");
}

async fn erased_data_that_stays_in_the_files_for_too_long_is_reported(test: &TestDatabase) {
    healthy(test).await;
    let hours_ago = |hours: i64| timestamp(END).plus_seconds(-hours * 3_600);
    pending_removal::add(test.database.writer(), hours_ago(9), hours_ago(0)).await.expect("added");
    let found = examine_database(test, true, END).await;
    assert!(found.iter().all(|finding| finding.code != "erased-data-in-files"), "not due for long: {found:#?}");
    pending_removal::add(test.database.writer(), hours_ago(9), hours_ago(2)).await.expect("added");
    let found = examine_database(test, true, END).await;
    let late = find(&found, "erased-data-in-files");
    assert_eq!((late.area, late.level), ("upkeep", WARNING));
    assert!(late.message.ends_with("(erasures: 1)"), "{late:?}");
}

on_both_databases!(
    erased_data_that_stays_in_the_files_for_too_long_is_reported,
    due_missed_and_failed_slots_are_reported,
    a_healthy_database_has_neither_problems_nor_warnings,
    a_changed_response_without_a_mark_is_noticed_by_counting,
    customers_with_one_address_are_named_until_they_are_merged,
    an_import_that_stopped_on_its_way_is_named_until_it_is_finished_or_undone,
    a_stale_week_may_differ_until_the_next_run,
    a_damaged_block_and_a_missing_one_are_named,
    a_response_on_another_day_than_its_own_is_noticed,
    responses_and_runs_of_the_future_are_noticed,
    broken_references_are_noticed,
    an_old_publication_is_a_warning_and_none_is_a_note,
    a_publication_that_its_run_did_not_make_is_noticed,
    leases_of_vanished_processes_and_their_runs_are_reported,
    dimensions_settings_and_tokens_are_examined,
    the_clock_of_a_server_is_compared_with_ours,
    a_large_table_that_was_never_analyzed_is_reported,
);
