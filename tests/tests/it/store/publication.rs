//! The one row that names the published version.

use entity::publication::Model;
use entity::store::publication;
use needle_tests::{TestDatabase, day, on_both_databases};

use super::start_run;

async fn the_publication_is_replaced_and_stays_one_row(test: &TestDatabase) {
    assert_eq!(publication::current(test.database.reader()).await.expect("a reply"), None);
    for (version, answers_before) in [(1, None), (2, Some(day("2024-07-08"))), (3, None)] {
        let run_id = start_run(&test.database).await;
        let published = Model { id: 1, version, run_id, as_of: day("2024-07-15"), answers_before, erasures: 0 };
        publication::put(test.database.writer(), published.clone()).await.expect("put");
        assert_eq!(publication::current(test.database.reader()).await.expect("a reply"), Some(published));
    }
    assert_eq!(test.row_counts().await["publication"], 1);
}

on_both_databases!(the_publication_is_replaced_and_stays_one_row);
