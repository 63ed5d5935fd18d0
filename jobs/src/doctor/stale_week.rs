//! Stale weeks: those that the next run will count again.

use std::collections::BTreeSet;

use entity::{Day, store};

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let marks = store::stale_week::all(context.database.reader()).await?;
    let weeks: BTreeSet<Day> = marks.into_iter().map(|mark| mark.week).collect();
    let Some(oldest) = weeks.first() else {
        return Ok(vec![DoctorFinding::ok("no week waits to be counted again")]);
    };
    // It is not recorded when a week became stale, so this is never a warning; an old publication is one.
    let verb = if weeks.len() == 1 { "waits" } else { "wait" };
    let message =
        format!("{} {verb} to be counted again, the oldest is that of {oldest}", count_of(weeks.len(), "week"));
    let advice = "nothing needs to be done: the next run counts them; `needle recompute` does it now";
    Ok(vec![DoctorFinding::note("stale-weeks", message, advice)])
}
