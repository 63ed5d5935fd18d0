//! The result of a look, and what a review concludes from it.

use crate::interval::ConfidenceInterval;
use crate::nps::NpsCounts;

/// How the effect is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EstimationMethod {
    /// Compared with everybody whom the decision does not target.
    DifferenceInDifferences,
    /// Compared with the target's own past, because nobody else responded.
    InterruptedTimeSeries,
}

/// What can be claimed about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestVerdict {
    /// The whole interval lies above 0.
    MovedUp,
    /// The whole interval lies below 0.
    MovedDown,
    /// The whole interval lies inside the region of practical equivalence: a finding, not the absence of one.
    DidNotMove,
    /// Nothing can be claimed yet, and the horizon has not passed.
    TooEarly,
    /// Nothing could be claimed by the end of the horizon.
    NotEnoughData,
    /// The effect of another decision, or of too many others, cannot be separated from this one's.
    Confounded,
}

/// The effect compared with the expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectationResult {
    /// The whole interval lies above the expected impact: better for the customers.
    Exceeded,
    /// The interval excludes 0 on the expected side. For an expected 0: the verdict is "did not move".
    Met,
    /// The whole interval lies below the expected impact: worse for the customers.
    Missed,
    /// None of the above.
    Undetermined,
}

/// Qualifications of a verdict that a reader must know. Decisions are given by their positions in `others` at that
/// look.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewCaveat {
    /// The decision targets no respondent: nothing can ever be estimated.
    EmptyTarget,
    /// Every respondent is targeted: other events at that date cannot be separated from the effect.
    NoComparison,
    /// No estimate: too few weeks before the decision in which every arm has responses.
    ShortHistory {
        /// The number of such weeks.
        weeks: usize,
        /// The smallest number that allows an estimate.
        needed: usize,
    },
    /// No estimate: too little time with the decision in effect and responses in every arm.
    ShortPostPeriod {
        /// The number of such weeks; a week in which it was in effect for three days counts as three sevenths.
        weeks: f64,
        /// The smallest number that allows an estimate.
        needed: f64,
    },
    /// No estimate: too few responses from the target with the decision in effect.
    FewResponses {
        /// Responses from the target before the decision.
        before: u64,
        /// Responses from the target in weeks at least half of which it was in effect.
        after: u64,
        /// The smallest `after` that allows an estimate.
        needed: u64,
    },
    /// Without a comparison and with less than a year of history, season and effect may be confused.
    SeasonalityUnknown {
        /// Usable weeks before the decision.
        weeks: usize,
        /// The number of weeks in a year, from which on the season is estimated.
        needed: usize,
    },
    /// Other decisions that affect the same people took effect or ended within the horizon; the estimate allows for
    /// them.
    OverlappingDecision {
        /// Their positions in `others`.
        others: Vec<usize>,
    },
    /// More decisions took effect near this one than a regression can separate.
    ManyConcurrentDecisions {
        /// How many of them it does not allow for.
        left_out: usize,
    },
    /// Another decision's effect cannot be separated from this one's.
    Confounded {
        /// The position of that decision in `others`.
        other: usize,
    },
    /// The respondents since the decision are different people from those before: their own earlier responses are this
    /// many points above or below those of the earlier respondents, relative to the comparison. The score may have
    /// changed only for that reason.
    RespondentMixShifted {
        /// The predicted shift, NPS points.
        points: f64,
    },
    /// The weeks before the decision already show a change.
    TrendsNotParallel {
        /// How far the last weeks before it are above the earlier ones, NPS points; `None` when not significant.
        placebo_points: Option<f64>,
        /// How far target and comparison drifted apart in ten weeks, NPS points; `None` when not significant.
        drift_points: Option<f64>,
    },
    /// The interval excludes 0, but among this many decisions reviewed at once some will by chance.
    ManyDecisions {
        /// See [`SequentialReview::p_sequential`].
        p_sequential: f64,
    },
}

/// The estimate of the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectEstimate {
    /// The posterior mean in NPS points.
    pub effect: f64,
    /// The posterior standard deviation in NPS points.
    pub standard_error: f64,
    /// The interval at the boundary of this look. All intervals of a decision up to its horizon hold *together* with
    /// the stated level of .95, so early ones are much wider than that of a single look.
    pub interval: ConfidenceInterval,
    /// Whether two one-sided tests, at boundaries that spend 5 % each over all looks, show that the effect lies inside
    /// the region of practical equivalence ([`super::equivalence_region`]).
    pub is_equivalent: bool,
    /// The posterior probability of an effect above 0; not corrected for many looks.
    pub probability_above_zero: f64,
}

/// The result of one look before it is settled; what can be claimed also depends on the other decisions.
#[derive(Clone, Debug, PartialEq)]
pub struct LookFinding {
    pub(super) share: f64,
    pub(super) confounded: bool,
    pub(super) shifted: bool,
    pub(super) estimate: Option<EffectEstimate>,
    pub(super) method: Option<EstimationMethod>,
    pub(super) before: NpsCounts,
    pub(super) after: NpsCounts,
    pub(super) comparison_before: Option<NpsCounts>,
    pub(super) comparison_after: Option<NpsCounts>,
    pub(super) p_sequential: f64,
    pub(super) smallest_detectable_effect: Option<f64>,
    pub(super) weeks_to_decide: Option<f64>,
    pub(super) caveats: Vec<ReviewCaveat>,
}

impl LookFinding {
    /// See [`SequentialReview::estimate`].
    pub fn estimate(&self) -> Option<EffectEstimate> {
        self.estimate
    }

    /// See [`SequentialReview::p_sequential`].
    pub fn p_sequential(&self) -> f64 {
        self.p_sequential
    }
}

/// The result of one look at one decision.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialReview {
    /// What can be claimed by now.
    pub verdict: TestVerdict,
    /// The effect; `None` when the data do not allow an estimate, for a reason that a caveat names.
    pub estimate: Option<EffectEstimate>,
    /// How it is, or will be, estimated; `None` without responses from the target.
    pub method: Option<EstimationMethod>,
    /// The target's responses in the weeks entirely before the decision, at most
    /// [`LONGEST_HISTORY_WEEKS`](super::LONGEST_HISTORY_WEEKS) of them.
    pub before: NpsCounts,
    /// The target's responses in the weeks at least half of which the decision was in effect.
    pub after: NpsCounts,
    /// The comparison's responses in the weeks of `before`; `None` without a comparison.
    pub comparison_before: Option<NpsCounts>,
    /// The comparison's responses in the weeks of `after`; `None` without a comparison.
    pub comparison_after: Option<NpsCounts>,
    /// The smallest of a grid of error rates at which the looks so far would have claimed a movement, 1 when none
    /// would: a p-value that is valid over many looks, for a correction over many decisions.
    pub p_sequential: f64,
    /// The effect compared with the expectation.
    pub expectation_outcome: ExpectationResult,
    /// The effect in NPS points that this look would have claimed with a probability of 80 %; `None` without an
    /// estimate.
    pub smallest_detectable_effect: Option<f64>,
    /// How many weeks after the start the question should be settled, at 80 % power and to within the expected impact
    /// or 2 points, whichever is more. `None` without an estimate, once settled, when confounded, when the decision has
    /// ended or when it would take more than ten years. An approximation: information is assumed to grow in proportion
    /// to time.
    pub weeks_to_decide: Option<f64>,
    /// Qualifications that a reader must know; their order has no meaning.
    pub caveats: Vec<ReviewCaveat>,
}
