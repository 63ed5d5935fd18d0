//! What all segments' history teaches about the noise of weeks, learned once for all decisions that ask the same.

use std::collections::HashMap;

use entity::Day;
use entity::decision::Model as DecisionRow;
use entity::segment_definition::DefinitionId;
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::decision::Column;
use needle_stats::experience::Experience;

use crate::cell::Questions;
use crate::known::{Knowledge, Known};
use crate::table::{Tables, weeks_between};

/// With more cells than this nothing is learned from segments: each of them would hold next to nobody, and every lesson
/// costs as much as there are cells.
const MOST_CELLS: usize = 400;

/// What was asked of history, and what it taught.
#[derive(Debug, Default)]
pub struct Lessons {
    learned: HashMap<Lesson, Experience>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lesson {
    monday: Day,
    segments: Vec<DefinitionId>,
    others: Vec<(entity::decision::DecisionId, Option<Day>)>,
}

impl Lessons {
    /// The experience before a decision: from the segments as they were defined when it was written down, and with the
    /// decisions that were known when it took effect.
    pub fn before(
        &mut self,
        cube: &Cube,
        knowledge: &Knowledge,
        tables: &mut Tables,
        decision: &DecisionRow,
    ) -> Result<Experience, CubeError> {
        let monday = decision.takes_effect_on.monday();
        let mut known = knowledge.as_of(decision, monday);
        known.retain_started_before(knowledge, monday);
        let lesson = Lesson { monday, segments: knowledge.definitions_at(decision), others: known.named(knowledge) };
        if let Some(learned) = self.learned.get(&lesson) {
            return Ok(learned.clone());
        }
        let experience = learn(cube, knowledge, tables, &lesson, &known)?;
        self.learned.insert(lesson, experience.clone());
        Ok(experience)
    }
}

fn learn(
    cube: &Cube,
    knowledge: &Knowledge,
    tables: &mut Tables,
    lesson: &Lesson,
    known: &Known,
) -> Result<Experience, CubeError> {
    let week_zero = tables.week_zero;
    let weeks = weeks_between(week_zero, lesson.monday);
    if weeks == 0 {
        return Ok(Experience::default());
    }
    let segments = lesson.segments.iter().filter_map(|id| knowledge.filter_of(*id));
    let questions = Questions::of(segments.chain(knowledge.filters(known)), &knowledge.scheme);
    let table = tables.of(cube, &questions, &knowledge.scheme, weeks)?;
    let answered = (0..table.counts.cells()).filter(|cell| table.counts.total(&[*cell], 0..weeks).responses() > 0);
    if answered.count() > MOST_CELLS {
        return Ok(Experience::default());
    }
    let belongs: Vec<Vec<bool>> =
        lesson.segments.iter().filter_map(|id| Some(table.target(Some(knowledge.translated(*id)?)))).collect();
    let others = knowledge.others(known, table, week_zero);
    let starts = f64::from(lesson.monday.0 - week_zero.0) / 7.0;
    let start = Column { target: Vec::new(), starts, ends: None };
    Ok(Experience::learn(&table.counts, &start, &belongs, &others))
}
