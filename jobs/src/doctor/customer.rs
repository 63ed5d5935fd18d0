//! Customers: whether one person may be several of them.

use entity::store::diagnosis;
use needle_rules::wording;

use super::{AreaFindings, DoctorContext, DoctorFinding};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let shared = diagnosis::shared_addresses(context.database.reader()).await?;
    let Some((first, second)) = &shared.example else {
        return Ok(vec![DoctorFinding::ok("no two customers have the same address")]);
    };
    let addresses = wording::counted(shared.addresses, "address belongs", "addresses belong");
    let message = format!(
        "{addresses} to several customers, such as \"{first}\" and \"{second}\": responses that name them by it are rejected"
    );
    let advice = "where they are one person, `needle customer merge FROM INTO` makes one customer of them";
    Ok(vec![DoctorFinding::note("shared-address", message, advice)])
}
