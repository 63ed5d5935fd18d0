//! Defining segments and declaring the primary customer.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::{Filter, StoreError};
use needle_rules::segment::{SegmentDraft, declare_primary, define};

use super::Segment;
use crate::graphql::audit::AuditedMutation;
use crate::graphql::filter::ProfileFilter;
use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::{UserError, split_refusal};

/// The input of `defineSegment`.
#[derive(InputObject)]
pub struct DefineSegmentInput {
    /// The segment's key; an existing segment is redefined.
    key: String,
    /// The name that is shown.
    name: String,
    /// What the segment is about; absent or null leaves the stored value.
    description: Option<String>,
    /// The filter that defines its customers.
    filter: ProfileFilter,
}

/// What `defineSegment` did.
#[derive(SimpleObject)]
pub struct DefineSegmentPayload {
    /// The segment; null when it was not defined.
    segment: Option<Segment>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

/// The input of `declarePrimarySegment`.
#[derive(InputObject)]
pub struct DeclarePrimarySegmentInput {
    /// The key of the segment.
    segment_key: String,
    /// The filter that defines its customers from now on; absent or null keeps its definition. The definition of a primary
    /// segment changes in no other way.
    filter: Option<ProfileFilter>,
    /// Why this is the primary customer.
    reason: String,
}

/// What `declarePrimarySegment` did.
#[derive(SimpleObject)]
pub struct DeclarePrimarySegmentPayload {
    /// The primary customer; null when it was not declared.
    segment: Option<Segment>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations of segments.
#[derive(Default)]
pub struct SegmentMutation;

#[Object]
impl SegmentMutation {
    /// Defines a segment, or redefines an existing one other than the primary customer. Decisions logged before keep the definition they have; the
    /// scores follow with the next recompute.
    async fn define_segment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The segment.")] input: DefineSegmentInput,
    ) -> Result<DefineSegmentPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let draft = SegmentDraft {
            key: input.key,
            name: input.name,
            description: input.description,
            filter: Filter::from(input.filter),
        };
        let transaction = scope.database().begin_write().await?;
        let outcome = split_refusal(define(&transaction, &draft, scope.now).await)?;
        Ok(match outcome {
            Err(error) => {
                transaction.rollback().await.map_err(StoreError::from)?;
                audited.record_refused(scope, &error).await?;
                DefineSegmentPayload { segment: None, user_errors: vec![error] }
            }
            Ok((segment, _)) => {
                audited.record_done(&transaction).await?;
                transaction.commit().await.map_err(StoreError::from)?;
                scope.discard_snapshot();
                DefineSegmentPayload { segment: Some(Segment(segment)), user_errors: Vec::new() }
            }
        })
    }

    /// Declares which segment is the primary customer. Declarations are kept, see `primaryDeclarations`.
    async fn declare_primary_segment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The segment, and why.")] input: DeclarePrimarySegmentInput,
    ) -> Result<DeclarePrimarySegmentPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let transaction = scope.database().begin_write().await?;
        let filter = input.filter.map(Filter::from);
        let by = (scope.viewer.name.as_str(), input.reason.as_str());
        let declared = declare_primary(&transaction, &input.segment_key, filter.as_ref(), by, scope.now).await;
        Ok(match split_refusal(declared)? {
            Err(error) => {
                transaction.rollback().await.map_err(StoreError::from)?;
                audited.record_refused(scope, &error).await?;
                DeclarePrimarySegmentPayload { segment: None, user_errors: vec![error] }
            }
            Ok((segment, _)) => {
                audited.record_done(&transaction).await?;
                transaction.commit().await.map_err(StoreError::from)?;
                scope.discard_snapshot();
                DeclarePrimarySegmentPayload { segment: Some(Segment(segment)), user_errors: Vec::new() }
            }
        })
    }
}
