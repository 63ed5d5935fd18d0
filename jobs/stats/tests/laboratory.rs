//! A small run of the laboratory: whole replicates in a few of its worlds, with bounds that a broken method violates.
//!
//! The bounds are loose, since forty replicates are few. `cargo run --release -p needle-stats --example laboratory`
//! runs every world with any number of replicates.

#[path = "../examples/laboratory/company.rs"]
mod company;
#[path = "company/generator.rs"]
#[expect(dead_code, reason = "the laboratory draws its responses itself")]
mod generator;
#[path = "../examples/laboratory/measure.rs"]
#[expect(dead_code, reason = "the example uses the rest")]
mod measure;
#[path = "../examples/laboratory/portfolio.rs"]
mod portfolio;
#[path = "../examples/laboratory/replicate.rs"]
#[expect(dead_code, reason = "the example uses the rest")]
mod replicate;
#[path = "../examples/laboratory/world.rs"]
mod world;

use needle_stats::review::TestVerdict;
use replicate::{ReplicateOutcome, SimulationCase};
use world::{SimulatedTarget, SimulatedWorld, WORLDS};

const REPLICATES: u64 = 40;

fn named(name: &str) -> SimulatedWorld {
    let found = WORLDS.into_iter().find(|world| world.name == name);
    found.unwrap_or_else(|| panic!("no world called {name}"))
}

fn replicates(world: &str, target: SimulatedTarget, effect: f64, responses: f64) -> Vec<ReplicateOutcome> {
    let case = SimulationCase { world: named(world), target, effect, responses };
    measure::in_parallel(REPLICATES, |seed| case.replicate(1_000 + seed))
}

fn count(replicates: &[ReplicateOutcome], holds: impl Fn(&ReplicateOutcome) -> bool) -> usize {
    replicates.iter().filter(|replicate| holds(replicate)).count()
}

/// Eight of forty have a probability of one in a thousand at .05, and of nine in ten at the .3 of weekly tests that
/// allow for one look only.
const MOST_FALSE: usize = 7;

#[test]
fn decisions_that_do_nothing_seldom_get_a_false_verdict_in_any_world() {
    let mut all = vec![];
    for world in ["independent weeks", "AR(1)", "season", "shock", "mix shift", "overlapping", "all at once"] {
        for target in [SimulatedTarget::Region, SimulatedTarget::Everybody] {
            if named(world).allows(target) {
                let replicates = replicates(world, target, 0.0, 600.0);
                let wrong = count(&replicates, |replicate| replicate.false_verdict);
                assert!(wrong <= MOST_FALSE, "{world}, {target:?}: {wrong} of {REPLICATES}");
                all.extend(replicates);
            }
        }
    }
    // Four standard errors above .05 of 520.
    let wrong = count(&all, |replicate| replicate.false_verdict);
    assert!(wrong <= 46, "{wrong} of {} over all worlds", all.len());
}

#[test]
fn the_intervals_of_a_sequence_hold_the_truth_together() {
    for (world, target) in [("all at once", SimulatedTarget::Region), ("independent weeks", SimulatedTarget::Everybody)]
    {
        let replicates = replicates(world, target, 5.0, 600.0);
        let missed = count(&replicates, |replicate| !replicate.covers);
        assert!(missed <= MOST_FALSE, "{world}, {target:?}: {missed} of {REPLICATES}");
    }
}

#[test]
fn ten_points_are_found_and_five_are_with_enough_responses() {
    for (effect, responses) in [(10.0, 600.0), (5.0, 2_400.0)] {
        let replicates = replicates("independent weeks", SimulatedTarget::Region, effect, responses);
        let found = count(&replicates, ReplicateOutcome::finds);
        assert!(found >= 34, "{found} of {REPLICATES} found {effect} points on {responses} responses");
        let errors: Vec<f64> = replicates.iter().filter_map(|replicate| replicate.error).collect();
        let bias = errors.iter().sum::<f64>() / company::of_index(errors.len());
        // Five standard errors of the mean of forty.
        assert!(bias.abs() < 2.0, "{bias} points of bias");
    }
}

#[test]
fn an_effect_that_every_response_shares_moves_the_true_score_by_as_much() {
    let world = named("cells differ");
    for target in [SimulatedTarget::Region, SimulatedTarget::Everybody] {
        let mut generator = generator::SplitMixRng(5);
        let with = company::decisions(&world, target, 60, 10.0, &mut generator);
        let without = company::decisions(&world, target, 60, 0.0, &mut generator);
        let after = |decisions: &[company::SimulatedDecision]| {
            let mut generator = generator::SplitMixRng(9);
            let data = company::SimulatedCompany::new(&world, decisions, 60, 80, 600_000.0, &mut generator).data;
            let target: Vec<usize> = (0..company::CELLS).filter(|cell| company::is_target(target, *cell)).collect();
            (data.total(&target, 60..80).score().expect("responses"), decisions[0].truth(&data, 80))
        };
        let ((moved, truth), (still, nothing)) = (after(&with), after(&without));
        assert_eq!(nothing.to_bits(), 0.0_f64.to_bits());
        assert!((truth - 10.0).abs() < 0.2, "{truth}");
        assert!((moved - still - truth).abs() < 0.2, "{moved} against {still}, and not by {truth}");
    }
}

#[test]
fn twins_are_never_claimed_and_no_verdict_is_ever_withdrawn() {
    let twins = replicates("twins", SimulatedTarget::Region, 10.0, 600.0);
    assert_eq!(count(&twins, ReplicateOutcome::claims), 0);
    assert_eq!(count(&twins, |replicate| replicate.verdict == TestVerdict::Confounded), 40);
    let fading = replicates("fade", SimulatedTarget::Everybody, 10.0, 600.0);
    assert!(count(&fading, ReplicateOutcome::claims) > 0, "no replicate made a claim that could be withdrawn");
    assert_eq!(count(&fading, |replicate| replicate.retractions > 0), 0);
}

#[test]
fn a_portfolio_of_twelve_finds_effects_and_little_else() {
    let portfolios = measure::in_parallel(8, |seed| portfolio::replicates(600.0, 1_000 + seed)).concat();
    let real = count(&portfolios, |replicate| replicate.truth != 0.0);
    assert_eq!(real, 40);
    let found = count(&portfolios, ReplicateOutcome::finds);
    assert!(found >= 12, "{found} of {real} found");
    let wrong = count(&portfolios, |replicate| replicate.false_verdict);
    assert!(wrong <= 10, "{wrong} false verdicts of {}", portfolios.len());
}
