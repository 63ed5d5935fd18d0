//! What webhooks keep of a person: payloads that could not be read yet.

use std::collections::BTreeSet;

use entity::hook_delivery::{HookDeliveryId, Model as DeliveryRow};
use entity::store::{self, hook_delivery};
use entity::{ConnectionTrait, DatabaseTransaction, StoreError};
use serde_json::Value;

use super::mention::{redact, redact_json};

/// Payloads that are read at once.
const BATCH: u64 = 200;

/// An id that is a number names somebody wherever it stands if it has at least this many digits.
const DISTINCTIVE_DIGITS: usize = 6;

/// The kept payloads of a person.
#[derive(Clone, Debug, Default)]
pub struct KeptPayloads {
    /// Payloads about the person.
    about: Vec<HookDeliveryId>,
    /// Payloads about others that hold an address of the person, without it.
    mentioning: Vec<DeliveryRow>,
    /// Further ids and addresses that these payloads name together with the person's.
    pub linked: BTreeSet<String>,
}

impl KeptPayloads {
    /// Finds them, by ids and addresses of the person.
    pub async fn find<C: ConnectionTrait>(connection: &C, identifiers: &[String]) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let mut last = HookDeliveryId(0);
        loop {
            let batch = hook_delivery::waiting_after(connection, last, BATCH).await?;
            let Some(end) = batch.last() else { return Ok(found) };
            last = end.id;
            for delivery in batch {
                found.note(delivery, identifiers);
            }
        }
    }

    fn note(&mut self, delivery: DeliveryRow, identifiers: &[String]) {
        let persons = delivery.persons();
        let is_theirs = |text: &str| identifiers.iter().any(|identifier| is_same(identifier, text));
        if persons.iter().any(|person| is_theirs(person)) {
            self.linked.extend(persons.into_iter().filter(|person| !is_theirs(person)));
            return self.about.push(delivery.id);
        }
        let Some(mut payload) = delivery.payload.as_deref().and_then(|text| serde_json::from_str(text).ok()) else {
            return;
        };
        let distinctive: Vec<&String> = identifiers.iter().filter(|identifier| is_distinctive(identifier)).collect();
        if holds(&payload, &|text| distinctive.iter().any(|identifier| is_same(identifier, text))) {
            return self.about.push(delivery.id);
        }
        let addresses: Vec<String> = identifiers.iter().filter(|text| text.contains('@')).cloned().collect();
        let before = payload.clone();
        redact_json(&mut payload, &addresses);
        if payload != before {
            let reason = delivery.reason.as_deref().map(|reason| redact(reason, &addresses));
            self.mentioning.push(DeliveryRow { payload: Some(payload.to_string()), reason, ..delivery });
        }
    }

    /// True when no payload is about the person.
    pub fn is_empty(&self) -> bool {
        self.about.is_empty()
    }

    /// Deletes those about the person, and the person's addresses in the others.
    pub async fn erase(self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        hook_delivery::delete(transaction, &self.about).await?;
        for delivery in self.mentioning {
            hook_delivery::update(transaction, delivery).await?;
        }
        Ok(())
    }

    /// The further ids and addresses that no stored customer has.
    pub async fn linked_to_nobody<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>, StoreError> {
        let linked: Vec<String> = self.linked.iter().cloned().collect();
        let known = store::customer::by_external_ids(connection, &linked).await?;
        let addresses = store::customer::by_addresses(connection, &linked).await?;
        Ok(linked.into_iter().filter(|id| !known.contains_key(id) && !addresses.contains_key(id)).collect())
    }
}

/// Ids are compared as they are, addresses without case.
fn is_same(identifier: &str, text: &str) -> bool {
    let text = text.trim();
    identifier == text || (identifier.contains('@') && identifier.to_lowercase() == text.to_lowercase())
}

/// True for what names one person wherever it stands: an address, or an id with digits that is no small number.
fn is_distinctive(identifier: &str) -> bool {
    let digits = identifier.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits == identifier.len();
    identifier.contains('@') || digits >= DISTINCTIVE_DIGITS || (digits > 0 && !is_number && identifier.len() > 3)
}

/// True when some value of the document passes.
fn holds(value: &Value, passes: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => passes(text),
        Value::Number(number) => passes(&number.to_string()),
        Value::Array(items) => items.iter().any(|item| holds(item, passes)),
        Value::Object(members) => members.values().any(|member| holds(member, passes)),
        Value::Null | Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_one_person_is_searched_everywhere() {
        for text in ["ada@example.org", "u-77", "1234567", "c1234"] {
            assert!(is_distinctive(text), "{text}");
        }
        for text in ["7", "10", "2024", "gold", "c1", ""] {
            assert!(!is_distinctive(text), "{text}");
        }
    }
}
