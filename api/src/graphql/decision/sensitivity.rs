//! Sensitivity figures that are shown next to a verdict and never change it.

use async_graphql::{Context, Result, SimpleObject};
use entity::ScoreCategory;
use entity::decision::Model as DecisionRow;
use entity::score::SCALE;
use needle_review::sensitivity;
use needle_stats::nps::NpsCounts;
use needle_stats::rank::ScoreHistogram;

use crate::graphql::nps::{Interval, Nps};
use crate::graphql::scalar::Date;
use crate::graphql::scope::RequestScope;

/// The effect of a decision beyond its horizon.
#[derive(SimpleObject)]
pub struct BeyondHorizon {
    /// A Monday: only responses given before this day are used.
    as_of: Date,
    /// The estimated effect on the target's score, in NPS points.
    effect: f64,
    /// Its interval, from a confidence sequence: valid however often it is looked at.
    interval: Interval,
}

/// A rank test on the raw scores from 0 to 10 before and after a decision. The NPS does not change when a response
/// rises from 2 to 6; this test does. It ignores weekly noise and seasons, and it is a single test: a sensitivity
/// figure, no verdict.
#[derive(SimpleObject)]
pub struct RankTest {
    /// The first day of the responses before.
    from: Date,
    /// The day after the last of the responses after.
    until: Date,
    /// The target's responses before, in as many weeks as after.
    before: Nps,
    /// The target's responses since the decision, within its horizon and 52 weeks.
    after: Nps,
    /// Everyone else's responses before.
    comparison_before: Nps,
    /// Everyone else's responses after.
    comparison_after: Nps,
    /// The probability, 0 to 1, that one response of the target after is higher than one before; ties count half. Null
    /// with fewer than two responses on a side, and where so small a group is suppressed.
    superiority: Option<f64>,
    /// The same for everyone else; null like the above, and without a comparison.
    comparison_superiority: Option<f64>,
    /// By how much the target's probability exceeds everyone else's, or one half without a comparison; -1 to 1.
    excess: Option<f64>,
    /// The low end of the 95 % interval of `excess`.
    excess_low: Option<f64>,
    /// The high end of the 95 % interval of `excess`.
    excess_high: Option<f64>,
    /// The two-sided p-value under the hypothesis of no excess.
    p_value: Option<f64>,
}

impl BeyondHorizon {
    /// The effect of a decision; `None` until its horizon is over, and where nothing can be estimated.
    pub async fn of(context: &Context<'_>, decision: &DecisionRow) -> Result<Option<Self>> {
        let scope = RequestScope::of(context)?;
        let (analytics, decision) = (scope.analytics().await?, decision.clone());
        let found = sensitivity::beyond_horizon(scope.database(), analytics, decision).await?;
        Ok(found.map(|found| Self {
            as_of: Date(found.as_of),
            effect: found.estimate.effect,
            interval: found.estimate.interval.into(),
        }))
    }
}

impl RankTest {
    /// The test for a decision; `None` before its first responses.
    pub async fn of(context: &Context<'_>, decision: &DecisionRow) -> Result<Option<Self>> {
        let scope = RequestScope::of(context)?;
        let filter = scope.target_filter(decision.definition_id).await?;
        let found = sensitivity::rank_test(scope.database(), scope.analytics().await?, decision, filter).await?;
        Ok(found.map(|found| Self::new(scope, &found)))
    }

    fn new(scope: &RequestScope, found: &sensitivity::DecisionRankTest) -> Self {
        let groups = [&found.target.0, &found.target.1, &found.others.0, &found.others.1].map(counts);
        let is_suppressed = groups.iter().any(|counts| Nps::is_suppressed(scope, counts.responses()));
        let rise = found.rise.filter(|_| !is_suppressed);
        let [before, after, comparison_before, comparison_after] = groups.map(|counts| Nps::new(scope, counts));
        Self {
            from: Date(found.from),
            until: Date(found.until),
            before,
            after,
            comparison_before,
            comparison_after,
            superiority: rise.map(|rise| rise.superiority),
            comparison_superiority: rise.and_then(|rise| rise.comparison),
            excess: rise.map(|rise| rise.excess),
            excess_low: rise.map(|rise| rise.low),
            excess_high: rise.map(|rise| rise.high),
            p_value: rise.map(|rise| rise.p),
        }
    }
}

fn counts(histogram: &ScoreHistogram) -> NpsCounts {
    let of = |category| {
        SCALE
            .zip(histogram)
            .filter(|(score, _)| ScoreCategory::of(*score) == category)
            .map(|(_, count)| count)
            .sum::<u64>()
    };
    NpsCounts {
        detractors: of(ScoreCategory::Detractor),
        passives: of(ScoreCategory::Passive),
        promoters: of(ScoreCategory::Promoter),
    }
}
