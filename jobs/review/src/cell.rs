//! The cells of a review: distinct combinations of the attribute values and conditions that the decisions' filters
//! test.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::condition::{ConditionTest, PredicateParts};
use entity::segment_definition::DefinitionId;
use entity::{Attributes, Condition, Day, Filter, ProfileSchema};
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::cells::CellWeeks;
use needle_stats::responses::CellResponses;

use crate::respondent::Respondents;

/// One dimension of the cells, taken from a condition of a filter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum CellDimension {
    /// The value of the attribute with this name.
    Value(String),
    /// Whether this condition holds.
    Holds(Condition),
}

/// The distinct dimensions of a set of filters, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CellDimensions(Vec<CellDimension>);

impl CellDimensions {
    /// The dimensions of filters, in a fixed order, the same whether profiles store an attribute's values or only
    /// derived dimensions.
    ///
    /// A condition on a list of values becomes the attribute's value, so that a shift between the values is not taken
    /// for a change of score; for a high-cardinality attribute it is only whether the value is in the list.
    pub fn of<'a>(filters: impl Iterator<Item = &'a Filter>, schema: &ProfileSchema) -> Self {
        let mut dimensions = BTreeSet::new();
        for predicate in filters.flat_map(Filter::predicates) {
            let is_high_cardinality = schema.is_answered_by_conditions(&predicate.name);
            for condition in PredicateParts::from(predicate).conditions() {
                dimensions.insert(match condition.test {
                    ConditionTest::Exists | ConditionTest::OneOf(_) if !is_high_cardinality => {
                        CellDimension::Value(condition.name)
                    }
                    _ => CellDimension::Holds(condition),
                });
            }
        }
        Self(dimensions.into_iter().collect())
    }

    /// The value of every dimension for every profile: `None` where the attribute is absent or the condition is
    /// false.
    fn values_of_profiles<'a>(&self, profiles: &'a [Attributes], schema: &ProfileSchema) -> Vec<Vec<Option<&'a str>>> {
        let holds: Vec<Option<Filter>> = self.0.iter().map(|dimension| dimension.translate(schema)).collect();
        let values = |profile: &'a Attributes| {
            let value = |(dimension, holds): (&CellDimension, &Option<Filter>)| match dimension {
                CellDimension::Value(name) => profile.get(name),
                CellDimension::Holds(_) => holds.as_ref().is_some_and(|holds| holds.matches(profile)).then_some(""),
            };
            self.0.iter().zip(&holds).map(value).collect()
        };
        profiles.iter().map(values).collect()
    }
}

impl CellDimension {
    fn translate(&self, schema: &ProfileSchema) -> Option<Filter> {
        match self {
            Self::Value(_) => None,
            Self::Holds(condition) => schema.translate(&condition.filter()),
        }
    }
}

/// All cells of a set of dimensions, with their weekly counts.
#[derive(Clone, Debug, Default)]
pub struct CellTable {
    /// The counts by cell and week. A cell without responses before some week does not change a review as of that
    /// week.
    pub counts: CellWeeks,
    /// One profile of each cell: a filter over these dimensions matches all profiles of a cell or none.
    representatives: Vec<Attributes>,
    /// The cell of every profile, by its place in the cube.
    of_profiles: Vec<Option<u32>>,
    /// For each definition requested so far, whether its target contains each cell.
    targets: RefCell<HashMap<DefinitionId, Vec<bool>>>,
}

impl CellTable {
    /// Counts the cells of a cube over `weeks` weeks; week 0 begins on `week_zero`, a Monday.
    pub fn count(
        cube: &Cube,
        dimensions: &CellDimensions,
        schema: &ProfileSchema,
        week_zero: Day,
        weeks: usize,
    ) -> Result<Self, CubeError> {
        let mut places: BTreeMap<Vec<Option<&str>>, (u32, &Attributes)> = BTreeMap::new();
        let groups: Vec<Option<u32>> = cube
            .profiles()
            .iter()
            .zip(dimensions.values_of_profiles(cube.profiles(), schema))
            .map(|(profile, values)| {
                let next = u32::try_from(places.len()).ok()?;
                Some(places.entry(values).or_insert((next, profile)).0)
            })
            .collect();
        // Ordered by the values, so that the same data give the same sums whatever the order of profiles.
        let mut order = vec![0; places.len()];
        let mut representatives = Vec::with_capacity(places.len());
        for ((group, representative), cell) in places.into_values().zip(0_u32..) {
            order[group as usize] = cell;
            representatives.push(representative.clone());
        }
        let until = cube.days().map_or(week_zero, |(_, end)| end);
        let week_of = |day: Day| day.week_since(week_zero);
        let mut counts = CellWeeks::new(representatives.len(), weeks);
        for ((week, group), counted) in cube.sum(week_zero, until, week_of, &groups)? {
            counts.add(order[group as usize] as usize, week as usize, counted);
        }
        let of_profiles = groups.into_iter().map(|group| Some(order[group? as usize])).collect();
        Ok(Self { counts, representatives, of_profiles, targets: RefCell::default() })
    }

    /// The respondents' responses on the days in `from..until`; week 0 begins on `week_zero`, a Monday, and days
    /// before it are left out. Respondents and table must be of the same cube. The result depends on the responses
    /// of these days only.
    pub fn responses(&self, respondents: &Respondents, week_zero: Day, from: Day, until: Day) -> CellResponses {
        let days = from.max(week_zero)..until;
        respondents.locate(|day, profile| {
            let week = day.week_since(week_zero).filter(|_| days.contains(&day))?;
            let cell = self.of_profiles.get(profile as usize).copied().flatten()?;
            Some((week, cell))
        })
    }

    /// For each cell, whether a definition's target contains it, by the translated filters; `None` is everyone.
    pub fn target_of(&self, id: Option<DefinitionId>, translated: &HashMap<DefinitionId, Filter>) -> Vec<bool> {
        let Some(id) = id else { return self.target(None) };
        // A definition that asks for what no profile holds targets nobody.
        let nobody = || vec![false; self.representatives.len()];
        let target = || translated.get(&id).map_or_else(nobody, |filter| self.target(Some(filter)));
        self.targets.borrow_mut().entry(id).or_insert_with(target).clone()
    }

    /// For each cell, whether a filter over profiles matches it; `None` is everyone.
    pub fn target(&self, filter: Option<&Filter>) -> Vec<bool> {
        let is_member = |attributes: &Attributes| filter.is_none_or(|filter| filter.matches(attributes));
        self.representatives.iter().map(is_member).collect()
    }
}
