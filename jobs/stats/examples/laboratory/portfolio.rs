//! Twelve simultaneous decisions with overlapping targets, seven of them without an effect.

use needle_stats::portfolio;

use crate::company::{SimulatedCompany, SimulatedDecision, of_index, whole};
use crate::generator::SplitMixRng;
use crate::replicate::{self, LOOKS, MORE_HISTORY, ReplicateOutcome, SHORTEST_HISTORY, UnsettledReplicate};
use crate::world::{ALL_AT_ONCE, OtherDecisions, SimulatedWorld};

/// The true effects of the twelve decisions, NPS points.
const EFFECTS: [f64; 12] = [8.0, 0.0, 0.0, -8.0, 0.0, 10.0, 0.0, 0.0, -10.0, 0.0, 12.0, 0.0];

/// The targets: cells with a third to two thirds of the responses, by region, plan, channel and combinations of them.
const TARGETS: [fn(usize) -> bool; 12] = [
    |cell| cell < 4,
    |cell| (4..8).contains(&cell),
    |cell| cell >= 8,
    |cell| cell < 8,
    |cell| cell % 4 < 2,
    |cell| cell % 4 >= 2,
    |cell| cell % 2 == 0,
    |cell| cell % 2 == 1,
    |cell| cell % 4 == 0,
    |cell| cell < 8 && cell % 4 < 2,
    |cell| cell >= 4 && cell % 4 < 2,
    |cell| cell >= 4 && cell % 2 == 0,
];

/// The outcomes of all twelve decisions in the company of one seed.
pub fn replicates(responses: f64, seed: u64) -> Vec<ReplicateOutcome> {
    let world = SimulatedWorld { others: OtherDecisions::Nothing, ..ALL_AT_ONCE };
    let mut generator = SplitMixRng(seed);
    // Rotates the effects, so that every effect occurs with every target.
    let turned = whole(12.0 * generator.uniform());
    let decisions: Vec<SimulatedDecision> = (0..12)
        .map(|position| {
            let start = SHORTEST_HISTORY + whole(of_index(MORE_HISTORY + 1) * generator.uniform());
            SimulatedDecision::new(TARGETS[position], start, EFFECTS[(position + turned) % 12])
        })
        .collect();
    let middle = SHORTEST_HISTORY + MORE_HISTORY / 2;
    let weeks = SHORTEST_HISTORY + MORE_HISTORY + LOOKS;
    let company = SimulatedCompany::new(&world, &decisions, middle, weeks, responses, &mut generator);
    let replicates: Vec<UnsettledReplicate> =
        (0..12).map(|decision_index| replicate::review_weekly(&company, &decisions, decision_index)).collect();
    // Every decision was logged before the first took effect, and all horizons overlap.
    let permitted: Vec<Vec<bool>> = (0..=weeks)
        .map(|now| {
            let values: Vec<f64> = replicates.iter().map(|replicate| replicate.p_sequential(now)).collect();
            portfolio::rejected(&values, portfolio::FALSE_DISCOVERY_RATE)
        })
        .collect();
    let settle = |(place, replicate): (usize, UnsettledReplicate)| {
        replicate.settle(&company.data, &decisions[place], |now| permitted[now][place])
    };
    replicates.into_iter().enumerate().map(settle).collect()
}
