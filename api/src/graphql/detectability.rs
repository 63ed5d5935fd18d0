//! Whether reviews could ever judge a decision: queried before it is logged, and returned again when it is.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::decision::Model as DecisionRow;
use entity::segment_definition::DefinitionId;
use entity::store;
use needle_review::detectability::{self, ProposedDecision};
use needle_rules::decision::DEFAULT_HORIZON_WEEKS;
use needle_rules::segment::{ChangeError, unknown_segment};

use super::review::ReviewMethodEnum;
use super::scalar::Date;
use super::scope::RequestScope;

/// A proposed decision.
#[derive(InputObject)]
pub struct DetectabilityInput {
    /// The key of the target segment; absent or null means every customer.
    target_segment_key: Option<String>,
    /// The first day of its effect.
    takes_effect_on: Date,
    /// The number of weeks for which its effect would be observed, 1 to 520.
    #[graphql(default_with = "Some(DEFAULT_HORIZON_WEEKS)")]
    horizon_weeks: Option<i32>,
    /// The expected impact, in NPS points.
    expected_impact: f64,
}

/// Which effects of a decision its reviews could detect, at the current rate of responses and weekly noise.
#[derive(SimpleObject)]
pub struct Detectability {
    /// The smallest effect that the weekly reviews within the horizon would distinguish from chance with 80 % power, in
    /// NPS points; null when none of them could estimate anything.
    smallest_detectable_effect: Option<f64>,
    /// The probability, 0 to 1, that a review within the horizon distinguishes the expected impact from chance if it is
    /// real; null like the above, and when no impact is expected.
    power: Option<f64>,
    /// The expected number of scored responses from the target within the horizon; 0 for a decision that takes effect
    /// more than ten years after the newest published week, of which nothing is estimated.
    expected_responses: u64,
    /// The Monday by which `power` reaches 80 %, which may be past the horizon; null when that would take more than ten
    /// years or cannot be determined.
    decidable_by: Option<Date>,
    /// How the effect would be estimated; null when the target has no responses.
    method: Option<ReviewMethodEnum>,
    /// A summary in one sentence, for the person who decides.
    advice: String,
}

/// Queries for detectability.
#[derive(Default)]
pub struct DetectabilityQuery;

#[Object]
impl DetectabilityQuery {
    /// Whether reviews could ever judge a proposed decision, by the published data: to query before logging it.
    async fn detectability(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proposed decision.")] input: DetectabilityInput,
    ) -> Result<Detectability> {
        let scope = RequestScope::of(context)?;
        let definition = match &input.target_segment_key {
            None => None,
            Some(key) => {
                let reader = scope.database().reader();
                let Some(found) = store::segment::by_key(reader, key).await? else {
                    return Err(ChangeError::from(unknown_segment(reader, key, "targetSegmentKey").await?).into());
                };
                Some(found.definition_id)
            }
        };
        let query = ProposedDecision {
            takes_effect_on: input.takes_effect_on.0,
            horizon_weeks: input.horizon_weeks.unwrap_or(DEFAULT_HORIZON_WEEKS),
            expected_impact: input.expected_impact,
        };
        Detectability::of(scope, definition, query).await
    }
}

impl Detectability {
    /// The detectability of a logged decision.
    pub async fn of_decision(scope: &RequestScope, decision: &DecisionRow) -> Result<Self> {
        let query = ProposedDecision {
            takes_effect_on: decision.takes_effect_on,
            horizon_weeks: decision.horizon_weeks,
            expected_impact: decision.expected_impact,
        };
        Self::of(scope, decision.definition_id, query).await
    }

    async fn of(scope: &RequestScope, definition: Option<DefinitionId>, query: ProposedDecision) -> Result<Self> {
        let filter = scope.target_filter(definition).await?;
        let found = detectability::detectability(
            scope.database(),
            scope.respondents(),
            scope.analytics().await?,
            filter,
            query,
        );
        let found = found.await?;
        Ok(found.into())
    }
}

impl From<detectability::DetectabilityResult> for Detectability {
    fn from(found: detectability::DetectabilityResult) -> Self {
        let method = |is_compared| {
            if is_compared {
                ReviewMethodEnum::DifferenceInDifferences
            } else {
                ReviewMethodEnum::InterruptedTimeSeries
            }
        };
        Self {
            smallest_detectable_effect: found.smallest_effect,
            power: found.power,
            expected_responses: found.expected_responses,
            decidable_by: found.decidable_by.map(Date),
            method: found.is_compared.map(method),
            advice: found.advice,
        }
    }
}
