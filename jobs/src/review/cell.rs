//! The cells of a review: distinct combinations of what the filters of the decisions ask about.

use std::collections::{BTreeMap, BTreeSet};

use entity::atom::{Asks, Parts};
use entity::{Atom, Attributes, Day, Filter, Scheme};
use needle_stats::answers::Answers;
use needle_stats::cells::CellWeeks;
use needle_stats::nps::Counts;

use super::respondent::Respondents;
use crate::cube::{Cube, CubeError};

/// One thing that filters ask about an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Question {
    /// Which value it has.
    Value(String),
    /// Whether something holds for its value.
    Holds(Atom),
}

/// Everything that a set of filters asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// Collects what filters ask, in a fixed order, whether profiles know the values or only the answers.
    ///
    /// A list of values asks which one it is, so that a shift between them does not pass for a change of score; of
    /// names with too many values it asks only whether the value is in the list.
    pub fn of<'a>(filters: impl Iterator<Item = &'a Filter>, scheme: &Scheme) -> Self {
        let mut questions = BTreeSet::new();
        for predicate in filters.flat_map(Filter::predicates) {
            let by_atoms = scheme.is_asked_by_atoms(&predicate.name);
            for atom in Parts::from(predicate).atoms() {
                questions.insert(match atom.asks {
                    Asks::Exists | Asks::OneOf(_) if !by_atoms => Question::Value(atom.name),
                    _ => Question::Holds(atom),
                });
            }
        }
        Self(questions.into_iter().collect())
    }

    /// The answers of every profile.
    fn answers<'a>(&self, profiles: &'a [Attributes], scheme: &Scheme) -> Vec<Vec<Option<&'a str>>> {
        let holds: Vec<Option<Filter>> = self.0.iter().map(|question| question.translate(scheme)).collect();
        let answers = |profile: &'a Attributes| {
            let answer = |(question, holds): (&Question, &Option<Filter>)| match question {
                Question::Value(name) => profile.get(name),
                Question::Holds(_) => holds.as_ref().is_some_and(|holds| holds.matches(profile)).then_some(""),
            };
            self.0.iter().zip(&holds).map(answer).collect()
        };
        profiles.iter().map(answers).collect()
    }
}

impl Question {
    fn translate(&self, scheme: &Scheme) -> Option<Filter> {
        match self {
            Self::Value(_) => None,
            Self::Holds(atom) => scheme.translate(&atom.filter()),
        }
    }
}

/// All cells of a set of questions, with their weekly counts.
#[derive(Clone, Debug, Default)]
pub struct CellTable {
    cells: Vec<Cell>,
    /// The cell of every profile, by its place in the cube.
    of_profiles: Vec<Option<u32>>,
}

#[derive(Clone, Debug)]
struct Cell {
    representative: Attributes,
    /// The week of the first answer, and the counts from there on.
    weeks: BTreeMap<usize, Counts>,
}

impl CellTable {
    /// Counts the cells of a cube week by week; week 0 begins on `week_zero`, a Monday.
    pub fn count(cube: &Cube, questions: &Questions, scheme: &Scheme, week_zero: Day) -> Result<Self, CubeError> {
        let mut places: BTreeMap<Vec<Option<&str>>, (u32, &Attributes)> = BTreeMap::new();
        let groups: Vec<Option<u32>> = cube
            .profiles()
            .iter()
            .zip(questions.answers(cube.profiles(), scheme))
            .map(|(profile, answers)| {
                let next = u32::try_from(places.len()).ok()?;
                Some(places.entry(answers).or_insert((next, profile)).0)
            })
            .collect();
        let until = cube.days().map_or(week_zero, |(_, end)| end);
        let week_of = |day: Day| u32::try_from((day.0 - week_zero.0) / 7).ok();
        let mut weekly: BTreeMap<u32, BTreeMap<usize, Counts>> = BTreeMap::new();
        for ((week, group), counts) in cube.sum(week_zero, until, week_of, &groups)? {
            weekly.entry(group).or_default().insert(week as usize, counts);
        }
        // In order of the answers, so that the same data give the same sums wherever its profiles came from.
        let mut order = vec![None; places.len()];
        let cells = places.into_values().zip(0_u32..).map(|((group, representative), cell)| {
            order[group as usize] = Some(cell);
            Cell { representative: representative.clone(), weeks: weekly.remove(&group).unwrap_or_default() }
        });
        let cells = cells.collect();
        let of_profiles = groups.into_iter().map(|group| order.get(group? as usize).copied().flatten()).collect();
        Ok(Self { cells, of_profiles })
    }

    /// The respondents' answers on the days in `from..until`; week 0 begins on `week_zero`, a Monday, and days before it
    /// are left out. Respondents and table are of the same cube. Pure in the answers of these days: a review takes those
    /// before its own day.
    ///
    /// Cells are those of the whole table, not those of [`CellTable::before`], which leaves out the ones that nobody
    /// answered in yet. The order of the cells is the same in both, and so is that of the answers.
    #[cfg_attr(not(test), expect(dead_code, reason = "the study is to take them from here"))]
    pub fn answers(&self, respondents: &Respondents, week_zero: Day, from: Day, until: Day) -> Answers {
        let days = from.max(week_zero)..until;
        respondents.locate(|day, profile| {
            let week = days.contains(&day).then_some((day.0 - week_zero.0) / 7)?;
            let cell = self.of_profiles.get(profile as usize).copied().flatten()?;
            Some((week.try_into().ok()?, cell))
        })
    }

    /// The cells that anybody answered in before week `now`, and those weeks' counts.
    pub fn before(&self, now: usize) -> Known<'_> {
        let answered = |cell: &&Cell| cell.weeks.range(..now).next().is_some();
        let cells: Vec<&Cell> = self.cells.iter().filter(answered).collect();
        let mut counts = CellWeeks::new(cells.len(), now);
        for (place, cell) in cells.iter().enumerate() {
            for (week, counted) in cell.weeks.range(..now) {
                counts.add(place, *week, *counted);
            }
        }
        Known { counts, representatives: cells.into_iter().map(|cell| &cell.representative).collect() }
    }
}

/// What is known on a day.
#[derive(Debug)]
pub struct Known<'a> {
    /// The counts by cell and week.
    pub counts: CellWeeks,
    representatives: Vec<&'a Attributes>,
}

impl Known<'_> {
    /// Which cells a target holds; `None` is everyone.
    pub fn target(&self, filter: Option<&Filter>) -> Vec<bool> {
        let is_member = |attributes: &&Attributes| filter.is_none_or(|filter| filter.matches(attributes));
        self.representatives.iter().map(is_member).collect()
    }
}
