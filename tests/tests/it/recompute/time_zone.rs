//! Another reporting time zone: responses near midnight move to another day, and some to another week.

use chrono_tz::America::New_York;
use entity::{Calendar, Period, store};
use jobs::recompute::{self, RunContext};
use needle_analytics::analytics_cache::Analytics;
use needle_analytics::period::SeriesGrain;
use needle_tests::{DatabaseContents, ImportFixture, RunFixture, TestDatabase, day, on_both_databases, stale_weeks};

/// In New York the first is of a Sunday, the second of a Tuesday; the third is of a Monday everywhere.
const RESPONSES: &str = "\
response_id,score,responded_at
sunday,10,2024-07-01T03:59:59Z
tuesday,0,2024-07-03T02:00:00Z
monday,8,2024-07-01T12:00:00Z
";

/// The days and weeks that have responses, with their number.
async fn days_and_weeks(test: &TestDatabase, calendar: Calendar) -> [Vec<(String, u64)>; 2] {
    let analytics = Analytics::load(&test.database, calendar).await.expect("figures");
    [SeriesGrain::Day, SeriesGrain::Week].map(|grain| {
        let points = analytics.series(None, Period::default(), grain).expect("a series");
        let points = points.into_iter().filter(|point| point.counts.responses() > 0);
        points.map(|point| (point.start.to_string(), point.counts.responses())).collect()
    })
}

fn counted<const N: usize>(pairs: [(&str, u64); N]) -> Vec<(String, u64)> {
    pairs.into_iter().map(|(start, responses)| (start.to_owned(), responses)).collect()
}

async fn responses_near_midnight_move_to_their_other_day_and_week(test: &TestDatabase) {
    ImportFixture::of(test).add_responses(RESPONSES).await;
    let analyst = RunFixture::at(test, "2024-07-15T12:00:00Z");
    analyst.run().await;
    let utc = analyst.context.calendar.get();
    assert_eq!(
        days_and_weeks(test, utc).await,
        [counted([("2024-07-01", 2), ("2024-07-03", 1)]), counted([("2024-07-01", 3)])]
    );
    let calendar = recompute::change_time_zone(&test.database, New_York).await.expect("changed");
    assert_eq!(calendar.zone, New_York);
    assert_eq!(store::setting::calendar(test.database.writer(), Some(New_York)).await.expect("the zone"), calendar);
    assert_eq!(stale_weeks(&test.database).await, ["2024-06-24".to_owned(), "2024-07-01".to_owned()].into());
    assert_eq!(DatabaseContents::of(&test.database).await.response("sunday").day, day("2024-06-30").to_string());
    let context = RunContext { calendar: calendar.into(), ..analyst.context };
    let run = RunFixture { context }.run_full().await;
    assert_eq!((run.version, run.responses_seen, run.weeks_counted), (Some(2), 3, 2));
    assert_eq!(
        days_and_weeks(test, calendar).await,
        [
            counted([("2024-06-30", 1), ("2024-07-01", 1), ("2024-07-02", 1)]),
            counted([("2024-06-24", 1), ("2024-07-01", 2)])
        ]
    );
    assert!(stale_weeks(&test.database).await.is_empty());
}

on_both_databases!(responses_near_midnight_move_to_their_other_day_and_week);
