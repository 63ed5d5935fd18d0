//! The columns with the customer: id, email address and name. Other personal data is dropped.

use super::ColumnRole;
use super::assigner::ColumnAssigner;
use super::field::ImportField;
use crate::column_profile::{ColumnProfile, is_email};
use crate::format::{DROPPED, EMAILS, FIRST_NAMES, LAST_NAMES, NAMES};

impl ColumnAssigner<'_> {
    /// Finds the columns of the customer's id, email address and name.
    pub(super) fn people(&mut self) {
        if self.assigned.customers.is_empty() {
            for at in self.named(self.description.customers) {
                self.set(at, ImportField::Customer);
                self.assigned.customers.push(at);
            }
        }
        if !self.has(ImportField::Email) {
            let by_value: Vec<usize> =
                self.free().filter(|at| self.columns[*at].holds_emails() && !self.columns[*at].is_of_staff()).collect();
            match (self.named(EMAILS).first().copied(), &by_value[..]) {
                (Some(at), _) => self.set(at, ImportField::Email),
                (None, [at]) => self.set(*at, ImportField::Email),
                (None, []) => {}
                // A second address may be that of somebody else.
                (None, _) if self.assigned.customers.is_empty() => {
                    self.add_missing(ImportField::Email, "more than one column holds addresses of people", by_value);
                }
                (None, _) => {}
            }
        }
        for (field, keys) in
            [(ImportField::FirstName, FIRST_NAMES), (ImportField::LastName, LAST_NAMES), (ImportField::Name, NAMES)]
        {
            if self.has(field) {
                continue;
            }
            let by_question = || self.free().find(|at| requested_name(&self.columns[*at]) == Some(field));
            let own = if field == ImportField::Name { self.description.names } else { &[] };
            if let Some(at) = self.named(keys).into_iter().chain(self.named(own)).next().or_else(by_question) {
                self.set(at, field);
            }
        }
    }

    /// Drops columns that are never imported: technical, personal, or nameless ones.
    pub(super) fn drop_technical(&mut self) {
        const PERSONAL: &str = DROPPED[0].0;
        const CATEGORY: &str = DROPPED[2].0;
        const DOCUMENT: &str = "contains JSON documents: export their content as separate columns";
        const OTHER_TIME: &str = "a time other than that of the response: --map NAME=COLUMN keeps it as an attribute";
        for at in 0..self.columns.len() {
            if !self.is_free(at) {
                continue;
            }
            let column = &self.columns[at];
            let key = column.heading.key.as_str();
            let listed = DROPPED.iter().find(|(_, keys)| keys.contains(&key)).map(|(reason, _)| *reason);
            let further = self.description.dropped.contains(&key).then_some(DROPPED[1].0);
            let personal = (is_personal(column) || requested_name(column).is_some()).then_some(PERSONAL);
            let category = (key.ends_with("npsgroup") || column.holds_categories()).then_some(CATEGORY);
            let document = column.holds_documents().then_some(DOCUMENT);
            let timestamp =
                (self.mapping.is_responses && self.has(ImportField::RespondedAt) && column.holds_timestamps())
                    .then_some(OTHER_TIME);
            let nameless = column.heading.column.is_empty().then_some("has no name");
            if let Some(reason) = nameless.or(further).or(listed).or(document).or(personal).or(category).or(timestamp) {
                self.assigned.roles[at] = Some(ColumnRole::Dropped(reason));
            }
        }
    }
}

/// The part of a name that a question asks for; `None` when it asks for no name.
fn requested_name(column: &ColumnProfile) -> Option<ImportField> {
    let words = column.heading.words();
    if !words.contains("name") || !(words.contains("your") || words.contains("contact")) || column.holds_sentences() {
        return None;
    }
    Some(if words.contains("first") {
        ImportField::FirstName
    } else if words.contains("last") || words.contains("family") {
        ImportField::LastName
    } else if words.contains("company")
        || words.contains("business")
        || words.contains("organization")
        || words.contains("team")
    {
        return None;
    } else {
        ImportField::Name
    })
}

/// True for a column of email addresses, telephone numbers or IP addresses.
fn is_personal(column: &ColumnProfile) -> bool {
    let words = column.heading.words();
    let phone = ["phone", "telephone", "mobile", "cell"].iter().any(|word| words.contains(*word));
    let digits = |value: &String| value.chars().filter(char::is_ascii_digit).count() >= 6;
    let email = column.heading.key.ends_with("email") || column.heading.key.ends_with("emailaddress");
    email
        || column.values.iter().any(|value| is_email(value))
        || (phone && (column.values.is_empty() || column.values.iter().any(digits)))
        || (words.contains("ip") && ["address", "adresse", "addr"].iter().any(|word| words.contains(*word)))
        || column.holds_addresses()
}
