//! The reporting time zone belongs to the database.

use chrono_tz::{Europe, UTC};
use entity::StoreError;
use entity::store::setting;
use needle_tests::{TestDatabase, on_both_databases};

async fn a_database_without_a_zone_reports_in_utc_from_then_on(test: &TestDatabase) {
    let writer = test.database.writer();
    assert_eq!(setting::calendar(writer, None).await.expect("a calendar").zone, UTC);
    assert_eq!(setting::calendar(writer, Some(UTC)).await.expect("a calendar").zone, UTC);
    let refused = setting::calendar(writer, Some(Europe::Berlin)).await.expect_err("another zone");
    assert!(
        matches!(&refused, StoreError::TimeZoneDiffers { stored, requested }
        if stored == "UTC" && requested == "Europe/Berlin"),
        "{refused}"
    );
}

async fn the_first_zone_stays_until_it_is_changed(test: &TestDatabase) {
    let writer = test.database.writer();
    setting::calendar(writer, Some(Europe::Berlin)).await.expect("a calendar");
    assert_eq!(setting::calendar(writer, None).await.expect("a calendar").zone, Europe::Berlin);
    setting::change_time_zone(writer, Europe::Madrid).await.expect("changed");
    assert_eq!(setting::calendar(writer, Some(Europe::Madrid)).await.expect("a calendar").zone, Europe::Madrid);
}

on_both_databases!(a_database_without_a_zone_reports_in_utc_from_then_on, the_first_zone_stays_until_it_is_changed);
