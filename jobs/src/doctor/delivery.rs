//! Deliveries of reports: those that failed, and those whose outcome is uncertain.

use entity::delivery::{DeliveryState, Model as DeliveryRow};
use entity::slot::Job;
use entity::store;

use super::{AreaFindings, DoctorContext, DoctorFinding};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    let mut findings = Vec::new();
    let mut sent = 0;
    for job in Job::ALL {
        let newest = store::delivery::of_newest_slot(reader, job).await?;
        sent += newest.iter().filter(|delivery| delivery.state == DeliveryState::Sent).count();
        findings.extend(newest.iter().filter_map(of_delivery));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok(if sent > 0 {
            "the newest reports reached every recipient"
        } else {
            "no report was ever sent: configure recipients under [reports]"
        }));
    }
    Ok(findings)
}

fn of_delivery(delivery: &DeliveryRow) -> Option<DoctorFinding> {
    let timestamp = delivery.slot.to_utc().format("%Y-%m-%d %H:%M UTC");
    let (job, channel, destination) = (delivery.job.name(), delivery.channel.name(), &delivery.destination);
    let why = delivery.error.as_deref().unwrap_or("no reason was recorded");
    match delivery.state {
        DeliveryState::Failed | DeliveryState::Refused => {
            let message = format!("the {job} of {timestamp} did not reach {destination} by {channel}: {why}");
            let advice = "fix the cause; `needle report` makes the same report by hand";
            Some(DoctorFinding::warning("undelivered", message, advice))
        }
        DeliveryState::Uncertain => {
            let message =
                format!("it is uncertain whether the {job} of {timestamp} reached {destination} by {channel}: {why}");
            let advice = "ask the recipient; it is not sent again automatically, `needle report` makes it by hand";
            Some(DoctorFinding::warning("uncertain-delivery", message, advice))
        }
        DeliveryState::Sent | DeliveryState::Sending => None,
    }
}
