//! The scores of a segment, and who declared it the primary customer.

use async_graphql::{Context, Object, Result};
use entity::primary_declaration::Model as DeclarationRow;
use needle_analytics::score::ScorePoint;

use super::Segment;
use crate::graphql::error::ApiError;
use crate::graphql::nps::Nps;
use crate::graphql::run::Run;
use crate::graphql::scalar::{Date, DateTime};
use crate::graphql::scope::RequestScope;

/// The score of a segment in one bucket of time.
pub struct SegmentScore(pub ScorePoint);

/// The published score of a segment in one bucket of time.
#[Object]
impl SegmentScore {
    /// The first day of the bucket.
    fn start(&self) -> Date {
        Date(self.0.start)
    }

    /// The day after the bucket's last.
    fn end(&self) -> Date {
        Date(self.0.end)
    }

    /// The score of the bucket.
    fn nps(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.counts))
    }

    /// The score of the thirteen weeks that end with the bucket.
    fn rolling(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.rolling))
    }

    /// The run that computed it.
    async fn computed_by(&self, context: &Context<'_>) -> Result<Run> {
        let run = RequestScope::of(context)?.loaders().runs.load(self.0.run_id).await?;
        Ok(run.map(Run).ok_or_else(|| ApiError::Internal(format!("run {} is gone", self.0.run_id.0)))?)
    }
}

/// One declaration of the primary customer, as its stored row.
pub struct PrimaryDeclaration(pub DeclarationRow);

/// One declaration of the primary customer.
#[Object]
impl PrimaryDeclaration {
    /// The segment that is the primary customer from then on.
    async fn segment(&self, context: &Context<'_>) -> Result<Segment> {
        let id = self.0.segment_id;
        let segment = RequestScope::of(context)?.loaders().segments.load(id).await?;
        Ok(segment.map(Segment).ok_or_else(|| ApiError::Internal(format!("segment {} is gone", id.0)))?)
    }

    /// The name of the viewer who declared it.
    fn declared_by(&self) -> &str {
        &self.0.declared_by
    }

    /// The reason that was given.
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// When it was declared.
    fn declared_at(&self) -> DateTime {
        DateTime(self.0.declared_at)
    }
}
