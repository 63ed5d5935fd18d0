//! Where else a person is named: in what somebody wrote about decisions and declarations, and in segments.

use std::collections::BTreeSet;

use entity::decision::Model as DecisionRow;
use entity::store::held_value::AttributeValue;
use entity::{ConnectionTrait, Filter, StoreError, store};
use serde_json::Value;

use super::plan::ErasurePlan;

/// Shorter texts name nobody.
const SHORTEST: usize = 3;

/// Replaces what named an erased person.
pub const ERASED: &str = "(erased)";

/// By what a person may be named elsewhere.
#[derive(Clone, Debug)]
pub struct Mentions {
    /// Name, address and id.
    pub identifiers: Vec<String>,
    only_theirs: BTreeSet<AttributeValue>,
}

impl Mentions {
    pub fn of(plan: &ErasurePlan) -> Self {
        let customer = &plan.customer;
        let identifiers = [Some(&customer.external_id), customer.email.as_ref(), customer.name.as_ref()];
        let merged = plan
            .merged
            .iter()
            .flat_map(|merge| [Some(&merge.from_external_id), merge.from_email.as_ref(), merge.from_name.as_ref()]);
        let mut identifiers: Vec<String> = identifiers.into_iter().chain(merged).flatten().cloned().collect();
        // An address that is also the id, and longer texts before those that they contain.
        identifiers.retain(|text| text.chars().count() >= SHORTEST);
        identifiers.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        identifiers.dedup();
        Self { identifiers, only_theirs: plan.only_theirs.clone() }
    }

    /// A person of whom nothing but these ids and addresses is known.
    pub fn named(identifiers: Vec<String>) -> Self {
        Self { identifiers, only_theirs: BTreeSet::new() }
    }

    /// Replaces the person's name, address and id in the audit log, in the reasons of declarations and in the names of
    /// imported files.
    pub async fn redact<C: ConnectionTrait>(&self, connection: &C) -> Result<(), StoreError> {
        for entry in store::audit_entry::naming(connection, &self.identifiers).await? {
            let mut input = entry.input.clone();
            redact_json(&mut input, &self.identifiers);
            if input != entry.input {
                store::audit_entry::set_input(connection, entry.id, input).await?;
            }
        }
        for declaration in store::segment::declarations(connection).await? {
            let reason = redact(&declaration.reason, &self.identifiers);
            if reason != declaration.reason {
                store::segment::set_reason(connection, declaration.id, reason).await?;
            }
        }
        for import in store::import::all(connection).await? {
            let Some(name) = &import.file_name else { continue };
            let redacted = redact(name, &self.identifiers);
            if redacted != *name {
                store::import::set_file_name(connection, import.id, redacted).await?;
            }
        }
        Ok(())
    }

    /// Replaces the person's name, address and id in the texts of decisions, and returns the external ids of those that
    /// still hold one of them: an id or a name that is one word of letters may be meant otherwise there, like "Will".
    pub async fn redact_decisions<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>, StoreError> {
        let (words, distinctive): (Vec<String>, Vec<String>) =
            self.identifiers.iter().cloned().partition(|identifier| identifier.chars().all(char::is_alphabetic));
        let mut naming = Vec::new();
        for decision in store::decision::all(connection).await? {
            let without = |identifiers: &[String]| DecisionRow {
                title: redact(&decision.title, identifiers),
                rationale: decision.rationale.as_deref().map(|text| redact(text, identifiers)),
                reversal_reason: decision.reversal_reason.as_deref().map(|text| redact(text, identifiers)),
                ..decision.clone()
            };
            if without(&words) != decision {
                naming.push(decision.external_id.clone());
            }
            let redacted = without(&distinctive);
            if redacted != decision {
                store::decision::update(connection, redacted).await?;
            }
        }
        Ok(naming)
    }

    /// The keys of the segments whose name or description names the person, and of those that have, or had, a filter on a
    /// value of this person only. Their definitions are frozen into decisions: somebody has to decide what they become.
    pub async fn segments<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>, StoreError> {
        let definitions = store::segment::definitions(connection).await?;
        let naming = definitions.into_iter().filter(|definition| self.is_named_in(&definition.filter));
        let mut keys: BTreeSet<String> = naming.map(|definition| definition.segment_key).collect();
        let names = |text: &str| redact(text, &self.identifiers) != text;
        let segments = store::segment::all(connection).await?.into_iter();
        let described =
            segments.filter(|segment| names(&segment.name) || segment.description.as_deref().is_some_and(names));
        keys.extend(described.map(|segment| segment.key));
        Ok(Vec::from_iter(keys))
    }

    fn is_named_in(&self, filter: &Filter) -> bool {
        let is_theirs = |name: &str, value: &String| {
            self.only_theirs.contains(&(name.to_owned(), value.clone()))
                || self.identifiers.iter().any(|identifier| identifier.eq_ignore_ascii_case(value))
        };
        filter
            .predicates()
            .into_iter()
            .any(|predicate| predicate.one_of.iter().flatten().any(|value| is_theirs(&predicate.name, value)))
    }
}

/// The same in every text of a document.
pub(super) fn redact_json(value: &mut Value, identifiers: &[String]) {
    match value {
        Value::String(text) => *text = redact(text, identifiers),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_json(item, identifiers)),
        Value::Object(members) => members.values_mut().for_each(|member| redact_json(member, identifiers)),
        _ => {}
    }
}

/// A text without these identifiers of a person, in whatever case; parts of longer words stay.
pub fn redact(text: &str, identifiers: &[String]) -> String {
    let mut text = text.to_owned();
    for identifier in identifiers.iter().filter(|identifier| identifier.chars().count() >= SHORTEST) {
        text = without(&text, identifier);
    }
    text
}

fn without(text: &str, identifier: &str) -> String {
    let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(character) = rest.chars().next() {
        let after = rest.get(..identifier.len()).filter(|start| is_same(start, identifier));
        let after = after.map(|start| &rest[start.len()..]);
        let is_alone = |after: &&str| !is_word(kept.chars().next_back()) && !is_word(after.chars().next());
        if let Some(after) = after.filter(is_alone) {
            kept.push_str(ERASED);
            rest = after;
        } else {
            kept.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    kept
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_redacted_in_whatever_case() {
        let identifiers = ["ada@example.com", "Ada Lovelace", "Zoë", "c1"].map(str::to_owned);
        for (text, expected) in [
            ("ADA LOVELACE asked, ada@Example.com", "(erased) asked, (erased)"),
            ("for ZOË, Zoë's friends and zoëlogy", "for (erased), (erased)'s friends and zoëlogy"),
            ("c1 is too short, xada@example.com another", "c1 is too short, xada@example.com another"),
            ("", ""),
        ] {
            assert_eq!(redact(text, &identifiers), expected);
        }
    }
}
