//! A filter selects the same rows in SQL as it matches in memory, whatever values the attributes have.

use std::collections::BTreeSet;

use entity::store::customer::{self, NewCustomer};
use entity::store::page::PageRequest;
use entity::store::{profile, response};
use entity::{Attributes, Filter, Predicate};
use needle_tests::{TestDatabase, on_both_databases, timestamp};

use super::{NOW, new_response};

/// Names of attributes.
const NAMES: [&str; 12] =
    ["region", "naïve état", "a.b", "a[0]", "$", "$1", "it's", "tab\tname", "日本", "select", "50%", "a?b:c"];

/// Names that a filter may contain and that no attribute has: imports refuse quotes and backslashes.
const STRANGE_NAMES: [&str; 5] = ["\"quoted\"", "back\\slash", "\\", "a\".b", ""];

const VALUES: [&str; 46] = [
    "",
    "EU",
    "eu",
    "NA",
    "null",
    "true",
    "12",
    "012",
    "12.0",
    "12.",
    ".5",
    "0.5",
    "-0.5",
    "+12",
    "-12",
    "-0",
    "0",
    "1e1",
    "1E+2",
    "1e-2",
    "1e308",
    "1e309",
    "1e400",
    "-1e400",
    "1e-400",
    "1e999999999",
    "99999999999999999999",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1_000",
    "1,5",
    " 12",
    "12 ",
    "12\n",
    "\t12",
    "12\u{a0}",
    "１２",
    "naïve",
    "it's",
    "a\"b",
    "back\\slash",
    "'; DROP TABLE customer; --",
    "[1]",
    "100%",
];

const BOUNDS: [f64; 9] = [-1e300, -12.0, -0.5, 0.0, 0.5, 10.0, 12.0, 100.0, 1e300];

/// Pseudo-random numbers, the same in every run (Knuth's MMIX generator).
struct FilterRng(u64);

impl FilterRng {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn filter(&mut self, depth: usize) -> Filter {
        let parts = |rng: &mut Self| (0..rng.below(4)).map(|_| rng.filter(depth - 1)).collect();
        match self.below(if depth == 0 { 1 } else { 5 }) {
            1 => Filter::All(parts(self)),
            2 => Filter::Any(parts(self)),
            3 => Filter::Not(Box::new(self.filter(depth - 1))),
            _ => Filter::Attribute(self.predicate()),
        }
    }

    fn predicate(&mut self) -> Predicate {
        let one_of =
            (self.below(2) == 0).then(|| (0..self.below(5)).map(|_| (*self.one(&VALUES)).to_owned()).collect());
        let exists = (self.below(4) == 0).then(|| self.below(2) == 0);
        let at_least = (self.below(3) == 0).then(|| *self.one(&BOUNDS));
        let below = (self.below(3) == 0).then(|| *self.one(&BOUNDS));
        Predicate { name: (*self.one(&NAMES)).to_owned(), one_of, exists, at_least, below }
    }
}

/// Each name with each value, no attributes at all, and mixtures.
fn every_attribute() -> Vec<Attributes> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut sets = vec![Attributes::default()];
    for name in NAMES {
        sets.extend(VALUES.iter().map(|value| Attributes::from_iter([pair(name, value)])));
    }
    let mut rng = FilterRng(1);
    sets.extend((0..200).map(|_| NAMES.iter().map(|name| pair(name, VALUES[rng.below(VALUES.len())])).collect()));
    let distinct: BTreeSet<_> = sets.into_iter().map(|set| set.0).collect();
    distinct.into_iter().map(Attributes).collect()
}

/// Each test on each name, the filters without attributes, and nested mixtures.
fn every_filter() -> Vec<Filter> {
    let mut filters = vec![
        Filter::everyone(),
        Filter::Any(vec![]),
        Filter::Not(Box::new(Filter::everyone())),
        Filter::Not(Box::new(Filter::Any(vec![]))),
        Filter::Any(vec![Filter::everyone(), Filter::Any(vec![])]),
        Filter::All(vec![Filter::everyone(), Filter::Any(vec![])]),
        Filter::Any(vec![Filter::All(vec![]), Filter::Not(Box::new(Filter::All(vec![])))]),
        Filter::Not(Box::new(Filter::Not(Box::new(Filter::All(vec![Filter::Any(vec![])]))))),
    ];
    for name in NAMES.into_iter().chain(STRANGE_NAMES) {
        let predicate = || Predicate { name: name.to_owned(), ..Predicate::default() };
        let mut add = |predicate: Predicate| {
            filters.push(Filter::Attribute(predicate.clone()));
            filters.push(Filter::Not(Box::new(Filter::Attribute(predicate))));
        };
        add(Predicate { exists: Some(true), ..predicate() });
        add(Predicate { exists: Some(false), ..predicate() });
        add(Predicate { one_of: Some(vec![]), ..predicate() });
        add(Predicate {
            one_of: Some(VALUES.iter().step_by(2).map(|value| (*value).to_owned()).collect()),
            ..predicate()
        });
        add(Predicate { at_least: Some(12.0), ..predicate() });
        add(Predicate { below: Some(12.0), ..predicate() });
        add(Predicate { at_least: Some(-1e300), below: Some(1e300), ..predicate() });
    }
    let mut rng = FilterRng(2);
    filters.extend((0..150).map(|_| rng.filter(3)));
    filters
}

async fn filters_select_in_sql_what_they_match_as_values(test: &TestDatabase) {
    let (writer, reader) = (test.database.writer(), test.database.reader());
    let sets = every_attribute();
    let id = |at: usize| format!("{at:05}");
    let customers = (0..).zip(&sets).map(|(at, set)| NewCustomer {
        external_id: id(at),
        email: None,
        name: None,
        attributes: set.clone(),
        import_id: None,
    });
    customer::insert(writer, customers.collect(), timestamp(NOW)).await.expect("customers");
    let profiles = profile::intern(writer, &sets).await.expect("profiles");
    let responses: Vec<_> = (0..)
        .zip(&sets)
        .map(|(at, set)| new_response(&id(at), profiles.id_of(set).expect("interned"), Some(9), "2024-07-01"))
        .collect();
    response::insert(writer, "needle", &responses).await.expect("responses");
    let page = PageRequest { limit: 100_000, ..PageRequest::default() };
    for filter in every_filter() {
        let expected = (0..).zip(&sets).filter(|(_, set)| filter.matches(set)).map(|(at, _)| id(at)).collect();
        let criteria =
            customer::CustomerCriteria { attributes: Some(filter.clone()), ..customer::CustomerCriteria::default() };
        let listed = customer::list(reader, &criteria, customer::CustomerOrderBy::ExternalId, false, &page).await;
        let listed = listed.unwrap_or_else(|error| panic!("{filter:?}: {error}")).rows;
        compare(&sets, &filter, listed.into_iter().map(|row| row.external_id), &expected);
        let criteria =
            response::ResponseCriteria { profile: Some(filter.clone()), ..response::ResponseCriteria::default() };
        let listed = response::list(reader, &criteria, response::ResponseOrderBy::AnsweredAt, false, &page).await;
        let listed = listed.unwrap_or_else(|error| panic!("{filter:?}: {error}")).rows;
        compare(&sets, &filter, listed.into_iter().map(|row| row.external_id), &expected);
    }
}

fn compare(sets: &[Attributes], filter: &Filter, listed: impl Iterator<Item = String>, expected: &BTreeSet<String>) {
    let listed: Vec<String> = listed.collect();
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    let examples = |ids: Vec<&String>| -> Vec<&Attributes> {
        ids.into_iter().take(3).map(|id| &sets[id.parse::<usize>().expect("a place")]).collect()
    };
    let missing = examples(expected.difference(&distinct).collect());
    let surplus = examples(distinct.difference(expected).collect());
    assert!(missing.is_empty() && surplus.is_empty(), "{filter:?}\nmissing: {missing:?}\nsurplus: {surplus:?}");
    assert_eq!(listed.len(), expected.len(), "{filter:?} lists a row twice");
}

on_both_databases!(filters_select_in_sql_what_they_match_as_values);
