//! The report from both databases: it has the figures of the API, respects its readers' rights, and does not change for
//! the past.

mod delivery;
mod receiver;
mod sample;

use std::sync::Arc;

use entity::verdict::Verdict;
use entity::{Day, Period};
use jobs::report::{ReportAudience, ReportData, ReportError, ReportForm, ReportRequest, compile, to_html, to_markdown};
use needle_analytics::analytics_cache::Analytics;
use needle_tests::{RunFixture, TestDatabase, day, on_both_databases, timestamp};
use sea_orm::ConnectionTrait as _;

use sample::{NOW, company};

pub const LEADER: ReportAudience = ReportAudience { reads_comments: true, suppress_below: 0 };

const READER: ReportAudience = ReportAudience { reads_comments: false, suppress_below: 5 };

async fn compile_report(
    test: &TestDatabase,
    as_of: Option<Day>,
    audience: ReportAudience,
) -> Result<ReportData, ReportError> {
    let context = RunFixture::at(test, NOW).context;
    let analytics = Analytics::load(&test.database, context.calendar.get()).await.expect("figures");
    compile(&context, Arc::new(analytics), ReportRequest { as_of, form: ReportForm::Weekly, audience }).await
}

async fn the_figures_are_those_of_the_slices(test: &TestDatabase) {
    company(test).await;
    let report = compile_report(test, None, LEADER).await.expect("a report");
    assert_eq!(report.until, day("2024-08-26"));
    let analytics =
        Analytics::load(&test.database, RunFixture::at(test, NOW).context.calendar.get()).await.expect("figures");
    let europe = needle_tests::filter(serde_json::json!({"attribute": {"name": "region", "in": ["EU"]}}));
    let quarter = Period { from: Some(day("2024-05-27")), until: Some(day("2024-08-26")) };
    let counts = analytics.nps(Some(&europe), quarter).expect("counts");
    assert_eq!((report.primary.name.as_str(), report.primary.is_primary), ("Europe", true));
    assert_eq!(report.primary.quarter.responses, counts.responses());
    assert_eq!(report.primary.quarter.shown(), counts.score().zip(counts.interval(0.95)));
    let before = Period { from: Some(day("2024-02-26")), until: Some(day("2024-05-27")) };
    let before = analytics.nps(Some(&europe), before).expect("counts");
    assert_eq!(report.primary.quarter_before.responses, before.responses());
    let week = Period { from: Some(day("2024-08-19")), until: Some(day("2024-08-26")) };
    assert_eq!(report.primary.week.responses, analytics.nps(Some(&europe), week).expect("counts").responses());
    let titles: Vec<&str> =
        report.decisions.iter().flat_map(|group| &group.decisions).map(|one| one.title.as_str()).collect();
    assert!(titles.contains(&"Free returns"), "{titles:?}");
    assert_eq!(report.upcoming.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["New boxes"]);
    assert!(to_html(&report, None).expect("a page").len() < 100_000);
}

async fn readers_without_the_right_see_no_comments_and_no_small_groups(test: &TestDatabase) {
    company(test).await;
    let leader = to_markdown(&compile_report(test, None, LEADER).await.expect("a report"), None);
    assert!(leader.contains("nobody ever answered my letters"), "{leader}");
    assert!(!leader.contains("eva@example.org"), "{leader}");
    let reader = to_markdown(&compile_report(test, None, READER).await.expect("a report"), None);
    assert!(!reader.contains("letters") && reader.contains("Only leaders"), "{reader}");
    assert!(leader.contains("| Few | 100.0") && reader.contains("| Few | too few to show"), "{leader}\n{reader}");
}

async fn the_past_is_reported_as_it_was_and_the_future_not_at_all(test: &TestDatabase) {
    company(test).await;
    let then = compile_report(test, Some(day("2024-05-15")), LEADER).await.expect("a report");
    assert_eq!(then.until, day("2024-05-13"));
    let titles: Vec<&str> = then.upcoming.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["Free returns"]);
    assert!(then.decisions.iter().all(|group| group.decisions.is_empty()), "nothing was in effect");
    let early = compile_report(test, Some(day("2024-06-11")), LEADER).await.expect("a report");
    let found: Vec<_> = early.decisions.iter().flat_map(|group| &group.decisions).collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].reviewed_on <= Some(day("2024-06-10")) && found[0].reviewed_on.is_some(), "{found:?}");
    assert!(!found[0].is_final && found[0].final_on == day("2024-07-15"));
    assert_ne!(found[0].verdict, Verdict::NotEnoughData);
    let refused = compile_report(test, Some(day("2024-08-30")), LEADER).await;
    assert!(matches!(refused, Err(ReportError::Future { .. })), "{refused:?}");
}

async fn only_forecasts_are_judged(test: &TestDatabase) {
    company(test).await;
    let judged = async || {
        let calibration = compile_report(test, None, LEADER).await.expect("a report").calibration;
        calibration.determined() + calibration.undetermined
    };
    assert_eq!(judged().await, 1);
    let late = timestamp("2024-08-20T10:00:00Z").0;
    let sql = format!("UPDATE decision SET logged_at = {late} WHERE external_id = 'returns'");
    test.database.writer().execute_unprepared(&sql).await.expect("an update");
    assert_eq!(judged().await, 0, "logged after it took effect");
}

async fn before_the_first_run_the_report_says_so(test: &TestDatabase) {
    let report = compile_report(test, None, LEADER).await.expect("a report");
    let page = to_html(&report, None).expect("a page");
    assert!(page.contains("Nothing was computed yet") && page.contains("No primary customer is declared"), "{page}");
    assert_eq!(report.primary.name, "Everybody");
}

on_both_databases!(
    the_figures_are_those_of_the_slices,
    readers_without_the_right_see_no_comments_and_no_small_groups,
    the_past_is_reported_as_it_was_and_the_future_not_at_all,
    only_forecasts_are_judged,
    before_the_first_run_the_report_says_so,
);
