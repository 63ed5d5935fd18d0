//! Conversion of the rows of reviews from one form into the other.

use chrono::NaiveDate;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::document::{DocumentCounts, DocumentRange, ReviewDocument, VERDICTS, check_verdict};
use super::packed::{pack, unpack};

/// The number of reviews that are held in memory at once.
const BATCH_ROWS: u64 = 200;

/// The days from the common era to 1970-01-01.
const EPOCH_FROM_COMMON_ERA: i32 = 719_163;

/// The columns that both forms have, with the decision's external id for error messages.
const HEAD: &str = "review.id, review.decision_id, review.as_of, review.run_id, review.\"final\", review.verdict, \
     review.effect, decision.external_id";

/// The columns that replace the document, except caveats and series.
const TAIL: [&str; 20] = [
    "method",
    "interval_low",
    "interval_high",
    "interval_level",
    "standard_error",
    "before_promoters",
    "before_passives",
    "before_detractors",
    "after_promoters",
    "after_passives",
    "after_detractors",
    "comparison_before_promoters",
    "comparison_before_passives",
    "comparison_before_detractors",
    "comparison_after_promoters",
    "comparison_after_passives",
    "comparison_after_detractors",
    "expectation_outcome",
    "smallest_detectable_effect",
    "decidable_by",
];

/// Ends the migration with an error if the stored conclusion of a latest review has an unknown verdict.
pub async fn check_standings<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let known = VERDICTS.map(|verdict| format!("'{verdict}'")).join(", ");
    let sql = format!(
        "SELECT decision.external_id, standing.valid_from, standing.verdict FROM decision_standing standing \
         JOIN decision ON decision.id = standing.decision_id WHERE standing.verdict NOT IN ({known}) \
         ORDER BY standing.decision_id, standing.valid_from LIMIT 1"
    );
    let Some(row) = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await?
    else {
        return Ok(());
    };
    let (decision, edition): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let verdict: String = row.try_get_by_index(2)?;
    let place = format!("the latest review of decision \"{decision}\" in edition {edition}");
    Err(DbErr::Migration(format!("{place} cannot be converted: \"{verdict}\" is no verdict")))
}

/// Converts the documents of the table that was set aside into columns.
pub async fn documents_to_columns<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let select = format!(
        "SELECT {HEAD}, CAST(review.detail AS TEXT) AS detail FROM decision_review_before review \
         JOIN decision ON decision.id = review.decision_id"
    );
    let mut after = None;
    loop {
        let rows = batch(connection, &select, after).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.try_get::<i64>("", "id")?);
        let columns = HEAD_COLUMNS.iter().chain(&TAIL).chain(&["caveats"]);
        let mut reviews = insert("decision_review", columns);
        let mut series = insert("review_series", ["review_id", "packed"].iter());
        for row in &rows {
            let text: String = row.try_get("", "detail")?;
            check_verdict(&row.try_get::<String>("", "verdict")?).map_err(|reason| unreadable(row, &reason))?;
            let document = ReviewDocument::read(&text).map_err(|reason| unreadable(row, &reason))?;
            let packed = pack(&document.series).map_err(|reason| unreadable(row, &reason))?;
            let caveats =
                serde_json::to_string(&document.caveats).map_err(|error| unreadable(row, &error.to_string()))?;
            let values = head(row)?.into_iter().chain(tail(document)).map(Expr::val);
            add(&mut reviews, values.chain([json(connection, caveats)]))?;
            add(&mut series, [Expr::val(row.try_get::<i64>("", "id")?), Expr::val(packed)])?;
        }
        connection.execute(&reviews).await?;
        connection.execute(&series).await?;
    }
}

/// Converts the columns of the table that was set aside, and their series, into documents.
pub async fn columns_to_documents<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let tail = TAIL.map(|column| format!("review.{column}")).join(", ");
    let select = format!(
        "SELECT {HEAD}, {tail}, CAST(review.caveats AS TEXT) AS caveats, series.packed FROM decision_review_before review \
         JOIN decision ON decision.id = review.decision_id LEFT JOIN review_series series ON series.review_id = review.id"
    );
    let mut after = None;
    loop {
        let rows = batch(connection, &select, after).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.try_get::<i64>("", "id")?);
        let mut reviews = insert("decision_review", HEAD_COLUMNS.iter().chain(&["detail"]));
        for row in &rows {
            let document = serde_json::to_string(&document(row)?);
            let document = document.map_err(|error| unreadable(row, &error.to_string()))?;
            add(&mut reviews, head(row)?.into_iter().map(Expr::val).chain([json(connection, document)]))?;
        }
        connection.execute(&reviews).await?;
    }
}

const HEAD_COLUMNS: [&str; 7] = ["id", "decision_id", "as_of", "run_id", "final", "verdict", "effect"];

/// The next reviews, by id.
async fn batch<C: ConnectionTrait>(
    connection: &C,
    select: &str,
    after: Option<i64>,
) -> Result<Vec<QueryResult>, DbErr> {
    let sql = format!("{select} WHERE review.id > {} ORDER BY review.id LIMIT {BATCH_ROWS}", after.unwrap_or(i64::MIN));
    connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await
}

fn insert<'a>(table: &'static str, columns: impl Iterator<Item = &'a &'static str>) -> InsertStatement {
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table)).columns(columns.map(|column| Alias::new(*column)));
    insert
}

fn add(insert: &mut InsertStatement, values: impl IntoIterator<Item = Expr>) -> Result<(), DbErr> {
    insert.values(values).map_err(|error| DbErr::Migration(error.to_string()))?;
    Ok(())
}

/// JSON in the form that the database accepts.
fn json<C: ConnectionTrait>(connection: &C, text: String) -> Expr {
    match connection.get_database_backend() {
        DbBackend::Postgres => Expr::val(text).cast_as(Alias::new("JSONB")),
        _ => Expr::val(text),
    }
}

fn head(row: &QueryResult) -> Result<[Value; 7], DbErr> {
    Ok([
        row.try_get::<i64>("", "id")?.into(),
        row.try_get::<i64>("", "decision_id")?.into(),
        row.try_get::<i32>("", "as_of")?.into(),
        row.try_get::<i64>("", "run_id")?.into(),
        row.try_get::<bool>("", "final")?.into(),
        row.try_get::<String>("", "verdict")?.into(),
        row.try_get::<Option<f64>>("", "effect")?.into(),
    ])
}

fn tail(document: ReviewDocument) -> [Value; 20] {
    let (interval, before, after) = (document.interval, document.before, document.after);
    let (others_before, others_after) = (document.comparison_before, document.comparison_after);
    [
        document.method.into(),
        interval.map(|interval| interval.low).into(),
        interval.map(|interval| interval.high).into(),
        interval.map(|interval| interval.level).into(),
        document.standard_error.into(),
        before.promoters.into(),
        before.passives.into(),
        before.detractors.into(),
        after.promoters.into(),
        after.passives.into(),
        after.detractors.into(),
        others_before.map(|counts| counts.promoters).into(),
        others_before.map(|counts| counts.passives).into(),
        others_before.map(|counts| counts.detractors).into(),
        others_after.map(|counts| counts.promoters).into(),
        others_after.map(|counts| counts.passives).into(),
        others_after.map(|counts| counts.detractors).into(),
        document.expectation_outcome.into(),
        document.smallest_detectable_effect.into(),
        document.decidable_by.into(),
    ]
}

fn document(row: &QueryResult) -> Result<ReviewDocument, DbErr> {
    let counts = |group: &str| {
        let count = |name: &str| row.try_get::<Option<i64>>("", &format!("{group}_{name}"));
        let (promoters, passives, detractors) = (count("promoters")?, count("passives")?, count("detractors")?);
        let counts = promoters.zip(passives).zip(detractors);
        Ok::<_, DbErr>(counts.map(|((promoters, passives), detractors)| DocumentCounts {
            promoters,
            passives,
            detractors,
        }))
    };
    let missing = || unreadable(row, "its counts are missing");
    let end = |name: &str| row.try_get::<Option<f64>>("", &format!("interval_{name}"));
    let ends = end("low")?.zip(end("high")?).zip(end("level")?);
    let caveats: String = row.try_get("", "caveats")?;
    let packed: Option<Vec<u8>> = row.try_get("", "packed")?;
    let packed = packed.ok_or_else(|| unreadable(row, "its weekly series is missing"))?;
    Ok(ReviewDocument {
        method: row.try_get("", "method")?,
        interval: ends.map(|((low, high), level)| DocumentRange { low, high, level }),
        standard_error: row.try_get("", "standard_error")?,
        before: counts("before")?.ok_or_else(missing)?,
        after: counts("after")?.ok_or_else(missing)?,
        comparison_before: counts("comparison_before")?,
        comparison_after: counts("comparison_after")?,
        expectation_outcome: row.try_get("", "expectation_outcome")?,
        smallest_detectable_effect: row.try_get("", "smallest_detectable_effect")?,
        decidable_by: row.try_get("", "decidable_by")?,
        caveats: serde_json::from_str(&caveats).map_err(|error| unreadable(row, &error.to_string()))?,
        series: unpack(&packed).map_err(|reason| unreadable(row, &reason))?,
    })
}

/// The error that names the review which cannot be converted, and the reason.
fn unreadable(row: &QueryResult, reason: &str) -> DbErr {
    let decision: String = row.try_get("", "external_id").unwrap_or_default();
    let day = row.try_get::<i32>("", "as_of").ok().and_then(|day| day.checked_add(EPOCH_FROM_COMMON_ERA));
    let day = day.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default();
    DbErr::Migration(format!("the review of decision \"{decision}\" as of {day} cannot be converted: {reason}"))
}
