//! Permissions: the table of permissions and roles, and the table of fields in [`rule`]. Nothing else decides on
//! access.
//!
//! Every field of the schema needs a permission; a field without a rule is forbidden to every role. The [`guard`]
//! enforces both tables. Resolvers check a permission only where their result depends on it: whether to suppress
//! scores, to search in names, to show details of errors.

mod audience;
pub mod guard;
mod rule;
mod schema_types;
#[cfg(test)]
pub(super) mod tests;

use entity::token::Role;

use super::error::ApiError;
use crate::auth::Viewer;

/// An action that only some roles allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read the viewer's own name and role, and the cost of the request.
    ReadViewer,
    /// Read the errors in the input of a mutation.
    ReadUserErrors,
    /// Read everything that has no permission of its own below.
    Read,
    /// Read single responses: whoever reads scores of groups only could compute those of suppressed groups from them.
    ReadResponses,
    /// Read the comments of responses.
    ReadComments,
    /// Read names and email addresses, and search in them.
    ReadPersonalData,
    /// Read scores of very small groups.
    ReadSmallGroups,
    /// Read the technical error of a run that failed.
    ReadRunErrors,
    /// Write customers and responses.
    WriteResponses,
    /// Erase the personal data of a customer.
    EraseCustomer,
    /// Merge customers who are one person, and undo it.
    MergeCustomers,
    /// Define segments.
    DefineSegment,
    /// Declare which segment is the primary customer.
    DeclarePrimarySegment,
    /// Log, revise and reverse one's own decisions.
    WriteOwnDecisions,
    /// Log, revise and reverse the decisions of every owner.
    WriteAnyDecision,
    /// Start and cancel recomputes.
    Recompute,
    /// Read the audit log.
    ReadAudit,
    /// Read the deliveries of reports, and those to webhooks.
    ReadDeliveries,
    /// Read which files were imported, by whom.
    ReadImports,
    /// Undo an import.
    UndoImport,
}

/// The roles that have a permission.
const fn roles(permission: Permission) -> &'static [Role] {
    use Role::{Admin, Ingest, Leader, Viewer};
    match permission {
        Permission::ReadViewer | Permission::ReadUserErrors => &[Viewer, Leader, Ingest, Admin],
        Permission::Read => &[Viewer, Leader, Admin],
        Permission::WriteResponses => &[Ingest, Admin],
        Permission::ReadResponses
        | Permission::ReadComments
        | Permission::ReadSmallGroups
        | Permission::DefineSegment
        | Permission::WriteOwnDecisions
        | Permission::Recompute => &[Leader, Admin],
        Permission::ReadPersonalData
        | Permission::ReadRunErrors
        | Permission::EraseCustomer
        | Permission::MergeCustomers
        | Permission::DeclarePrimarySegment
        | Permission::WriteAnyDecision
        | Permission::ReadAudit
        | Permission::ReadDeliveries
        | Permission::ReadImports
        | Permission::UndoImport => &[Admin],
    }
}

/// The fields of `Mutation`.
#[cfg(test)]
pub fn mutations() -> impl Iterator<Item = &'static str> {
    schema_types::SchemaTypes::of_schema().fields().filter(|(kind, _)| *kind == "Mutation").map(|(_, field)| field)
}

impl Permission {
    /// The action, to complete "the role ... may not".
    const fn description(self) -> &'static str {
        match self {
            Self::ReadViewer => "read its own name and role",
            Self::ReadUserErrors => "read errors",
            Self::Read => "read",
            Self::ReadResponses => "read single responses",
            Self::ReadComments => "read comments",
            Self::ReadPersonalData => "read personal data",
            Self::ReadSmallGroups => "read scores of very small groups",
            Self::ReadRunErrors => "read why a run failed",
            Self::WriteResponses => "write customers and responses",
            Self::EraseCustomer => "erase customers",
            Self::MergeCustomers => "merge customers",
            Self::DefineSegment => "define segments",
            Self::DeclarePrimarySegment => "declare the primary segment",
            Self::WriteOwnDecisions => "write decisions",
            Self::WriteAnyDecision => "write the decisions of others",
            Self::Recompute => "start a recompute",
            Self::ReadAudit => "read the audit log",
            Self::ReadDeliveries => "read the deliveries",
            Self::ReadImports => "read which files were imported",
            Self::UndoImport => "undo imports",
        }
    }
}

impl Viewer {
    /// True when the viewer's role allows an action.
    pub fn may(&self, permission: Permission) -> bool {
        roles(permission).contains(&self.role)
    }

    /// Refuses an action that the viewer's role does not allow.
    pub fn check(&self, permission: Permission) -> Result<(), ApiError> {
        if self.may(permission) {
            return Ok(());
        }
        let role = super::viewer::role_name(self.role);
        Err(ApiError::Forbidden(format!("the role {role} may not {}", permission.description())))
    }
}
