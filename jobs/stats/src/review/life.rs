//! One decision's life of looks: what was spent, what was seen and what was claimed so far.

use super::budget::Budget;
use super::plan::{Approach, Plan};
use super::rules;
use super::sequential::Sequential;
use super::{Caveat, Estimate, Expectation, Review, Verdict};
use crate::cells::CellWeeks;
use crate::confounding;
use crate::decision::Column;
use crate::evidence::{self, Evidence};
use crate::experience::Experience;
use crate::interval::Interval;
use crate::mixture::{self, Component};
use crate::normal;
use crate::number;

/// The chance of any false claim of a movement over a decision's whole life (statistics.md, point 6).
const ALPHA: f64 = 0.05;

/// A tail smaller than this is taken for this, as in the prototype.
const SMALLEST_TAIL: f64 = 1e-15;

/// From look to look information grows by this factor at least, or the boundary would be asked the same twice.
const SMALLEST_GROWTH: f64 = 1.0001;

/// One decision's life of looks, taken in order. Each look may see a different set of other decisions: those logged by
/// then. A verdict once reached stays, while the estimate goes on being updated.
#[derive(Clone, Debug)]
pub struct Life {
    impact: f64,
    horizon_weeks: u32,
    plan: Plan,
    experience: Experience,
    information: f64,
    movement: Budget,
    /// `None` until a look has an approach that spends on it.
    equivalence: Option<Budget>,
    sequential: Sequential,
    verdict: Option<Verdict>,
}

impl Life {
    /// A decision nobody has looked at yet. An impact that is not a finite number counts as 0.
    pub fn new(expectation: Expectation, horizon_weeks: u32) -> Self {
        let impact = if expectation.impact.is_finite() { expectation.impact } else { 0.0 };
        Self {
            impact,
            horizon_weeks,
            plan: Plan::default(),
            experience: Experience::default(),
            information: 0.0,
            movement: Budget::new(ALPHA),
            equivalence: None,
            sequential: Sequential::default(),
            verdict: None,
        }
    }

    /// The same life under another plan; to be chosen before the first look.
    #[must_use]
    pub fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// The same life with what other segments taught; to be given before the first look.
    #[must_use]
    pub fn with_experience(self, experience: Experience) -> Self {
        Self { experience, ..self }
    }

    /// Looks at the decision at the beginning of week `now`, seeing weeks `0..now` of `data` only: what is in later
    /// weeks changes nothing. `others` are the other decisions known by now, in order of effect. `share_of_horizon`
    /// is how much of the horizon is over, 0 to 1; the look at 1 is the last that can reach a verdict.
    ///
    /// Looks after the last one keep its boundary. They show how the estimate goes on, but their intervals no longer
    /// hold together with the earlier ones.
    pub fn look(
        &mut self,
        data: &CellWeeks,
        now: usize,
        decision: &Column,
        others: &[Column],
        share_of_horizon: f64,
    ) -> Review {
        let share = number::within(share_of_horizon, 0.0, 1.0);
        let mut evidence = Evidence::gather(data, now, decision, others, &self.plan, &self.experience);
        let approach = self.plan.approach(evidence.is_compared());
        let effect = evidence.regression.as_ref().map(|regression| regression.effect.as_slice());
        let estimate = effect.map(|effect| self.estimate(effect, &approach, share));
        let mut confounder = None;
        if let Some(regression) = &evidence.regression {
            let others = evidence::overlapping(regression, decision, others, self.horizon_weeks);
            if !others.is_empty() {
                evidence.caveats.push(Caveat::OverlappingDecision { others });
            }
            confounder = confounding::confounder(&regression.design, &regression.posteriors);
            evidence.caveats.extend(confounder.map(|other| Caveat::Confounded { other }));
        }
        let verdict = self.settle(estimate.as_ref(), confounder.is_some(), share);
        let range = estimate.filter(|_| verdict != Verdict::Confounded);
        let range = range.map(|estimate| (estimate.interval.low, estimate.interval.high));
        let detectable =
            |estimate: Estimate| (self.movement.critical_value() + rules::POWER_MARGIN) * estimate.standard_error;
        Review {
            verdict,
            estimate,
            method: evidence.method(),
            before: evidence.before,
            after: evidence.after,
            comparison_before: evidence.comparison_before,
            comparison_after: evidence.comparison_after,
            p_sequential: self.sequential.value(),
            expectation_outcome: rules::outcome(range, self.impact, verdict),
            smallest_detectable_effect: estimate.map(detectable),
            weeks_to_decide: estimate.and_then(|one| self.wait(&one, verdict, &evidence, decision)),
            series: evidence.series(),
            caveats: evidence.caveats,
        }
    }

    /// The effect with the interval at this look's boundary, for which alpha is spent.
    fn estimate(&mut self, effect: &[Component], approach: &Approach, share: f64) -> Estimate {
        let variance = mixture::variance(effect);
        self.information = (1.0 / variance).max(self.information * SMALLEST_GROWTH);
        let spending = approach.spending;
        let interval = interval(effect, self.movement.look(self.information, spending, share), 1.0 - ALPHA);
        let equivalence = approach.equivalence_alpha.map(|alpha| {
            let budget = self.equivalence.get_or_insert_with(|| Budget::new(alpha));
            self::interval(effect, budget.look(self.information, spending, share), 1.0 - alpha)
        });
        let above = mixture::above(effect, 0.0);
        let tail = above.min(mixture::below(effect, 0.0)).max(SMALLEST_TAIL);
        self.sequential.look(self.information, spending, share, -normal::quantile(tail));
        Estimate {
            effect: mixture::mean(effect),
            standard_error: variance.sqrt(),
            interval,
            equivalence: equivalence.unwrap_or(interval),
            probability_above_zero: above,
        }
    }

    /// The verdict of a look, held for all later ones when it is a claim or the horizon's last word.
    fn settle(&mut self, estimate: Option<&Estimate>, confounded: bool, share: f64) -> Verdict {
        if let Some(held) = self.verdict {
            return held;
        }
        let last = share >= 1.0;
        let claim = estimate
            .filter(|_| !confounded)
            .and_then(|estimate| rules::claim(estimate.interval, estimate.equivalence, self.impact));
        let verdict = match claim {
            Some(claim) => claim,
            None if confounded => Verdict::Confounded,
            None if last => Verdict::NotEnoughData,
            None => Verdict::TooEarly,
        };
        self.verdict = (last || claim.is_some()).then_some(verdict);
        verdict
    }

    /// See [`Review::weeks_to_decide`].
    fn wait(&self, estimate: &Estimate, verdict: Verdict, evidence: &Evidence, decision: &Column) -> Option<f64> {
        let weeks = evidence::exposed_weeks(&evidence.window, decision);
        let ongoing = decision.ends.is_none_or(|ends| ends >= number::of_index(evidence.window.end));
        let waiting = matches!(verdict, Verdict::TooEarly | Verdict::NotEnoughData);
        let horizon_weeks = f64::from(self.horizon_weeks);
        let spending = self.plan.approach(evidence.is_compared()).spending;
        (ongoing && waiting)
            .then(|| rules::weeks_to_decide(self.impact, estimate.standard_error, weeks, horizon_weeks, spending))
            .flatten()
    }
}

/// The interval of a mixture that leaves out, on each side, what a normal distribution leaves out beyond
/// `critical_value`.
fn interval(effect: &[Component], critical_value: f64, level: f64) -> Interval {
    let tail = normal::cdf(-critical_value);
    Interval { low: mixture::lower_quantile(effect, tail), high: mixture::upper_quantile(effect, tail), level }
}
