//! Segments: whether the primary customer is declared.

use entity::store;

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let segments = store::segment::count(reader, None).await?;
    if store::segment::primary(reader).await?.is_some() {
        return Ok(vec![DoctorFinding::ok(format!(
            "{}, one of them the primary customer",
            count_of(segments, "segment")
        ))]);
    }
    let message = format!("{}, and no primary customer is declared", count_of(segments, "segment"));
    let advice =
        "an admin declares it with the mutation declarePrimarySegment, or a file of segments with \"primary\": true";
    Ok(vec![DoctorFinding::note("no-primary-customer", message, advice)])
}
