//! The study: reviews of decisions as of a Monday, rebuilt look by look from the counts.
//!
//! A review as of a day is a pure function of the answers before it and of the decisions logged before it. What a
//! study keeps between reviews of growing days (tables of cells, lives of decisions) only saves time.

use std::collections::HashMap;

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::segment_definition::DefinitionId;
use entity::{Calendar, Day, Filter, Scheme};
use needle_stats::decision::Column;
use needle_stats::review::{Expectation, Life, Review};

use super::calendar::{Look, looks};
use super::cell::{CellTable, Known, Questions};
use super::respondent::Respondents;
use crate::cube::{Cube, CubeError};

/// Reviews over one cube.
#[derive(Debug)]
pub struct Study {
    calendar: Calendar,
    decisions: Vec<DecisionRow>,
    /// As they were defined: what is asked.
    filters: HashMap<DefinitionId, Filter>,
    /// In terms of profiles: who belongs.
    translated: HashMap<DefinitionId, Filter>,
    scheme: Scheme,
    week_zero: Day,
    tables: HashMap<Questions, CellTable>,
    lives: HashMap<DecisionId, Lived>,
    /// The answers of recognisable customers; `None` where no decision has any. Not every decision has: see
    /// [`Respondents::serves`].
    pub respondents: Option<Respondents>,
}

/// A life so far.
#[derive(Debug)]
struct Lived {
    looks: Vec<Look>,
    life: Life,
    newest: Option<Reviewed>,
}

/// One review, as the statistics give it.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The look.
    pub look: Look,
    /// What it found.
    pub review: Review,
    /// The other decisions of the regression, by their index in the review.
    pub others: Vec<DecisionId>,
    /// The Monday on which week 0 of the review's series begins.
    pub week_zero: Day,
}

impl Study {
    /// A study of decisions, each under the definition that was frozen when it was logged, over profiles made by a
    /// scheme that answers every question of these definitions.
    pub fn new(
        cube: &Cube,
        calendar: Calendar,
        decisions: Vec<DecisionRow>,
        filters: HashMap<DefinitionId, Filter>,
        scheme: Scheme,
    ) -> Self {
        let week_zero = cube.days().map_or(Day(0), |(first, _)| first).monday();
        let translated = |(id, filter): (&DefinitionId, &Filter)| Some((*id, scheme.translate(filter)?));
        let translated = filters.iter().filter_map(translated).collect();
        let (tables, lives) = (HashMap::new(), HashMap::new());
        Self { calendar, decisions, filters, translated, scheme, week_zero, tables, lives, respondents: None }
    }

    /// The decisions under study, in order of effect.
    pub fn decisions(&self) -> &[DecisionRow] {
        &self.decisions
    }

    /// The looks at a decision up to a day.
    pub fn looks(&self, decision: &DecisionRow, as_of: Day, recorded_now: bool) -> Vec<Look> {
        if is_cancelled(decision, self.calendar, as_of.monday(), recorded_now) {
            return Vec::new();
        }
        looks(decision, self.calendar, as_of, recorded_now)
    }

    /// The newest review of a decision as of a day; `None` before its first look.
    pub fn review(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        as_of: Day,
        recorded_now: bool,
    ) -> Result<Option<Reviewed>, CubeError> {
        let looks = self.looks(decision, as_of, recorded_now);
        let fresh = || Lived {
            looks: Vec::new(),
            life: Life::new(Expectation { impact: decision.expected_impact }, decision.horizon_weeks.unsigned_abs()),
            newest: None,
        };
        let mut lived = self.lives.remove(&decision.id).unwrap_or_else(fresh);
        if !looks.starts_with(&lived.looks) {
            lived = fresh();
        }
        for look in looks.iter().skip(lived.looks.len()) {
            lived.newest = Some(self.look(cube, decision, *look, &mut lived.life)?);
        }
        lived.looks = looks;
        let newest = lived.newest.clone().filter(|_| !lived.looks.is_empty());
        self.lives.insert(decision.id, lived);
        Ok(newest)
    }

    fn look(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        look: Look,
        life: &mut Life,
    ) -> Result<Reviewed, CubeError> {
        let known = self.known_decisions(decision, look.as_of);
        let known_filters = known.iter().map(|other| &self.decisions[*other]).chain([decision]);
        let filters = known_filters.filter_map(|known| self.filters.get(&known.definition_id?));
        let questions = Questions::of(filters, &self.scheme);
        if !self.tables.contains_key(&questions) {
            let table = CellTable::count(cube, &questions, &self.scheme, self.week_zero)?;
            self.tables.insert(questions.clone(), table);
        }
        let now = usize::try_from((look.as_of.0 - self.week_zero.0) / 7).unwrap_or_default();
        let empty = CellTable::default();
        let cells = self.tables.get(&questions).unwrap_or(&empty).before(now);
        let column = self.column(decision, &cells, look.as_of);
        let others: Vec<Column> =
            known.iter().map(|other| self.column(&self.decisions[*other], &cells, look.as_of)).collect();
        let review = life.look(&cells.counts, now, &column, &others, look.share);
        let others = known.iter().map(|other| self.decisions[*other].id).collect();
        Ok(Reviewed { look, review, others, week_zero: self.week_zero })
    }

    /// The other decisions that a review may know: those logged before its day, or no later than the decision itself.
    fn known_decisions(&self, decision: &DecisionRow, as_of: Day) -> Vec<usize> {
        let is_known = |other: &DecisionRow| {
            let in_time = self.calendar.day_of(other.logged_at) < as_of || other.logged_at <= decision.logged_at;
            in_time && other.id != decision.id && !is_cancelled(other, self.calendar, as_of, false)
        };
        (0..self.decisions.len()).filter(|other| is_known(&self.decisions[*other])).collect()
    }

    fn column(&self, decision: &DecisionRow, cells: &Known<'_>, as_of: Day) -> Column {
        let filter = decision.definition_id.and_then(|id| self.translated.get(&id));
        let weeks = |day: Day| f64::from(day.0 - self.week_zero.0) / 7.0;
        let reversed_on = decision.reversed_on.filter(|_| reversal_is_known(decision, self.calendar, as_of));
        Column { target: cells.target(filter), starts: weeks(decision.takes_effect_on), ends: reversed_on.map(weeks) }
    }
}

fn reversal_is_known(decision: &DecisionRow, calendar: Calendar, as_of: Day) -> bool {
    decision.reversal_recorded_at.is_some_and(|recorded| calendar.day_of(recorded) < as_of)
}

fn is_cancelled(decision: &DecisionRow, calendar: Calendar, as_of: Day, recorded_now: bool) -> bool {
    let cancelled = decision.reversed_on.is_some_and(|reversed_on| reversed_on <= decision.takes_effect_on);
    cancelled && (recorded_now || reversal_is_known(decision, calendar, as_of))
}
