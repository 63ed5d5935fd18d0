//! The work of one run between its snapshot and its publication.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Instant;

use entity::decision::Model as DecisionRow;
use entity::period::mondays;
use entity::run::{Model as RunRow, RunStage};
use entity::segment::Model as SegmentRow;
use entity::segment_definition::DefinitionId;
use entity::store::decision_review::NewReview;
use entity::store::run::RunTimings;
use entity::{Calendar, Day, Filter, ProfileSchema, StoreError};
use needle_analytics::cube::{Cube, CubeError};
use needle_analytics::weekly;
use needle_analytics::work::run_blocking;
use needle_review::{RespondentBatch, RespondentNeed, ReviewStudy};
use needle_rules::decision::is_retrospective;
use needle_stats::nps::NpsCounts;

use super::count::{self, RunSnapshot};
use super::derive;
use super::future;
use super::lease::PublishingLease;
use super::publish::{RunFindings, SegmentWeeks, publish};
use super::watch::RunMonitor;
use super::{RecomputeError, RunContext};

/// What successive runs of one process share while the data are unchanged: the cube, the respondents and the review
/// sequences of decisions.
#[derive(Debug, Default)]
pub struct RunCache {
    study: Option<CachedStudy>,
}

#[derive(Debug)]
struct CachedStudy {
    cube: Cube,
    study: ReviewStudy,
    profile_schema: ProfileSchema,
}

/// Does the work of a run and publishes its results.
pub async fn work(
    context: &RunContext,
    lease: &PublishingLease,
    run: &RunRow,
    monitor: &RunMonitor,
    cache: &mut RunCache,
) -> Result<RunTimings, RecomputeError> {
    let mut seconds = RunTimings::default();
    let started = Instant::now();
    monitor.enter(RunStage::Count)?;
    future::take_back(context, lease).await?;
    let today = context.calendar.get().day_of(context.clock.now());
    let (is_present, known_until) = (run.as_of >= today, today.plus_days(2));
    let transaction = derive::begin_snapshot(context, lease).await?;
    let snapshot = RunSnapshot::take(&transaction, run.full).await?;
    let plan = RunPlan::of(&snapshot, run, is_present, context.calendar.get());
    let cached = cache.study.take().filter(|earlier_study| earlier_study.is_current(&snapshot));
    let blocks = match cached {
        Some(_) => None,
        None => Some(count::blocks(&transaction, &snapshot, plan.weeks.as_ref()).await?),
    };
    let need = RespondentNeed::of(&plan.due, &snapshot.decisions, &snapshot.responses);
    let respondents = match need.filter(|need| cached.as_ref().is_none_or(|cached| !cached.has_read(need))) {
        Some(need) => Some(RespondentBatch::read(&transaction, need).await?),
        None => None,
    };
    transaction.rollback().await.map_err(StoreError::from)?;
    seconds.count = started.elapsed().as_secs_f64();

    let (run_row, calendar, task_monitor) = (run.clone(), context.calendar.get(), monitor.clone());
    let (found, snapshot, reusable, seconds) = run_blocking(move || {
        let started = Instant::now();
        task_monitor.enter(RunStage::Score)?;
        let mut reusable = match (cached, blocks) {
            (Some(cached), _) => cached,
            (None, blocks) => CachedStudy::build(&snapshot, blocks.unwrap_or_default(), calendar, known_until)?,
        };
        if let Some(respondents) = respondents {
            reusable.study.respondents = Some(respondents.into_respondents(&reusable.cube));
        }
        let task = ComputeTask { snapshot: &snapshot, plan: &plan, run: &run_row, calendar, monitor: &task_monitor };
        let (found, reusable) = compute(&task, reusable, &mut seconds, started)?;
        Ok::<_, RecomputeError>((found, snapshot, (plan.weeks.is_none()).then_some(reusable), seconds))
    })
    .await??;

    monitor.enter(RunStage::Publish)?;
    let keeps_marks = !found.publishes && !snapshot.marks.is_empty();
    let seconds = publish(context, lease, run, monitor, snapshot, found, seconds).await?;
    cache.study = reusable.filter(|_| !keeps_marks);
    Ok(seconds)
}

/// What a run has to publish, score and review.
struct RunPlan {
    publishes: bool,
    is_present: bool,
    /// Segments of which all weeks are scored again; of the others only the `affected` weeks.
    rescored: HashSet<entity::segment::SegmentId>,
    affected: BTreeSet<Day>,
    due: Vec<DecisionRow>,
    /// The weeks whose blocks are needed; `None` for all.
    weeks: Option<BTreeSet<Day>>,
}

impl RunPlan {
    fn of(snapshot: &RunSnapshot, run: &RunRow, is_present: bool, calendar: Calendar) -> Self {
        let newest = snapshot.publication.as_ref().is_none_or(|publication| run.as_of >= publication.as_of);
        let complete = run.as_of.monday();
        let mut affected: BTreeSet<Day> = snapshot.counted.iter().copied().filter(|week| *week < complete).collect();
        let completed = snapshot.publication.as_ref().map_or(complete, |publication| publication.as_of.monday());
        affected.extend(mondays(completed..complete));
        let rescored = snapshot.segments.iter().filter(|segment| run.full || is_new(snapshot, segment));
        let rescored: HashSet<_> = rescored.map(|segment| segment.id).collect();
        let mut due = due(snapshot, run, is_present, calendar);
        // A run without reviews deletes the marks of late responses too, so it must review closed decisions now.
        due.retain(|decision| run.reviews || snapshot.closed.contains(&decision.id));
        let needs_all = !rescored.is_empty() || !due.is_empty() || !is_present;
        let weeks = (!needs_all).then(|| affected.clone());
        Self { publishes: newest || is_present, is_present, rescored, affected, due, weeks }
    }
}

/// True when a segment has no scores under its present definition.
fn is_new(snapshot: &RunSnapshot, segment: &SegmentRow) -> bool {
    let mut rows = snapshot.scores.iter().filter(|row| row.segment_id == segment.id).peekable();
    rows.peek().is_none() || rows.any(|row| row.definition_id != segment.definition_id)
}

/// The decisions to review: within their horizon, or without a final review, or with responses that arrived late.
fn due(snapshot: &RunSnapshot, run: &RunRow, is_present: bool, calendar: Calendar) -> Vec<DecisionRow> {
    let existing = |decision: &&DecisionRow| is_present || calendar.day_of(decision.logged_at) < run.as_of.monday();
    let settled = |decision: &DecisionRow| {
        let closing = needle_review::final_monday(decision);
        snapshot.closed.contains(&decision.id)
            && closing < run.as_of.monday()
            && !run.full
            && snapshot.counted.iter().all(|week| *week >= closing)
    };
    let in_effect = |decision: &&DecisionRow| decision.takes_effect_on < run.as_of.monday();
    snapshot
        .decisions
        .iter()
        .filter(existing)
        .filter(in_effect)
        .filter(|decision| !settled(decision))
        .cloned()
        .collect()
}

impl CachedStudy {
    fn build(
        snapshot: &RunSnapshot,
        (blocks, profiles): (Vec<entity::tally::Model>, Vec<entity::profile::Model>),
        calendar: Calendar,
        known_until: Day,
    ) -> Result<Self, CubeError> {
        // Misdated responses would make a table of thousands of weeks.
        let cube = Cube::build(&blocks, profiles, Some(known_until))?;
        let (decisions, definitions) = (snapshot.decisions.clone(), snapshot.definitions.clone());
        let study = ReviewStudy::new(&cube, calendar, decisions, definitions, snapshot.profile_schema.clone());
        Ok(Self { cube, study, profile_schema: snapshot.profile_schema.clone() })
    }

    fn is_current(&self, snapshot: &RunSnapshot) -> bool {
        snapshot.counted.is_empty()
            && self.study.decisions() == snapshot.decisions
            && self.study.definitions() == snapshot.definitions
            && self.profile_schema == snapshot.profile_schema
    }

    fn has_read(&self, need: &RespondentNeed) -> bool {
        self.study.respondents.as_ref().is_some_and(|respondents| respondents.covers(need))
    }
}

/// The inputs of the blocking part of a run.
#[derive(Clone, Copy)]
struct ComputeTask<'a> {
    snapshot: &'a RunSnapshot,
    plan: &'a RunPlan,
    run: &'a RunRow,
    calendar: Calendar,
    monitor: &'a RunMonitor,
}

fn compute(
    task: &ComputeTask<'_>,
    mut cached: CachedStudy,
    seconds: &mut RunTimings,
    started: Instant,
) -> Result<(RunFindings, CachedStudy), RecomputeError> {
    let ComputeTask { snapshot, plan, run, monitor, .. } = *task;
    let scores = if plan.publishes { score_segments(task, &cached.cube)? } else { Vec::new() };
    let responses_before = (!plan.is_present).then_some(run.as_of);
    let responses_seen = match responses_before {
        None => snapshot.responses.values().sum(),
        Some(end) => {
            let counts = cached.cube.count(Day(i32::MIN), end, |_| true)?;
            i64::try_from(counts.responses()).expect("no database holds so many responses")
        }
    };
    seconds.score = started.elapsed().as_secs_f64();
    let started = Instant::now();
    monitor.enter(RunStage::Review)?;
    let reviews = review_decisions(task, &mut cached)?;
    seconds.review = started.elapsed().as_secs_f64();
    let found = RunFindings { scores, reviews, responses_seen, responses_before, publishes: plan.publishes };
    Ok((found, cached))
}

/// The weekly scores of every segment: unaffected weeks keep the counts they were published with.
fn score_segments(task: &ComputeTask<'_>, cube: &Cube) -> Result<Vec<SegmentWeeks>, RecomputeError> {
    let ComputeTask { snapshot, plan, run, monitor, .. } = *task;
    let complete = run.as_of.monday();
    let (whole, partial): (Vec<&SegmentRow>, Vec<&SegmentRow>) =
        snapshot.segments.iter().partition(|segment| plan.rescored.contains(&segment.id));
    let all_weeks: BTreeSet<Day> = snapshot.responses.keys().copied().filter(|week| *week < complete).collect();
    let everyone = Filter::everyone();
    let filters: HashMap<DefinitionId, &Filter> =
        snapshot.definitions.iter().map(|row| (row.id, &row.filter)).collect();
    let mut scored = Vec::with_capacity(snapshot.segments.len());
    for (segments, weeks) in [(whole, &all_weeks), (partial, &plan.affected)] {
        let translated = segments.into_iter().filter_map(|segment| {
            let filter = filters.get(&segment.definition_id).copied().unwrap_or(&everyone);
            // Profiles of the snapshot store every condition; a segment with others would have no scores, not wrong
            // ones.
            Some((segment, snapshot.profile_schema.translate(filter)?))
        });
        let (segments, filters): (Vec<&SegmentRow>, Vec<Filter>) = translated.unzip();
        let counted = weekly::count_weeks(cube, &filters.iter().collect::<Vec<_>>(), weeks)?;
        for (segment, fresh) in segments.into_iter().zip(counted) {
            let mut weekly: BTreeMap<Day, NpsCounts> = if plan.rescored.contains(&segment.id) {
                BTreeMap::new()
            } else {
                let kept = snapshot.scores.iter().filter(|row| row.segment_id == segment.id);
                kept.filter(|row| !plan.affected.contains(&row.week))
                    .map(|row| (row.week, weekly::weekly_of(row).counts))
                    .collect()
            };
            weekly.extend(fresh);
            scored.push((segment.clone(), weekly::roll(&weekly, complete)));
            monitor.advance(scored.len(), snapshot.segments.len())?;
        }
    }
    Ok(scored)
}

fn review_decisions(task: &ComputeTask<'_>, cached: &mut CachedStudy) -> Result<Vec<NewReview>, RecomputeError> {
    let ComputeTask { plan, run, calendar, monitor, .. } = *task;
    let CachedStudy { cube, study, .. } = cached;
    let decisions = study.decisions().to_vec();
    let titles = decisions.iter().map(|decision| (decision.id, decision.title.as_str())).collect();
    let mut rows = Vec::with_capacity(plan.due.len());
    for (done, decision) in plan.due.iter().enumerate() {
        monitor.advance(done, plan.due.len())?;
        if let Some(reviewed) = study.review(cube, decision, run.as_of, plan.is_present)? {
            let retrospective = is_retrospective(decision, calendar);
            rows.push(needle_review::to_row(&reviewed, decision, &titles, retrospective, run.id));
        }
    }
    Ok(rows)
}
