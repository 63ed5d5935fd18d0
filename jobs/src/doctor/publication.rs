//! The published version: whether there is one, and how old it is.

use entity::{Calendar, store};

use super::{AreaFindings, DoctorContext, DoctorFinding, calendar_or_utc, count_of};

/// A publication older than this was missed by the weekly run, with one day to spare.
const OLD_DAYS: i32 = 8;

const HOUR_MICROSECONDS: i64 = 60 * 60 * 1_000_000;

pub async fn examine(context: &DoctorContext, calendar: Option<Calendar>) -> AreaFindings {
    let mut findings = misdated(context, calendar).await?;
    findings.extend(published(context, calendar).await?);
    Ok(findings)
}

/// Reviews of runs that were dated into the future: they hide those that came later.
async fn misdated(context: &DoctorContext, calendar: Option<Calendar>) -> AreaFindings {
    let reader = context.database.reader();
    let mut reviews = 0;
    let publication = store::publication::current(reader).await?;
    let mut is_published = false;
    for run in store::run::misdated(reader, calendar_or_utc(calendar), context.clock.now()).await? {
        reviews += store::decision_review::count_after(reader, run.id, run.ran_on).await?;
        let published = publication.as_ref().filter(|publication| publication.run_id == run.id);
        is_published |= published.is_some_and(|publication| publication.as_of > run.ran_on);
    }
    if reviews == 0 && !is_published {
        return Ok(Vec::new());
    }
    let message =
        format!("{} of runs that were dated into the future hide the later ones", count_of(reviews, "review"));
    let advice = "run `needle recompute`: it removes them";
    Ok(vec![DoctorFinding::problem("future-run", message, advice)])
}

async fn published(context: &DoctorContext, calendar: Option<Calendar>) -> AreaFindings {
    let reader = context.database.reader();
    let Some(publication) = store::publication::current(reader).await? else {
        let advice = "run `needle recompute` once responses are imported";
        return Ok(vec![DoctorFinding::note("nothing-published", "nothing was published yet", advice)]);
    };
    let Some(published_at) = store::measure::published_at(reader).await? else {
        let message = format!("the published version {} names a run that never ended", publication.version);
        return Ok(vec![DoctorFinding::problem("publication-without-run", message, "run `needle recompute --full`")]);
    };
    let run = store::run::by_ids(reader, &[publication.run_id]).await?.remove(&publication.run_id);
    if let Some(run) = run.filter(|run| run.version != Some(publication.version)) {
        let of_run = run.version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        let message = format!(
            "version {} is recorded as published, but its run {} published {of_run}",
            publication.version, run.id.0
        );
        return Ok(vec![DoctorFinding::problem("publication-differs", message, "run `needle recompute --full`")]);
    }
    let now = context.clock.now();
    let hours = (now.0 - published_at.0).max(0) / HOUR_MICROSECONDS;
    let summary =
        format!("version {} is published, as of {}, {hours} hours ago", publication.version, publication.as_of);
    let today = calendar_or_utc(calendar).day_of(now);
    if publication.as_of.plus_days(OLD_DAYS) < today {
        let advice =
            "run `needle recompute`, and check why the weekly run did not take place: is `needle serve` running?";
        return Ok(vec![DoctorFinding::warning("old-publication", summary, advice)]);
    }
    Ok(vec![DoctorFinding::ok(summary)])
}
