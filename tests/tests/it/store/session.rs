//! Sessions: in force until they expire, are ended, or their token is revoked.

use entity::session::Model;
use entity::store::{session, token};
use entity::token::Role;
use needle_tests::{TestDatabase, on_both_databases, timestamp};

use super::NOW;

fn of(name: &str, digest: u8, token_id: Option<i64>) -> Model {
    let created_at = timestamp(NOW);
    let expires_at = created_at.plus_seconds(3_600);
    Model {
        id: 0,
        digest: vec![digest; 32],
        token_id,
        name: name.to_owned(),
        role: Role::Leader,
        created_at,
        expires_at,
    }
}

async fn a_session_is_in_force_until_it_expires_or_is_ended(test: &TestDatabase) {
    let (writer, reader) = (test.database.writer(), test.database.reader());
    for (name, digest) in [("ada", 1), ("ada", 2), ("bob", 3), ("bob", 4)] {
        session::begin(writer, of(name, digest, None)).await.expect("begun");
    }
    let in_force = |digest: u8, after_seconds: i64| async move {
        let now = timestamp(NOW).plus_seconds(after_seconds);
        session::in_force(reader, &[digest; 32], now).await.expect("a reply").map(|found| found.name)
    };
    assert_eq!(in_force(1, 3_599).await.as_deref(), Some("ada"));
    assert_eq!((in_force(1, 3_600).await, in_force(9, 0).await), (None, None));
    assert!(session::end(writer, &[1; 32]).await.expect("a reply"));
    assert!(!session::end(writer, &[1; 32]).await.expect("a reply"));
    assert_eq!((in_force(1, 0).await, in_force(2, 0).await.as_deref()), (None, Some("ada")));
    assert_eq!(session::end_all_of(writer, "bob").await.expect("a reply"), 2);
    assert_eq!((in_force(3, 0).await, in_force(4, 0).await), (None, None));
    // The next sign-in deletes expired sessions.
    let later = Model { created_at: timestamp(NOW).plus_seconds(7_200), ..of("ada", 5, None) };
    session::begin(writer, later).await.expect("begun");
    assert_eq!(test.row_counts().await["session"], 1);
}

async fn a_session_ends_with_its_token(test: &TestDatabase) {
    let (writer, reader) = (test.database.writer(), test.database.reader());
    token::insert(writer, "ada", Role::Leader, vec![7; 32], timestamp(NOW)).await.expect("a token");
    let id = token::in_force(reader, &[7; 32]).await.expect("a reply").expect("a token").id;
    session::begin(writer, of("ada", 1, Some(id))).await.expect("begun");
    assert!(session::in_force(reader, &[1; 32], timestamp(NOW)).await.expect("a reply").is_some());
    token::revoke(writer, "ada", timestamp(NOW)).await.expect("revoked");
    assert_eq!(session::in_force(reader, &[1; 32], timestamp(NOW)).await.expect("a reply"), None);
}

on_both_databases!(a_session_is_in_force_until_it_expires_or_is_ended, a_session_ends_with_its_token);
