//! Who may do what: the table of actions and roles, and the table of fields in [`rule`]. Nothing else decides it.
//!
//! Every field of the schema is an action; a field without a rule is for nobody. The [`guard`] enforces both tables.
//! Resolvers only ask where the answer depends on the viewer: whether to suppress, to search in names, to tell details.

mod audience;
pub mod guard;
mod rule;
mod schema_types;
#[cfg(test)]
pub(super) mod tests;

use entity::token::Role;

use super::error::ApiError;
use crate::auth::Viewer;

/// Something a viewer may or may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Learn who one is.
    ReadViewer,
    /// Read what is wrong with the input of a mutation.
    ReadUserErrors,
    /// Read everything but words and personal data.
    Read,
    /// Read what people wrote.
    ReadComments,
    /// Read names and email addresses, and search in them.
    ReadPersonalData,
    /// See the figures of very small groups.
    ReadSmallGroups,
    /// Read why a run failed, in an operator's words.
    ReadRunErrors,
    /// Write customers and responses.
    WriteResponses,
    /// Erase a person.
    EraseCustomer,
    /// Define segments.
    DefineSegment,
    /// Declare the ONE primary customer.
    DeclarePrimarySegment,
    /// Log, revise and reverse one's own decisions.
    WriteOwnDecisions,
    /// Log, revise and reverse anybody's decisions.
    WriteAnyDecision,
    /// Start a recompute.
    Recompute,
    /// Read who changed what.
    ReadAudit,
    /// Read which report went to whom.
    ReadDeliveries,
}

/// The table.
const fn roles(action: Permission) -> &'static [Role] {
    use Role::{Admin, Ingest, Leader, Viewer};
    match action {
        Permission::ReadViewer | Permission::ReadUserErrors => &[Viewer, Leader, Ingest, Admin],
        Permission::Read => &[Viewer, Leader, Admin],
        Permission::WriteResponses => &[Ingest, Admin],
        Permission::ReadComments
        | Permission::ReadSmallGroups
        | Permission::DefineSegment
        | Permission::WriteOwnDecisions
        | Permission::Recompute => &[Leader, Admin],
        Permission::ReadPersonalData
        | Permission::ReadRunErrors
        | Permission::EraseCustomer
        | Permission::DeclarePrimarySegment
        | Permission::WriteAnyDecision
        | Permission::ReadAudit
        | Permission::ReadDeliveries => &[Admin],
    }
}

/// The fields of `Mutation`.
#[cfg(test)]
pub fn mutations() -> impl Iterator<Item = &'static str> {
    schema_types::SchemaTypes::of_schema().fields().filter(|(kind, _)| *kind == "Mutation").map(|(_, field)| field)
}

impl Permission {
    /// The action as it completes "a viewer may not ...".
    const fn description(self) -> &'static str {
        match self {
            Self::ReadViewer => "learn who it is",
            Self::ReadUserErrors => "read errors",
            Self::Read => "read",
            Self::ReadComments => "read comments",
            Self::ReadPersonalData => "read personal data",
            Self::ReadSmallGroups => "see the figures of very small groups",
            Self::ReadRunErrors => "read why a run failed",
            Self::WriteResponses => "write customers and responses",
            Self::EraseCustomer => "erase customers",
            Self::DefineSegment => "define segments",
            Self::DeclarePrimarySegment => "declare the primary segment",
            Self::WriteOwnDecisions => "write decisions",
            Self::WriteAnyDecision => "write the decisions of others",
            Self::Recompute => "start a recompute",
            Self::ReadAudit => "read the audit log",
            Self::ReadDeliveries => "read the deliveries",
        }
    }
}

impl Viewer {
    /// True when the viewer's role allows an action.
    pub fn may(&self, action: Permission) -> bool {
        roles(action).contains(&self.role)
    }

    /// Refuses an action that the viewer's role does not allow.
    pub fn check(&self, action: Permission) -> Result<(), ApiError> {
        if self.may(action) {
            return Ok(());
        }
        let role = super::viewer::role_name(self.role);
        Err(ApiError::Forbidden(format!("the role {role} may not {}", action.description())))
    }
}
