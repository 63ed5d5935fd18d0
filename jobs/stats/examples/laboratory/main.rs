//! A laboratory for the review method: simulated companies with known truth, whole sequences of weekly looks, and their
//! outcomes.
//!
//! `cargo run --release -p needle-stats --example laboratory -- --help` lists the options. The same options print the
//! same table whatever the number of cores, except for the time per look.

mod company;
#[path = "../../tests/company/generator.rs"]
mod generator;
mod measure;
mod options;
mod portfolio;
mod replicate;
mod table;
mod timing;
mod world;

use std::io::{self, Write};
use std::process::ExitCode;

use measure::{MonteCarloEstimate, SimulationMeasures};
use options::{LaboratoryOptions, PORTFOLIO, USAGE};
use replicate::{ReplicateOutcome, SimulationCase};
use table::{MeasureTable, format_estimate};
use world::{SimulatedTarget, WORLDS};

/// The distance between the seeds of two cases, larger than any number of replicates.
const SEEDS_PER_WORLD: u64 = 1 << 32;

fn main() -> io::Result<ExitCode> {
    if std::env::args().any(|argument| argument == "--help") {
        writeln!(io::stdout(), "{USAGE}")?;
        return Ok(ExitCode::SUCCESS);
    }
    if std::env::args().any(|argument| argument == "--timing") {
        timing::print()?;
        return Ok(ExitCode::SUCCESS);
    }
    match LaboratoryOptions::read(std::env::args().skip(1)) {
        Ok(options) => run(&options).map(|()| ExitCode::SUCCESS),
        Err(problem) => {
            writeln!(io::stderr(), "{problem}\n\n{USAGE}")?;
            Ok(ExitCode::from(2))
        }
    }
}

fn run(options: &LaboratoryOptions) -> io::Result<()> {
    let mut table = MeasureTable::new(io::stdout(), options.markdown)?;
    for (number, world) in (0..).zip(WORLDS).filter(|(_, world)| options.worlds.iter().any(|name| name == world.name)) {
        let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(number * SEEDS_PER_WORLD);
        for responses in &options.responses {
            for name in &options.targets {
                let target = if name == "region" { SimulatedTarget::Region } else { SimulatedTarget::Everybody };
                let mut effects = options.effects.clone();
                if options.detectable {
                    let case = SimulationCase { world, target, effect: 0.0, responses: *responses };
                    let named = measure::in_parallel(options.replicates, |replicate| {
                        case.detectable(seed.wrapping_add(replicate))
                    });
                    effects = MonteCarloEstimate::mean(named.into_iter().flatten())
                        .map(|mean| mean.value)
                        .into_iter()
                        .collect();
                }
                for effect in effects.into_iter().filter(|_| world.allows(target)) {
                    let case = SimulationCase { world, target, effect, responses: *responses };
                    let outcome = |replicate| case.replicate(seed.wrapping_add(replicate));
                    let replicates = measure::in_parallel(options.replicates, outcome);
                    table.add(&case, replicates.len(), &SimulationMeasures::of(&replicates))?;
                }
            }
        }
    }
    if options.worlds.iter().any(|name| name == PORTFOLIO) {
        for responses in &options.responses {
            let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(1 << 48);
            let one = |replicate| portfolio::replicates(*responses, seed.wrapping_add(replicate));
            let portfolios = measure::in_parallel(options.replicates, one);
            table.add_sentence(&sentence(*responses, &portfolios))?;
        }
    }
    Ok(())
}

/// The sentence that summarises the portfolios of twelve.
fn sentence(responses: f64, portfolios: &[Vec<ReplicateOutcome>]) -> String {
    let power = |portfolio: &Vec<ReplicateOutcome>| {
        MonteCarloEstimate::share(
            portfolio.iter().filter(|replicate| replicate.truth != 0.0).map(ReplicateOutcome::finds),
        )
        .map(|share| share.value)
    };
    let all = portfolios.concat();
    let nulls: Vec<ReplicateOutcome> = all.iter().filter(|replicate| replicate.truth == 0.0).cloned().collect();
    let (everything, nothing) = (SimulationMeasures::of(&all), SimulationMeasures::of(&nulls));
    format!(
        "{} portfolios of twelve crossing decisions, seven of them without an effect, {responses} responses a week: \
         false discovery rate {}, power {}, false verdicts of those without an effect {} (weekly z test {}), all \
         intervals cover {}, bias {}, \
         root mean square error {} (stated {}), withdrawn {}, turned {}, µs a look {}.",
        portfolios.len(),
        format_estimate(
            MonteCarloEstimate::mean(portfolios.iter().map(|portfolio| measure::false_discoveries(portfolio))),
            3
        ),
        format_estimate(MonteCarloEstimate::mean(portfolios.iter().filter_map(power)), 3),
        format_estimate(nothing.false_verdicts, 3),
        format_estimate(nothing.z_test, 3),
        format_estimate(everything.covered, 3),
        format_estimate(everything.bias, 2),
        format_estimate(everything.root_mean_square, 2),
        format_estimate(everything.standard_error, 2),
        format_estimate(everything.retracted, 3),
        format_estimate(everything.turned, 3),
        format_estimate(everything.look_microseconds, 0),
    )
}
