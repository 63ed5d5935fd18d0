//! The viewer that a request is executed as.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use super::scope::RequestScope;

/// A role, which determines what a viewer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Role", remote = "entity::token::Role")]
pub enum RoleEnum {
    /// Reads everything but comments and personal data; scores of very small groups are suppressed.
    Viewer,
    /// Also reads comments, defines segments, starts recomputes, and logs, revises and reverses own decisions.
    Leader,
    /// Only writes customers and responses, and reads nothing but `viewer` and `requestCost`.
    Ingest,
    /// Does and reads everything.
    Admin,
}

/// The viewer that the request is executed as, by its token.
#[derive(SimpleObject)]
#[graphql(name = "Viewer")]
pub struct ViewerObject {
    /// The token's name, which owns decisions.
    name: String,
    /// The viewer's role.
    role: RoleEnum,
}

/// Queries for the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
#[expect(clippy::unused_self, reason = "the root has nothing of its own")]
impl ViewerQuery {
    /// The viewer that the request is executed as.
    fn viewer(&self, context: &Context<'_>) -> Result<ViewerObject> {
        let viewer = &RequestScope::of(context)?.viewer;
        Ok(ViewerObject { name: viewer.name.clone(), role: viewer.role.into() })
    }
}

/// A role as the schema names it.
pub fn role_name(role: entity::token::Role) -> String {
    match async_graphql::resolver_utils::enum_value(RoleEnum::from(role)) {
        async_graphql::Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}
