//! The study: reviews of decisions as of a Monday, recomputed look by look from the counts.
//!
//! A review as of a day is a pure function of the responses before it and of the decisions logged before it. What a
//! study keeps between reviews (tables of cells, review sequences, learned priors) only saves time.

use std::collections::HashMap;

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::segment_definition::Model as DefinitionRow;
use entity::{Calendar, Day, ProfileSchema};
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::portfolio::{self, FALSE_DISCOVERY_RATE};
use needle_stats::responses::CellResponses;
use needle_stats::review::{
    self, EffectEstimate, ExpectedImpact, LONGEST_HISTORY_WEEKS, LookFinding, LookTiming, ReviewInput, ReviewSequence,
    SequentialReview, WeekPoint,
};

use crate::available_data::{AvailableData, DecisionHistory};
use crate::calendar::{ScheduledLook, horizons_overlap, looks};
use crate::compared_windows::ComparedWindows;
use crate::learned_prior::LearnedPriors;
use crate::respondent::Respondents;
use crate::table::{CellTables, weeks_between};

/// Reviews over one cube.
#[derive(Debug)]
pub struct ReviewStudy {
    history: DecisionHistory,
    tables: CellTables,
    learned_priors: LearnedPriors,
    sequences: HashMap<DecisionId, CachedSequence>,
    /// The responses of recognised customers; `None` where they are read for no decision. They are not read for every
    /// decision: see [`Respondents::serves`].
    pub respondents: Option<Respondents>,
}

/// A review sequence with the looks taken so far, none of them settled yet.
#[derive(Debug)]
struct CachedSequence {
    /// Its state after all of `looks`.
    sequence: ReviewSequence,
    looks: Vec<(ScheduledLook, LookFinding)>,
}

/// One review, as returned by the statistics.
#[derive(Clone, Debug)]
pub struct StudyReview {
    /// When the review was made, and whether it is final.
    pub look: ScheduledLook,
    /// The verdict, the estimate and the caveats.
    pub review: SequentialReview,
    /// The raw scores before and since.
    pub windows: ComparedWindows,
    /// Observed and expected scores by week, for a chart.
    pub series: Vec<WeekPoint>,
    /// The other decisions of the regression; caveats of the review refer to them by index.
    pub others: Vec<DecisionId>,
    /// The Monday on which week 0 of the review's series begins.
    pub week_zero: Day,
}

impl ReviewStudy {
    /// A study of decisions, each under the definition that was frozen when it was logged. `schema` is the one that the
    /// profiles of the cube were made under; it should contain every attribute and derived dimension that these
    /// definitions test.
    pub fn new(
        cube: &Cube,
        calendar: Calendar,
        decisions: Vec<DecisionRow>,
        definitions: Vec<DefinitionRow>,
        schema: ProfileSchema,
    ) -> Self {
        let (first, end) = cube.days().map_or((Day(0), Day(0)), |(first, end)| (first.monday(), end));
        Self {
            history: DecisionHistory::new(calendar, decisions, definitions, schema),
            tables: CellTables::new(first, weeks_between(first, end.monday_on_or_after())),
            learned_priors: LearnedPriors::default(),
            sequences: HashMap::new(),
            respondents: None,
        }
    }

    /// The decisions under study, ordered by the day on which they take effect.
    pub fn decisions(&self) -> &[DecisionRow] {
        &self.history.decisions
    }

    /// Every definition of every segment, oldest first.
    pub fn definitions(&self) -> &[DefinitionRow] {
        &self.history.definitions
    }

    /// The newest review of a decision as of a day; `None` before its first look. With `recorded_now`, a decision that
    /// was logged after all of its looks so far is reviewed by the newest of them.
    pub fn review(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        as_of: Day,
        recorded_now: bool,
    ) -> Result<Option<StudyReview>, CubeError> {
        let looks = self.looks(decision, as_of, recorded_now);
        let Some(newest) = looks.last().copied() else { return Ok(None) };
        self.take_looks(cube, decision, &looks)?;
        let peers = self.peers(cube, decision, as_of)?;
        let Some(cached) = self.sequences.get(&decision.id) else { return Ok(None) };
        let mut sequence = cached.sequence.clone();
        let mut review = None;
        for (look, finding) in cached.looks.iter().take(looks.len()) {
            let permitted = self.permits(decision, look, finding, &peers);
            review = Some(sequence.settle(finding.clone(), permitted));
        }
        let Some(review) = review else { return Ok(None) };
        let available = self.history.as_of(decision, newest.as_of);
        let series = self.with_input(cube, decision, &available, newest.as_of, |input, now| {
            review::series(input, now, review.estimate.as_ref())
        })?;
        let windows = self.history.windows(cube, decision, &available, newest.as_of)?;
        let others = self.history.ids(&available);
        Ok(Some(StudyReview { look: newest, review, windows, series, others, week_zero: self.tables.week_zero }))
    }

    /// The effect estimated by a look on a Monday after the end of a decision's horizon, with the interval of a
    /// confidence sequence; `None` where nothing can be estimated. The sequence begins with the decision's first look.
    pub fn beyond(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        as_of: Day,
    ) -> Result<Option<EffectEstimate>, CubeError> {
        let mut looks_due = self.looks(decision, as_of, true);
        if looks_due.is_empty() {
            return Ok(None);
        }
        looks_due.push(ScheduledLook { as_of: as_of.monday(), share: 1.0, is_final: false });
        self.take_looks(cube, decision, &looks_due)?;
        let last = self.sequences.get(&decision.id).and_then(|cached| cached.looks.last());
        Ok(last.and_then(|(_, finding)| finding.estimate()))
    }

    /// The looks at a decision up to a day.
    fn looks(&self, decision: &DecisionRow, as_of: Day, recorded_now: bool) -> Vec<ScheduledLook> {
        if self.history.is_cancelled(decision, as_of.monday(), recorded_now) {
            return Vec::new();
        }
        looks(decision, self.history.calendar, as_of, recorded_now)
    }

    /// Takes all these looks at a decision, unless they were taken before. Later looks that the data cover already are
    /// taken as well, because a whole sequence costs hardly more than its last look.
    fn take_looks(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        looks_due: &[ScheduledLook],
    ) -> Result<(), CubeError> {
        let is_same = |cached: &CachedSequence| {
            cached.looks.len() >= looks_due.len()
                && cached.looks.iter().zip(looks_due).all(|((look, _), due)| look == due)
        };
        if self.sequences.get(&decision.id).is_some_and(is_same) {
            return Ok(());
        }
        let reached = looks(decision, self.history.calendar, self.tables.end(), false);
        let all = if reached.starts_with(looks_due) { reached } else { looks_due.to_vec() };
        let prior = self.learned_priors.before(cube, &self.history, &mut self.tables, decision)?;
        let expectation = ExpectedImpact { impact: decision.expected_impact };
        let mut sequence =
            ReviewSequence::new(expectation, decision.horizon_weeks.unsigned_abs()).with_learned_prior(prior);
        let available = |look: &ScheduledLook| self.history.as_of(decision, look.as_of);
        // Looks with the same available data share one input.
        let mut batches: Vec<(AvailableData, Vec<ScheduledLook>)> = Vec::new();
        for look in all {
            let data = available(&look);
            match batches.last_mut() {
                Some((same, looks)) if *same == data => looks.push(look),
                _ => batches.push((data, vec![look])),
            }
        }
        let mut taken = Vec::new();
        for (data, looks) in batches {
            let Some(last) = looks.last() else { continue };
            let week_zero = self.tables.week_zero;
            let in_weeks =
                |look: &ScheduledLook| LookTiming { now: weeks_between(week_zero, look.as_of), share: look.share };
            let in_weeks: Vec<LookTiming> = looks.iter().map(in_weeks).collect();
            let found =
                self.with_input(cube, decision, &data, last.as_of, |input, _| sequence.looks(input, &in_weeks))?;
            taken.extend(looks.into_iter().zip(found));
        }
        self.sequences.insert(decision.id, CachedSequence { sequence, looks: taken });
        Ok(())
    }

    /// Calls `work` with the input of a review of a decision as of a day and that day as a week number.
    fn with_input<T>(
        &mut self,
        cube: &Cube,
        decision: &DecisionRow,
        available: &AvailableData,
        as_of: Day,
        work: impl FnOnce(&ReviewInput<'_>, usize) -> T,
    ) -> Result<T, CubeError> {
        let week_zero = self.tables.week_zero;
        let now = weeks_between(week_zero, as_of);
        let dimensions = self.history.cell_dimensions(decision, available);
        let table = self.tables.of(cube, &dimensions, &self.history.profile_schema, now)?;
        let column = self.history.column(decision, available, table, week_zero);
        let others = self.history.others(available, table, week_zero);
        let respondents = self.respondents.as_ref().filter(|respondents| respondents.serves(decision.id));
        let longest = i32::try_from(LONGEST_HISTORY_WEEKS).expect("a few years of weeks");
        let first = decision.takes_effect_on.monday().plus_weeks(-longest);
        let responses = respondents
            .map_or_else(CellResponses::default, |respondents| table.responses(respondents, week_zero, first, as_of));
        let input = ReviewInput { data: &table.counts, responses: &responses, decision: &column, others: &others };
        Ok(work(&input, now))
    }

    /// The decisions whose horizons overlap that of a decision, by position; takes their looks up to a day first.
    fn peers(&mut self, cube: &Cube, decision: &DecisionRow, as_of: Day) -> Result<Vec<usize>, CubeError> {
        let overlaps = |other: &DecisionRow| other.id != decision.id && horizons_overlap(other, decision);
        let peers: Vec<usize> =
            (0..self.decisions().len()).filter(|place| overlaps(&self.decisions()[*place])).collect();
        for place in &peers {
            let looks = self.looks(&self.decisions()[*place], as_of, false);
            if !looks.is_empty() {
                let peer = self.decisions()[*place].clone();
                self.take_looks(cube, &peer, &looks)?;
            }
        }
        Ok(peers)
    }

    /// True when a movement may be claimed at a look, among the decisions logged before it (Benjamini & Hochberg).
    fn permits(&self, decision: &DecisionRow, look: &ScheduledLook, finding: &LookFinding, peers: &[usize]) -> bool {
        let value = |peer: &DecisionRow| {
            let looks = self.sequences.get(&peer.id).map_or(&[][..], |cached| &cached.looks);
            let newest = looks.iter().take_while(|(other, _)| other.as_of <= look.as_of).last();
            newest.map_or(1.0, |(_, finding)| finding.p_sequential())
        };
        let is_watched = |peer: &&DecisionRow| {
            self.history.is_logged(peer, decision, look.as_of) && !self.history.is_cancelled(peer, look.as_of, false)
        };
        // A larger value is never rejected, whatever the others are.
        if finding.p_sequential() > FALSE_DISCOVERY_RATE {
            return false;
        }
        let mut values = vec![finding.p_sequential()];
        let peers = peers.iter().map(|place| &self.history.decisions[*place]);
        values.extend(peers.filter(is_watched).map(value));
        portfolio::rejected(&values, FALSE_DISCOVERY_RATE)[0]
    }
}
