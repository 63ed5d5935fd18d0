//! A laboratory for the method of the review: companies with known truth, whole lives of weekly looks, and what became
//! of them.
//!
//! `cargo run --release -p needle-stats --example laboratory -- --help` tells what may be asked. The same options print
//! the same table whatever the number of cores, save for the time that looks take.

mod company;
#[path = "../../tests/company/generator.rs"]
mod generator;
mod life;
mod measure;
mod options;
mod portfolio;
mod table;
mod timing;
mod world;

use std::io::{self, Write};
use std::process::ExitCode;

use life::{Case, Outcome};
use measure::{Figure, Measures};
use options::{Options, PORTFOLIO, USAGE};
use table::{Table, written};
use world::{Target, WORLDS};

/// Far enough apart for the seeds of replicates.
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
    match Options::read(std::env::args().skip(1)) {
        Ok(options) => run(&options).map(|()| ExitCode::SUCCESS),
        Err(problem) => {
            writeln!(io::stderr(), "{problem}\n\n{USAGE}")?;
            Ok(ExitCode::from(2))
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let mut table = Table::new(io::stdout(), options.markdown)?;
    for (number, world) in (0..).zip(WORLDS).filter(|(_, world)| options.worlds.iter().any(|name| name == world.name)) {
        let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(number * SEEDS_PER_WORLD);
        for responses in &options.answers {
            for name in &options.targets {
                let target = if name == "region" { Target::Region } else { Target::Everybody };
                let mut effects = options.effects.clone();
                if options.detectable {
                    let case = Case { world, target, effect: 0.0, answers: *responses };
                    let named = measure::in_parallel(options.replicates, |replicate| {
                        case.detectable(seed.wrapping_add(replicate))
                    });
                    effects = Figure::mean(named.into_iter().flatten()).map(|mean| mean.value).into_iter().collect();
                }
                for effect in effects.into_iter().filter(|_| world.allows(target)) {
                    let case = Case { world, target, effect, answers: *responses };
                    let outcome = |replicate| case.life(seed.wrapping_add(replicate));
                    let replicates = measure::in_parallel(options.replicates, outcome);
                    table.add(&case, replicates.len(), &Measures::of(&replicates))?;
                }
            }
        }
    }
    if options.worlds.iter().any(|name| name == PORTFOLIO) {
        for answers in &options.answers {
            let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(1 << 48);
            let one = |replicate| portfolio::lives(*answers, seed.wrapping_add(replicate));
            let portfolios = measure::in_parallel(options.replicates, one);
            table.say(&sentence(*answers, &portfolios))?;
        }
    }
    Ok(())
}

/// What the portfolios of twelve showed.
fn sentence(responses: f64, portfolios: &[Vec<Outcome>]) -> String {
    let power = |portfolio: &Vec<Outcome>| {
        Figure::share(portfolio.iter().filter(|replicate| replicate.truth != 0.0).map(Outcome::finds))
            .map(|share| share.value)
    };
    let all = portfolios.concat();
    let nulls: Vec<Outcome> = all.iter().filter(|life| life.truth == 0.0).cloned().collect();
    let (everything, nothing) = (Measures::of(&all), Measures::of(&nulls));
    format!(
        "{} portfolios of twelve crossing decisions, seven of them without an effect, {responses} answers a week: false \
         discovery rate {}, power {}, false verdicts of those without an effect {} (weekly z test {}), all intervals cover {}, bias {}, \
         root mean square error {} (stated {}), withdrawn {}, turned {}, µs a look {}.",
        portfolios.len(),
        written(Figure::mean(portfolios.iter().map(|portfolio| measure::false_discoveries(portfolio))), 3),
        written(Figure::mean(portfolios.iter().filter_map(power)), 3),
        written(nothing.false_verdicts, 3),
        written(nothing.z_test, 3),
        written(everything.covered, 3),
        written(everything.bias, 2),
        written(everything.root_mean_square, 2),
        written(everything.standard_error, 2),
        written(everything.retracted, 3),
        written(everything.turned, 3),
        written(everything.look_microseconds, 0),
    )
}
