//! Tokens: in force until revoked, one per name at a time.

use entity::store::token;
use entity::token::Role;
use needle_tests::{TestDatabase, on_both_databases, timestamp};

use super::NOW;

async fn a_token_is_in_force_until_it_is_revoked(test: &TestDatabase) {
    let (writer, reader) = (test.database.writer(), test.database.reader());
    for (name, role, digest) in [("ada", Role::Leader, 1), ("bob", Role::Viewer, 2)] {
        token::insert(writer, name, role, vec![digest; 32], timestamp(NOW)).await.expect("inserted");
    }
    let found = token::in_force(reader, &[1; 32]).await.expect("a reply").expect("a token");
    assert_eq!((found.name.as_str(), found.role, found.created_at), ("ada", Role::Leader, timestamp(NOW)));
    assert_eq!(token::in_force(reader, &[3; 32]).await.expect("a reply"), None);
    assert!(token::revoke(writer, "ada", timestamp(NOW)).await.expect("a reply"));
    assert!(!token::revoke(writer, "ada", timestamp(NOW)).await.expect("a reply"), "it was revoked before");
    assert!(!token::revoke(writer, "nobody", timestamp(NOW)).await.expect("a reply"));
    assert_eq!(token::in_force(reader, &[1; 32]).await.expect("a reply"), None);
    assert!(token::in_force(reader, &[2; 32]).await.expect("a reply").is_some());
}

async fn a_name_has_one_token_at_a_time_and_may_have_another_later(test: &TestDatabase) {
    let writer = test.database.writer();
    token::insert(writer, "ada", Role::Admin, vec![1; 32], timestamp(NOW)).await.expect("inserted");
    let second =
        token::insert(writer, "ada", Role::Admin, vec![2; 32], timestamp(NOW)).await.expect_err("a second ada");
    assert!(second.is_conflict(), "{second}");
    token::revoke(writer, "ada", timestamp(NOW)).await.expect("revoked");
    token::insert(writer, "ada", Role::Ingest, vec![2; 32], timestamp(NOW)).await.expect("inserted");
    let all = token::all(test.database.reader()).await.expect("tokens");
    let states: Vec<_> = all.iter().map(|row| (row.role, row.revoked_at.is_some())).collect();
    assert_eq!(states, [(Role::Admin, true), (Role::Ingest, false)]);
}

on_both_databases!(a_token_is_in_force_until_it_is_revoked, a_name_has_one_token_at_a_time_and_may_have_another_later,);
