//! The command line of the laboratory.

use crate::world::WORLDS;

/// The usage text of `--help`.
pub const USAGE: &str =
    "laboratory [--replicates N] [--world NAME]... [--target region|everybody]... [--effect POINTS]...
           [--responses N]... [--seed N] [--markdown] [--detectable]
laboratory --timing
--detectable simulates the effect that is named as detectable with 80 % power before the start.
Options with dots may be repeated; without them: all worlds and the portfolio, both targets, effects of 0, 5 and 10
points, 600 responses a week. Worlds are named as in the table, the portfolio is called portfolio.";

/// The world name that selects the portfolios of twelve decisions.
pub const PORTFOLIO: &str = "portfolio";

/// What to simulate, and how to print it.
#[derive(Clone, Debug)]
pub struct LaboratoryOptions {
    /// Replicates per row.
    pub replicates: u64,
    /// Names of worlds, as in the table.
    pub worlds: Vec<String>,
    /// Targets: `region` and `everybody`.
    pub targets: Vec<String>,
    /// True effects, NPS points.
    pub effects: Vec<f64>,
    /// Responses per week.
    pub responses: Vec<f64>,
    /// The first seed of the random number generator.
    pub seed: u64,
    /// Whether the table is Markdown.
    pub markdown: bool,
    /// Whether the true effect is the one reported as detectable with a power of 80 %.
    pub detectable: bool,
}

impl LaboratoryOptions {
    /// Parses the arguments after the program's name; the error is a sentence for the user.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            replicates: 200,
            worlds: vec![],
            targets: vec![],
            effects: vec![],
            responses: vec![],
            seed: 1,
            markdown: false,
            detectable: false,
        };
        let mut arguments = arguments;
        while let Some(option) = arguments.next() {
            if option == "--markdown" {
                options.markdown = true;
                continue;
            }
            if option == "--detectable" {
                options.detectable = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{option} needs a value, or is no option."))?;
            match option.as_str() {
                "--replicates" => options.replicates = parse(&option, &value)?,
                "--seed" => options.seed = parse(&option, &value)?,
                "--world" => options.worlds.push(existing_world(value)?),
                "--target" if value == "region" || value == "everybody" => options.targets.push(value),
                "--effect" => options.effects.push(parse(&option, &value)?),
                "--responses" => options.responses.push(parse(&option, &value)?),
                _ => return Err(format!("{option} {value} is not understood.")),
            }
        }
        Ok(options.completed())
    }

    fn completed(mut self) -> Self {
        if self.worlds.is_empty() {
            self.worlds = WORLDS.iter().map(|world| world.name).chain([PORTFOLIO]).map(str::to_owned).collect();
        }
        if self.targets.is_empty() {
            self.targets = vec!["region".to_owned(), "everybody".to_owned()];
        }
        if self.effects.is_empty() {
            self.effects = vec![0.0, 5.0, 10.0];
        }
        if self.responses.is_empty() {
            self.responses = vec![600.0];
        }
        self
    }
}

fn parse<T: std::str::FromStr>(option: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{option} needs a number, and {value} is none."))
}

fn existing_world(name: String) -> Result<String, String> {
    let existing = name == PORTFOLIO || WORLDS.iter().any(|world| world.name == name);
    if existing { Ok(name) } else { Err(format!("There is no world called {name}.")) }
}
