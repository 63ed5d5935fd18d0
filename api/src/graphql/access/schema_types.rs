//! The types of the schema that access rules need: the fields of each type, and the types of these fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Name, Positioned};

use crate::graphql::sdl;

/// The types that have fields, by name.
#[derive(Debug, Default)]
pub struct SchemaTypes {
    types: BTreeMap<String, SchemaType>,
}

#[derive(Debug, Default)]
struct SchemaType {
    /// The fields, each with the name of its type, without lists.
    fields: BTreeMap<String, String>,
    /// The types that implement it, if it is an interface.
    implementers: BTreeSet<String>,
}

static SCHEMA_TYPES: LazyLock<SchemaTypes> = LazyLock::new(|| {
    SchemaTypes::of_definitions(parse_schema(sdl()).expect("a schema that was printed from its types").definitions)
});

impl SchemaTypes {
    /// The types of the schema that is served.
    pub fn of_schema() -> &'static Self {
        &SCHEMA_TYPES
    }

    fn of_definitions(definitions: Vec<TypeSystemDefinition>) -> Self {
        let mut types = Self::default();
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object) => types.add(&name, object.fields, object.implements),
                TypeKind::Interface(interface) => types.add(&name, interface.fields, interface.implements),
                _ => {}
            }
        }
        types
    }

    fn add(&mut self, name: &str, fields: Vec<Positioned<FieldDefinition>>, implements: Vec<Positioned<Name>>) {
        for interface in implements {
            self.types.entry(interface.node.to_string()).or_default().implementers.insert(name.to_owned());
        }
        let field = |field: Positioned<FieldDefinition>| {
            (field.node.name.node.to_string(), named_type(&field.node.ty.node).to_owned())
        };
        self.types.entry(name.to_owned()).or_default().fields.extend(fields.into_iter().map(field));
    }

    /// The name of the type of a field; `None` where there is no such field.
    pub fn field(&self, type_name: &str, field: &str) -> Option<&str> {
        self.types.get(type_name)?.fields.get(field).map(String::as_str)
    }

    /// The types that implement an interface.
    pub fn implementers(&self, interface: &str) -> impl Iterator<Item = &str> {
        self.types
            .get(interface)
            .into_iter()
            .flat_map(|schema_type| schema_type.implementers.iter().map(String::as_str))
    }

    /// All fields, each with its type.
    #[cfg(test)]
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.types
            .iter()
            .flat_map(|(name, schema_type)| schema_type.fields.keys().map(|field| (name.as_str(), field.as_str())))
    }
}

fn named_type(type_reference: &Type) -> &str {
    match &type_reference.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named_type(inner),
    }
}
