//! The weekly reviews of decisions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::decision_review::Model as ReviewRow;
use entity::review_series::SeriesWeek;
use entity::{store, verdict};
use needle_review::{ReviewNumbers as _, expected_interval};
use needle_stats::review::equivalence_region;

use super::decision::Decision;
use super::error::ApiError;
use super::node_id::NodeKind;
use super::nps::{Interval, Nps, ScoreChange};
use super::run::Run;
use super::scalar::Date;
use super::scope::RequestScope;

/// The conclusion of a review. Once `MOVED_UP`, `MOVED_DOWN` or `DID_NOT_MOVE` is reached it stays; later doubts only
/// add caveats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Verdict", remote = "entity::verdict::Verdict")]
pub enum VerdictEnum {
    /// The decision raised the score.
    MovedUp,
    /// The decision lowered the score.
    MovedDown,
    /// An effect large enough to matter would have been detected; none was.
    DidNotMove,
    /// It cannot be decided yet; more weeks are to come.
    TooEarly,
    /// There are too few responses to decide.
    NotEnoughData,
    /// The effect of the decision cannot be separated from that of something else.
    Confounded,
}

/// How an effect was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ReviewMethod", remote = "entity::verdict::ReviewMethod")]
pub enum ReviewMethodEnum {
    /// The target before and after, against the same change among everyone else.
    DifferenceInDifferences,
    /// The target before and after, against its own past; there was no comparison group.
    InterruptedTimeSeries,
}

/// How the effect compares with the expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ExpectationOutcome", remote = "entity::verdict::ExpectationOutcome")]
pub enum ExpectationOutcomeEnum {
    /// The effect was better than expected.
    Exceeded,
    /// The effect was as expected.
    Met,
    /// The effect was worse than expected.
    Missed,
    /// It cannot be determined yet, or not at all.
    Undetermined,
}

/// The kind of a caveat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "CaveatCode", remote = "entity::verdict::CaveatCode")]
pub enum CaveatCodeEnum {
    /// Another decision affected some of the same customers in some of the same weeks.
    OverlappingDecision,
    /// There was no comparison group.
    NoComparison,
    /// Target and comparison group did not move in parallel before the decision.
    TrendsNotParallel,
    /// The mix of respondents changed.
    RespondentMixShifted,
    /// There were few responses.
    FewResponses,
    /// There were few weeks before the decision.
    ShortHistory,
    /// The decision was logged after responses could have shown its effect.
    Retrospective,
    /// There was less than a year of data before the decision, so that a season may look like an effect.
    SeasonalityUnknown,
    /// Many decisions are judged at once: some will seem to move the needle by chance.
    ManyDecisions,
}

/// A caveat about a review.
#[derive(SimpleObject)]
pub struct Caveat {
    /// The kind of caveat, for programs.
    code: CaveatCodeEnum,
    /// An explanation, for people.
    message: String,
}

/// One week of a review's chart.
#[derive(SimpleObject)]
pub struct ReviewWeek {
    /// The Monday on which the week begins.
    start: Date,
    /// The observed score, adjusted for the mix of respondents; null without responses or where so few are suppressed.
    observed: Option<f64>,
    /// The score that is expected without the decision; null where nothing could be estimated.
    expected: Option<f64>,
    /// The interval of the expected score; null where nothing could be estimated.
    expected_interval: Option<Interval>,
    /// The number of scored responses in the week.
    responses: u64,
}

/// A review of a decision, as its stored row.
#[derive(Clone)]
pub struct DecisionReview(pub Arc<ReviewRow>);

/// A range of days in the reporting time zone.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct DayRange {
    /// The first day.
    from: Date,
    /// The day after the last.
    until: Date,
}

impl DecisionReview {
    /// The days before the decision and since that are compared; `None` in reviews of older versions.
    async fn windows(&self, context: &Context<'_>) -> Result<Option<(DayRange, DayRange)>> {
        let Some(days) = self.0.compared_days else { return Ok(None) };
        let start = Decision::of_review(RequestScope::of(context)?, &self.0).await?.0.takes_effect_on;
        let range =
            |from: i32, until: i32| DayRange { from: Date(start.plus_days(from)), until: Date(start.plus_days(until)) };
        Ok(Some((range(-days, 0), range(0, days))))
    }
}

/// A weekly review of a decision: the estimated effect and the verdict as of a Monday.
#[Object]
impl DecisionReview {
    /// The global id, for `node` and `nodes`. A later run for the same week keeps it.
    pub async fn id(&self) -> ID {
        NodeKind::DecisionReview.id(self.0.id.0)
    }

    /// The decision that is reviewed.
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

    /// True when the horizon is over: this verdict is not replaced.
    #[graphql(name = "final")]
    fn is_final(&self) -> bool {
        self.0.is_final
    }

    /// The verdict as of `asOf`.
    fn verdict(&self) -> VerdictEnum {
        self.0.verdict.into()
    }

    /// The estimated effect of the decision on the target's score, in NPS points; null when it cannot be estimated.
    fn effect(&self) -> Option<f64> {
        self.0.effect
    }

    /// The interval of the effect, in NPS points. It is valid over all weekly looks at once, so that looking every week
    /// does not raise the rate of false alarms; null when the effect cannot be estimated.
    fn interval(&self) -> Option<Interval> {
        self.0.interval().map(Into::into)
    }

    /// How the effect was estimated; null when it was not.
    fn method(&self) -> Option<ReviewMethodEnum> {
        self.0.method.map(Into::into)
    }

    /// The days of `before`: as many as those of `after`, up to the decision's first day. Null in reviews of older versions,
    /// which counted all weeks before and since.
    async fn before_during(&self, context: &Context<'_>) -> Result<Option<DayRange>> {
        Ok(self.windows(context).await?.map(|(before, _)| before))
    }

    /// The days of `after`: from the decision's first day to `asOf` or to its reversal, or as many as there are days with
    /// responses before it, if these are fewer. Null like `beforeDuring`.
    async fn after_during(&self, context: &Context<'_>) -> Result<Option<DayRange>> {
        Ok(self.windows(context).await?.map(|(_, after)| after))
    }

    /// The target's score before the decision, in the days of `beforeDuring`. Raw: unlike the effect, it does not allow for
    /// who responded, for single weeks and for other decisions.
    fn before(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.before()))
    }

    /// The target's score since the decision, in the days of `afterDuring`.
    fn after(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(RequestScope::of(context)?, self.0.after()))
    }

    /// `after` minus `before`; null when either is empty or suppressed.
    fn change(&self, context: &Context<'_>) -> Result<Option<ScoreChange>> {
        let scope = RequestScope::of(context)?;
        let [before, after] = [self.0.before(), self.0.after()].map(|counts| Nps::new(scope, counts));
        Ok(ScoreChange::between(&before, &after))
    }

    /// The score of everyone else before the decision, in the days of `beforeDuring`; null without a comparison.
    fn comparison_before(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let counts = self.0.comparison_before()?;
        Some(RequestScope::of(context).map(|scope| Nps::new(scope, counts)))
    }

    /// `comparisonAfter` minus `comparisonBefore`; null without a comparison, and when either is empty or suppressed.
    fn comparison_change(&self, context: &Context<'_>) -> Result<Option<ScoreChange>> {
        let scope = RequestScope::of(context)?;
        let Some(counts) = self.0.comparison_before().zip(self.0.comparison_after()) else { return Ok(None) };
        let [before, after] = <[_; 2]>::from(counts).map(|counts| Nps::new(scope, counts));
        Ok(ScoreChange::between(&before, &after))
    }

    /// The score of everyone else since the decision, in the days of `afterDuring`; null without a comparison.
    fn comparison_after(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let counts = self.0.comparison_after()?;
        Some(RequestScope::of(context).map(|scope| Nps::new(scope, counts)))
    }

    /// How the effect compares with the owner's expectation.
    fn expectation_outcome(&self) -> ExpectationOutcomeEnum {
        self.0.expectation_outcome.into()
    }

    /// An effect of less than this, up or down, is too small to matter, in NPS points: half of what was expected, and 2 at
    /// least. `DID_NOT_MOVE` says that the effect lies within it.
    async fn equivalence_margin(&self, context: &Context<'_>) -> Result<f64> {
        let decision = Decision::of_review(RequestScope::of(context)?, &self.0).await?;
        Ok(equivalence_region(decision.0.expected_impact))
    }

    /// True when this look no longer agrees with a verdict that an earlier one has settled: the interval of what moved the
    /// score contains zero again, or the effect of what did not move it lies beyond `equivalenceMargin`. The verdict stays.
    async fn contradicted(&self, context: &Context<'_>) -> Result<bool> {
        let decision = Decision::of_review(RequestScope::of(context)?, &self.0).await?;
        Ok(self.0.is_contradicted(decision.0.expected_impact))
    }

    /// The smallest effect that could have been detected with 80 % power, in NPS points; null when it cannot be
    /// determined.
    fn smallest_detectable_effect(&self) -> Option<f64> {
        self.0.smallest_detectable_effect
    }

    /// When more responses should settle the verdict, at their current rate; null when it is settled, when that is not to be
    /// expected by the final review, or when no date can be determined.
    fn decidable_by(&self) -> Option<Date> {
        self.0.decidable_by.map(Date)
    }

    /// Caveats about the effect and the verdict.
    fn caveats(&self) -> Vec<Caveat> {
        let caveat =
            |caveat: &verdict::StoredCaveat| Caveat { code: caveat.code.into(), message: caveat.message.clone() };
        self.0.caveats.0.iter().map(caveat).collect()
    }

    /// The observed score and the score expected without the decision, week by week, for a chart.
    async fn series(&self, context: &Context<'_>) -> Result<Vec<ReviewWeek>> {
        let scope = RequestScope::of(context)?;
        let packed = scope.loaders().review_series.load(self.0.id).await?;
        let series = store::review_series::unpack(scope.database().reader(), &self.0, packed.as_deref());
        let series = Box::pin(series).await?;
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
