//! The ids of responses whose file gives none.

use ::migration::Migrator;
use needle_tests::{DatabaseContents, TestDatabase, on_both_databases, timestamp};
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::MigratorTrait;
use sha2::{Digest as _, Sha256};

use super::{counts, importer};

const FILE: &str = "Email,Score,Comment,Created At\n\
                    ada@example.com,9,fine,2024-07-01 10:00:00\nbob@example.com,3,,2024-07-02 11:00:00\n";

async fn ids(test: &TestDatabase) -> Vec<String> {
    let contents = DatabaseContents::of(&test.database).await;
    contents.responses.into_keys().map(|(_, external_id)| external_id).collect()
}

/// What anybody can compute who knows an address and a moment, and what older versions stored.
fn digest(address: &str, moment: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update((address.len() as u64).to_le_bytes());
    hasher.update(address);
    hasher.update(timestamp(moment).0.to_le_bytes());
    hasher.finalize()[..16].iter().fold("digest:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

async fn an_id_that_we_make_tells_nobody_who_answered(test: &TestDatabase) {
    assert_eq!(counts(&importer(test).responses(FILE).await), (2, 0, 0, 0));
    let made = ids(test).await;
    assert!(made.iter().all(|id| id.starts_with("keyed:") && id.len() == 38), "{made:?}");
    assert_eq!(counts(&importer(test).responses(FILE).await), (0, 0, 2, 0), "the same each time");
    // Another database has another secret.
    test.database
        .writer()
        .execute_unprepared("UPDATE setting SET value = 'another' WHERE name = 'id_secret'")
        .await
        .expect("another secret");
    assert_eq!(counts(&importer(test).dry().responses(FILE).await), (2, 0, 0, 0));
}

async fn files_of_before_the_ids_were_keyed_change_nothing_when_they_come_again(test: &TestDatabase) {
    importer(test).add_responses(FILE).await;
    let keyed = ids(test).await;
    for (address, moment, score) in
        [("ada@example.com", "2024-07-01T10:00:00Z", 9), ("bob@example.com", "2024-07-02T11:00:00Z", 3)]
    {
        let id = digest(address, moment);
        let update = format!("UPDATE response SET external_id = '{id}' WHERE score = {score}");
        test.database.writer().execute_unprepared(&update).await.expect("as older versions stored it");
    }
    assert!(ids(test).await.iter().all(|id| id.starts_with("digest:")));
    let steps = ::migration::status(test.database.writer()).await.expect("steps");
    let newer = steps.iter().skip_while(|step| step.name != "m0020_keyed_id").count();
    Migrator::down(test.database.writer(), u32::try_from(newer).ok()).await.expect("down");
    Migrator::up(test.database.writer(), None).await.expect("up");
    assert_eq!(ids(test).await, keyed);
    assert_eq!(counts(&importer(test).responses(FILE).await), (0, 0, 2, 0));
}

on_both_databases!(
    an_id_that_we_make_tells_nobody_who_answered,
    files_of_before_the_ids_were_keyed_change_nothing_when_they_come_again,
);
