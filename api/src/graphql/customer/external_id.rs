//! External ids that are personal data: many tools identify a person by the email address.
//!
//! A viewer who may not read personal data sees `hidden:` and the number of the row instead of such an id, and may look
//! up the customer by it. A look-up by an address finds nothing for such a viewer: a result would reveal that the
//! person is a customer.

use entity::customer::CustomerId;

use super::Permission;
use crate::auth::Viewer;

/// The prefix of a hidden id.
const HIDDEN: &str = "hidden:";

/// The customer that a viewer looks up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerLookup {
    /// The customer with this external id.
    ExternalId(String),
    /// The customer in this row.
    Row(CustomerId),
    /// No customer: the viewer may not learn whether the person is one.
    Nobody,
}

/// An external id as a viewer may see it; `row` is the row that has it.
pub fn visible_external_id(viewer: &Viewer, row: i64, external_id: &str) -> String {
    if viewer.may(Permission::ReadPersonalData) || !is_personal(external_id) {
        return external_id.to_owned();
    }
    format!("{HIDDEN}{row}")
}

/// The customer that a viewer looks up by an external id, which may be a hidden one.
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
    fn only_admins_see_an_address_and_find_a_customer_by_it() {
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
