//! The data available to a review by its day: the other decisions, and the filters of their targets and of the
//! segments.

use std::collections::HashMap;

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::segment_definition::{DefinitionId, Model as DefinitionRow};
use entity::{Calendar, Day, Filter, ProfileSchema, store};
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::decision::DecisionColumn;

use crate::cell::{CellDimensions, CellTable};
use crate::compared_windows::{ComparedWindows, WindowTarget};

/// All decisions and definitions, with the dates from which each may be used by a review.
#[derive(Debug)]
pub struct DecisionHistory {
    pub calendar: Calendar,
    /// Ordered by the day on which they take effect.
    pub decisions: Vec<DecisionRow>,
    /// Every definition of a segment, oldest first.
    pub definitions: Vec<DefinitionRow>,
    pub profile_schema: ProfileSchema,
    /// The filter of each definition, translated to the attributes of profiles; definitions that cannot be translated
    /// are absent.
    translated: HashMap<DefinitionId, Filter>,
    /// The day on which each decision was logged.
    logged_on: HashMap<DecisionId, Day>,
}

/// What a review may use about decisions as of its day. Reviews with equal values have equal inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableData {
    /// The day on which the decision under review was reversed, if that was recorded before the day of the review.
    ends: Option<Day>,
    /// The other decisions, by position in [`DecisionHistory::decisions`], and the day on which each was reversed.
    others: Vec<(usize, Option<Day>)>,
}

impl DecisionHistory {
    /// The history of decisions, each under the definition that was frozen when it was logged. Filters are translated
    /// under `schema`, which should contain every attribute and derived dimension that these definitions test.
    pub fn new(
        calendar: Calendar,
        decisions: Vec<DecisionRow>,
        definitions: Vec<DefinitionRow>,
        schema: ProfileSchema,
    ) -> Self {
        let translated = |row: &DefinitionRow| Some((row.id, schema.translate(&row.filter)?));
        let translated = definitions.iter().filter_map(translated).collect();
        let logged_on = decisions.iter().map(|decision| (decision.id, calendar.day_of(decision.logged_at))).collect();
        Self { calendar, decisions, definitions, profile_schema: schema, translated, logged_on }
    }

    /// What a review of a decision may use as of a day: the decisions logged before that day, or no later than the
    /// decision itself, without those cancelled by then.
    pub fn as_of(&self, decision: &DecisionRow, as_of: Day) -> AvailableData {
        let is_available = |other: &DecisionRow| {
            other.id != decision.id && self.is_logged(other, decision, as_of) && !self.is_cancelled(other, as_of, false)
        };
        let available = self.decisions.iter().enumerate().filter(|(_, other)| is_available(other));
        let others = available.map(|(place, other)| (place, self.reversal(other, as_of))).collect();
        AvailableData { ends: self.reversal(decision, as_of), others }
    }

    /// True when another decision was logged before the day, or no later than this one.
    pub fn is_logged(&self, other: &DecisionRow, decision: &DecisionRow, as_of: Day) -> bool {
        self.logged_on.get(&other.id).is_some_and(|day| *day < as_of) || other.logged_at <= decision.logged_at
    }

    /// True when a decision was reversed before it took effect and the reversal was recorded before a day, or when
    /// `recorded_now` says to use every recorded reversal.
    pub fn is_cancelled(&self, decision: &DecisionRow, as_of: Day, recorded_now: bool) -> bool {
        decision.cancelled && (recorded_now || self.reversal(decision, as_of).is_some())
    }

    /// The day on which a decision ended, if its reversal was recorded before a day and has come by then.
    fn reversal(&self, decision: &DecisionRow, as_of: Day) -> Option<Day> {
        let recorded_on = self.calendar.day_of(decision.reversal_recorded_at?);
        let ends = decision.ends_on(self.calendar)?;
        Some(ends).filter(|ends| recorded_on < as_of && (decision.cancelled || *ends < as_of))
    }

    /// The cell dimensions that distinguish all targets: those of a decision and of the available others.
    pub fn cell_dimensions(&self, decision: &DecisionRow, available: &AvailableData) -> CellDimensions {
        let own = decision.definition_id.and_then(|id| self.filter_of(id));
        CellDimensions::of(self.filters(available).chain(own), &self.profile_schema)
    }

    /// The filters of the other decisions' targets, without those that target every customer.
    pub fn filters<'a>(&'a self, available: &'a AvailableData) -> impl Iterator<Item = &'a Filter> {
        available.others.iter().filter_map(|(place, _)| self.filter_of(self.decisions[*place].definition_id?))
    }

    /// The filter of a definition, as it was defined; `None` when there is no such definition.
    pub fn filter_of(&self, id: DefinitionId) -> Option<&Filter> {
        self.definitions.iter().find(|row| row.id == id).map(|row| &row.filter)
    }

    /// The filter of a definition, translated to the attributes of profiles; `None` where profiles lack an attribute or
    /// a derived dimension that it tests.
    pub fn translated(&self, id: DefinitionId) -> Option<&Filter> {
        self.translated.get(&id)
    }

    /// The decision under review as a column of the regression over a table's cells.
    pub fn column(
        &self,
        decision: &DecisionRow,
        available: &AvailableData,
        table: &CellTable,
        week_zero: Day,
    ) -> DecisionColumn {
        self.column_until(decision, available.ends, table, week_zero)
    }

    /// The other decisions as columns.
    pub fn others(&self, available: &AvailableData, table: &CellTable, week_zero: Day) -> Vec<DecisionColumn> {
        let column =
            |(place, ends): &(usize, Option<Day>)| self.column_until(&self.decisions[*place], *ends, table, week_zero);
        available.others.iter().map(column).collect()
    }

    fn column_until(
        &self,
        decision: &DecisionRow,
        ends: Option<Day>,
        table: &CellTable,
        week_zero: Day,
    ) -> DecisionColumn {
        let weeks = |day: Day| f64::from(day.0 - week_zero.0) / 7.0;
        let target = table.target_of(decision.definition_id, &self.translated);
        DecisionColumn { target, starts: weeks(decision.takes_effect_on), ends: ends.map(weeks) }
    }

    /// The raw scores before and since the decision under review.
    pub fn windows(
        &self,
        cube: &Cube,
        decision: &DecisionRow,
        available: &AvailableData,
        as_of: Day,
    ) -> Result<ComparedWindows, CubeError> {
        let target = match decision.definition_id {
            None => WindowTarget::Everyone,
            Some(id) => self.translated(id).map_or(WindowTarget::Nobody, WindowTarget::Matching),
        };
        ComparedWindows::count(cube, decision, target, available.ends, as_of)
    }

    /// The ids of the other decisions, in the order of their columns.
    pub fn ids(&self, available: &AvailableData) -> Vec<DecisionId> {
        available.others.iter().map(|(place, _)| self.decisions[*place].id).collect()
    }

    /// The newest definition of each segment when a decision was recorded, sorted by id.
    pub fn definitions_at(&self, decision: &DecisionRow) -> Vec<DefinitionId> {
        let current = store::segment::current_at(&self.definitions, decision.recorded_at);
        let mut ids: Vec<DefinitionId> = current.into_iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids
    }
}

impl AvailableData {
    /// Removes the decisions that take effect on a day or later.
    pub fn retain_started_before(&mut self, history: &DecisionHistory, day: Day) {
        self.others.retain(|(place, _)| history.decisions[*place].takes_effect_on < day);
    }

    /// The other decisions, by id, and the day on which each was reversed.
    pub fn dated(&self, history: &DecisionHistory) -> Vec<(DecisionId, Option<Day>)> {
        self.others.iter().map(|(place, ends)| (history.decisions[*place].id, *ends)).collect()
    }
}
