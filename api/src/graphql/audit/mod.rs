//! The audit log: every call of a mutation, for admins.
//!
//! What an entry keeps of an input is decided in [`signature`]; the code that writes a change also writes its entry, in
//! the same transaction.

mod call;
mod signature;
#[cfg(test)]
mod tests;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::audit_entry::Model as EntryRow;
use entity::store::audit_entry::{self, AuditEntryCriteria};
use entity::store::page::{RowPosition, SortKey};

use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::node_id::NodeKind;
use super::scalar::{DateTime, Json};
use super::scope::RequestScope;
use super::viewer::RoleEnum;

pub use call::MutationCalls;
pub use signature::{AuditedMutation, record_denied};

/// The outcome of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AuditOutcome", remote = "entity::audit_entry::AuditOutcome")]
pub enum AuditOutcomeEnum {
    /// It was done, and committed together with its entry.
    Done,
    /// Its input was refused; it changed nothing.
    Refused,
    /// The caller's role may not do this; it changed nothing.
    Denied,
    /// It failed, in the database for instance. It changed nothing, unless another entry with the same timestamp has
    /// the outcome `DONE`: then only its result could not be returned.
    Failed,
}

/// One call of a mutation, as its stored row.
#[derive(Clone)]
pub struct AuditEntry(pub EntryRow);

/// One call of a mutation with its outcome. An entry is never changed.
#[Object]
impl AuditEntry {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::AuditEntry.id(self.0.id.0)
    }

    /// When the mutation was called.
    fn written_at(&self) -> DateTime {
        DateTime(self.0.written_at)
    }

    /// The name of the viewer who called it.
    fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The role of that viewer.
    fn role(&self) -> RoleEnum {
        self.0.role.into()
    }

    /// The name of the GraphQL operation; null when it has none.
    fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The field of `Mutation` that was called.
    fn field(&self) -> &str {
        &self.0.field
    }

    /// Its input. A value that could be personal data is replaced by "left out", and a list of customers or responses
    /// by its length.
    fn input(&self) -> Json {
        Json(self.0.input.clone())
    }

    /// Its outcome.
    fn outcome(&self) -> AuditOutcomeEnum {
        self.0.outcome.into()
    }

    /// The number of items written, the code of the error that refused it, or the code of the failure with the id of
    /// the request, for a search in the server's log; null when there is nothing to add.
    fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

/// A filter for entries; all given conditions must hold.
#[derive(InputObject)]
pub struct AuditEntryFilter {
    /// Called by the viewer with this name.
    actor: Option<String>,
    /// Calls of this field of `Mutation`.
    field: Option<String>,
    /// With this outcome.
    outcome: Option<AuditOutcomeEnum>,
}

/// Queries for the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// All calls of mutations, newest first. For admins.
    async fn audit_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which entries; null means all.")] filter: Option<AuditEntryFilter>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AuditEntry>> {
        let database = RequestScope::of(context)?.database().clone();
        let cursors = CursorKind::new("audit entries", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let criteria = filter.map_or_else(AuditEntryCriteria::default, |filter| AuditEntryCriteria {
            actor: filter.actor,
            field: filter.field,
            outcome: filter.outcome.map(Into::into),
        });
        let rows = audit_entry::list(database.reader(), &criteria, &page).await?;
        let position = |row: &EntryRow| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 };
        let count = move || {
            let (database, criteria) = (database.clone(), criteria.clone());
            async move { Ok(audit_entry::count(database.reader(), &criteria).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, AuditEntry, count))
    }
}
