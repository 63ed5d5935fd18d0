//! External ids that are personal data: many tools know a person by the email address.
//!
//! Who may not read personal data sees the number of the row in the place of such an id, and may ask by it. Asking by an
//! address finds nothing then: the answer would tell that the person is a customer.

use entity::customer::CustomerId;

use super::Permission;
use crate::auth::Viewer;

/// What a hidden id starts with.
const HIDDEN: &str = "hidden:";

/// Whom a viewer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerLookup {
    /// Whoever has this external id.
    ExternalId(String),
    /// Whoever has this row.
    Row(CustomerId),
    /// Somebody of whom the viewer may not learn whether there is such a person.
    Nobody,
}

/// An external id as a viewer may see it; `row` is the row that has it.
pub fn visible_external_id(viewer: &Viewer, row: i64, external_id: &str) -> String {
    if viewer.may(Permission::ReadPersonalData) || !is_personal(external_id) {
        return external_id.to_owned();
    }
    format!("{HIDDEN}{row}")
}

/// Whom a viewer asks for by an external id, which may be one that was hidden before.
pub fn customer_lookup(viewer: &Viewer, external_id: String) -> CustomerLookup {
    if viewer.may(Permission::ReadPersonalData) {
        return CustomerLookup::ExternalId(external_id);
    }
    let row = external_id.strip_prefix(HIDDEN).and_then(|row| row.parse().ok());
    match row {
        Some(row) => CustomerLookup::Row(CustomerId(row)),
        None if is_personal(&external_id) => CustomerLookup::Nobody,
        None => CustomerLookup::ExternalId(external_id),
    }
}

/// True for an id that may hold an email address.
fn is_personal(external_id: &str) -> bool {
    external_id.contains('@')
}

#[cfg(test)]
mod tests {
    use entity::token::Role::{self, Admin, Leader, Viewer as Reader};

    use super::*;

    #[test]
    fn only_admins_see_an_address_and_find_somebody_by_it() {
        let viewer = |role: Role| Viewer { name: "x".to_owned(), role };
        for role in [Reader, Leader] {
            let viewer = viewer(role);
            assert_eq!(visible_external_id(&viewer, 7, "eva@example.org"), "hidden:7");
            assert_eq!(visible_external_id(&viewer, 7, "c1"), "c1");
            assert_eq!(customer_lookup(&viewer, "hidden:7".to_owned()), CustomerLookup::Row(CustomerId(7)));
            assert_eq!(customer_lookup(&viewer, "EVA@example.org".to_owned()), CustomerLookup::Nobody);
            assert_eq!(customer_lookup(&viewer, "c1".to_owned()), CustomerLookup::ExternalId("c1".to_owned()));
        }
        let admin = viewer(Admin);
        assert_eq!(visible_external_id(&admin, 7, "eva@example.org"), "eva@example.org");
        assert_eq!(
            customer_lookup(&admin, "eva@example.org".to_owned()),
            CustomerLookup::ExternalId("eva@example.org".to_owned())
        );
    }
}
