//! `[hooks]` and `[hooks.map]`: the keys of survey tools that send their responses, and how their fields are read.

use std::collections::BTreeMap;

use entity::hook_delivery::HookVendor;
use jobs::delivery::SecretText;
use needle_import::hook::HookMaps;

use super::section::{ConfigSection, SectionKey};
use super::value::{RawConfigValue, listed};

/// Shown instead of keys that are set.
const REDACTED: &str = "[\"(secret)\"]";

/// The least length of a key, in characters.
const SHORTEST_KEY: usize = 16;

/// Which survey tools may send responses, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksConfig {
    /// The keys of each vendor; any of them is accepted, and a vendor without one is refused.
    pub keys: BTreeMap<HookVendor, Vec<SecretText>>,
    /// How many requests of one vendor are accepted in a second; unused ones accumulate for ten seconds.
    pub per_second: u64,
    /// The section `[hooks.map]`.
    pub map: HookMapConfig,
}

/// How the fields of payloads are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookMapConfig {
    /// Pairs of field and column of each vendor.
    pub maps: HookMaps,
}

impl Default for HooksConfig {
    fn default() -> Self {
        Self { keys: BTreeMap::new(), per_second: 100, map: HookMapConfig::default() }
    }
}

/// Declares the keys of one vendor.
macro_rules! keys {
    ($name:literal, $vendor:ident) => {
        SectionKey::new(
            $name,
            |hooks: &mut HooksConfig, raw| secrets(raw).map(|keys| set(&mut hooks.keys, HookVendor::$vendor, keys)),
            |hooks| {
                let has_keys = hooks.keys.contains_key(&HookVendor::$vendor);
                if has_keys { REDACTED.to_owned() } else { "[]".to_owned() }
            },
        )
    };
}

/// Declares the map of one vendor.
macro_rules! map {
    ($name:literal, $vendor:ident) => {
        SectionKey::new(
            $name,
            |map: &mut HookMapConfig, raw| pairs(raw).map(|pairs| set(&mut map.maps.0, HookVendor::$vendor, pairs)),
            |map| {
                let pairs = map.maps.0.get(&HookVendor::$vendor).into_iter().flatten();
                listed(&pairs.map(|(field, column)| format!("{field}={column}")).collect::<Vec<_>>())
            },
        )
    };
}

impl ConfigSection for HooksConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        keys!("delighted", Delighted),
        keys!("typeform", Typeform),
        keys!("satismeter", SatisMeter),
        keys!("formbricks", Formbricks),
        keys!("generic", Generic),
        SectionKey::new(
            "per_second",
            |hooks, raw| raw.whole_number(1..=100_000, "requests").map(|number| hooks.per_second = number),
            |hooks| hooks.per_second.to_string(),
        ),
    ];
}

impl ConfigSection for HookMapConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        map!("delighted", Delighted),
        map!("typeform", Typeform),
        map!("satismeter", SatisMeter),
        map!("formbricks", Formbricks),
        map!("generic", Generic),
    ];
}

/// An empty list is as if none were given.
fn set<T>(lists: &mut BTreeMap<HookVendor, Vec<T>>, vendor: HookVendor, list: Vec<T>) {
    if list.is_empty() {
        lists.remove(&vendor);
    } else {
        lists.insert(vendor, list);
    }
}

/// Keys; error messages do not repeat them.
fn secrets(raw: &RawConfigValue<'_>) -> Result<Vec<SecretText>, String> {
    let expected = || format!("expected keys of at least {SHORTEST_KEY} characters, like [\"whsec_...\"]");
    let texts = raw.texts("").map_err(|_| format!("{}, found something else", expected()))?;
    if let Some(at) = texts.iter().position(|text| text.chars().count() < SHORTEST_KEY) {
        return Err(format!("{}; number {} is shorter", expected(), at + 1));
    }
    Ok(texts.iter().map(|text| SecretText::from(text.trim())).collect())
}

/// Pairs of field and column.
fn pairs(raw: &RawConfigValue<'_>) -> Result<Vec<(String, String)>, String> {
    const EXPECTED: &str = "fields and columns, like [\"score=q1\"]";
    let pair = |text: &String| {
        let (field, column) = text.split_once('=')?;
        let (field, column) = (field.trim().to_owned(), column.trim().to_owned());
        (!field.is_empty() && !column.is_empty()).then_some((field, column))
    };
    let pairs: Option<Vec<_>> = raw.texts(EXPECTED)?.iter().map(pair).collect();
    pairs.ok_or_else(|| raw.mismatch(EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_enough_and_never_shown() {
        let keys = secrets(&RawConfigValue::Text("whsec_abcdefghijkl, another-long-key-1")).expect("keys");
        assert_eq!((keys.len(), keys[1].reveal()), (2, "another-long-key-1"));
        let mut hooks = HooksConfig::default();
        set(&mut hooks.keys, HookVendor::Generic, keys);
        assert!(!format!("{hooks:?}").contains("another-long-key"));
        let shown: Vec<String> = HooksConfig::KEYS.iter().map(|key| (key.show)(&hooks)).collect();
        assert_eq!(shown, ["[]", "[]", "[]", "[]", "[\"(secret)\"]", "100"]);
        for text in ["hunter2", "", "whsec_abcdefghijkl,,hunter2-hunter2"] {
            let message = secrets(&RawConfigValue::Text(text)).expect_err(text);
            assert!(!message.contains("hunter2") && message.starts_with("expected keys of at least 16"), "{message}");
        }
    }

    #[test]
    fn pairs_name_a_field_and_a_column() {
        let pair = |field: &str, column: &str| (field.to_owned(), column.to_owned());
        assert_eq!(
            pairs(&RawConfigValue::Text("score=q1, comment=Why = so?")),
            Ok(vec![pair("score", "q1"), pair("comment", "Why = so?")])
        );
        for text in ["score", "=q1", "score="] {
            assert!(pairs(&RawConfigValue::Text(text)).is_err(), "{text}");
        }
    }
}
