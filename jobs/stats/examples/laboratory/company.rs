//! A simulated company with known truth: the weekly counts of a [`SimulatedWorld`](crate::world::SimulatedWorld).
//!
//! Every response is drawn from the true score of its cell and week. The score determines the shares exactly,
//! `promoters - detractors = score / 100`, so that an effect moves a cell's true score by its size in points.

use needle_stats::cells::CellWeeks;
use needle_stats::decision::DecisionColumn;
use needle_stats::nps::NpsCounts;
use needle_stats::responses::{CellResponse, CellResponses};

use crate::generator::SplitMixRng;
use crate::world::{EffectShape, OtherDecisions, SimulatedTarget, SimulatedWorld};

/// Three regions with two plans and two channels each.
pub const CELLS: usize = 12;

/// The number of cells of one region.
const PER_REGION: usize = 4;

/// The share of responses from each plan and channel of a region.
const SHARES: [f64; PER_REGION] = [0.4, 0.2, 0.25, 0.15];

/// The company's score before any change.
const LEVEL: f64 = 25.0;

/// The standard deviation of the cells' scores around it.
const SPREAD_OF_CELLS: f64 = 12.0;

/// The share of passives, where the score allows it.
const PASSIVES: f64 = 0.3;

/// The interval, in weeks, at which customers of a cell are surveyed.
const SURVEY_INTERVAL_WEEKS: usize = 6;

/// One decision and its true effect.
#[derive(Clone, Debug)]
pub struct SimulatedDecision {
    /// Its target and start.
    pub column: DecisionColumn,
    /// The full effect on each cell, NPS points.
    pub effects: Vec<f64>,
    /// How the effect develops over time.
    pub shape: EffectShape,
}

impl SimulatedDecision {
    /// A decision with the same effect on all cells of its target.
    pub fn new(target: impl Fn(usize) -> bool, start: usize, effect: f64) -> Self {
        let target: Vec<bool> = (0..CELLS).map(target).collect();
        let effects = target.iter().map(|targeted| if *targeted { effect } else { 0.0 }).collect();
        Self {
            column: DecisionColumn { target, starts: of_index(start), ends: None },
            effects,
            shape: EffectShape::Step,
        }
    }

    /// By how many points it changes a cell in a week.
    fn lift(&self, cell: usize, week: usize) -> f64 {
        let since = of_index(week) - self.column.starts;
        if since < 0.0 { 0.0 } else { self.effects[cell] * self.shape.share(since) }
    }

    /// Its true effect before week `now`: the mean over the target's responses since the start, NPS points.
    pub fn truth(&self, data: &CellWeeks, now: usize) -> f64 {
        let (mut points, mut total) = (0.0, 0.0);
        for cell in (0..CELLS).filter(|cell| self.column.target[*cell]) {
            for week in (0..now).filter(|week| of_index(*week) >= self.column.starts) {
                let responses = of_count(data.get(cell, week).responses());
                points += responses * self.lift(cell, week);
                total += responses;
            }
        }
        if total > 0.0 { points / total } else { 0.0 }
    }
}

/// True for the first region, or for every cell.
pub fn is_target(target: SimulatedTarget, cell: usize) -> bool {
    target == SimulatedTarget::Everybody || cell < PER_REGION
}

/// The decision under review, first, and the others of its world.
pub fn decisions(
    world: &SimulatedWorld,
    target: SimulatedTarget,
    start: usize,
    effect: f64,
    generator: &mut SplitMixRng,
) -> Vec<SimulatedDecision> {
    let mut decision_index = SimulatedDecision::new(|cell| is_target(target, cell), start, effect);
    decision_index.shape = world.shape;
    // The cells with more have .6 of a region's responses, so that the mean over the responses remains the effect.
    for (cell, one) in decision_index.effects.iter_mut().enumerate() {
        *one *= if cell % PER_REGION < 2 { 1.0 + world.spread } else { 1.0 - 1.5 * world.spread };
    }
    let mut decisions = vec![decision_index];
    match world.others {
        OtherDecisions::Nothing => {}
        OtherDecisions::Twin => decisions.push(SimulatedDecision::new(|cell| is_target(target, cell), start, 10.0)),
        OtherDecisions::Crossing => {
            let crossing: [fn(usize) -> bool; 3] =
                [|cell| cell % 4 < 2, |cell| cell % 2 == 0, |cell| cell % 8 == 1 || cell >= 8];
            for target in crossing {
                let begins = start - 8 + whole(17.0 * generator.uniform());
                decisions.push(SimulatedDecision::new(target, begins, 6.0 * generator.normal()));
            }
        }
    }
    decisions
}

/// The defined segments: the regions, a plan and a channel.
pub fn segments() -> Vec<Vec<bool>> {
    let regions = (0..CELLS / PER_REGION).map(|region| (0..CELLS).map(|cell| cell / PER_REGION == region).collect());
    let crossing: [fn(usize) -> bool; 2] = [|cell| cell % 4 < 2, |cell| cell % 2 == 0];
    regions.chain(crossing.map(|belongs| (0..CELLS).map(belongs).collect())).collect()
}

/// The simulated responses.
pub struct SimulatedCompany {
    /// The weekly counts.
    pub data: CellWeeks,
    /// The responses of customers who respond repeatedly; empty in a world without repeated responses.
    pub responses: CellResponses,
}

impl SimulatedCompany {
    /// A company with `responses` a week, around a decision in week `start`.
    pub fn new(
        world: &SimulatedWorld,
        decisions: &[SimulatedDecision],
        start: usize,
        weeks: usize,
        responses_per_week: f64,
        generator: &mut SplitMixRng,
    ) -> Self {
        let cells: Vec<f64> = (0..CELLS).map(|_| SPREAD_OF_CELLS * generator.normal()).collect();
        let common = world.common.series(weeks, generator);
        let own: Vec<Vec<f64>> = (0..CELLS / PER_REGION).map(|_| world.own.series(weeks, generator)).collect();
        let phase = std::f64::consts::TAU * generator.uniform();
        let shock = start + whole(4.0 * generator.uniform());
        let mut customers = SimulatedCustomers {
            always: world.repeat,
            positions: vec![Vec::new(); CELLS * SURVEY_INTERVAL_WEEKS],
            responses: Vec::new(),
        };
        let mut data = CellWeeks::new(CELLS, weeks);
        for week in 0..weeks {
            let time = of_index(week);
            let angle = std::f64::consts::TAU * time / 52.18 + phase;
            let season = world.season * (angle.sin() + (2.0 * angle + phase).cos() / 3.0);
            let shocked = if (shock..shock + 6).contains(&week) { world.shock } else { 0.0 };
            let everywhere = LEVEL + common[week] + season + world.trend * time - shocked;
            let shifted = ((time - of_index(start) + 3.0) / 8.0).clamp(0.0, 1.0);
            for cell in 0..CELLS {
                let trend = if is_target(SimulatedTarget::Region, cell) { world.own_trend * time } else { 0.0 };
                let lift: f64 = decisions.iter().map(|decision| decision.lift(cell, week)).sum();
                let score = everywhere + cells[cell] + own[cell / PER_REGION][week] + trend + lift;
                let counts = world.mix * shifted * cells[cell] / 10.0 + world.propensity * (score - LEVEL) / 10.0;
                let expected = responses_per_week * world.volume * SHARES[cell % PER_REGION] / 3.0 * counts.exp();
                let responses = whole(expected * (1.0 + 0.1 * generator.normal()) + generator.uniform());
                data.add(cell, week, customers.response(cell, week, responses, score, generator));
            }
        }
        Self { data, responses: CellResponses::new(customers.responses) }
    }
}

/// Customers who respond repeatedly.
struct SimulatedCustomers {
    /// The probability that a response is the customer's usual one.
    always: f64,
    /// Per cell and survey round, each customer's position between promoters, at 0, and detractors, at 1.
    positions: Vec<Vec<f64>>,
    /// The responses drawn so far.
    responses: Vec<CellResponse>,
}

impl SimulatedCustomers {
    fn response(
        &mut self,
        cell: usize,
        week: usize,
        responses: usize,
        score: f64,
        generator: &mut SplitMixRng,
    ) -> NpsCounts {
        let score = (score / 100.0).clamp(-1.0, 1.0);
        let passives = PASSIVES.min(1.0 - score.abs());
        let promoting = f64::midpoint(1.0 - passives, score);
        let passing = promoting + passives;
        let usual = &mut self.positions[cell * SURVEY_INTERVAL_WEEKS + week % SURVEY_INTERVAL_WEEKS];
        while self.always > 0.0 && usual.len() < responses {
            usual.push(generator.uniform());
        }
        let mut counts = NpsCounts::default();
        let mut usual = usual.iter();
        let place = |number: usize| u32::try_from(number).expect("it fits");
        let round = place(cell * SURVEY_INTERVAL_WEEKS + week % SURVEY_INTERVAL_WEEKS);
        for customer in 0..responses {
            let fresh = generator.uniform();
            let habit = usual.next().filter(|_| generator.uniform() < self.always);
            let position = habit.copied().unwrap_or(fresh);
            let net = if position < promoting {
                counts.promoters += 1;
                1
            } else if position < passing {
                counts.passives += 1;
                0
            } else {
                counts.detractors += 1;
                -1
            };
            if self.always > 0.0 {
                let customer = round + place(CELLS * SURVEY_INTERVAL_WEEKS * customer);
                self.responses.push(CellResponse { customer, week: place(week), cell: place(cell), net });
            }
        }
        counts
    }
}

/// A position as a number.
pub fn of_index(index: usize) -> f64 {
    of_count(u64::try_from(index).expect("it fits"))
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of a simulation are small")]
pub fn of_count(count: u64) -> f64 {
    count as f64
}

/// The integer part of a number, 0 for negative ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float converts to the nearest count")]
pub fn whole(number: f64) -> usize {
    number as usize
}
