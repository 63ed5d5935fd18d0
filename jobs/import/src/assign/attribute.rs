//! The columns that become attributes.

use std::collections::HashSet;

use super::ColumnRole;
use super::assigner::ColumnAssigner;
use crate::format::RENAMED;
use crate::heading::attribute_name;

impl ColumnAssigner<'_> {
    /// Makes every remaining column an attribute, except prose.
    pub(super) fn attributes(&mut self) {
        let mut taken: HashSet<String> = self
            .assigned
            .roles
            .iter()
            .filter_map(|roles| if let Some(ColumnRole::Attribute(name)) = roles { Some(name.clone()) } else { None })
            .collect();
        for at in 0..self.columns.len() {
            if !self.is_free(at) {
                continue;
            }
            let column = &self.columns[at];
            if column.holds_prose() {
                self.assigned.roles[at] = Some(ColumnRole::Dropped(
                    "free text that is not the comment: --map NAME=COLUMN keeps it as an attribute",
                ));
                continue;
            }
            let renamed = RENAMED.iter().find(|(key, _)| *key == column.heading.key).map(|(_, name)| *name);
            let bare = without_prefix(&column.heading.column);
            let name = attribute_name(renamed.unwrap_or(bare), &mut taken);
            self.assigned.roles[at] = Some(ColumnRole::Attribute(name));
        }
    }
}

/// A column's name without the prefix that tools give to the properties of a person.
fn without_prefix(name: &str) -> &str {
    const PREFIXES: [&str; 5] = ["*.", "person.properties.", "person_properties.", "person.", "properties."];
    let bare = PREFIXES.iter().fold(name, |name, prefix| name.strip_prefix(prefix).unwrap_or(name));
    if bare.is_empty() { name } else { bare }
}
