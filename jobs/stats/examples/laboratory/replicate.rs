//! The whole review sequence of one simulated decision, compared with the truth.
//!
//! This is the only place that calls the method under test.

use std::time::{Duration, Instant};

use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::detectability::{self, PlannedDecision};
use needle_stats::learned_prior::LearnedPrior;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::{CellResponse, CellResponses};
use needle_stats::review::{
    EffectEstimate, ExpectedImpact, LookFinding, LookTiming, ReviewInput, ReviewSequence, SequentialReview,
    TestVerdict, equivalence_region,
};

use crate::company::{self, SimulatedCompany, SimulatedDecision, of_count, of_index, whole};
use crate::generator::SplitMixRng;
use crate::world::{SimulatedTarget, SimulatedWorld};

/// The number of weekly looks.
pub const LOOKS: usize = 12;

/// The expected impact of every decision, NPS points: the region of equivalence is half of it.
const EXPECTED_IMPACT: f64 = 5.0;

/// The shortest simulated history before a decision, weeks.
pub const SHORTEST_HISTORY: usize = 52;

/// By how many weeks the history may be longer.
pub const MORE_HISTORY: usize = 26;

/// The parameters of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct SimulationCase {
    /// The scenario of the company.
    pub world: SimulatedWorld,
    /// Which customers the decision targets.
    pub target: SimulatedTarget,
    /// The true full effect of the decision, NPS points.
    pub effect: f64,
    /// Responses per week.
    pub responses: f64,
}

impl SimulationCase {
    /// Simulates the company of one seed and reviews the decision over all looks.
    pub fn replicate(&self, seed: u64) -> ReplicateOutcome {
        let mut generator = SplitMixRng(seed);
        let start = SHORTEST_HISTORY + whole(of_index(MORE_HISTORY + 1) * generator.uniform());
        let decisions = company::decisions(&self.world, self.target, start, self.effect, &mut generator);
        let company =
            SimulatedCompany::new(&self.world, &decisions, start, start + LOOKS, self.responses, &mut generator);
        review_weekly(&company, &decisions, 0).settle(&company.data, &decisions[0], |_| true)
    }
}

impl SimulationCase {
    /// The smallest effect that would be reported as detectable in the company of one seed, four weeks before the
    /// start.
    pub fn detectable(&self, seed: u64) -> Option<f64> {
        let mut generator = SplitMixRng(seed);
        let start = SHORTEST_HISTORY + whole(of_index(MORE_HISTORY + 1) * generator.uniform());
        let decisions = company::decisions(&self.world, self.target, start, 0.0, &mut generator);
        let company =
            SimulatedCompany::new(&self.world, &decisions, start, start + LOOKS, self.responses, &mut generator);
        let mut data = CellWeeks::new(2, start - 4);
        for cell in 0..company::CELLS {
            for week in 0..start - 4 {
                data.add(usize::from(!company::is_target(self.target, cell)), week, company.data.get(cell, week));
            }
        }
        let decision = DecisionColumn { target: vec![true, false], ..decisions[0].column.clone() };
        let earlier = company.responses.as_slice().iter().filter(|response| (response.week as usize) < start - 4);
        let in_its_arm = |response: &CellResponse| CellResponse {
            cell: u32::from(!company::is_target(self.target, response.cell as usize)),
            ..*response
        };
        let responses = CellResponses::new(earlier.map(in_its_arm).collect());
        let plan = PlannedDecision {
            data: &data,
            responses: &responses,
            decision: &decision,
            horizon_weeks: LOOKS,
            impact: EXPECTED_IMPACT,
        };
        Some(detectability::power_analysis(&plan)?.smallest_effect)
    }
}

/// The outcome of one replicate.
#[derive(Clone, Debug)]
pub struct ReplicateOutcome {
    /// The true effect by the end of the horizon, NPS points.
    pub truth: f64,
    /// The last verdict.
    pub verdict: TestVerdict,
    /// Whether the verdict of any look contradicts the truth at the end.
    pub false_verdict: bool,
    /// Whether the intervals of all looks contain the truth at their look.
    pub covers: bool,
    /// Whether the estimate changed its sign after a claim.
    pub turned: bool,
    /// The last estimate minus the truth; `None` without an estimate.
    pub error: Option<f64>,
    /// The last standard error; `None` without an estimate.
    pub standard_error: Option<f64>,
    /// Weeks from the start to the first claim of a movement in the true direction; `None` without such a claim.
    pub found_after_weeks: Option<usize>,
    /// In how many weeks a z test of before against after, at the usual 1.96, would have claimed a movement.
    pub z_test_claims: usize,
    /// How often a verdict, once reached, changed at the next look.
    pub retractions: usize,
    /// The computing time of all looks.
    pub duration: Duration,
}

impl ReplicateOutcome {
    /// Whether a movement was claimed at the end.
    pub fn claims(&self) -> bool {
        is_claim(self.verdict)
    }

    /// Whether a movement in the true direction was claimed at the end.
    pub fn finds(&self) -> bool {
        self.claims() && !is_false(self.verdict, self.truth)
    }
}

/// A replicate whose looks have been taken but not settled.
pub struct UnsettledReplicate {
    sequence: ReviewSequence,
    start: usize,
    findings: Vec<LookFinding>,
    duration: Duration,
}

/// Reviews one of the decisions in every week of its horizon. A look uses the weeks before it.
pub fn review_weekly(
    company: &SimulatedCompany,
    decisions: &[SimulatedDecision],
    decision_index: usize,
) -> UnsettledReplicate {
    let simulated = &decisions[decision_index];
    let start = whole(simulated.column.starts);
    let others: Vec<DecisionColumn> = decisions
        .iter()
        .enumerate()
        .filter(|(position, _)| *position != decision_index)
        .map(|(_, other)| other.column.clone())
        .collect();
    let prior = LearnedPrior::learn(&company.data, &simulated.column, &company::segments(), &others);
    let sequence =
        ReviewSequence::new(ExpectedImpact { impact: EXPECTED_IMPACT }, u32::try_from(LOOKS).expect("it fits"));
    let mut sequence = sequence.with_learned_prior(prior);
    let input = ReviewInput {
        data: &company.data,
        responses: &company.responses,
        decision: &simulated.column,
        others: &others,
    };
    let look = |week| LookTiming { now: start + week, share: of_index(week) / of_index(LOOKS) };
    let looks: Vec<LookTiming> = (1..=LOOKS).map(look).collect();
    let begins = Instant::now();
    let findings = sequence.looks(&input, &looks);
    UnsettledReplicate { sequence, start, findings, duration: begins.elapsed() }
}

impl UnsettledReplicate {
    /// The sequential p-value available at the beginning of a week: 1 before the first look.
    pub fn p_sequential(&self, now: usize) -> f64 {
        let looks = now.saturating_sub(self.start).min(self.findings.len());
        looks.checked_sub(1).map_or(1.0, |last| self.findings[last].p_sequential())
    }

    /// The outcome of the replicate, where `permitted` returns whether a movement may be claimed at the beginning of a
    /// week.
    pub fn settle(
        mut self,
        data: &CellWeeks,
        decision: &SimulatedDecision,
        permitted: impl Fn(usize) -> bool,
    ) -> ReplicateOutcome {
        let mut outcome = ReplicateOutcome {
            truth: decision.truth(data, self.start + LOOKS),
            verdict: TestVerdict::TooEarly,
            false_verdict: false,
            covers: true,
            turned: false,
            error: None,
            standard_error: None,
            found_after_weeks: None,
            z_test_claims: 0,
            retractions: 0,
            duration: self.duration,
        };
        for (week, finding) in (1..).zip(self.findings) {
            let now = self.start + week;
            let review = self.sequence.settle(finding, permitted(now));
            outcome.z_test_claims += usize::from(z_test_claims(&review));
            outcome.add(&review, week, decision.truth(data, now));
        }
        outcome
    }
}

impl ReplicateOutcome {
    fn add(&mut self, review: &SequentialReview, week: usize, truth_by_now: f64) {
        let before = std::mem::replace(&mut self.verdict, review.verdict);
        self.retractions += usize::from(is_final(before) && before != review.verdict);
        self.false_verdict |= is_false(review.verdict, self.truth);
        if is_claim(review.verdict) && !is_false(review.verdict, self.truth) {
            self.found_after_weeks.get_or_insert(week);
        }
        let Some(EffectEstimate { effect, interval, standard_error, .. }) = review.estimate else {
            return;
        };
        self.covers &= interval.low <= truth_by_now && truth_by_now <= interval.high;
        self.error = Some(effect - truth_by_now);
        self.standard_error = Some(standard_error);
        self.turned |= match before {
            TestVerdict::MovedUp => effect < 0.0,
            TestVerdict::MovedDown => effect > 0.0,
            _ => false,
        };
    }
}

/// The method of most dashboards, and a measure of how hard a world is: the whole score before and after, with sampling
/// noise only.
fn z_test_claims(review: &SequentialReview) -> bool {
    let timestamps = |counts: NpsCounts| {
        Some((counts.score()?, 10_000.0 * counts.variance_of_one()? / of_count(counts.responses())))
    };
    let claims =
        |(before, one): (f64, f64), (after, two): (f64, f64)| (after - before).abs() > 1.96 * (one + two).sqrt();
    timestamps(review.before).zip(timestamps(review.after)).is_some_and(|(before, after)| claims(before, after))
}

fn is_claim(verdict: TestVerdict) -> bool {
    matches!(verdict, TestVerdict::MovedUp | TestVerdict::MovedDown)
}

fn is_final(verdict: TestVerdict) -> bool {
    is_claim(verdict) || matches!(verdict, TestVerdict::DidNotMove | TestVerdict::NotEnoughData)
}

/// Whether the truth contradicts a verdict.
fn is_false(verdict: TestVerdict, truth: f64) -> bool {
    match verdict {
        TestVerdict::MovedUp => truth <= 0.0,
        TestVerdict::MovedDown => truth >= 0.0,
        TestVerdict::DidNotMove => truth.abs() > equivalence_region(EXPECTED_IMPACT),
        _ => false,
    }
}
