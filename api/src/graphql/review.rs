//! The weekly reviews of decisions.

use async_graphql::{Context, Enum, ID, InputType, Name, Object, Result, SimpleObject, Value};
use entity::decision_review::Model as ReviewRow;
use needle_review::{Detail, Range, Week};
use needle_stats::interval;

use super::decision::Decision;
use super::error::ApiError;
use super::id::Kind;
use super::nps::{Interval, Nps};
use super::run::Run;
use super::scalar::Date;
use super::scope::Scope;

/// What a review concludes. Once `MOVED_UP`, `MOVED_DOWN` or `DID_NOT_MOVE` is reached it stays; later doubt adds caveats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Verdict {
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
pub enum ReviewMethod {
    /// The target before and after, against the same change among everyone else.
    DifferenceInDifferences,
    /// The target before and after, against its own past; there was nobody to compare with.
    InterruptedTimeSeries,
}

/// How what was expected came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExpectationOutcome {
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
pub enum CaveatCode {
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
    code: CaveatCode,
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

impl Verdict {
    /// The verdict of a stored review.
    pub fn of(review: &ReviewRow) -> Result<Self, ApiError> {
        from_name(&review.verdict)
    }

    /// Whether the decision moved the needle; `None` when that cannot be told.
    pub fn moved(self) -> Option<bool> {
        match self {
            Self::MovedUp | Self::MovedDown => Some(true),
            Self::DidNotMove => Some(false),
            Self::TooEarly | Self::NotEnoughData | Self::Confounded => None,
        }
    }
}

/// An enum value by the name that the database keeps.
fn from_name<E: InputType>(name: &str) -> Result<E, ApiError> {
    E::parse(Some(Value::Enum(Name::new(name))))
        .map_err(|_| ApiError::Internal(format!("the database holds \"{name}\", which is no {}", E::type_name())))
}

/// The name that the database keeps for an enum value.
pub fn name_of<E: InputType>(value: &E) -> String {
    match value.to_value() {
        Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

fn interval_of(range: Range) -> Interval {
    interval::Interval::from(range).into()
}

/// A review of a decision.
#[derive(Clone)]
pub struct DecisionReview {
    row: ReviewRow,
    detail: Detail,
}

impl DecisionReview {
    /// A stored review.
    pub fn new(row: ReviewRow) -> Result<Self> {
        let detail = serde_json::from_value(row.detail.clone())?;
        Ok(Self { row, detail })
    }

    /// The stored row.
    pub fn row(&self) -> &ReviewRow {
        &self.row
    }
}

/// What the responses of some weeks say about a decision.
#[Object]
impl DecisionReview {
    /// The global id. A later run of the same week keeps it.
    pub async fn id(&self) -> ID {
        Kind::DecisionReview.id(self.row.id.0)
    }

    /// The decision.
    async fn decision(&self, context: &Context<'_>) -> Result<Decision> {
        Decision::of_review(Scope::of(context)?, &self.row).await
    }

    /// The run that made it.
    async fn run(&self, context: &Context<'_>) -> Result<Run> {
        let run = Scope::of(context)?.loaders().runs.load(self.row.run_id).await?;
        Ok(run.map(Run).ok_or_else(|| ApiError::Internal(format!("run {} is gone", self.row.run_id.0)))?)
    }

    /// A Monday: only responses given before this day are used.
    fn as_of(&self) -> Date {
        Date(self.row.as_of)
    }

    /// True when the horizon is over: this verdict stays.
    #[graphql(name = "final")]
    fn is_final(&self) -> bool {
        self.row.is_final
    }

    /// What it concludes.
    fn verdict(&self) -> Result<Verdict> {
        Ok(Verdict::of(&self.row)?)
    }

    /// The estimated effect of the decision on the target's score, in NPS points; null when it cannot be estimated.
    fn effect(&self) -> Option<f64> {
        self.row.effect
    }

    /// The interval of the effect, in NPS points. It holds over all weekly looks at once, so that looking every week
    /// raises no false alarm; null when the effect cannot be estimated.
    fn interval(&self) -> Option<Interval> {
        self.detail.interval.map(interval_of)
    }

    /// How the effect was estimated; null when it was not.
    fn method(&self) -> Option<Result<ReviewMethod>> {
        Some(from_name(self.detail.method.as_deref()?).map_err(Into::into))
    }

    /// The target's score before the decision.
    fn before(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(Scope::of(context)?, self.detail.before.into()))
    }

    /// The target's score since the decision.
    fn after(&self, context: &Context<'_>) -> Result<Nps> {
        Ok(Nps::new(Scope::of(context)?, self.detail.after.into()))
    }

    /// The score of everyone else before the decision; null without a comparison.
    fn comparison_before(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let tally = self.detail.comparison_before?;
        Some(Scope::of(context).map(|scope| Nps::new(scope, tally.into())))
    }

    /// The score of everyone else since the decision; null without a comparison.
    fn comparison_after(&self, context: &Context<'_>) -> Option<Result<Nps>> {
        let tally = self.detail.comparison_after?;
        Some(Scope::of(context).map(|scope| Nps::new(scope, tally.into())))
    }

    /// How what the owner expected came true.
    fn expectation_outcome(&self) -> Result<ExpectationOutcome> {
        Ok(from_name(&self.detail.expectation_outcome)?)
    }

    /// The smallest effect that could have been seen with 80 % power, in NPS points; null when it cannot be told.
    fn smallest_detectable_effect(&self) -> Option<f64> {
        self.detail.smallest_detectable_effect
    }

    /// When more responses should settle it, at their present rate; null when it is settled or cannot be told.
    fn decidable_by(&self) -> Option<Date> {
        self.detail.decidable_by.map(Date)
    }

    /// What to bear in mind.
    fn caveats(&self) -> Result<Vec<Caveat>> {
        let caveat = |caveat: &needle_review::Caveat| {
            Ok(Caveat { code: from_name(&caveat.code)?, message: caveat.message.clone() })
        };
        self.detail.caveats.iter().map(caveat).collect()
    }

    /// Week by week, what was observed and what was to be expected without the decision: what a chart draws.
    fn series(&self, context: &Context<'_>) -> Result<Vec<ReviewWeek>> {
        let scope = Scope::of(context)?;
        let week = |week: &Week| ReviewWeek {
            start: Date(week.start),
            observed: week.observed.filter(|_| !Nps::is_suppressed(scope, week.responses)),
            expected: week.expected,
            expected_interval: week.expected_interval.map(interval_of),
            responses: week.responses,
        };
        Ok(self.detail.series.iter().map(week).collect())
    }
}
