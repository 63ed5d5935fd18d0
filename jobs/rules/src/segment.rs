//! Defining segments and declaring the primary customer: the rules that files and mutations share.

use std::collections::BTreeSet;

use entity::segment::Model as SegmentRow;
use entity::segment_definition::DefinitionId;
use entity::{ConnectionTrait, Filter, StoreError, Timestamp, store};

use crate::problem::{InputProblem, ProblemCode, check_text, limit};

/// A segment as submitted by a file or a mutation, before it is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentDraft {
    /// Its key, unique and permanent.
    pub key: String,
    /// The name shown to people.
    pub name: String,
    /// What it is about; `None` leaves the stored description.
    pub description: Option<String>,
    /// Which customers belong to it.
    pub filter: Filter,
}

/// The result of defining a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsertOutcome {
    /// The segment is new.
    Created,
    /// The segment differs from the stored one and was changed.
    Updated,
    /// The segment was stored like this already.
    Unchanged,
}

/// Why a request changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The request breaks a rule.
    #[error("{}: {}", .0.field, .0.message)]
    Problem(InputProblem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InputProblem> for ChangeError {
    fn from(problem: InputProblem) -> Self {
        Self::Problem(problem)
    }
}

/// Defines a segment. A changed filter is a new definition; decisions logged before keep the one they have. That of the
/// primary customer changes only by [`declare_primary`], with a reason.
pub async fn define<C: ConnectionTrait>(
    connection: &C,
    draft: &SegmentDraft,
    now: Timestamp,
) -> Result<(SegmentRow, UpsertOutcome), ChangeError> {
    check(connection, draft).await?;
    let Some(existing) = store::segment::by_key(connection, &draft.key).await? else {
        let lower = draft.key.to_lowercase();
        if let Some(other) = store::segment::all(connection).await?.iter().find(|row| row.key.to_lowercase() == lower) {
            let message =
                format!("the segment \"{}\" differs in capitals only: nobody could tell them apart", other.key);
            return Err(InputProblem::new(ProblemCode::AlreadyExists, "key", message).into());
        }
        let definition = store::segment::insert_definition(connection, &draft.key, draft.filter.clone(), now).await?;
        let description = draft.description.clone();
        let id =
            store::segment::insert(connection, &draft.key, &draft.name, description.clone(), definition, now).await?;
        let (key, name) = (draft.key.clone(), draft.name.clone());
        let row = SegmentRow { id, key, name, description, definition_id: definition, created_at: now };
        return Ok((row, UpsertOutcome::Created));
    };
    let definition = same_or_new_definition(connection, &existing, &draft.filter, now).await?;
    if definition != existing.definition_id && store::segment::primary(connection).await? == Some(existing.id) {
        let message = format!(
            "\"{}\" is the primary customer: who that is changes only by a declaration, with a reason \
             (`declarePrimarySegment` with this filter)",
            draft.key
        );
        return Err(InputProblem::new(ProblemCode::Forbidden, "filter", message).into());
    }
    let row = SegmentRow {
        name: draft.name.clone(),
        description: draft.description.clone().or_else(|| existing.description.clone()),
        definition_id: definition,
        ..existing.clone()
    };
    if row == existing {
        return Ok((row, UpsertOutcome::Unchanged));
    }
    store::segment::update(connection, &row).await?;
    Ok((row, UpsertOutcome::Updated))
}

async fn same_or_new_definition<C: ConnectionTrait>(
    connection: &C,
    existing: &SegmentRow,
    filter: &Filter,
    now: Timestamp,
) -> Result<DefinitionId, StoreError> {
    let filters = store::segment::filters(connection, &[existing.definition_id]).await?;
    if filters.get(&existing.definition_id) == Some(filter) {
        return Ok(existing.definition_id);
    }
    store::segment::insert_definition(connection, &existing.key, filter.clone(), now).await
}

async fn check<C: ConnectionTrait>(connection: &C, draft: &SegmentDraft) -> Result<(), ChangeError> {
    for (field, text) in [("key", &draft.key), ("name", &draft.name)] {
        if text.trim().is_empty() {
            return Err(
                InputProblem::new(ProblemCode::Missing, field, format!("expected a {field}, found nothing")).into()
            );
        }
        check_text(field, text, limit::ID)?;
    }
    if draft.key.trim() != draft.key {
        let message = format!("expected a key without spaces around it, found \"{}\"", draft.key);
        return Err(InputProblem::new(ProblemCode::Invalid, "key", message).into());
    }
    check_text("description", draft.description.as_deref().unwrap_or_default(), limit::PROSE)?;
    check_filter(connection, &draft.filter).await
}

async fn check_filter<C: ConnectionTrait>(connection: &C, filter: &Filter) -> Result<(), ChangeError> {
    filter.validate().map_err(|error| InputProblem::new(ProblemCode::Invalid, "filter", error.to_string()))?;
    check_names(connection, filter, "filter").await
}

/// Refuses a filter on attributes that do not exist. Attributes with too many values to be part of profiles are
/// allowed: the next run makes a derived dimension of each condition (`entity::profile_schema`).
pub async fn check_names<C: ConnectionTrait>(connection: &C, filter: &Filter, field: &str) -> Result<(), ChangeError> {
    let dimensions = store::dimension::all(connection).await?;
    for name in filter.names() {
        if !dimensions.iter().any(|dimension| dimension.name == name) {
            return Err(unknown_attribute(name, dimensions.iter().map(|d| d.name.as_str()), field).into());
        }
    }
    Ok(())
}

/// How many attributes a message lists.
const LISTED_NAMES: usize = 100;

/// The problem of an attribute that no customer and no response has, with a list of those that exist.
pub fn unknown_attribute<'a>(name: &str, existing: impl Iterator<Item = &'a str>, field: &str) -> InputProblem {
    let list = listed(existing);
    InputProblem::new(
        ProblemCode::UnknownAttribute,
        field,
        format!("no attribute is called \"{name}\"; the existing ones are {list}"),
    )
}

/// Names in quotation marks, sorted, and how many more there are than a message lists.
fn listed<'a>(existing: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = existing.collect();
    let more = names.len().saturating_sub(LISTED_NAMES);
    let list = names.into_iter().take(LISTED_NAMES).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match (list.is_empty(), more) {
        (true, _) => "none yet".to_owned(),
        (false, 0) => list,
        (false, more) => format!("{list} and {more} more"),
    }
}

/// Declares the ONE primary customer, under a new definition where a filter is given. Returns false when the segment is
/// already the primary one under that definition.
pub async fn declare_primary<C: ConnectionTrait>(
    connection: &C,
    key: &str,
    filter: Option<&Filter>,
    (declared_by, reason): (&str, &str),
    now: Timestamp,
) -> Result<(SegmentRow, bool), ChangeError> {
    if reason.trim().is_empty() {
        return Err(InputProblem::new(
            ProblemCode::Missing,
            "reason",
            "expected the reason why this is the primary customer",
        )
        .into());
    }
    check_text("reason", reason, limit::PROSE)?;
    let Some(segment) = store::segment::by_key(connection, key).await? else {
        return Err(unknown_segment(connection, key, "segmentKey").await?.into());
    };
    let definition_id = match filter {
        None => segment.definition_id,
        Some(filter) => {
            check_filter(connection, filter).await?;
            same_or_new_definition(connection, &segment, filter, now).await?
        }
    };
    let is_redefined = definition_id != segment.definition_id;
    if !is_redefined && store::segment::primary(connection).await? == Some(segment.id) {
        return Ok((segment, false));
    }
    let segment = SegmentRow { definition_id, ..segment };
    if is_redefined {
        store::segment::update(connection, &segment).await?;
    }
    store::segment::declare_primary(connection, segment.id, declared_by, reason, now).await?;
    Ok((segment, true))
}

/// The problem of a key that does not belong to any segment, with a list of those that do.
pub async fn unknown_segment<C: ConnectionTrait>(
    connection: &C,
    key: &str,
    field: &str,
) -> Result<InputProblem, StoreError> {
    let segments = store::segment::all(connection).await?;
    let list = listed(segments.iter().map(|segment| segment.key.as_str()));
    let message = format!("no segment has the key \"{key}\"; the existing ones are {list}");
    Ok(InputProblem::new(ProblemCode::UnknownSegment, field, message))
}
