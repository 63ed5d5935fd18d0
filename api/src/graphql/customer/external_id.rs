//! External ids that are personal data: many tools know a person by the email address.
//!
//! Who may not read personal data sees the number of the row in the place of such an id, and may ask by it. Asking by an
//! address finds nothing then: the answer would tell that the person is a customer.

use entity::customer::CustomerId;

use super::Action;
use crate::auth::Viewer;

/// What a hidden id starts with.
const HIDDEN: &str = "hidden:";

/// Whom a viewer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Whoever has this external id.
    ExternalId(String),
    /// Whoever has this row.
    Row(CustomerId),
    /// Somebody of whom the viewer may not learn whether there is such a person.
    Nobody,
}

/// An external id as a viewer may see it; `row` is the row that has it.
pub fn shown(viewer: &Viewer, row: i64, external_id: &str) -> String {
    if viewer.may(Action::ReadPersonalData) || !is_personal(external_id) {
        return external_id.to_owned();
    }
    format!("{HIDDEN}{row}")
}

/// Whom a viewer asks for by an external id, which may be one that was hidden before.
pub fn asked(viewer: &Viewer, external_id: String) -> Asked {
    if viewer.may(Action::ReadPersonalData) {
        return Asked::ExternalId(external_id);
    }
    let row = external_id.strip_prefix(HIDDEN).and_then(|row| row.parse().ok());
    match row {
        Some(row) => Asked::Row(CustomerId(row)),
        None if is_personal(&external_id) => Asked::Nobody,
        None => Asked::ExternalId(external_id),
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
            assert_eq!(shown(&viewer, 7, "eva@example.org"), "hidden:7");
            assert_eq!(shown(&viewer, 7, "c1"), "c1");
            assert_eq!(asked(&viewer, "hidden:7".to_owned()), Asked::Row(CustomerId(7)));
            assert_eq!(asked(&viewer, "EVA@example.org".to_owned()), Asked::Nobody);
            assert_eq!(asked(&viewer, "c1".to_owned()), Asked::ExternalId("c1".to_owned()));
        }
        let admin = viewer(Admin);
        assert_eq!(shown(&admin, 7, "eva@example.org"), "eva@example.org");
        assert_eq!(asked(&admin, "eva@example.org".to_owned()), Asked::ExternalId("eva@example.org".to_owned()));
    }
}
