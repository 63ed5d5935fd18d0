//! The cells of a review: distinct combinations of what the filters of the decisions ask about.

use std::collections::{BTreeMap, BTreeSet};

use entity::{Attributes, Day, Filter, filter};
use needle_stats::cells::CellWeeks;
use needle_stats::nps::Counts;

use crate::cube::{Cube, CubeError};

/// One thing that filters ask about an attribute. Bounds are compared by their bits: equal bounds are equal questions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Question {
    /// Which value it has.
    Value(String),
    /// Whether it is a number and at least this.
    AtLeast(String, u64),
    /// Whether it is a number and below this.
    Below(String, u64),
}

/// Everything that a set of filters asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// Collects what filters ask, in a fixed order.
    pub fn of<'a>(filters: impl Iterator<Item = &'a Filter>) -> Self {
        let mut questions = BTreeSet::new();
        for predicate in filters.flat_map(Filter::predicates) {
            let name = || predicate.name.clone();
            if predicate.one_of.is_some() || predicate.exists.is_some() {
                questions.insert(Question::Value(name()));
            }
            questions.extend(predicate.at_least.map(|bound| Question::AtLeast(name(), bound.to_bits())));
            questions.extend(predicate.below.map(|bound| Question::Below(name(), bound.to_bits())));
        }
        Self(questions.into_iter().collect())
    }

    fn answers(&self, attributes: &Attributes) -> Vec<Option<String>> {
        let holds = |name: &str, holds: &dyn Fn(f64) -> bool| {
            let number = attributes.get(name).and_then(filter::number);
            number.is_some_and(holds).then(String::new)
        };
        let answer = |question: &Question| match question {
            Question::Value(name) => attributes.get(name).map(str::to_owned),
            Question::AtLeast(name, bound) => holds(name, &|number| number >= f64::from_bits(*bound)),
            Question::Below(name, bound) => holds(name, &|number| number < f64::from_bits(*bound)),
        };
        self.0.iter().map(answer).collect()
    }
}

/// All cells of a set of questions, with their weekly counts.
#[derive(Clone, Debug, Default)]
pub struct CellTable {
    cells: Vec<Cell>,
}

#[derive(Clone, Debug)]
struct Cell {
    representative: Attributes,
    /// The week of the first answer, and the counts from there on.
    weeks: BTreeMap<usize, Counts>,
}

impl CellTable {
    /// Counts the cells of a cube week by week; week 0 begins on `week_zero`, a Monday.
    pub fn count(cube: &Cube, questions: &Questions, week_zero: Day) -> Result<Self, CubeError> {
        let mut places: BTreeMap<Vec<Option<String>>, (u32, &Attributes)> = BTreeMap::new();
        let groups: Vec<Option<u32>> = cube
            .profiles()
            .iter()
            .map(|profile| {
                let next = u32::try_from(places.len()).ok()?;
                Some(places.entry(questions.answers(profile)).or_insert((next, profile)).0)
            })
            .collect();
        let until = cube.days().map_or(week_zero, |(_, end)| end);
        let week_of = |day: Day| u32::try_from((day.0 - week_zero.0) / 7).ok();
        let mut weekly: BTreeMap<u32, BTreeMap<usize, Counts>> = BTreeMap::new();
        for ((week, group), counts) in cube.sum(week_zero, until, week_of, &groups)? {
            weekly.entry(group).or_default().insert(week as usize, counts);
        }
        // In order of the answers, so that the same data give the same sums wherever its profiles came from.
        let cells = places.into_values().map(|(group, representative)| Cell {
            representative: representative.clone(),
            weeks: weekly.remove(&group).unwrap_or_default(),
        });
        Ok(Self { cells: cells.collect() })
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
