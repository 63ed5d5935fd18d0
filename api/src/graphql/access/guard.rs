//! The guard: checks the rules of fields for a document before it is executed, and for every field during execution.
//!
//! Checking every field costs time, so it is done only for a document that selects a field forbidden to its viewer:
//! [`exceeds_access`] walks each selection once, and all other documents are executed unguarded.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo};
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{
    IntrospectionMode, PathSegment, Positioned, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult,
    Value, async_trait,
};

use super::rule;
use super::schema_types::SchemaTypes;
use crate::auth::Viewer;
use crate::graphql::audit::record_denied;
use crate::graphql::error::ApiError;
use crate::graphql::scope::RequestScope;

/// True when a document selects a field that is forbidden to the viewer. Each fragment is checked once, where it is
/// defined, however often it is spread.
pub fn exceeds_access(document: &ExecutableDocument, viewer: &Viewer) -> bool {
    let operations = document.operations.iter().any(|(_, operation)| {
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        selections_exceed_access(root, &operation.node.selection_set.node, viewer)
    });
    operations
        || document.fragments.values().any(|fragment| {
            let on = fragment.node.type_condition.node.on.node.as_str();
            selections_exceed_access(on, &fragment.node.selection_set.node, viewer)
        })
}

fn selections_exceed_access(parent: &str, set: &SelectionSet, viewer: &Viewer) -> bool {
    let types = SchemaTypes::of_schema();
    set.items.iter().any(|selection| match &selection.node {
        Selection::FragmentSpread(_) => false,
        Selection::InlineFragment(inline) => {
            let on = inline.node.type_condition.as_ref().map_or(parent, |condition| condition.node.on.node.as_str());
            selections_exceed_access(on, &inline.node.selection_set.node, viewer)
        }
        Selection::Field(field) => {
            let name = field.node.name.node.as_str();
            if name == "__typename" {
                return false;
            }
            let is_forbidden = |type_name: &str| refusal(type_name, name, viewer).is_some();
            // Validation rejects unknown fields; until then they are treated as forbidden. So is introspection: where
            // it is disabled, async-graphql without the guard returns null for it.
            let Some(inner) = types.field(parent, name) else { return true };
            is_forbidden(parent)
                || types.implementers(parent).any(is_forbidden)
                || selections_exceed_access(inner, &field.node.selection_set.node, viewer)
        }
    })
}

/// Rejects a subscription to a field that is forbidden to the viewer, before it waits for events.
pub fn check_subscribed(field: &Positioned<Field>, viewer: &Viewer) -> Result<(), ServerError> {
    let name = field.node.name.node.as_str();
    if SchemaTypes::of_schema().field("Subscription", name).is_none() {
        // Validation rejects unknown fields.
        return Ok(());
    }
    let Some(error) = refusal("Subscription", name, viewer) else { return Ok(()) };
    let key = field.node.response_key().node.to_string();
    let error = async_graphql::Error::from(error).into_server_error(field.pos);
    Err(ServerError { path: vec![PathSegment::Field(key)], ..error })
}

/// True for `__typename` and introspection, which reveal the schema and no stored data.
fn is_introspection(field: &str) -> bool {
    field.starts_with("__")
}

/// Why the viewer may not select a field; `None` when the viewer may.
fn refusal(type_name: &str, field: &str, viewer: &Viewer) -> Option<ApiError> {
    match rule::permission_of(type_name, field) {
        Some(permission) => viewer.check(permission).err(),
        None => Some(ApiError::Forbidden(format!("{type_name}.{field} has no access rule"))),
    }
}

/// Creates the guard of each request.
#[derive(Debug)]
pub struct AccessGuard;

impl ExtensionFactory for AccessGuard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(AccessGuardExtension::default())
    }
}

/// The guard of one request.
#[derive(Debug, Default)]
struct AccessGuardExtension {
    /// The errors of fields that were set to null because access was denied.
    denied_errors: Mutex<Vec<ServerError>>,
}

#[async_trait::async_trait]
impl Extension for AccessGuardExtension {
    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(context, operation_name).await;
        response.errors.append(&mut self.denied_errors.lock().unwrap_or_else(PoisonError::into_inner));
        response
    }

    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let mode = context.schema_env.registry.introspection_mode;
        if mode == IntrospectionMode::Disabled && ["__schema", "__type"].contains(&info.name) {
            // No role may introspect then: the request as a whole is rejected.
            return Err(ServerError::new("introspection is disabled", None));
        }
        // An item of a list belongs to a field that was checked already; its parent type is the list.
        let is_item = info.parent_type.starts_with('[');
        if is_item || info.is_for_introspection || is_introspection(info.name) {
            return next.run(context, info).await;
        }
        let denial = match context.data_opt::<RequestScope>() {
            Some(scope) => refusal(info.parent_type, info.name, &scope.viewer),
            None => Some(ApiError::Internal("a request was executed without its scope".to_owned())),
        };
        let Some(error) = denial else { return next.run(context, info).await };
        let position = info.field.name.pos;
        let error = ServerError {
            path: path_of(info.path_node),
            ..async_graphql::Error::from(error).into_server_error(position)
        };
        if info.parent_type == "Mutation"
            && let Some(scope) = context.data_opt::<RequestScope>()
            && let Err(error) = record_denied(scope, info.name).await
        {
            tracing::error!(%error, "the audit entry of a denied mutation could not be written");
        }
        if info.return_type.ends_with('!') {
            return Err(error);
        }
        self.denied_errors.lock().unwrap_or_else(PoisonError::into_inner).push(error);
        Ok(Some(Value::Null))
    }
}

fn path_of(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut path: Vec<PathSegment> = std::iter::once(node)
        .chain(node.parents())
        .map(|node| match node.segment {
            QueryPathSegment::Index(index) => PathSegment::Index(index),
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
        })
        .collect();
    path.reverse();
    path
}
