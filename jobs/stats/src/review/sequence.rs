//! The sequence of looks at one decision: the alpha spent, the looks taken and the claims made so far.

use super::budget::AlphaBudget;
use super::data_sufficiency::{self, DataSufficiency};
use super::finding::{EffectEstimate, LookFinding, ReviewCaveat, SequentialReview, TestVerdict};
use super::question::{ExpectedImpact, LookTiming, ReviewInput};
use super::rules;
use super::sequential::SequentialPValue;
use crate::concurrent::ConcurrentDecisions;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::interval::{ConfidenceInterval, confidence_sequence};
use crate::joint::{self, EffectPosterior};
use crate::learned_prior::LearnedPrior;
use crate::limit::{ALPHA, SPENDING};
use crate::mixture::{self, NormalComponent};
use crate::normal;
use crate::number;
use crate::pre_trend::{self, PreTrendTest};
use crate::respondent;
use crate::window::LookWindow;

/// The two-sided error rate of the claim that nothing moved, over all looks: twice that of each of two one-sided tests
/// (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680).
const EQUIVALENCE_ALPHA: f64 = 0.1;

/// The squared effect, in squared NPS points, at which intervals beyond the horizon are narrowest.
const SEQUENCE_MIXTURE: f64 = 25.0;

/// A smaller tail is replaced by this one, as in the prototype.
const SMALLEST_TAIL: f64 = 1e-15;

/// From look to look information grows by at least this factor, or the same boundary would be computed twice.
const SMALLEST_GROWTH: f64 = 1.0001;

/// The looks at one decision, taken in order. Each look may use a different set of other decisions: those logged by
/// then. A verdict once reached stays, while the estimate continues to be updated.
#[derive(Clone, Debug)]
pub struct ReviewSequence {
    impact: f64,
    horizon_weeks: u32,
    prior: LearnedPrior,
    information: f64,
    movement: AlphaBudget,
    equivalence: AlphaBudget,
    sequential: SequentialPValue,
    /// Whether a look at the end of the horizon was taken.
    is_over: bool,
    verdict: Option<TestVerdict>,
}

/// The threats to the validity of a claim, whatever the estimate.
#[derive(Clone, Copy)]
struct ValidityThreats {
    shift: Option<f64>,
    left_out: usize,
    confounder: Option<usize>,
    pre_trend: PreTrendTest,
}

impl ReviewSequence {
    /// The sequence of a decision without looks so far. An impact that is not a finite number counts as 0.
    pub fn new(expectation: ExpectedImpact, horizon_weeks: u32) -> Self {
        let impact = if expectation.impact.is_finite() { expectation.impact } else { 0.0 };
        Self {
            impact,
            horizon_weeks,
            prior: LearnedPrior::default(),
            information: 0.0,
            movement: AlphaBudget::new(ALPHA),
            equivalence: AlphaBudget::new(EQUIVALENCE_ALPHA),
            sequential: SequentialPValue::default(),
            is_over: false,
            verdict: None,
        }
    }

    /// The same sequence with the prior learned from other segments; to be set before the first look.
    #[must_use]
    pub fn with_learned_prior(self, prior: LearnedPrior) -> Self {
        Self { prior, ..self }
    }

    /// Takes looks, in order, on a review input that all of them share. A look at the beginning of week `now` uses only
    /// the weeks `0..now` of the data: later weeks do not change its result, not even in the last digit. All looks
    /// together cost hardly more than the last one.
    ///
    /// Looks after the first one with a share of 1 reach no verdict. They show how the estimate develops, with the
    /// intervals of a confidence sequence, which hold together however often they are computed.
    pub fn looks(&mut self, input: &ReviewInput<'_>, looks: &[LookTiming]) -> Vec<LookFinding> {
        let Some(last) = looks.iter().map(|look| look.now).max() else { return Vec::new() };
        let window_at = |now| LookWindow::new(input.data, now, input.decision);
        let window = window_at(last);
        let mut contrast = ArmContrast::new(input.data, window, input.decision);
        let shifts = contrast.as_mut().map_or_else(Vec::new, |contrast| respondent::adjust(contrast, input.responses));
        let gather = |look: &LookTiming| {
            let window = window_at(look.now);
            DataSufficiency::assess(contrast.as_ref(), window, input.decision)
        };
        let concurrent = ConcurrentDecisions::around(input.decision, input.others, self.horizon_weeks);
        let sufficiency: Vec<DataSufficiency> = looks.iter().map(gather).collect();
        let cuts: Vec<usize> = sufficiency
            .iter()
            .filter(|sufficiency_by_look| sufficiency_by_look.suffices)
            .map(|seen| seen.window.end - window.first)
            .collect();
        let contrast = contrast.filter(|_| !cuts.is_empty());
        let pre_trend = contrast.as_ref().map_or_else(PreTrendTest::default, |contrast| {
            pre_trend::test_pre_trend(contrast, input.decision, &concurrent.allowed_for)
        });
        let posteriors = contrast.map_or_else(Vec::new, |contrast| {
            joint::posteriors(input.data, &contrast, input.decision, &concurrent.allowed_for, &self.prior, &cuts)
        });
        let mut posteriors = posteriors.into_iter();
        let mut found = Vec::with_capacity(looks.len());
        for (look, sufficiency) in looks.iter().zip(sufficiency) {
            let posterior = if sufficiency.suffices { posteriors.next() } else { None };
            let posterior = posterior.filter(|posterior| !posterior.effect.is_empty()).unwrap_or_default();
            let post_weeks = sufficiency.window.end - sufficiency.window.start;
            let shift = post_weeks.checked_sub(1).and_then(|last| shifts.get(last).copied().flatten());
            let left_out = concurrent.left_out(number::of_index(look.now));
            let threats = ValidityThreats { shift, left_out, confounder: posterior.confounder, pre_trend };
            found.push(self.finding(input, look, sufficiency, &posterior, threats));
        }
        found
    }

    /// Takes one look, and settles it without regard to other decisions.
    pub fn look(&mut self, input: &ReviewInput<'_>, look: LookTiming) -> Option<SequentialReview> {
        let finding = self.looks(input, &[look]).pop()?;
        Some(self.settle(finding, true))
    }

    fn finding(
        &mut self,
        input: &ReviewInput<'_>,
        look: &LookTiming,
        sufficiency: DataSufficiency,
        posterior: &EffectPosterior,
        threats: ValidityThreats,
    ) -> LookFinding {
        let share = number::within(look.share, 0.0, 1.0);
        let estimate = (!posterior.effect.is_empty()).then(|| self.estimate(&posterior.effect, share));
        self.is_over |= share >= 1.0;
        let weeks = sufficiency.exposed_weeks(input.decision);
        let mut caveats = sufficiency.caveats;
        let others = data_sufficiency::near(input.decision, input.others, &posterior.touching, self.horizon_weeks);
        if !others.is_empty() {
            caveats.push(ReviewCaveat::OverlappingDecision { others });
        }
        let ValidityThreats { shift, left_out, confounder, pre_trend: PreTrendTest { placebo_points, drift_points } } =
            threats;
        let has_omen = estimate.is_some() && (placebo_points.is_some() || drift_points.is_some());
        caveats.extend(has_omen.then_some(ReviewCaveat::TrendsNotParallel { placebo_points, drift_points }));
        caveats.extend((left_out > 0).then_some(ReviewCaveat::ManyConcurrentDecisions { left_out }));
        caveats.extend(confounder.map(|other| ReviewCaveat::Confounded { other }));
        caveats.extend(shift.map(|points| ReviewCaveat::RespondentMixShifted { points }));
        let boundary = self.movement.critical_value();
        LookFinding {
            share,
            estimate,
            method: sufficiency.method,
            before: sufficiency.before,
            after: sufficiency.after,
            comparison_before: sufficiency.comparison_before,
            comparison_after: sufficiency.comparison_after,
            p_sequential: self.sequential.value(),
            smallest_detectable_effect: estimate.map(|one| (boundary + rules::POWER_MARGIN) * one.standard_error),
            weeks_to_decide: estimate.and_then(|one| self.wait(&one, weeks, sufficiency.window.end, input.decision)),
            caveats,
            confounded: confounder.is_some() || (left_out > 0 && estimate.is_some()),
            shifted: shift.is_some(),
        }
    }

    /// The effect with the interval at the boundary of this look, for which alpha is spent.
    fn estimate(&mut self, effect: &[NormalComponent], share: f64) -> EffectEstimate {
        let variance = mixture::variance(effect);
        self.information = (1.0 / variance).max(self.information * SMALLEST_GROWTH);
        let boundary = self.movement.look(self.information, SPENDING, share);
        let narrower = self.equivalence.look(self.information, SPENDING, share);
        let above = mixture::above(effect, 0.0);
        let tail = above.min(mixture::below(effect, 0.0)).max(SMALLEST_TAIL);
        self.sequential.look(self.information, SPENDING, share, -normal::quantile(tail));
        let mean = mixture::mean(effect);
        let beyond = if self.is_over { confidence_sequence(variance, SEQUENCE_MIXTURE, ALPHA) } else { None };
        let interval = beyond.map_or_else(
            || interval(effect, boundary, 1.0 - ALPHA),
            |half| ConfidenceInterval { low: mean - half, high: mean + half, level: 1.0 - ALPHA },
        );
        EffectEstimate {
            effect: mean,
            standard_error: variance.sqrt(),
            interval,
            is_equivalent: is_inside(effect, rules::equivalence_region(self.impact), narrower),
            probability_above_zero: above,
        }
    }

    /// The verdict of a look, kept for all later ones when it is a claim or the last look of the horizon. A movement is
    /// claimed only when `permitted` by the correction over all decisions that are reviewed at once.
    pub fn settle(&mut self, finding: LookFinding, permitted: bool) -> SequentialReview {
        let claim = finding
            .estimate
            .filter(|_| !finding.confounded && !finding.shifted)
            .and_then(|estimate| rules::claim(estimate.interval, estimate.is_equivalent));
        let is_movement = matches!(claim, Some(TestVerdict::MovedUp | TestVerdict::MovedDown));
        let forbidden = is_movement && !permitted && self.verdict.is_none();
        let claim = claim.filter(|_| !forbidden);
        let last = finding.share >= 1.0;
        let verdict = self.verdict.unwrap_or(match claim {
            Some(claim) => claim,
            None if finding.confounded => TestVerdict::Confounded,
            None if last => TestVerdict::NotEnoughData,
            None => TestVerdict::TooEarly,
        });
        if last || claim.is_some() {
            self.verdict = Some(verdict);
        }
        let range = finding.estimate.filter(|_| verdict != TestVerdict::Confounded);
        let range = range.map(|estimate| (estimate.interval.low, estimate.interval.high));
        let waiting = matches!(verdict, TestVerdict::TooEarly | TestVerdict::NotEnoughData);
        let mut caveats = finding.caveats;
        caveats.extend(forbidden.then_some(ReviewCaveat::ManyDecisions { p_sequential: finding.p_sequential }));
        SequentialReview {
            verdict,
            estimate: finding.estimate,
            method: finding.method,
            before: finding.before,
            after: finding.after,
            comparison_before: finding.comparison_before,
            comparison_after: finding.comparison_after,
            p_sequential: finding.p_sequential,
            expectation_outcome: rules::outcome(range, self.impact, verdict),
            smallest_detectable_effect: finding.smallest_detectable_effect,
            weeks_to_decide: finding.weeks_to_decide.filter(|_| waiting),
            caveats,
        }
    }

    /// See [`SequentialReview::weeks_to_decide`].
    fn wait(&self, estimate: &EffectEstimate, weeks: f64, now: usize, decision: &DecisionColumn) -> Option<f64> {
        let ongoing = decision.ends.is_none_or(|ends| ends >= number::of_index(now));
        let horizon_weeks = f64::from(self.horizon_weeks);
        ongoing.then(|| rules::weeks_to_decide(self.impact, estimate.standard_error, weeks, horizon_weeks)).flatten()
    }
}

/// Whether two one-sided tests at this critical value both show that a mixture lies inside `-region..region`.
fn is_inside(effect: &[NormalComponent], region: f64, critical_value: f64) -> bool {
    let tail = normal::cdf(-critical_value);
    mixture::below(effect, -region) < tail && mixture::above(effect, region) < tail
}

/// The interval of a mixture that excludes, on each side, the probability that a normal distribution has beyond
/// `critical_value`.
fn interval(effect: &[NormalComponent], critical_value: f64, level: f64) -> ConfidenceInterval {
    let tail = normal::cdf(-critical_value);
    ConfidenceInterval {
        low: mixture::lower_quantile(effect, tail),
        high: mixture::upper_quantile(effect, tail),
        level,
    }
}
