//! Tests that the committed schema equals the served one, and that every element has a description.

use api::graphql;
use serde_json::Value;

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let committed = include_str!("../../schema.graphql");
    assert!(committed == graphql::sdl(), "run `needle schema > api/schema.graphql` and read what changed");
}

#[tokio::test]
async fn every_element_of_the_schema_is_described() {
    let query = "{ __schema { types { name description
        fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let response = graphql::build_schema().execute(query).await;
    let data = response.data.into_json().expect("JSON");
    let mut bare = Vec::new();
    for kind in list(&data["__schema"]["types"]).filter(|kind| !name(kind).starts_with("__")) {
        // The specification describes the five built-in scalars.
        if !["Boolean", "Float", "ID", "Int", "String"].contains(&name(kind)) {
            note(&mut bare, "", kind);
        }
        for member in ["fields", "inputFields", "enumValues"].into_iter().flat_map(|members| list(&kind[members])) {
            note(&mut bare, name(kind), member);
            list(&member["args"])
                .for_each(|argument| note(&mut bare, &format!("{}.{}", name(kind), name(member)), argument));
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:?}");
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn name(element: &Value) -> &str {
    element["name"].as_str().expect("a name")
}

fn note(bare: &mut Vec<String>, parent: &str, element: &Value) {
    if element["description"].as_str().is_none_or(str::is_empty) {
        bare.push(format!("{parent}.{}", name(element)));
    }
}
