//! Customers: written, listed, searched.

use entity::customer::Model;
use entity::store::customer::{self, CustomerCriteria, CustomerOrderBy, NewCustomer};
use entity::store::customer_group;
use entity::store::page::{PageRequest, RowPosition, SortKey};
use entity::{Attributes, Filter, Predicate, Timestamp};
use needle_tests::{TestDatabase, attributes, on_both_databases, timestamp};

use super::page::same_rows_by_every_walk;
use super::{NOW, region};

fn new(external_id: &str) -> NewCustomer {
    NewCustomer {
        external_id: external_id.to_owned(),
        email: None,
        name: None,
        attributes: Attributes::default(),
        import_id: None,
    }
}

async fn insert(test: &TestDatabase, customers: Vec<NewCustomer>, now: Timestamp) {
    customer::insert(test.database.writer(), customers, now).await.expect("inserted");
}

async fn by_id(test: &TestDatabase, external_id: &str) -> Option<Model> {
    customer::by_external_ids(test.database.reader(), &[external_id.to_owned()])
        .await
        .expect("found")
        .remove(external_id)
}

async fn a_customer_comes_back_as_written_and_a_second_insert_leaves_it(test: &TestDatabase) {
    let ada = NewCustomer {
        email: Some("ada@example.com".to_owned()),
        name: Some("Ada \"the Countess\" Löwe".to_owned()),
        attributes: region("EU"),
        ..new("c1")
    };
    insert(test, vec![ada], timestamp(NOW)).await;
    insert(test, vec![new("c1"), new("c2")], timestamp(NOW).plus_seconds(60)).await;
    let stored = by_id(test, "c1").await.expect("c1");
    assert_eq!(stored.email.as_deref(), Some("ada@example.com"));
    assert_eq!(stored.name.as_deref(), Some("Ada \"the Countess\" Löwe"));
    assert_eq!((stored.attributes, stored.created_at), (region("EU"), timestamp(NOW)));
    assert_eq!(by_id(test, "c2").await.expect("c2").created_at, timestamp(NOW).plus_seconds(60));
}

async fn updating_and_deleting_touch_one_customer_only(test: &TestDatabase) {
    insert(test, vec![new("c1"), new("c2")], timestamp(NOW)).await;
    let mut changed = by_id(test, "c1").await.expect("c1");
    changed.attributes = attributes([("plan", "pro")]);
    changed.email = Some("one@example.com".to_owned());
    customer::update(test.database.writer(), std::slice::from_ref(&changed)).await.expect("updated");
    assert_eq!(by_id(test, "c1").await, Some(changed.clone()));
    let other = by_id(test, "c2").await.expect("c2");
    assert_eq!((other.email, other.attributes), (None, Attributes::default()));
    customer::delete(test.database.writer(), changed.id).await.expect("deleted");
    assert_eq!(by_id(test, "c1").await, None);
    assert!(by_id(test, "c2").await.is_some());
}

async fn paging_gives_every_customer_once_in_either_direction(test: &TestDatabase) {
    let ids = ["a", "A", "b", "ä", "Z", "10", "9", "a b", "-", "_", "日本", "a-b", "B", "aa", "é", "e", "%", "'"];
    for (at, id) in (0_i64..).zip(ids) {
        // Three customers share each timestamp.
        insert(test, vec![new(id)], timestamp(NOW).plus_seconds(at / 3)).await;
    }
    let everybody = CustomerCriteria::default();
    for (order_by, descending) in [
        (CustomerOrderBy::ExternalId, false),
        (CustomerOrderBy::ExternalId, true),
        (CustomerOrderBy::CreatedAt, false),
        (CustomerOrderBy::CreatedAt, true),
    ] {
        let fetch = async |page: PageRequest| {
            customer::list(test.database.reader(), &everybody, order_by, descending, &page).await.expect("a page")
        };
        let position = |row: &Model| {
            let key = match order_by {
                CustomerOrderBy::ExternalId => SortKey::Text(row.external_id.clone()),
                CustomerOrderBy::CreatedAt => SortKey::Whole(row.created_at.0),
            };
            RowPosition { key, id: row.id.0 }
        };
        let mut walked = same_rows_by_every_walk(fetch, position).await;
        if order_by == CustomerOrderBy::CreatedAt {
            let timestamps: Vec<_> = walked.iter().map(|row| row.created_at).collect();
            assert!(timestamps.is_sorted_by(|a, b| if descending { a >= b } else { a <= b }));
        }
        walked.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        assert_eq!(walked.iter().map(|row| row.external_id.as_str()).collect::<Vec<_>>(), sorted);
    }
    assert_eq!(customer::count(test.database.reader(), &everybody).await.expect("a count"), ids.len() as u64);
}

async fn search(test: &TestDatabase, wanted: &str, search_personal: bool) -> Vec<String> {
    let criteria = CustomerCriteria { search: Some(wanted.to_owned()), search_personal, ..CustomerCriteria::default() };
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    let found = customer::list(test.database.reader(), &criteria, CustomerOrderBy::CreatedAt, false, &page).await;
    found.expect("found").rows.into_iter().map(|row| row.external_id).collect()
}

async fn a_search_takes_its_text_literally(test: &TestDatabase) {
    insert(test, ["a%b", "a_b", "axb", "a\\b", "b"].map(new).into(), timestamp(NOW)).await;
    assert_eq!(search(test, "a%", false).await, ["a%b"]);
    assert_eq!(search(test, "a_", false).await, ["a_b"]);
    assert_eq!(search(test, "a\\", false).await, ["a\\b"]);
    assert_eq!(search(test, "a", false).await, ["a%b", "a_b", "axb", "a\\b"]);
}

async fn a_search_ignores_case(test: &TestDatabase) {
    let ada = NewCustomer { name: Some("Ada Lovelace".to_owned()), ..new("Cust-1") };
    insert(test, vec![ada], timestamp(NOW)).await;
    assert_eq!(search(test, "cust", false).await, ["Cust-1"]);
    assert_eq!(search(test, "LOVELACE", true).await, ["Cust-1"]);
}

async fn personal_data_is_searched_only_when_the_reader_may(test: &TestDatabase) {
    let ada = NewCustomer {
        name: Some("Ada Lovelace".to_owned()),
        email: Some("countess@example.com".to_owned()),
        ..new("c1")
    };
    insert(test, vec![ada, new("c2")], timestamp(NOW)).await;
    for text in ["Love", "countess", "example"] {
        assert_eq!(search(test, text, true).await, ["c1"], "{text}");
        assert_eq!(search(test, text, false).await, [""; 0], "{text}");
    }
}

async fn pages_and_counts_of_many_groups_equal_those_of_each_alone(test: &TestDatabase) {
    for at in 0..30 {
        let region = region(["EU", "US", "APAC"][at % 3]);
        let id = ["a", "B", "ä", "-"][at % 4];
        insert(test, vec![NewCustomer { attributes: region, ..new(&format!("{id}{at}")) }], timestamp(NOW)).await;
    }
    // More than one statement holds, by the number of groups and by their size.
    let many: Vec<String> = (0..1_500).map(|at| format!("r{at}")).chain(["EU".to_owned()]).collect();
    let of = |values: &[String]| {
        Filter::Attribute(Predicate {
            name: "region".to_owned(),
            one_of: Some(values.to_vec()),
            ..Predicate::default()
        })
    };
    let mut filters: Vec<Filter> =
        ["EU", "US", "nowhere", "APAC"].map(|region| of(&[region.to_owned()])).into_iter().cycle().take(120).collect();
    filters.extend([of(&many), of(&many), Filter::everyone(), of(&many), of(&many), Filter::Any(Vec::new())]);
    let groups: Vec<&Filter> = filters.iter().collect();
    let reader = test.database.reader();
    let counts = customer_group::counts(reader, &groups).await.expect("counts");
    let middle = RowPosition { key: SortKey::Text("B1".to_owned()), id: 0 };
    for page in [
        PageRequest { limit: 4, ..PageRequest::default() },
        PageRequest { limit: 4, from_end: true, ..PageRequest::default() },
        PageRequest { limit: 3, after: Some(middle.clone()), ..PageRequest::default() },
        PageRequest { limit: 3, before: Some(middle), from_end: true, ..PageRequest::default() },
        PageRequest::default(),
    ] {
        let pages = customer_group::pages(reader, &groups, &page).await.expect("pages");
        assert_eq!(pages.len(), filters.len());
        for ((filter, found), count) in filters.iter().zip(pages).zip(&counts) {
            let alone = CustomerCriteria { attributes: Some(filter.clone()), ..CustomerCriteria::default() };
            let rows = customer::list(reader, &alone, CustomerOrderBy::ExternalId, false, &page).await.expect("a page");
            assert_eq!(found.rows, rows.rows, "{page:?}");
            assert_eq!((found.has_previous, found.has_next), (rows.has_previous, rows.has_next), "{page:?}");
            assert_eq!(*count, customer::count(reader, &alone).await.expect("a count"));
        }
    }
    assert!(customer_group::pages(reader, &[], &PageRequest::default()).await.expect("pages").is_empty());
}

on_both_databases!(
    pages_and_counts_of_many_groups_equal_those_of_each_alone,
    a_customer_comes_back_as_written_and_a_second_insert_leaves_it,
    updating_and_deleting_touch_one_customer_only,
    paging_gives_every_customer_once_in_either_direction,
    a_search_takes_its_text_literally,
    a_search_ignores_case,
    personal_data_is_searched_only_when_the_reader_may,
);
