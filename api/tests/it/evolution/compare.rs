//! Compares two schemas in the schema definition language and lists the changes that break clients of the first.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

/// A change that breaks clients.
pub struct BreakingChange {
    /// The element by its coordinate, like `Decision.owner` or `Query.decisions(first:)`.
    pub element: String,
    /// The change, like "is gone" or "was Int, is Int!".
    pub what: String,
}

/// The changes that break clients of the first schema.
pub fn breaking_changes(before: &str, now: &str) -> Vec<BreakingChange> {
    let (before, now) = (SchemaDefinitions::of(before), SchemaDefinitions::of(now));
    let mut changes = BreakingChanges(Vec::new());
    for (name, directive) in &before.directives {
        let element = format!("@{name}");
        let Some(now) = now.directives.get(name) else {
            changes.removed(element);
            continue;
        };
        changes.inputs(&element, directive, now, true);
    }
    for (name, definition) in &before.types {
        let Some(now) = now.types.get(name) else {
            changes.removed(name.clone());
            continue;
        };
        changes.kind(name, &definition.kind, &now.kind);
    }
    changes.0
}

/// The deprecated elements with their reasons.
pub fn deprecations(sdl: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, definition) in SchemaDefinitions::of(sdl).types {
        let mut note = |element: &str, directives: &[Positioned<ConstDirective>]| {
            let own = directives.iter().find(|directive| directive.node.name.node == "deprecated");
            let reason = |directive: &Positioned<ConstDirective>| {
                directive.node.get_argument("reason").map_or_else(String::new, |reason| reason.node.to_string())
            };
            found.extend(own.map(|directive| (format!("{name}.{element}"), reason(directive))));
        };
        match &definition.kind {
            TypeKind::Enum(values) => {
                values.values.iter().for_each(|value| note(&value.node.value.node, &value.node.directives));
            }
            TypeKind::InputObject(input) => {
                input.fields.iter().for_each(|field| note(&field.node.name.node, &field.node.directives));
            }
            kind => fields(kind).iter().for_each(|field| note(&field.node.name.node, &field.node.directives)),
        }
    }
    found
}

/// The definitions of a schema by name.
struct SchemaDefinitions {
    types: BTreeMap<String, TypeDefinition>,
    directives: BTreeMap<String, Vec<Positioned<InputValueDefinition>>>,
}

impl SchemaDefinitions {
    fn of(sdl: &str) -> Self {
        let mut definitions = Self { types: BTreeMap::new(), directives: BTreeMap::new() };
        for definition in parse_schema(sdl).expect("a schema").definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => {
                    definitions.types.insert(definition.node.name.node.to_string(), definition.node);
                }
                TypeSystemDefinition::Directive(directive) => {
                    definitions.directives.insert(directive.node.name.node.to_string(), directive.node.arguments);
                }
                TypeSystemDefinition::Schema(_) => {}
            }
        }
        definitions
    }
}

fn fields(kind: &TypeKind) -> &[Positioned<FieldDefinition>] {
    match kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        _ => &[],
    }
}

struct BreakingChanges(Vec<BreakingChange>);

impl BreakingChanges {
    fn note(&mut self, element: String, what: impl Into<String>) {
        self.0.push(BreakingChange { element, what: what.into() });
    }

    fn removed(&mut self, element: String) {
        self.note(element, "is gone");
    }

    fn kind(&mut self, name: &str, before: &TypeKind, now: &TypeKind) {
        match (before, now) {
            (TypeKind::Object(before_object), TypeKind::Object(now_object)) => {
                for interface in &before_object.implements {
                    if now_object.implements.iter().all(|own| own.node != interface.node) {
                        self.note(name.to_owned(), format!("is no {} any more", interface.node));
                    }
                }
                self.fields(name, fields(before), fields(now));
            }
            (TypeKind::Interface(_), TypeKind::Interface(_)) => self.fields(name, fields(before), fields(now)),
            (TypeKind::Union(before), TypeKind::Union(now)) => {
                for member in &before.members {
                    if now.members.iter().all(|own| own.node != member.node) {
                        self.note(name.to_owned(), format!("is never {} any more", member.node));
                    }
                }
            }
            (TypeKind::Enum(before), TypeKind::Enum(now)) => {
                for value in &before.values {
                    if now.values.iter().all(|own| own.node.value.node != value.node.value.node) {
                        self.removed(format!("{name}.{}", value.node.value.node));
                    }
                }
            }
            (TypeKind::InputObject(before), TypeKind::InputObject(now)) => {
                self.inputs(name, &before.fields, &now.fields, false);
            }
            (TypeKind::Scalar, TypeKind::Scalar) => {}
            _ => self.note(name.to_owned(), "is of another kind"),
        }
    }

    fn fields(&mut self, of: &str, before: &[Positioned<FieldDefinition>], now: &[Positioned<FieldDefinition>]) {
        for Positioned { node: field, .. } in before {
            let element = format!("{of}.{}", field.name.node);
            let Some(found) = now.iter().find(|own| own.node.name.node == field.name.node) else {
                self.removed(element);
                continue;
            };
            let (was, is) = (&field.ty.node, &found.node.ty.node);
            // Output types may become more precise.
            if !is_within(is, was) {
                self.note(element.clone(), format!("was {was}, is {is}"));
            }
            self.inputs(&element, &field.arguments, &found.node.arguments, true);
        }
    }

    /// Compares arguments, or the fields of an input type.
    fn inputs(
        &mut self,
        of: &str,
        before: &[Positioned<InputValueDefinition>],
        now: &[Positioned<InputValueDefinition>],
        are_arguments: bool,
    ) {
        let element = |name: &str| if are_arguments { format!("{of}({name}:)") } else { format!("{of}.{name}") };
        for Positioned { node: input, .. } in before {
            let name = element(&input.name.node);
            let Some(found) = now.iter().find(|own| own.node.name.node == input.name.node) else {
                self.removed(name);
                continue;
            };
            let (was, is) = (&input.ty.node, &found.node.ty.node);
            // Input types may become less strict.
            if !is_within(was, is) {
                self.note(name.clone(), format!("was {was}, is {is}"));
            }
            let default =
                |value: &InputValueDefinition| value.default_value.as_ref().map(|value| value.node.to_string());
            if default(input) != default(&found.node) {
                self.note(name, "has another default");
            }
        }
        for Positioned { node: input, .. } in now {
            let is_new = before.iter().all(|own| own.node.name.node != input.name.node);
            if is_new && !input.ty.node.nullable && input.default_value.is_none() {
                self.note(element(&input.name.node), "is new and required");
            }
        }
    }
}

/// Whether every value of one type is a value of another.
fn is_within(narrow: &Type, wide: &Type) -> bool {
    let base = match (&narrow.base, &wide.base) {
        (BaseType::Named(narrow), BaseType::Named(wide)) => narrow == wide,
        (BaseType::List(narrow), BaseType::List(wide)) => is_within(narrow, wide),
        _ => false,
    };
    base && (wide.nullable || !narrow.nullable)
}
