//! What a viewer may read in a report, by the same permissions as in the API.

use jobs::report::ReportAudience;

use super::Permission;
use crate::auth::Viewer;

impl Viewer {
    /// The audience of a report for this viewer. Scores of groups with fewer than `suppress_below` responses are left
    /// out unless the role may read them.
    pub fn audience(&self, suppress_below: u64) -> ReportAudience {
        ReportAudience {
            reads_comments: self.may(Permission::ReadComments),
            suppress_below: if self.may(Permission::ReadSmallGroups) { 0 } else { suppress_below },
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::token::Role;

    use super::*;

    #[test]
    fn a_viewer_reads_neither_comments_nor_small_groups_and_a_leader_reads_both() {
        for (role, reads_comments, suppress_below) in
            [(Role::Viewer, false, 5), (Role::Leader, true, 0), (Role::Admin, true, 0), (Role::Ingest, false, 5)]
        {
            let viewer = Viewer { name: "ada".to_owned(), role };
            assert_eq!(viewer.audience(5), ReportAudience { reads_comments, suppress_below }, "{role:?}");
        }
    }
}
