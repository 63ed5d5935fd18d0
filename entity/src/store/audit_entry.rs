//! Statements on the audit log. Entries are written and read, never deleted, and changed only where they name a person who
//! is erased.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select, Set};
use serde_json::Value;

use super::StoreError;
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, SortOrder};
use crate::Timestamp;
use crate::audit_entry::{ActiveModel, AuditEntryId, AuditOutcome, Column, Entity, Model};
use crate::token::Role;

/// A mutation that is being called; its outcome is not decided yet.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditSignature {
    /// When it is called, in UTC.
    pub now: Timestamp,
    /// The name of the caller.
    pub actor: String,
    /// The caller's role.
    pub role: Role,
    /// The name of the GraphQL operation; `None` for an anonymous one.
    pub operation: Option<String>,
    /// The mutation's field in the schema.
    pub field: String,
    /// Its arguments as JSON, without personal data.
    pub input: Value,
}

/// Which entries a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct AuditEntryCriteria {
    /// The name of the caller.
    pub actor: Option<String>,
    /// The mutation's field in the schema.
    pub field: Option<String>,
    /// How the mutation ended.
    pub outcome: Option<AuditOutcome>,
}

/// Writes the outcome of a mutation. Call it in the transaction of the mutation's changes, so that neither is stored
/// without the other.
pub async fn write<C: ConnectionTrait>(
    connection: &C,
    signature: &AuditSignature,
    outcome: AuditOutcome,
    detail: Option<String>,
) -> Result<(), StoreError> {
    let AuditSignature { now, actor, role, operation, field, input } = signature.clone();
    let row = ActiveModel {
        id: sea_orm::NotSet,
        written_at: Set(now),
        actor: Set(actor),
        role: Set(role),
        operation: Set(operation),
        field: Set(field),
        input: Set(input),
        outcome: Set(outcome),
        detail: Set(detail),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// One page of entries, newest first.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &AuditEntryCriteria,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, select(criteria), &SortOrder { key: id.clone(), id, descending: true }, page).await
}

/// The number of entries that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &AuditEntryCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(criteria)).await
}

/// The entries with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[AuditEntryId],
) -> Result<HashMap<AuditEntryId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The entries whose input may hold one of these texts, in whatever case.
pub async fn naming<C: ConnectionTrait>(connection: &C, texts: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut any = Condition::any();
    for text in texts {
        let like = LikeExpr::new(pattern(text)).escape('!');
        let input = Expr::expr(Func::lower(Expr::col((Entity, Column::Input)).cast_as("text")));
        any = any.add(input.like(like));
    }
    Ok(Entity::find().filter(any).all(connection).await?)
}

/// Replaces the input of an entry.
pub async fn set_input<C: ConnectionTrait>(connection: &C, id: AuditEntryId, input: Value) -> Result<(), StoreError> {
    let change = Entity::update_many().col_expr(Column::Input, Expr::value(input)).filter(Column::Id.eq(id));
    change.exec(connection).await?;
    Ok(())
}

/// A pattern of texts in JSON that may hold this one: what JSON escapes, and letters whose case SQLite does not know, are
/// any characters.
fn pattern(text: &str) -> String {
    let part = |character: char| match character {
        '!' | '%' | '_' => format!("!{character}"),
        '"' | '\\' => "%".to_owned(),
        character if character.is_control() || !character.is_ascii() => "%".to_owned(),
        character => character.to_ascii_lowercase().to_string(),
    };
    format!("%{}%", text.chars().map(part).collect::<String>())
}

fn select(criteria: &AuditEntryCriteria) -> Select<Entity> {
    let all = Condition::all()
        .add_option(criteria.actor.as_deref().map(|actor| Column::Actor.eq(actor)))
        .add_option(criteria.field.as_deref().map(|field| Column::Field.eq(field)))
        .add_option(criteria.outcome.map(|outcome| Column::Outcome.eq(outcome)));
    Entity::find().filter(all)
}
