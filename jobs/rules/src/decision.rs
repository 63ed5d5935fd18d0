//! Logging, revising and reversing decisions: the rules that files and mutations share.
//!
//! A decision is logged before it takes effect. From its first day of effect on, its expectation is sealed.

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::{Calendar, ConnectionTrait, Day, StoreError, Timestamp, store};

use crate::day;
use crate::erase::ERASED;
use crate::problem::{InputProblem, ProblemCode, check_text, limit};
use crate::segment::{ChangeError, UpsertOutcome, unknown_segment};

/// How many weeks the effect of a decision may be observed.
pub const HORIZON_WEEKS: std::ops::RangeInclusive<i32> = 1..=520;

/// The horizon of a decision that does not specify one.
pub const DEFAULT_HORIZON_WEEKS: i32 = 12;

/// The confidence in the expected range where the owner does not state one.
pub const DEFAULT_LEVEL: f64 = 0.8;

/// The difference between two Net Promoter Scores lies within plus or minus this.
pub const IMPACT_LIMIT: f64 = 200.0;

/// A decision as submitted by a file or a mutation, before it is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionDraft {
    /// The company's id of the decision, unique.
    pub external_id: String,
    /// What is decided, in one line.
    pub title: String,
    /// The reason for the decision; `None` when none is given.
    pub rationale: Option<String>,
    /// The person who is responsible for it.
    pub owner: String,
    /// The key of the target segment; `None` for every customer.
    pub target_segment_key: Option<String>,
    /// The first day of its effect, in the reporting calendar.
    pub takes_effect_on: Day,
    /// How many weeks its effect is observed, within [`HORIZON_WEEKS`].
    pub horizon_weeks: i32,
    /// The expected impact in NPS points, within plus or minus [`IMPACT_LIMIT`].
    pub expected_impact: f64,
    /// The low end of the expected range in NPS points; `None` for no range on this side.
    pub expected_low: Option<f64>,
    /// The high end of the expected range in NPS points; `None` for no range on this side.
    pub expected_high: Option<f64>,
    /// The owner's confidence in the range, between 0 and 1.
    pub expected_level: f64,
    /// When it was logged; `None` for now.
    pub logged_at: Option<Timestamp>,
}

/// Changes to a decision that has not taken effect; `None` leaves the stored value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionRevision {
    /// What is decided, in one line.
    pub title: Option<String>,
    /// The reason for the decision.
    pub rationale: Option<String>,
    /// The first day of its effect.
    pub takes_effect_on: Option<Day>,
    /// How many weeks its effect is observed, within [`HORIZON_WEEKS`].
    pub horizon_weeks: Option<i32>,
    /// The expected impact in NPS points, within plus or minus [`IMPACT_LIMIT`].
    pub expected_impact: Option<f64>,
    /// The low end of the expected range in NPS points.
    pub expected_low: Option<f64>,
    /// The high end of the expected range in NPS points.
    pub expected_high: Option<f64>,
}

/// True when a decision was logged on or after its first day of effect, when responses may already have shown its
/// effect.
pub fn is_retrospective(decision: &DecisionRow, calendar: Calendar) -> bool {
    calendar.day_of(decision.logged_at) >= decision.takes_effect_on
}

/// True when a decision was stored on or after its first day of effect with an earlier time of logging, as files of a
/// company's past have: nobody could see here that the forecast came first.
pub fn is_backdated(decision: &DecisionRow, calendar: Calendar) -> bool {
    !is_retrospective(decision, calendar) && calendar.day_of(decision.recorded_at) >= decision.takes_effect_on
}

/// Logs a new decision. An id that exists already is a problem of the request.
pub async fn log<C: ConnectionTrait>(
    connection: &C,
    draft: &DecisionDraft,
    now: Timestamp,
) -> Result<DecisionRow, ChangeError> {
    let row = to_row(connection, draft, now).await?;
    check(&row, now)?;
    let existing = store::decision::by_external_ids(connection, std::slice::from_ref(&draft.external_id)).await?;
    if existing.contains_key(&draft.external_id) {
        let message = format!("a decision \"{}\" was logged before; revise that one", draft.external_id);
        return Err(InputProblem::new(ProblemCode::AlreadyExists, "externalId", message).into());
    }
    let id = store::decision::insert(connection, row.clone()).await?;
    Ok(DecisionRow { id, ..row })
}

/// Imports a decision of a file: logs it, or revises it while it has not taken effect.
pub async fn import<C: ConnectionTrait>(
    connection: &C,
    draft: &DecisionDraft,
    calendar: Calendar,
    now: Timestamp,
) -> Result<UpsertOutcome, ChangeError> {
    let existing = store::decision::by_external_ids(connection, std::slice::from_ref(&draft.external_id)).await?;
    let Some(stored) = existing.get(&draft.external_id) else {
        log(connection, draft, now).await?;
        return Ok(UpsertOutcome::Created);
    };
    let row = to_row(connection, draft, now).await?;
    check(&row, now)?;
    if let Some(earlier) = draft.logged_at.filter(|logged_at| *logged_at < stored.logged_at) {
        let (stored_at, found) = (stored.logged_at.to_utc().to_rfc3339(), earlier.to_utc().to_rfc3339());
        let message = format!("expected the time at which it was logged, {stored_at}, or a later one; found {found}");
        return Err(InputProblem::new(ProblemCode::DayOutOfRange, "loggedAt", message).into());
    }
    let same_target = row.segment_id == stored.segment_id;
    let merged = DecisionRow {
        id: stored.id,
        logged_at: draft.logged_at.unwrap_or(stored.logged_at),
        recorded_at: stored.recorded_at,
        title: unless_erased(Some(&stored.title), &row.title),
        rationale: row
            .rationale
            .as_ref()
            .map(|text| unless_erased(stored.rationale.as_ref(), text))
            .or_else(|| stored.rationale.clone()),
        definition_id: if same_target { stored.definition_id } else { row.definition_id },
        reversed_on: stored.reversed_on,
        reversal_reason: stored.reversal_reason.clone(),
        reversal_recorded_at: stored.reversal_recorded_at,
        cancelled: stored.cancelled,
        ..row
    };
    if merged == *stored {
        return Ok(UpsertOutcome::Unchanged);
    }
    check_not_sealed(stored, calendar, now)?;
    check_not_moved_to_past(stored, &merged, calendar.day_of(now))?;
    store::decision::update(connection, merged).await?;
    Ok(UpsertOutcome::Updated)
}

/// A text of a file, or the stored one where an erased person was named in it: old files do not bring the name back.
fn unless_erased(stored: Option<&String>, text: &str) -> String {
    stored.filter(|stored| stored.contains(ERASED)).map_or_else(|| text.to_owned(), Clone::clone)
}

/// Revises a decision that has not taken effect.
pub async fn revise<C: ConnectionTrait>(
    connection: &C,
    existing: &DecisionRow,
    revision: DecisionRevision,
    calendar: Calendar,
    now: Timestamp,
) -> Result<DecisionRow, ChangeError> {
    check_not_sealed(existing, calendar, now)?;
    let row = DecisionRow {
        title: revision.title.unwrap_or_else(|| existing.title.clone()),
        rationale: revision.rationale.or_else(|| existing.rationale.clone()),
        takes_effect_on: revision.takes_effect_on.unwrap_or(existing.takes_effect_on),
        horizon_weeks: revision.horizon_weeks.unwrap_or(existing.horizon_weeks),
        expected_impact: revision.expected_impact.unwrap_or(existing.expected_impact),
        expected_low: revision.expected_low.or(existing.expected_low),
        expected_high: revision.expected_high.or(existing.expected_high),
        ..existing.clone()
    };
    check(&row, now)?;
    check_not_moved_to_past(existing, &row, calendar.day_of(now))?;
    store::decision::update(connection, row.clone()).await?;
    Ok(row)
}

/// Reverses a decision from a day on. Before its first day of effect, a day up to that one cancels it; a day after today
/// is a plan, which [`cancel_reversal`] takes back. A reversal in force is sealed.
pub async fn reverse<C: ConnectionTrait>(
    connection: &C,
    existing: &DecisionRow,
    on: Day,
    reason: &str,
    calendar: Calendar,
    now: Timestamp,
) -> Result<DecisionRow, ChangeError> {
    let today = calendar.day_of(now);
    if reason.trim().is_empty() {
        return Err(InputProblem::new(ProblemCode::Missing, "reason", "expected the reason for the reversal").into());
    }
    check_text("reason", reason, limit::PROSE)?;
    if existing.reversed_on == Some(on) && existing.reversal_reason.as_deref() == Some(reason) {
        return Ok(existing.clone());
    }
    if let Some(reversed_on) = existing.reversed_by(today) {
        let message = format!("the decision was already reversed on {reversed_on}");
        return Err(InputProblem::new(ProblemCode::Conflict, "on", message).into());
    }
    check_reversal_day(existing, on, today)?;
    let row = DecisionRow {
        reversed_on: Some(on),
        reversal_reason: Some(reason.to_owned()),
        reversal_recorded_at: Some(now),
        cancelled: today < existing.takes_effect_on && on <= existing.takes_effect_on,
        ..existing.clone()
    };
    store::decision::update(connection, row.clone()).await?;
    Ok(row)
}

/// Refuses a day before the decision could be reversed: its first day of effect, or today while that is still to come.
fn check_reversal_day(existing: &DecisionRow, on: Day, today: Day) -> Result<(), InputProblem> {
    let first = existing.takes_effect_on.min(today);
    if on < first {
        let what = if first == today { "today" } else { "its first day of effect" };
        let message = format!("expected a day from {what} ({first}) on, found {on}");
        return Err(InputProblem::new(ProblemCode::OutOfRange, "on", message));
    }
    day::check_planned("on", on)
}

/// Takes a planned reversal back, so that the decision stays in effect. A decision without a plan is a problem of the
/// request.
pub async fn cancel_reversal<C: ConnectionTrait>(
    connection: &C,
    existing: &DecisionRow,
    calendar: Calendar,
    now: Timestamp,
) -> Result<DecisionRow, ChangeError> {
    if let Some(on) = existing.reversed_on.filter(|on| *on <= calendar.day_of(now)) {
        let message = format!("the decision was reversed on {on}: that is sealed. Log a new decision instead");
        return Err(InputProblem::new(ProblemCode::Sealed, "externalId", message).into());
    }
    if existing.reversed_on.is_none() {
        let message = "no reversal of this decision is planned";
        return Err(InputProblem::new(ProblemCode::NotFound, "externalId", message).into());
    }
    let row = DecisionRow {
        reversed_on: None,
        reversal_reason: None,
        reversal_recorded_at: None,
        cancelled: false,
        ..existing.clone()
    };
    store::decision::update(connection, row.clone()).await?;
    Ok(row)
}

fn check_not_sealed(existing: &DecisionRow, calendar: Calendar, now: Timestamp) -> Result<(), ChangeError> {
    let reversed_on = existing.reversed_by(calendar.day_of(now));
    if calendar.day_of(now) < existing.takes_effect_on && reversed_on.is_none() {
        return Ok(());
    }
    let message = match reversed_on {
        Some(day) => format!("the decision was reversed on {day}: it can no longer be changed"),
        None => format!("the decision took effect on {}: its expectation is sealed", existing.takes_effect_on),
    };
    Err(InputProblem::new(ProblemCode::Sealed, "externalId", message).into())
}

fn check_not_moved_to_past(existing: &DecisionRow, revised: &DecisionRow, today: Day) -> Result<(), InputProblem> {
    if revised.takes_effect_on == existing.takes_effect_on || revised.takes_effect_on > today {
        return Ok(());
    }
    let message = format!("expected a day after today ({today}): a planned decision cannot be moved into the past");
    Err(InputProblem::new(ProblemCode::OutOfRange, "takesEffectOn", message))
}

/// The name of an owner as decisions have it already: one who is spelled with other capitals or spaces is no other person,
/// and leaves no record behind.
async fn spelled_owner<C: ConnectionTrait>(connection: &C, owner: &str) -> Result<String, StoreError> {
    let owner = owner.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = owner.to_lowercase();
    let known = store::decision::owners(connection).await?;
    Ok(known.into_iter().find(|known| known.to_lowercase() == lower).unwrap_or(owner))
}

async fn to_row<C: ConnectionTrait>(
    connection: &C,
    draft: &DecisionDraft,
    now: Timestamp,
) -> Result<DecisionRow, ChangeError> {
    let segment = match &draft.target_segment_key {
        None => None,
        Some(key) => {
            let Some(found) = store::segment::by_key(connection, key).await? else {
                return Err(unknown_segment(connection, key, "targetSegmentKey").await?.into());
            };
            Some(found)
        }
    };
    Ok(DecisionRow {
        id: DecisionId(0),
        external_id: draft.external_id.clone(),
        title: draft.title.clone(),
        rationale: draft.rationale.clone(),
        owner: spelled_owner(connection, &draft.owner).await?,
        logged_at: draft.logged_at.unwrap_or(now),
        recorded_at: now,
        takes_effect_on: draft.takes_effect_on,
        horizon_weeks: draft.horizon_weeks,
        segment_id: segment.as_ref().map(|segment| segment.id),
        definition_id: segment.as_ref().map(|segment| segment.definition_id),
        expected_impact: draft.expected_impact,
        expected_low: draft.expected_low,
        expected_high: draft.expected_high,
        expected_level: draft.expected_level,
        reversed_on: None,
        reversal_reason: None,
        reversal_recorded_at: None,
        cancelled: false,
    })
}

fn check(row: &DecisionRow, now: Timestamp) -> Result<(), InputProblem> {
    for (field, text, most) in [
        ("externalId", &row.external_id, limit::ID),
        ("title", &row.title, limit::LINE),
        ("owner", &row.owner, limit::ID),
    ] {
        if text.trim().is_empty() {
            return Err(InputProblem::new(
                ProblemCode::Missing,
                field,
                format!("expected a text in {field}, found nothing"),
            ));
        }
        check_text(field, text, most)?;
    }
    day::check_planned("takesEffectOn", row.takes_effect_on)?;
    if let Some(on) = row.reversed_on.filter(|on| *on <= row.takes_effect_on) {
        let message = format!("expected a day before {on}, on which the decision is to be reversed");
        return Err(InputProblem::new(ProblemCode::Invalid, "takesEffectOn", message));
    }
    check_text("rationale", row.rationale.as_deref().unwrap_or_default(), limit::PROSE)?;
    if !HORIZON_WEEKS.contains(&row.horizon_weeks) {
        let (low, high) = (HORIZON_WEEKS.start(), HORIZON_WEEKS.end());
        let message = format!("expected {low} to {high} weeks, found {}", row.horizon_weeks);
        return Err(InputProblem::new(ProblemCode::OutOfRange, "horizonWeeks", message));
    }
    for (field, value) in [
        ("expectedImpact", Some(row.expected_impact)),
        ("expectedLow", row.expected_low),
        ("expectedHigh", row.expected_high),
    ] {
        if value.is_some_and(|value| !(-IMPACT_LIMIT..=IMPACT_LIMIT).contains(&value)) {
            let message = format!("expected NPS points from -{IMPACT_LIMIT} to {IMPACT_LIMIT}");
            return Err(InputProblem::new(ProblemCode::OutOfRange, field, message));
        }
    }
    if row.expected_low.is_some_and(|low| low > row.expected_impact) {
        return Err(InputProblem::new(ProblemCode::Invalid, "expectedLow", "expected at most the expected impact"));
    }
    if row.expected_high.is_some_and(|high| high < row.expected_impact) {
        return Err(InputProblem::new(ProblemCode::Invalid, "expectedHigh", "expected at least the expected impact"));
    }
    if !(row.expected_level > 0.0 && row.expected_level < 1.0) {
        return Err(InputProblem::new(
            ProblemCode::OutOfRange,
            "expectedLevel",
            "expected a share between 0 and 1, like 0.8",
        ));
    }
    if row.logged_at > now {
        return Err(InputProblem::new(
            ProblemCode::OutOfRange,
            "loggedAt",
            "expected a time that is not in the future",
        ));
    }
    Ok(())
}
