//! Deliveries to webhooks that wait: nothing could be made of them, and they are deleted after a month.

use entity::store;
use entity::store::hook_delivery::KEPT_DAYS;

use needle_rules::wording;

use super::{AreaFindings, DoctorContext, DoctorFinding};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let mut findings = Vec::new();
    for (vendor, deliveries, oldest) in store::hook_delivery::waiting(context.database.reader()).await? {
        let (vendor, count) = (vendor.name(), wording::counted(deliveries.unsigned_abs(), "delivery", "deliveries"));
        let (first, end) = (oldest.to_utc().format("%Y-%m-%d"), oldest.plus_seconds(KEPT_DAYS * 86_400));
        let end = end.to_utc().format("%Y-%m-%d");
        let message =
            format!("{count} of {vendor} could not be read and are kept, the oldest since {first} and until {end}");
        let advice = "`needle hooks list` says what is missing; `needle hooks retry --all` reads them again";
        findings.push(DoctorFinding::warning("waiting-deliveries", message, advice));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok("no delivery to a webhook waits"));
    }
    Ok(findings)
}
