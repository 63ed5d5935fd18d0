//! The responses: whether references are valid, and every response is counted on its own day.

use entity::{Calendar, store};

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

pub async fn examine(context: &DoctorContext, calendar: Option<Calendar>) -> AreaFindings {
    let reader = context.database.reader();
    let mut findings = Vec::new();
    if !context.quick {
        for broken in store::diagnosis::broken_references(reader).await? {
            let message = format!(
                "{} of the table {} refer to rows of {} that do not exist",
                count_of(broken.rows, "row"),
                broken.table,
                broken.parent
            );
            let advice = "restore a backup, or import the files again and run `needle recompute --full`";
            findings.push(DoctorFinding::problem("broken-reference", message, advice));
        }
        if let Some(calendar) = calendar {
            findings.extend(misplaced(context, calendar).await?);
        }
    }
    let future = store::diagnosis::responses_after(reader, context.clock.now()).await?;
    if future > 0 {
        let message = format!("{} dated in the future", counted(future));
        let advice = "check the dates of the newest imports, their order of day and month, and this machine's clock";
        findings.push(DoctorFinding::warning("future-answers", message, advice));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("the responses are consistent"));
    }
    Ok(findings)
}

/// Responses whose day is not that of their timestamp: the first and the last of a day are checked for all of the day.
async fn misplaced(context: &DoctorContext, calendar: Calendar) -> Result<Option<DoctorFinding>, super::DoctorError> {
    let days = store::diagnosis::days(context.database.reader()).await?;
    let is_misplaced = |day: &store::diagnosis::DayExtent| {
        calendar.day_of(day.first) != day.day || calendar.day_of(day.last) != day.day
    };
    let wrong: Vec<_> = days.into_iter().filter(is_misplaced).collect();
    let Some(first) = wrong.first() else { return Ok(None) };
    let message = format!(
        "on {}, first on {}, responses are counted whose timestamps are of other days in {}",
        count_of(wrong.len(), "day"),
        first.day,
        calendar.zone
    );
    let advice = format!(
        "run `needle recompute --full --time-zone` with another zone and then with {}: each computes the day of every \
         response again",
        calendar.zone
    );
    Ok(Some(DoctorFinding::problem("wrong-day", message, advice)))
}

fn counted(responses: i64) -> String {
    let verb = if responses == 1 { "is" } else { "are" };
    format!("{} {verb}", count_of(responses, "response"))
}
