//! The columns that decide which rows are imported.

use std::collections::HashSet;

use super::ColumnRole;
use super::assigner::ColumnAssigner;
use crate::format::RENAMED;
use crate::heading::quoted;
use crate::row_rule::{RowRule, is_own, rule_of};

impl ColumnAssigner<'_> {
    pub(super) fn rules(&mut self) {
        let mut keys = HashSet::new();
        for at in 0..self.columns.len() {
            let column = &self.columns[at];
            // A tool's own column comes first; a later one of the same name is an attribute.
            if !self.is_free(at) || !keys.insert(column.heading.key.as_str()) {
                continue;
            }
            let Some(rule) = rule_of(self.description.format, &column.heading) else { continue };
            let unknown = rule.unknown(&column.values);
            if unknown.is_empty() {
                self.assigned.rules.push((at, rule));
                if !RENAMED.iter().any(|(key, _)| *key == column.heading.key) {
                    self.assigned.roles[at] = Some(ColumnRole::RowFilter);
                }
            } else if is_own(self.description.format, &column.heading) {
                let name = &column.heading.column;
                self.assigned.problems.push(format!(
                    "\"{name}\" shows which responses count, but it contains {}, which is unknown: export the file in \
                     English or with numbers, or keep the column as an attribute with --map '{name}={name}'",
                    quoted(&unknown)
                ));
            }
        }
    }

    /// Where a tool states which responses are finished, their progress does not matter.
    pub(super) fn leave_out_progress(&mut self) {
        let rules = &mut self.assigned.rules;
        if rules.iter().any(|(_, rule)| *rule == RowRule::Finished) {
            for (at, _) in rules.extract_if(.., |(_, rule)| *rule == RowRule::Progress) {
                self.assigned.roles[at] = None;
            }
        }
    }
}
