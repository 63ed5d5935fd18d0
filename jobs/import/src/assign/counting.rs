//! The columns that decide which rows are imported.

use std::collections::HashSet;

use super::ColumnRole;
use super::assigner::ColumnAssigner;
use super::state_column::{StateColumn, state_column};
use crate::format::{FileFormat, RENAMED};
use crate::heading::quoted;
use crate::row_filter::{self, RowFilter, value_of};
use crate::row_rule::{FINISHED, RowRule, is_own, option, rule_of};

impl ColumnAssigner<'_> {
    pub(super) fn rules(&mut self) -> Result<(), String> {
        let decisions = self.mapping.decisions;
        row_filter::check_columns(decisions, |name| self.columns.iter().any(|column| column.heading.is(name)))?;
        let mut keys = HashSet::new();
        for at in 0..self.columns.len() {
            let column = &self.columns[at];
            let decided = row_filter::decided(decisions, |name| column.heading.is(name))?;
            // A tool's own column comes first; a later one of the same name is an attribute.
            let is_first = self.is_free(at) && keys.insert(column.heading.key.as_str());
            let open: Vec<String> =
                column.values.iter().filter(|value| !decided.contains_key(&value_of(value))).cloned().collect();
            let rule = if is_first { self.rule(at, &open) } else { None };
            if rule.is_none() && decided.is_empty() {
                continue;
            }
            if rule.is_some() && !RENAMED.iter().any(|(key, _)| *key == column.heading.key) {
                self.assigned.roles[at] = Some(ColumnRole::RowFilter);
            }
            let name = column.heading.column.clone();
            self.assigned.rules.push(RowFilter { at, name, rule, decided });
        }
        Ok(())
    }

    /// The rule of a column, when all values that nobody has decided about are understood; what is not is asked for.
    fn rule(&mut self, at: usize, open: &[String]) -> Option<RowRule> {
        let column = &self.columns[at];
        let name = &column.heading.column;
        let format = self.description.format;
        if let Some(rule) = rule_of(format, &column.heading) {
            let unknown = rule.unknown(open);
            if unknown.is_empty() {
                return Some(rule);
            }
            if is_own(format, &column.heading) {
                self.assigned.problems.push(format!(
                    "\"{name}\" shows which responses count, but it contains {}, which is unknown: export the file in \
                     English or with numbers, say of each value whether it counts, like {} or {}, or keep the column as \
                     an attribute with --map '{name}={name}'",
                    quoted(&unknown),
                    option("--count", name, &unknown[0]),
                    option("--reject", name, &unknown[0])
                ));
            }
            return None;
        }
        if format != FileFormat::Generic {
            return None;
        }
        match state_column(column)? {
            StateColumn::Rule(rule) => {
                let unknown = rule.unknown(open);
                if unknown.is_empty() {
                    return Some(rule);
                }
                let choices: Vec<String> = unknown
                    .iter()
                    .map(|value| format!("{} or {}", option("--count", name, value), option("--reject", name, value)))
                    .collect();
                self.assigned.problems.push(format!(
                    "\"{name}\" seems to show which responses count, but it contains {}, which is unknown: count those \
                     rows or leave them out with {}; where it describes the customer, --map '{name}={name}' keeps it as \
                     an attribute",
                    quoted(&unknown),
                    choices.join(", and ")
                ));
                None
            }
            StateColumn::Unclear => {
                self.assigned.notes.push(format!(
                    "\"{name}\" is kept as an attribute and every row counts: nothing in it says how a response ended; \
                     {} would leave rows out",
                    option("--reject", name, open.first().map_or("VALUE", String::as_str))
                ));
                None
            }
        }
    }

    /// Where a tool states which responses are finished, their progress does not matter.
    pub(super) fn leave_out_progress(&mut self) {
        let rules = &mut self.assigned.rules;
        if rules.iter().any(|filter| filter.rule == Some(FINISHED)) {
            let is_progress = |filter: &RowFilter| matches!(filter.rule, Some(RowRule::Progress { .. }));
            for filter in rules.extract_if(.., |filter| is_progress(filter) && filter.decided.is_empty()) {
                self.assigned.roles[filter.at] = None;
            }
        }
    }
}
