//! Tokens: whether an admin's token is in force.

use entity::store;
use entity::token::Role;

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let tokens = store::token::all(context.database.reader()).await?;
    let in_force: Vec<_> = tokens.iter().filter(|token| token.revoked_at.is_none()).collect();
    if in_force.iter().any(|token| token.role == Role::Admin) {
        let summary = format!("{} in force, including an admin's", count_of(in_force.len(), "token"));
        return Ok(vec![DoctorFinding::ok(summary)]);
    }
    let message = format!("{} in force, none of them an admin's", count_of(in_force.len(), "token"));
    let advice =
        "make one with `needle token create --name NAME --role admin`, unless only the command line administers";
    Ok(vec![DoctorFinding::note("no-admin-token", message, advice)])
}
