//! Look-up of objects by global id.

use async_graphql::{Context, ID, Interface, Object, Result};
use entity::audit_entry::AuditEntryId;
use entity::customer::CustomerId;
use entity::decision::DecisionId;
use entity::decision_review::ReviewId;
use entity::import::ImportId;
use entity::response::ResponseId;
use entity::run::RunId;
use entity::segment::SegmentId;

use super::audit::AuditEntry;
use super::customer::Customer;
use super::decision::Decision;
use super::error::ApiError;
use super::import::Import;
use super::node_id::NodeKind;
use super::response::Response;
use super::review::DecisionReview;
use super::run::Run;
use super::scope::RequestScope;
use super::segment::Segment;

/// The most ids of one call.
const IDS_LIMIT: usize = 100;

/// An object with a global id, by which it can be fetched again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id: opaque, and permanent for one object of one type."))]
pub enum Node {
    /// A customer.
    Customer(Customer),
    /// A response.
    Response(Response),
    /// A segment.
    Segment(Segment),
    /// A decision.
    Decision(Decision),
    /// A weekly review of a decision.
    DecisionReview(DecisionReview),
    /// A recompute.
    Run(Run),
    /// An entry of the audit log.
    AuditEntry(AuditEntry),
    /// A file that was imported.
    Import(Import),
}

/// Queries for nodes.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this global id; null when there is none.
    async fn node(&self, context: &Context<'_>, #[graphql(desc = "The global id.")] id: ID) -> Option<Result<Node>> {
        async { find(RequestScope::of(context)?, &id).await }.await.transpose()
    }

    /// The objects with these global ids, in the order of the ids; null for an id that no object has.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let scope = RequestScope::of(context)?;
        if ids.len() > IDS_LIMIT {
            let message = format!("ids: at most {IDS_LIMIT} ids are looked up, {} were given", ids.len());
            return Err(ApiError::LimitExceeded(message).into());
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(scope, id))).await
    }
}

async fn find(scope: &RequestScope, id: &str) -> Result<Option<Node>> {
    let Some((kind, row)) = NodeKind::parse(id) else { return Ok(None) };
    let loaders = scope.loaders();
    Ok(match kind {
        NodeKind::Customer => loaders.customers.load(CustomerId(row)).await?.map(|row| Node::Customer(Customer(row))),
        NodeKind::Response => loaders.responses.load(ResponseId(row)).await?.map(|row| Node::Response(Response(row))),
        NodeKind::Segment => loaders.segments.load(SegmentId(row)).await?.map(|row| Node::Segment(Segment(row))),
        NodeKind::Decision => loaders.decisions.load(DecisionId(row)).await?.map(|row| Node::Decision(Decision(row))),
        NodeKind::Run => loaders.runs.load(RunId(row)).await?.map(|row| Node::Run(Run(row))),
        NodeKind::AuditEntry => {
            loaders.audit_entries.load(AuditEntryId(row)).await?.map(|row| Node::AuditEntry(AuditEntry(row)))
        }
        NodeKind::Import => loaders.imports.load(ImportId(row)).await?.map(|row| Node::Import(Import(row))),
        NodeKind::DecisionReview => {
            loaders.reviews.load(ReviewId(row)).await?.map(|row| Node::DecisionReview(DecisionReview(row)))
        }
    })
}
