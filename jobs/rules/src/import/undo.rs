//! Undoing an import as a whole: its new rows go, the rows that it changed are what they were, in one transaction.
//!
//! It is possible as long as nothing later wrote to its rows: then all that it wrote still bears its id.

use std::collections::BTreeSet;

use entity::import::{ImportId, Model as ImportRow};
use entity::import_count::ImportKind;
use entity::{DatabaseTransaction, StoreError, store};

use super::restore::{self, Restored};
use crate::dimension::DimensionTracker;
use crate::problem::{InputProblem, ProblemCode};
use crate::segment::ChangeError;
use crate::target::WriteContext;
use crate::wording::counted;

/// The most later imports that a refusal names.
const NAMED: usize = 5;

/// An import that was undone.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportUndo {
    /// The import, as it is now.
    pub import: ImportRow,
    /// How many of its responses are gone.
    pub deleted_responses: u64,
    /// How many responses are what they were before it.
    pub restored_responses: u64,
    /// How many of its customers are gone.
    pub deleted_customers: u64,
    /// How many customers are what they were before it.
    pub restored_customers: u64,
}

/// Undoes an import of customers or responses; `by` is recorded with it. The weeks of its responses become stale, so that
/// the figures follow with the next run.
///
/// Fails with a problem, and changes nothing, when there is no such import, when it was undone before, when it wrote
/// segments or decisions, which are a record, and when something later touched its rows.
pub async fn undo(context: &WriteContext, id: ImportId, by: &str) -> Result<ImportUndo, ChangeError> {
    let transaction = context.database.begin_write().await?;
    let context = &context.with_stored_calendar(&transaction).await?;
    let undone = match undo_in(&transaction, context, id, by).await {
        Ok(undone) => undone,
        Err(error) => {
            transaction.rollback().await.map_err(StoreError::from)?;
            return Err(error);
        }
    };
    let detail = format!(
        "import {}: responses deleted {}, restored {}; customers deleted {}, restored {}",
        id.0, undone.deleted_responses, undone.restored_responses, undone.deleted_customers, undone.restored_customers
    );
    context.sign(&transaction, Some(detail)).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(undone)
}

async fn undo_in(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    id: ImportId,
    by: &str,
) -> Result<ImportUndo, ChangeError> {
    let import = find(transaction, context, id).await?;
    check_untouched(transaction, &import).await?;
    let mut dimensions = DimensionTracker::load(transaction, context.attribute_limits).await?;
    let former_values = restore::attribute_values(transaction, id).await?;
    store::stale_week::mark(transaction, store::imported_row::days(transaction, id).await?).await?;
    store::profile::mark_left(transaction, store::imported_row::profiles(transaction, id).await?).await?;
    let deleted_responses = store::imported_row::delete_new_responses(transaction, id).await?;
    restore::separate(transaction, id).await?;
    let Restored { customers, responses } = restore::rows(transaction, context, &mut dimensions, id).await?;
    let others = store::imported_row::responses_of_new_customers(transaction, id).await?;
    if others > 0 {
        let responses = counted(others, "response", "responses");
        let message = format!("{responses} of its customers came in later: undo what brought them first");
        return Err(conflict(message).into());
    }
    let deleted_customers = store::imported_row::delete_new_customers(transaction, id).await?;
    restore::forget_values(transaction, former_values).await?;
    store::import_change::delete_of(transaction, id).await?;
    store::import::set_undone(transaction, id, context.now, by).await?;
    let import = ImportRow { undone_at: Some(context.now), undone_by: Some(by.to_owned()), ..import };
    Ok(ImportUndo {
        import,
        deleted_responses,
        restored_responses: responses,
        deleted_customers,
        restored_customers: customers,
    })
}

async fn find(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    id: ImportId,
) -> Result<ImportRow, ChangeError> {
    let Some(import) = store::import::by_id(transaction, id).await? else {
        let message = format!("no import has the id {}", id.0);
        return Err(InputProblem::new(ProblemCode::NotFound, "id", message).into());
    };
    if let (Some(at), Some(by)) = (import.undone_at, &import.undone_by) {
        let on = context.calendar.day_of(at);
        return Err(conflict(format!("the import {} was undone already, by {by} on {on}", id.0)).into());
    }
    match import.kind {
        ImportKind::Customers | ImportKind::Responses => Ok(import),
        ImportKind::Segments => {
            let message = "segments keep their history, and decisions may rest on them: define them anew instead";
            Err(conflict(message.to_owned()).into())
        }
        ImportKind::Decisions => {
            let message = "decisions are a record that nobody takes back: reverse the ones that were wrong instead";
            Err(conflict(message.to_owned()).into())
        }
    }
}

/// Refuses an import of whose rows something later wrote.
async fn check_untouched(transaction: &DatabaseTransaction, import: &ImportRow) -> Result<(), ChangeError> {
    let (customers, responses) = store::imported_row::count(transaction, import.id).await?;
    let missing = |written: i64, present: u64| written.unsigned_abs().saturating_sub(present);
    let customers = missing(import.customers_written, customers);
    let responses = missing(import.responses_written, responses);
    if customers == 0 && responses == 0 {
        return Ok(());
    }
    let touched = [(customers, "customer", "customers"), (responses, "response", "responses")];
    let touched: Vec<String> = touched
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted(number, one, many))
        .collect();
    let merges = store::customer_merge::of_customers_of(transaction, import.id).await?;
    let mut later: BTreeSet<ImportId> =
        store::import_change::later(transaction, import.id).await?.into_iter().collect();
    later.extend(merges.iter().filter_map(|merge| merge.import_id).filter(|later| *later != import.id));
    let what = format!("{} of it changed since", touched.join(" and "));
    let hint = match later.len() {
        0 if merges.iter().any(|merge| merge.import_id.is_none()) => {
            "customers were merged: undo that first".to_owned()
        }
        0 => "by a mutation or a webhook: correct the rows one by one, or import the right file over them".to_owned(),
        number => {
            // The newest first: that is the order in which they can be undone.
            let ids: Vec<String> = later.iter().rev().take(NAMED).map(|id| id.0.to_string()).collect();
            let more = if number > NAMED { " and others" } else { "" };
            format!("by the imports {}{more}: undo those first", ids.join(", "))
        }
    };
    Err(conflict(format!("{what}, {hint}")).into())
}

fn conflict(message: String) -> InputProblem {
    InputProblem::new(ProblemCode::Conflict, "id", message)
}
