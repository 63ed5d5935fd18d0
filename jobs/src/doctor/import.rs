//! Imports that were stopped on their way: a part of their file is in, and the rest is not.

use entity::import::Model as ImportRow;
use entity::store;
use needle_rules::wording;

use super::{AreaFindings, DoctorContext, DoctorFinding};

/// An import that began within this many seconds may still be going on.
const MAY_GO_ON: i64 = 60 * 60;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let before = context.clock.now().plus_seconds(-MAY_GO_ON);
    let mut findings = Vec::new();
    for import in store::import::unfinished(reader, before).await? {
        let newest = store::import::of_digest(reader, import.kind, &import.digest).await?;
        // Whoever imported the file again has all of it.
        if newest.is_none_or(|newest| newest.finished_at.is_none()) {
            findings.push(unfinished(&import));
        }
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("no import was stopped on its way"));
    }
    Ok(findings)
}

fn unfinished(import: &ImportRow) -> DoctorFinding {
    let file = import.file_name.as_ref().map_or_else(String::new, |name| format!(" of \"{name}\""));
    let rows = import.accepted + import.updated + import.unchanged + import.rejected;
    let rows = wording::counted(rows.unsigned_abs(), "row", "rows");
    let message = format!("the import {}{file} stopped on its way, after {rows}", import.id.0);
    let advice = format!("import the file again, which adds the rest, or `needle import undo {}`", import.id.0);
    DoctorFinding::warning("unfinished-import", message, advice)
}
