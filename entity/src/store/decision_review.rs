//! Statements on decision reviews.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::page::{RowPosition, SortKey};
use super::{CHUNK, StoreError, decision, review_series};
use crate::Day;
use crate::decision::DecisionId;
use crate::decision_review::{ActiveModel, Column, Entity, Model, ReviewId};
use crate::review_series::ReviewSeries;
use crate::run::RunId;
use crate::verdict::{CaveatList, ExpectationOutcome, ReviewMethod, Verdict};

/// Reviews per statement that writes them: each binds about thirty parameters.
const WRITTEN_ROWS: usize = CHUNK / 2;

/// A review that is not stored yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReview {
    /// The columns of the review; the id is ignored.
    pub row: Model,
    /// The weekly series that belongs to it.
    pub series: ReviewSeries,
}

/// True for the latest review of its decision.
const IS_NEWEST: &str = "NOT EXISTS (SELECT 1 FROM decision_review newer WHERE newer.decision_id = decision_review.decision_id \
     AND newer.as_of > decision_review.as_of)";

/// The latest review of each of these decisions; decisions without one are absent.
pub async fn newest<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, Model>, StoreError> {
    let mut found = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let select = || {
            let select = Entity::find().filter(Column::DecisionId.is_in(chunk.iter().copied()));
            select.filter(Expr::cust(IS_NEWEST))
        };
        let rows = read(connection, select).await?;
        found.extend(rows.into_iter().map(|row| (row.decision_id, row)));
    }
    Ok(found)
}

/// The latest review of every decision, and its verdict.
pub async fn newest_verdicts<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<(DecisionId, ReviewId, Verdict)>, StoreError> {
    let select = || Entity::find().filter(Expr::cust(IS_NEWEST));
    let columns = select().select_only().columns([Column::DecisionId, Column::Id, Column::Verdict]);
    match columns.into_tuple().all(connection).await {
        Ok(rows) => Ok(rows),
        Err(error) => Err(unknown_name(connection, select(), error).await),
    }
}

/// The rows of a selection. A row that this version cannot read is an error that names it.
async fn read<C: ConnectionTrait>(
    connection: &C,
    select: impl Fn() -> Select<Entity>,
) -> Result<Vec<Model>, StoreError> {
    let rows = match select().all(connection).await {
        Ok(rows) => rows,
        Err(error) => return Err(unknown_name(connection, select(), error).await),
    };
    if let Some((damaged, columns)) = rows.iter().find_map(|row| Some((row, half_null(row)?))) {
        let row = format!("{} as of {}", decision::label(connection, damaged.decision_id).await, damaged.as_of);
        return Err(StoreError::IncompleteRow { table: "decision_review", row, columns });
    }
    Ok(rows)
}

/// Columns that are null together or not at all, of which only some are.
fn half_null(row: &Model) -> Option<&'static str> {
    let interval = [row.interval_low, row.interval_high, row.interval_level].map(|value| value.is_some());
    if interval.contains(&true) && interval.contains(&false) {
        return Some("interval_low, interval_high and interval_level");
    }
    let comparison = [
        row.comparison_before_promoters,
        row.comparison_before_passives,
        row.comparison_before_detractors,
        row.comparison_after_promoters,
        row.comparison_after_passives,
        row.comparison_after_detractors,
    ];
    let comparison = comparison.map(|value| value.is_some());
    (comparison.contains(&true) && comparison.contains(&false)).then_some("the six columns of the comparison")
}

/// The ids of all reviews, oldest first.
pub async fn ids<C: ConnectionTrait>(connection: &C) -> Result<Vec<ReviewId>, StoreError> {
    let select = Entity::find().select_only().column(Column::Id).order_by_asc(Column::Id);
    Ok(select.into_tuple().all(connection).await?)
}

/// The columns of a review that contain names, in which another version may have written an unknown one.
type Names = (DecisionId, Day, String, Option<String>, String, String);

/// Why rows could not be read: the first row with an unknown name, or else the error of the database.
async fn unknown_name<C: ConnectionTrait>(connection: &C, select: Select<Entity>, error: DbErr) -> StoreError {
    let columns = [Column::DecisionId, Column::AsOf, Column::Verdict, Column::Method, Column::ExpectationOutcome];
    let select = select.select_only().columns(columns).expr(Expr::cust("CAST(decision_review.caveats AS TEXT)"));
    let rows: Result<Vec<Names>, DbErr> = select.into_tuple().all(connection).await;
    for names in rows.unwrap_or_default() {
        let (decision, as_of) = (names.0, names.1);
        if let Some((column, value)) = first_unknown(names) {
            let row = format!("{} as of {as_of}", decision::label(connection, decision).await);
            return StoreError::UnknownName { table: "decision_review", row, column, value };
        }
    }
    error.into()
}

fn first_unknown((_, _, verdict, method, outcome, caveats): Names) -> Option<(&'static str, String)> {
    if Verdict::try_from_value(&verdict).is_err() {
        return Some(("verdict", verdict));
    }
    if let Some(method) = method.filter(|method| ReviewMethod::try_from_value(method).is_err()) {
        return Some(("method", method));
    }
    if ExpectationOutcome::try_from_value(&outcome).is_err() {
        return Some(("expectation_outcome", outcome));
    }
    serde_json::from_str::<CaveatList>(&caveats).err().map(|_| ("caveats", caveats))
}

/// The latest review of each of these decisions as of a day, that day included.
pub async fn newest_until<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
    until: Day,
) -> Result<HashMap<DecisionId, Model>, StoreError> {
    let mut found = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let is_newest = || {
            Expr::cust_with_values(
                "NOT EXISTS (SELECT 1 FROM decision_review newer WHERE newer.decision_id = decision_review.decision_id \
                 AND newer.as_of > decision_review.as_of AND newer.as_of <= $1)",
                [until],
            )
        };
        let select = || {
            let select = Entity::find().filter(Column::DecisionId.is_in(chunk.iter().copied()));
            select.filter(Column::AsOf.lte(until)).filter(is_newest())
        };
        let rows = read(connection, select).await?;
        found.extend(rows.into_iter().map(|row| (row.decision_id, row)));
    }
    Ok(found)
}

/// The decisions that have their final review.
pub async fn closed<C: ConnectionTrait>(connection: &C) -> Result<HashSet<DecisionId>, StoreError> {
    let select = Entity::find().select_only().column(Column::DecisionId).filter(Column::IsFinal.eq(true));
    Ok(select.into_tuple::<DecisionId>().all(connection).await?.into_iter().collect())
}

/// The reviews with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ReviewId],
) -> Result<HashMap<ReviewId, Model>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows = read(connection, || Entity::find().filter(Column::Id.is_in(chunk.iter().copied()))).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// Writes reviews with their series; one of the same decision and week is replaced and keeps its id.
pub async fn put<C: ConnectionTrait>(connection: &C, reviews: Vec<NewReview>) -> Result<(), StoreError> {
    let key = [Column::DecisionId, Column::AsOf];
    let replaced = Column::iter().filter(|column| !matches!(column, Column::Id | Column::DecisionId | Column::AsOf));
    let replace = OnConflict::columns(key).update_columns(replaced).to_owned();
    let mut reviews = reviews.into_iter().peekable();
    while reviews.peek().is_some() {
        let mut series = HashMap::new();
        let rows: Vec<ActiveModel> = reviews
            .by_ref()
            .take(WRITTEN_ROWS)
            .map(|review| {
                series.insert((review.row.decision_id, review.row.as_of), review.series);
                ActiveModel { id: sea_orm::NotSet, ..review.row.into_active_model().reset_all() }
            })
            .collect();
        Entity::insert_many(rows).on_conflict(replace.clone()).exec_without_returning(connection).await?;
        let ids = Entity::find()
            .select_only()
            .columns([Column::DecisionId, Column::AsOf, Column::Id])
            .filter(Column::DecisionId.is_in(series.keys().map(|(decision, _)| *decision)))
            .filter(Column::AsOf.is_in(series.keys().map(|(_, as_of)| *as_of)));
        let ids: Vec<(DecisionId, Day, ReviewId)> = ids.into_tuple().all(connection).await?;
        let with_ids =
            ids.into_iter().filter_map(|(decision, as_of, id)| Some((id, series.remove(&(decision, as_of))?)));
        review_series::put(connection, with_ids).await?;
    }
    Ok(())
}

/// Deletes the reviews that a run made as of a later day, with their series. Returns the decisions whose reviews they
/// were, each as often as it had one.
pub async fn delete_after<C: ConnectionTrait>(
    connection: &C,
    run: RunId,
    day: Day,
) -> Result<Vec<DecisionId>, StoreError> {
    let later = Condition::all().add(Column::RunId.eq(run)).add(Column::AsOf.gt(day));
    let select = Entity::find().select_only().column(Column::DecisionId).filter(later.clone());
    let decisions: Vec<DecisionId> = select.into_tuple().all(connection).await?;
    if !decisions.is_empty() {
        Entity::delete_many().filter(later).exec(connection).await?;
    }
    Ok(decisions)
}

/// How many reviews runs made as of a day after the one on which they ran.
pub async fn count_after<C: ConnectionTrait>(connection: &C, run: RunId, day: Day) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::RunId.eq(run)).filter(Column::AsOf.gt(day)).count(connection).await?)
}

/// The positions of the reviews of each of these decisions, oldest first, without the reviews' contents.
pub async fn positions<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, Vec<RowPosition>>, StoreError> {
    let mut found: HashMap<DecisionId, Vec<RowPosition>> = HashMap::new();
    for chunk in decisions.chunks(CHUNK) {
        let rows: Vec<(DecisionId, Day, ReviewId)> = Entity::find()
            .select_only()
            .columns([Column::DecisionId, Column::AsOf, Column::Id])
            .filter(Column::DecisionId.is_in(chunk.iter().copied()))
            .order_by_asc(Column::AsOf)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(connection)
            .await?;
        for (decision, as_of, id) in rows {
            found.entry(decision).or_default().push(RowPosition { key: SortKey::Whole(as_of.0.into()), id: id.0 });
        }
    }
    Ok(found)
}

/// The position of a review among its decision's reviews.
pub fn position(review: &Model) -> RowPosition {
    RowPosition { key: SortKey::Whole(review.as_of.0.into()), id: review.id.0 }
}
