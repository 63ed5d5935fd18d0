//! Statements on what the latest reviews of decisions concluded, by edition.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set,
};

use super::{CHUNK, StoreError, decision, decision_review};
use crate::Timestamp;
use crate::decision::DecisionId;
use crate::decision_standing::{ActiveModel, Column, Entity, Model};
use crate::review_edition::{self, EditionId};
use crate::verdict::Verdict;

/// The oldest edition that can still be read, and the newest.
pub async fn editions<C: ConnectionTrait>(connection: &C) -> Result<RangeInclusive<EditionId>, StoreError> {
    let select = review_edition::Entity::find()
        .select_only()
        .column_as(review_edition::Column::Id.min(), "oldest")
        .column_as(review_edition::Column::Id.max(), "newest");
    let found: Option<(Option<EditionId>, Option<EditionId>)> = select.into_tuple().one(connection).await?;
    // The migration writes the first edition, and the newest is never deleted.
    match found {
        Some((Some(oldest), Some(newest))) => Ok(oldest..=newest),
        _ => Err(StoreError::MissingRow { table: "review_edition", id: 1 }),
    }
}

/// The effects of these decisions in an edition; decisions without one are absent.
pub async fn effects<C: ConnectionTrait>(
    connection: &C,
    edition: EditionId,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, f64>, StoreError> {
    let mut found = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let select = Entity::find().select_only().columns([Column::DecisionId, Column::Effect]);
        let select = select.filter(valid_at(edition)).filter(Column::DecisionId.is_in(chunk.iter().copied()));
        let effects: Vec<(DecisionId, Option<f64>)> = select.into_tuple().all(connection).await?;
        found.extend(effects.into_iter().filter_map(|(decision, effect)| Some((decision, effect?))));
    }
    Ok(found)
}

fn valid_at(edition: EditionId) -> Condition {
    Condition::all()
        .add(Column::ValidFrom.lte(edition))
        .add(Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(edition)))
}

/// Writes a new edition if the latest review of one of these decisions concludes something new, and deletes the
/// editions that were replaced before `kept_since`. Call it in the transaction that wrote the reviews, under the
/// publishing lease.
pub async fn write_edition(
    transaction: &DatabaseTransaction,
    decisions: &[DecisionId],
    now: Timestamp,
    kept_since: Timestamp,
) -> Result<(), StoreError> {
    let StandingChanges { changed, withdrawn } = changed_reviews(transaction, decisions).await?;
    if changed.is_empty() && withdrawn.is_empty() {
        return Ok(());
    }
    let edition = review_edition::ActiveModel { id: sea_orm::NotSet, written_at: Set(now) };
    let edition = review_edition::Entity::insert(edition).exec(transaction).await?.last_insert_id;
    let ended: Vec<DecisionId> = changed.iter().map(|review| review.decision_id).chain(withdrawn).collect();
    for chunk in ended.chunks(CHUNK) {
        Entity::update_many()
            .col_expr(Column::ValidUntil, Expr::val(edition))
            .filter(Column::DecisionId.is_in(chunk.iter().copied()))
            .filter(Column::ValidUntil.is_null())
            .exec(transaction)
            .await?;
    }
    for chunk in changed.chunks(CHUNK) {
        let rows = chunk.iter().map(|conclusion| ActiveModel {
            decision_id: Set(conclusion.decision_id),
            valid_from: Set(edition),
            valid_until: Set(None),
            verdict: Set(conclusion.verdict),
            effect: Set(conclusion.effect),
            closed: Set(conclusion.closed),
        });
        Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    delete_editions_before(transaction, kept_since).await
}

/// How the latest reviews differ from the newest edition.
struct StandingChanges {
    /// The conclusions that differ.
    changed: Vec<Model>,
    /// The decisions that have no review any more.
    withdrawn: Vec<DecisionId>,
}

/// How the latest reviews of decisions differ from the newest edition.
async fn changed_reviews(
    transaction: &DatabaseTransaction,
    decisions: &[DecisionId],
) -> Result<StandingChanges, StoreError> {
    let newest = decision_review::newest(transaction, decisions).await?;
    let closed = decision_review::closed(transaction).await?;
    let mut held = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let select = || {
            let select = Entity::find().filter(Column::DecisionId.is_in(chunk.iter().copied()));
            select.filter(Column::ValidUntil.is_null())
        };
        let rows = match select().all(transaction).await {
            Ok(rows) => rows,
            Err(error) => return Err(unknown_name(transaction, select(), error).await),
        };
        held.extend(rows.into_iter().map(|row| (row.decision_id, row)));
    }
    let conclusion = |(decision_id, review): (DecisionId, crate::decision_review::Model)| Model {
        decision_id,
        valid_from: EditionId(0),
        valid_until: None,
        verdict: review.verdict,
        effect: review.effect,
        closed: closed.contains(&decision_id),
    };
    let differs = |conclusion: &Model| {
        held.get(&conclusion.decision_id).is_none_or(|held| {
            (held.verdict, held.effect, held.closed) != (conclusion.verdict, conclusion.effect, conclusion.closed)
        })
    };
    let withdrawn = held.keys().filter(|decision| !newest.contains_key(decision)).copied().collect();
    Ok(StandingChanges { changed: newest.into_iter().map(conclusion).filter(differs).collect(), withdrawn })
}

/// Why rows could not be read: the first row with an unknown verdict, or else the error of the database.
async fn unknown_name(transaction: &DatabaseTransaction, select: Select<Entity>, error: DbErr) -> StoreError {
    let columns = select.select_only().columns([Column::DecisionId, Column::ValidFrom, Column::Verdict]);
    let rows: Result<Vec<(DecisionId, EditionId, String)>, DbErr> = columns.into_tuple().all(transaction).await;
    for (decision, edition, verdict) in rows.unwrap_or_default() {
        if Verdict::try_from_value(&verdict).is_err() {
            let decision = decision::label(transaction, decision).await;
            let row = format!("{decision} since edition {}", edition.0);
            return StoreError::UnknownName { table: "decision_standing", row, column: "verdict", value: verdict };
        }
    }
    error.into()
}

async fn delete_editions_before(transaction: &DatabaseTransaction, kept_since: Timestamp) -> Result<(), StoreError> {
    // The edition that was in force at that time is kept: a reader may have started with it just after.
    let oldest = review_edition::Entity::find()
        .filter(review_edition::Column::WrittenAt.lte(kept_since))
        .order_by_desc(review_edition::Column::Id)
        .one(transaction)
        .await?;
    let Some(oldest) = oldest else { return Ok(()) };
    review_edition::Entity::delete_many().filter(review_edition::Column::Id.lt(oldest.id)).exec(transaction).await?;
    Entity::delete_many().filter(Column::ValidUntil.lte(oldest.id)).exec(transaction).await?;
    Ok(())
}
