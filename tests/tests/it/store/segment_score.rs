//! Scores are valid from one published version until another: an older version can still be read as it was.

use entity::run::RunId;
use entity::segment::SegmentId;
use entity::segment_definition::DefinitionId;
use entity::segment_score::Model;
use entity::store::segment_score;
use needle_tests::{TestDatabase, day, on_both_databases};

use super::{define_region, start_run};

struct ScoreFixture {
    segment: SegmentId,
    definition: DefinitionId,
    run: RunId,
}

impl ScoreFixture {
    async fn of(test: &TestDatabase, key: &str) -> Self {
        let (segment, definition) = define_region(&test.database, key).await;
        Self { segment, definition, run: start_run(&test.database).await }
    }

    fn score(&self, week: &str, valid_from: i64, promoters: i64) -> Model {
        Model {
            segment_id: self.segment,
            week: day(week),
            valid_from,
            valid_until: None,
            definition_id: self.definition,
            run_id: self.run,
            promoters,
            passives: 2,
            detractors: 3,
            rolling_promoters: 40,
            rolling_passives: 50,
            rolling_detractors: 60,
        }
    }
}

/// Segment, week and promoters of a version.
async fn version(test: &TestDatabase, version: i64) -> Vec<(i64, String, i64)> {
    let rows = segment_score::of_version(test.database.reader(), version).await.expect("scores");
    rows.into_iter().map(|row| (row.segment_id.0, row.week.to_string(), row.promoters)).collect()
}

/// Two segments of three weeks in version 1; one week changes in version 2 and another one is removed in version 3.
async fn publish_three_versions(test: &TestDatabase) -> (SegmentId, SegmentId) {
    let (eu, us) = (ScoreFixture::of(test, "eu").await, ScoreFixture::of(test, "us").await);
    let weeks = ["2024-07-01", "2024-07-08", "2024-07-15"];
    let first = weeks.iter().flat_map(|week| [eu.score(week, 1, 10), us.score(week, 1, 20)]).collect();
    let writer = test.database.writer();
    segment_score::insert(writer, first).await.expect("version 1");
    segment_score::end(writer, eu.segment, &[day(weeks[1])], 2).await.expect("ended");
    segment_score::insert(writer, vec![eu.score(weeks[1], 2, 11)]).await.expect("version 2");
    segment_score::end(writer, us.segment, &[day(weeks[2])], 3).await.expect("ended");
    (eu.segment, us.segment)
}

async fn every_version_reads_as_it_was_published(test: &TestDatabase) {
    let (eu, us) = publish_three_versions(test).await;
    let row = |segment: SegmentId, week: &str, promoters| (segment.0, week.to_owned(), promoters);
    let mut expected = vec![
        row(eu, "2024-07-01", 10),
        row(eu, "2024-07-08", 10),
        row(eu, "2024-07-15", 10),
        row(us, "2024-07-01", 20),
        row(us, "2024-07-08", 20),
        row(us, "2024-07-15", 20),
    ];
    assert_eq!(version(test, 0).await, []);
    assert_eq!(version(test, 1).await, expected);
    expected[1].2 = 11;
    assert_eq!(version(test, 2).await, expected);
    expected.pop();
    assert_eq!(version(test, 3).await, expected);
    assert_eq!(version(test, 9).await, expected);
}

async fn a_range_of_weeks_excludes_its_end_and_other_segments(test: &TestDatabase) {
    let (eu, us) = publish_three_versions(test).await;
    let (from, until) = (Some(day("2024-07-08")), Some(day("2024-07-15")));
    let scores = segment_score::of_segments(test.database.reader(), 2, &[eu], from, until).await.expect("scores");
    let promoters = |segment: &SegmentId| scores[segment].iter().map(|row| row.promoters).collect::<Vec<_>>();
    assert_eq!((scores.len(), promoters(&eu)), (1, vec![11]));
    let scores = segment_score::of_segments(test.database.reader(), 3, &[eu, us], None, None).await.expect("scores");
    let weeks = |segment: &SegmentId| scores[segment].iter().map(|row| row.week.to_string()).collect::<Vec<_>>();
    assert_eq!(weeks(&eu), ["2024-07-01", "2024-07-08", "2024-07-15"]);
    assert_eq!(weeks(&us), ["2024-07-01", "2024-07-08"]);
}

async fn rows_that_no_served_version_needs_are_deleted(test: &TestDatabase) {
    publish_three_versions(test).await;
    let (second, third) = (version(test, 2).await, version(test, 3).await);
    let count = async || test.row_counts().await["segment_score"];
    assert_eq!(count().await, 7);
    segment_score::delete_ended_before(test.database.writer(), 2).await.expect("deleted");
    assert_eq!((count().await, version(test, 2).await), (6, second));
    segment_score::delete_ended_before(test.database.writer(), 3).await.expect("deleted");
    assert_eq!((count().await, version(test, 3).await), (5, third));
}

on_both_databases!(
    every_version_reads_as_it_was_published,
    a_range_of_weeks_excludes_its_end_and_other_segments,
    rows_that_no_served_version_needs_are_deleted,
);
