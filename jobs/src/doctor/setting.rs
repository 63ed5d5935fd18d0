//! The settings that belong to the database: its reporting time zone.

use entity::{Calendar, store};

use super::{DoctorContext, DoctorError, DoctorFinding};

/// The findings, and the reporting calendar; `None` where the database has no time zone, or an invalid one.
pub async fn examine(context: &DoctorContext) -> Result<(Vec<DoctorFinding>, Option<Calendar>), DoctorError> {
    let Some(name) = store::setting::time_zone(context.database.reader()).await? else {
        let advice = "nothing needs to be done, unless the zone should not be the default: then give --time-zone to \
                      the first command";
        let message = "no reporting time zone is set: the first command that writes sets one";
        return Ok((vec![DoctorFinding::note("no-time-zone", message, advice)], None));
    };
    if let Ok(zone) = name.parse() {
        return Ok((vec![DoctorFinding::ok(format!("days are those of {name}"))], Some(Calendar { zone })));
    }
    let message = format!("the reporting time zone \"{name}\" is not an IANA name");
    let advice = "set one with `needle recompute --full --time-zone ZONE`";
    Ok((vec![DoctorFinding::problem("unknown-time-zone", message, advice)], None))
}
