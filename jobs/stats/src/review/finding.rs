//! What a look finds and what a review concludes from it.

use crate::interval::ConfidenceInterval;
use crate::nps::NpsCounts;

/// How the effect is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EstimationMethod {
    /// Against everybody whom the decision does not target.
    DifferenceInDifferences,
    /// Against the target's own past, because there is nobody else.
    InterruptedTimeSeries,
}

/// What can be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestVerdict {
    /// The whole interval lies above 0.
    MovedUp,
    /// The whole interval lies below 0.
    MovedDown,
    /// The whole interval lies inside the region of practical equivalence: a finding, not an absence.
    DidNotMove,
    /// Nothing yet, and the horizon is not over.
    TooEarly,
    /// Nothing by the end of the horizon.
    NotEnoughData,
    /// The effect of another decision, or of too many others, cannot be told apart from this one's.
    Confounded,
}

/// The effect against the expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectationResult {
    /// The whole interval lies beyond the expected impact.
    Exceeded,
    /// The interval excludes 0 on the expected side. For an expected 0: the verdict is that it did not move.
    Met,
    /// The whole interval falls short of the expected impact.
    Missed,
    /// None of these.
    Undetermined,
}

/// What a reader must know beside the verdict. Positions of decisions are those in `others` at that look.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewCaveat {
    /// The decision targets nobody who answered: nothing can be estimated, ever.
    EmptyTarget,
    /// Everybody who answered is targeted: what else happened at that date cannot be told apart.
    NoComparison,
    /// No estimate: too few weeks before the decision in which every arm answered.
    ShortHistory {
        /// Such weeks.
        weeks: usize,
        /// The least that allow an estimate.
        needed: usize,
    },
    /// No estimate: the decision was in effect for too short a time in which every arm answered.
    ShortPostPeriod {
        /// Such weeks; a week that it was in effect for three days counts as three sevenths.
        weeks: f64,
        /// The least that allow an estimate.
        needed: f64,
    },
    /// No estimate: too few answers from the target with the decision in effect.
    FewResponses {
        /// Answers from the target before the decision.
        before: u64,
        /// Answers from the target in weeks at least half in effect.
        after: u64,
        /// The least number after that allows an estimate.
        needed: u64,
    },
    /// Without a comparison and with less than a year of history, season and effect may be mistaken for each other.
    SeasonalityUnknown {
        /// Usable weeks before the decision.
        weeks: usize,
        /// A year of them.
        needed: usize,
    },
    /// Other decisions that touch the same people took effect or ended within the horizon; the estimate allows for
    /// them.
    OverlappingDecision {
        /// Their positions.
        others: Vec<usize>,
    },
    /// More decisions took effect near this one than a regression can tell apart.
    ManyConcurrentDecisions {
        /// How many it does not allow for.
        left_out: usize,
    },
    /// The decision whose effect cannot be told apart from this one's.
    Confounded {
        /// Its position.
        other: usize,
    },
    /// Those who answer since are other people than before: their own earlier answers lie so many points above or below what
    /// they did for respondents before, relative to the comparison. Whatever the score does, they may be why.
    RespondentMixShifted {
        /// NPS points, foretold.
        points: f64,
    },
    /// The weeks before the decision already look as if something had happened.
    TrendsNotParallel {
        /// By how much the last weeks before it lie above the earlier ones, NPS points; `None` when that may be chance.
        placebo_points: Option<f64>,
        /// By how much target and comparison drifted apart in ten weeks, NPS points; `None` when that may be chance.
        drift_points: Option<f64>,
    },
    /// The interval excludes 0, but among so many decisions watched at once some will by luck.
    ManyDecisions {
        /// See [`Review::p_sequential`].
        p_sequential: f64,
    },
}

/// What is known of the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectEstimate {
    /// The posterior mean in NPS points.
    pub effect: f64,
    /// The posterior standard deviation in NPS points.
    pub standard_error: f64,
    /// The interval at this look's boundary. All intervals of a decision's life up to its horizon hold *together*
    /// with the stated level of .95, so that early ones are much wider than a single look's would be.
    pub interval: ConfidenceInterval,
    /// Whether two one-sided tests, at boundaries of their own that spend 5 % each over the whole life, say that the effect
    /// lies inside the region of practical equivalence ([`super::equivalence_region`]).
    pub is_equivalent: bool,
    /// The posterior probability of an effect above 0; not corrected for many looks.
    pub probability_above_zero: f64,
}

/// What one look found, before it is settled what can be claimed: that depends on the other decisions too.
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
    /// See [`Review::estimate`].
    pub fn estimate(&self) -> Option<EffectEstimate> {
        self.estimate
    }

    /// See [`Review::p_sequential`].
    pub fn p_sequential(&self) -> f64 {
        self.p_sequential
    }
}

/// One look at one decision.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialReview {
    /// What can be claimed by now.
    pub verdict: TestVerdict,
    /// The effect; `None` when the data do not allow an estimate, which a caveat explains.
    pub estimate: Option<EffectEstimate>,
    /// How it is, or will be, estimated; `None` when nobody in the target answered.
    pub method: Option<EstimationMethod>,
    /// The target's answers in the weeks wholly before the decision, at most [`LONGEST_HISTORY_WEEKS`](super::LONGEST_HISTORY_WEEKS) of them.
    pub before: NpsCounts,
    /// The target's answers in the weeks at least half of which the decision was in effect.
    pub after: NpsCounts,
    /// The comparison's answers in the weeks of `before`; `None` without a comparison.
    pub comparison_before: Option<NpsCounts>,
    /// The comparison's answers in the weeks of `after`; `None` without a comparison.
    pub comparison_after: Option<NpsCounts>,
    /// The smallest of a grid of error rates at which the looks so far would have claimed a movement, 1 when none
    /// would: a p-value that is right although there are many looks, for a correction over many decisions.
    pub p_sequential: f64,
    /// The effect against the expectation.
    pub expectation_outcome: ExpectationResult,
    /// The effect in NPS points that this look would have claimed with a chance of 80 %; `None` without an estimate.
    pub smallest_detectable_effect: Option<f64>,
    /// How many weeks after the start the question should be settled, at 80 % power and to within the expected impact
    /// or 2 points, whichever is more. `None` without an estimate, once settled, when confounded, when the decision
    /// has ended or when it would take more than ten years. A rough number: information is taken to grow with time.
    pub weeks_to_decide: Option<f64>,
    /// What a reader must know beside the verdict.
    pub caveats: Vec<ReviewCaveat>,
}
