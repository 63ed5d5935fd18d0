//! The audit log: every mutation that somebody called, for admins.
//!
//! What an entry keeps of an input is decided in [`signature`]; that it is written with the change it tells of is up to
//! whoever writes the change.

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

/// What became of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AuditOutcome", remote = "entity::audit_entry::AuditOutcome")]
pub enum AuditOutcomeEnum {
    /// It was done, and committed together with its entry.
    Done,
    /// Its input was refused; it changed nothing.
    Refused,
    /// The caller's role may not do this; it changed nothing.
    Denied,
    /// Something went wrong on the way, in the database for instance. It changed nothing, unless another entry of the same
    /// moment says that it was done: then only the answer to it failed.
    Failed,
}

/// One mutation that somebody called.
#[derive(Clone)]
pub struct AuditEntry(pub EntryRow);

/// One mutation that somebody called, and what became of it. Never changed once written.
#[Object]
impl AuditEntry {
    /// The global id.
    pub async fn id(&self) -> ID {
        NodeKind::AuditEntry.id(self.0.id.0)
    }

    /// When.
    fn written_at(&self) -> DateTime {
        DateTime(self.0.written_at)
    }

    /// Who called it, by the name of the viewer.
    fn actor(&self) -> &str {
        &self.0.actor
    }

    /// In which role.
    fn role(&self) -> RoleEnum {
        self.0.role.into()
    }

    /// The name of the GraphQL operation; null when it has none.
    fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The field of `Mutation`.
    fn field(&self) -> &str {
        &self.0.field
    }

    /// Its input. Where personal data could be, "left out" stands instead of the value, and of a list of customers or
    /// responses only how many there were.
    fn input(&self) -> Json {
        Json(self.0.input.clone())
    }

    /// What became of it.
    fn outcome(&self) -> AuditOutcomeEnum {
        self.0.outcome.into()
    }

    /// How many items were written, the code of the error that refused it, or the code of the failure with the id of the
    /// request, which stands in the server's log; null when there is nothing to add.
    fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

/// Which entries a list holds; all that is given must hold.
#[derive(InputObject)]
pub struct AuditEntryFilter {
    /// Called by this viewer.
    actor: Option<String>,
    /// This field of `Mutation`.
    field: Option<String>,
    /// That ended so.
    outcome: Option<AuditOutcomeEnum>,
}

/// The audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Every mutation that somebody called, newest first. For admins.
    async fn audit_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which entries; null means all.")] filter: Option<AuditEntryFilter>,
        #[graphql(desc = "So many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, at most 1,000.")] last: Option<i32>,
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
