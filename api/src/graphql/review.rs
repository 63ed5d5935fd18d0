//! The weekly reviews of decisions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::decision_review::Model as ReviewRow;
use entity::review_series::SeriesWeek;
use entity::{store, verdict};
use needle_review::{ReviewNumbers as _, expected_interval};

use super::decision::Decision;
use super::error::ApiError;
use super::node_id::NodeKind;
use super::nps::{Interval, Nps};
use super::run::Run;
use super::scalar::Date;
use super::scope::RequestScope;

/// What a review concludes. Once `MOVED_UP`, `MOVED_DOWN` or `DID_NOT_MOVE` is reached it stays; later doubt adds caveats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Verdict", remote = "entity::verdict::Verdict")]
pub enum VerdictEnum {
    /// The decision raised the score.
    MovedUp,
    /// The decision lowered the score.
    MovedDown,
    /// Had it moved the score by as much as matters, one would have seen it.
    DidNotMove,
    /// More weeks are to come.
    TooEarly,
    /// There are too few responses to tell.
    NotEnoughData,
    /// What the decision did cannot be told from what something else did.
    Confounded,
}

/// How an effect was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ReviewMethod", remote = "entity::verdict::ReviewMethod")]
pub enum ReviewMethodEnum {
    /// The target before and after, against the same change among everyone else.
    DifferenceInDifferences,
    /// The target before and after, against its own past; there was nobody to compare with.
    InterruptedTimeSeries,
}

/// How what was expected came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ExpectationOutcome", remote = "entity::verdict::ExpectationOutcome")]
pub enum ExpectationOutcomeEnum {
    /// The effect was better than expected.
    Exceeded,
    /// The effect was as expected.
    Met,
    /// The effect was worse than expected.
    Missed,
    /// It cannot be told yet, or not at all.
    Undetermined,
}

/// The kind of a caveat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "CaveatCode", remote = "entity::verdict::CaveatCode")]
pub enum CaveatCodeEnum {
    /// Another decision worked on some of the same customers in some of the same weeks.
    OverlappingDecision,
    /// There was nobody to compare with.
    NoComparison,
    /// Target and comparison did not move alike before the decision.
    TrendsNotParallel,
    /// Other kinds of customers answered than before.
    RespondentMixShifted,
    /// There were few responses.
    FewResponses,
    /// There were few weeks before the decision.
    ShortHistory,
    /// The decision was logged when responses may already have told.
    Retrospective,
    /// There was less than a year before the decision, so that a season may look like an effect.
    SeasonalityUnknown,
    /// Many decisions are judged at once: some will seem to move the needle by chance.
    ManyDecisions,
}

/// Something to bear in mind about a review.
#[derive(SimpleObject)]
pub struct Caveat {
    /// Its kind.
    code: CaveatCodeEnum,
    /// In words, for a person.
    message: String,
}

/// One week of a review's chart.
#[derive(SimpleObject)]
pub struct ReviewWeek {
    /// The Monday.
    start: Date,
    /// The observed score, adjusted for who answered; null without responses or where so few are suppressed.
    observed: Option<f64>,
    /// The score that was to be expected without the decision; null where nothing could be estimated.
    expected: Option<f64>,
    /// The interval of the expected score; null where nothing could be estimated.
    expected_interval: Option<Interval>,
    /// How many scored responses the week has.
    responses: u64,
}

/// A review of a decision.
#[derive(Clone)]
pub struct DecisionReview(pub Arc<ReviewRow>);

/// What the responses of some weeks say about a decision.
#[Object]
impl DecisionReview {
    /// The global id. A later run of the same week keeps it.
    pub async fn id(&self) -> ID {
        NodeKind::DecisionReview.id(self.0.id.0)
    }

    /// The decision.
    async fn decision(&self, context: &Context<'_>) -> Result<Decision> {
        Decision::of_review(RequestScope::of(context)?, &self.0).await
    }

    /// The run that made it.
    async fn run(&self, context: &Context<'_>) -> Result<Run> {
        let run = RequestScope::of(context)?.loaders().runs.load(self.0.run_id).await?;
        Ok(run.map(Run).ok_or_else(|| ApiError::Internal(format!("run {} is gone", self.0.run_id.0)))?)
    }

    /// A Monday: only responses given before this day are used.
    fn as_of(&self) -> Date {
        Date(self.0.as_of)
    }

    /// True when the horizon is over: this verdict stays.
    #[graphql(name = "final")]
    fn is_final(&self) -> bool {
        self.0.is_final
    }

    /// What it concludes.
    fn verdict(&self) -> VerdictEnum {
        self.0.verdict.into()
    }

    /// The estimated effect of the decision on the target's score, in NPS points; null when it cannot be estimated.
    fn effect(&self) -> Option<f64> {
        self.0.effect
    }

    /// The interval of the effect, in NPS points. It holds over all weekly looks at once, so that looking every week
    /// raises no false alarm; null when the effect cannot be estimated.
    fn interval(&self) -> Option<Interval> {
        self.0.interval().map(Into::into)
    }

    /// How the effect was estimated; null when it was not.
    fn method(&self) -> Option<ReviewMethodEnum> {
        self.0.method.map(Into::into)
    }

    /// The target's score before the decision.
    fn before(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.before()))
    }

    /// The target's score since the decision.
    fn after(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.after()))
    }

    /// The score of everyone else before the decision; null without a comparison.
    fn comparison_before(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let counts = self.0.comparison_before()?;
        Some(RequestScope::of(context).map(|scope| Nps::new(scope, counts)))
    }

    /// The score of everyone else since the decision; null without a comparison.
    fn comparison_after(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let counts = self.0.comparison_after()?;
        Some(RequestScope::of(context).map(|scope| Nps::new(scope, counts)))
    }

    /// How what the owner expected came true.
    fn expectation_outcome(&self) -> ExpectationOutcomeEnum {
        self.0.expectation_outcome.into()
    }

    /// The smallest effect that could have been seen with 80 % power, in NPS points; null when it cannot be told.
    fn smallest_detectable_effect(&self) -> Option<f64> {
        self.0.smallest_detectable_effect
    }

    /// When more responses should settle it, at their present rate; null when it is settled or cannot be told.
    fn decidable_by(&self) -> Option<Date> {
        self.0.decidable_by.map(Date)
    }

    /// What to bear in mind.
    fn caveats(&self) -> Vec<Caveat> {
        let caveat = |caveat: &verdict::Caveat| Caveat { code: caveat.code.into(), message: caveat.message.clone() };
        self.0.caveats.0.iter().map(caveat).collect()
    }

    /// Week by week, what was observed and what was to be expected without the decision: what a chart draws.
    async fn series(&self, context: &Context<'_>) -> Result<Vec<ReviewWeek>> {
        let scope = RequestScope::of(context)?;
        let packed = scope.loaders().review_series.load(self.0.id).await?;
        let series = store::review_series::unpack(scope.database().reader(), &self.0, packed.as_deref()).await?;
        let week = |week: &SeriesWeek| ReviewWeek {
            start: Date(week.start),
            observed: week.observed.filter(|_| !Nps::is_suppressed(scope, week.responses)),
            expected: week.expected,
            expected_interval: expected_interval(&series, week.expected_range).map(Into::into),
            responses: week.responses,
        };
        Ok(series.weeks.iter().map(week).collect())
    }
}
