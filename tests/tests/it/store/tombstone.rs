//! Tombstones: an erased id is recognised by its kind, and only under the database's own secret.

use std::collections::HashSet;

use entity::store::setting;
use entity::store::tombstone::{self, ErasedKind, digest};
use needle_tests::{TestDatabase, on_both_databases};

async fn an_erased_id_is_found_and_no_other(test: &TestDatabase) {
    let erased = [digest("secret", ErasedKind::Customer, "c1"), digest("secret", ErasedKind::Response("needle"), "r1")];
    tombstone::insert(test.database.writer(), erased.to_vec()).await.expect("put up");
    tombstone::insert(test.database.writer(), erased.to_vec()).await.expect("put up again");
    let mut requested = vec![
        digest("secret", ErasedKind::Customer, "c2"),
        digest("secret", ErasedKind::Customer, "r1"),
        digest("secret", ErasedKind::Response("needle"), "c1"),
        digest("secret", ErasedKind::Response("delighted"), "r1"),
        digest("secret", ErasedKind::Response("needler"), "1"),
        digest("another secret", ErasedKind::Customer, "c1"),
    ];
    assert!(tombstone::among(test.database.reader(), &requested).await.expect("a reply").is_empty());
    requested.extend(erased.clone());
    let found = tombstone::among(test.database.reader(), &requested).await.expect("a reply");
    assert_eq!(found, HashSet::from(erased));
}

async fn the_first_secret_is_never_replaced(test: &TestDatabase) {
    let (writer, reader) = (test.database.writer(), test.database.reader());
    assert_eq!(setting::existing_tombstone_secret(reader).await.expect("a reply"), None);
    assert_eq!(setting::tombstone_secret(writer, "first").await.expect("a secret"), "first");
    assert_eq!(setting::tombstone_secret(writer, "second").await.expect("a secret"), "first");
    assert_eq!(setting::existing_tombstone_secret(reader).await.expect("a reply").as_deref(), Some("first"));
}

on_both_databases!(an_erased_id_is_found_and_no_other, the_first_secret_is_never_replaced);
