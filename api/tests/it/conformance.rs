//! Behaviour of async-graphql that the API relies on, tested with a small schema. Release 7.2.1 fails the first four
//! tests, 8.0.0-rc.5 passes them, which is why it was chosen. Run this before changing the version.

use async_graphql::{EmptyMutation, EmptySubscription, Error, Object, Response, Result, Schema};
use serde_json::{Value, json};

struct ProbeQuery;

struct ProbeItem;

#[Object(name = "Query")]
impl ProbeQuery {
    async fn item(&self) -> Option<ProbeItem> {
        Some(ProbeItem)
    }

    async fn solid(&self) -> ProbeItem {
        ProbeItem
    }

    async fn items(&self) -> Vec<Option<ProbeItem>> {
        vec![Some(ProbeItem), None]
    }
}

#[Object(name = "Item")]
#[expect(clippy::unused_self, clippy::unused_async, reason = "resolvers of a schema without data")]
impl ProbeItem {
    async fn slow(&self) -> &str {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        "slow"
    }

    fn id(&self) -> i32 {
        7
    }

    async fn title(&self) -> &str {
        "title"
    }

    async fn failing(&self) -> Option<Result<i32>> {
        Some(Err(Error::new("no")))
    }

    async fn failing_outside(&self) -> Result<Option<i32>> {
        Err(Error::new("no"))
    }

    async fn required(&self) -> Result<i32> {
        Err(Error::new("no"))
    }

    async fn nested(&self) -> Option<Self> {
        Some(Self)
    }
}

async fn executed(query: &str) -> (Value, Vec<Value>) {
    let response: Response = Schema::new(ProbeQuery, EmptyMutation, EmptySubscription).execute(query).await;
    let paths = response.errors.iter().map(|error| json!(error.path)).collect();
    (serde_json::to_value(&response.data).expect("JSON"), paths)
}

#[tokio::test]
async fn keys_have_the_order_of_the_query() {
    // Compared as text, because `serde_json::Value` sorts its keys.
    let response =
        Schema::new(ProbeQuery, EmptyMutation, EmptySubscription).execute("{ item { slow title id } }").await;
    assert_eq!(
        serde_json::to_string(&response.data).expect("JSON"),
        r#"{"item":{"slow":"slow","title":"title","id":7}}"#
    );
}

#[tokio::test]
async fn a_failing_nullable_field_is_null_and_its_siblings_are_kept() {
    let (data, paths) = executed("{ item { id failing title } }").await;
    assert_eq!(data, json!({"item": {"id": 7, "failing": null, "title": "title"}}));
    assert_eq!(paths, [json!(["item", "failing"])]);
}

#[tokio::test]
async fn a_failing_required_field_makes_only_its_parent_null() {
    let (data, paths) = executed("{ item { id nested { required } } items { required } }").await;
    assert_eq!(data, json!({"item": {"id": 7, "nested": null}, "items": [null, null]}));
    assert_eq!(paths, [json!(["item", "nested", "required"]), json!(["items", 0, "required"])]);
}

#[tokio::test]
async fn a_selection_that_is_all_skipped_is_an_empty_object() {
    assert_eq!(executed("{ item @skip(if: true) { id } }").await, (json!({}), vec![]));
    assert_eq!(executed("{ item { id @skip(if: true) } }").await, (json!({"item": {}}), vec![]));
}

#[tokio::test]
async fn an_error_outside_the_option_makes_the_parent_null() {
    // The specification requires otherwise: therefore nullable fields that may fail return `Option<Result<T>>`.
    let (data, _) = executed("{ item { id failingOutside } }").await;
    assert_eq!(data, json!({"item": null}));
}

#[tokio::test]
async fn keys_of_fragments_are_ordered_by_their_first_spread_and_equal_keys_are_merged() {
    let query = "{ item { ...A id nested { id } ... on Item { nested { title } } } } fragment A on Item { title nested { slow } }";
    let response = Schema::new(ProbeQuery, EmptyMutation, EmptySubscription).execute(query).await;
    assert_eq!(
        serde_json::to_string(&response.data).expect("JSON"),
        r#"{"item":{"title":"title","nested":{"slow":"slow","id":7,"title":"title"},"id":7}}"#
    );
}

#[tokio::test]
async fn null_propagates_to_the_nearest_nullable_field_and_to_data_without_one() {
    let (data, paths) = executed("{ solid { nested { id required } id } }").await;
    assert_eq!(data, json!({"solid": {"nested": null, "id": 7}}));
    assert_eq!(paths, [json!(["solid", "nested", "required"])]);
    let (data, paths) = executed("{ item { id } solid { required } }").await;
    assert_eq!(data, Value::Null);
    assert_eq!(paths, [json!(["solid", "required"])]);
}

#[tokio::test]
async fn skipped_fragments_leave_an_empty_object_and_includes_follow_their_variable() {
    let query = "{ item { ...A @skip(if: true) ... @include(if: false) { title } } } fragment A on Item { id }";
    assert_eq!(executed(query).await, (json!({"item": {}}), vec![]));
    let request = async_graphql::Request::new(
        "query($with: Boolean!) { item { id @include(if: $with) title @skip(if: $with) } }",
    );
    let schema = Schema::new(ProbeQuery, EmptyMutation, EmptySubscription);
    let response = schema.execute(request.variables(async_graphql::Variables::from_json(json!({"with": true})))).await;
    assert_eq!(serde_json::to_value(&response.data).expect("JSON"), json!({"item": {"id": 7}}));
}

#[tokio::test]
async fn directives_that_do_not_exist_are_refused_on_fields() {
    let response = Schema::new(ProbeQuery, EmptyMutation, EmptySubscription).execute("{ item { id @aa } }").await;
    assert_eq!((response.data, response.errors.len()), (async_graphql::Value::Null, 1));
    // The specification requires an error here too: the API itself refuses such documents, see `graphql::limit`.
    let (data, paths) = executed("{ __typename @aa }").await;
    assert_eq!((data, paths), (json!({"__typename": "Query"}), vec![]));
}
