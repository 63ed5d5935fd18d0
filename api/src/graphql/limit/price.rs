//! The prices of the schema's fields: a base price, and a multiplier for what is selected in the field.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};

use super::rules::{INTROSPECTION, is_cacheable, special};

/// The price of a field: the base, plus the cost of what is selected in it times the multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPrice {
    /// The cost of the field alone, in points.
    pub base: u64,
    /// The multiplier for the cost of what is selected in it.
    pub times: PriceMultiplier,
}

/// How often the selections within a field count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceMultiplier {
    /// Once: the field is no list, or is charged like a single object.
    Once,
    /// Once for the whole list that it belongs to, not for each of its items.
    OfList,
    /// As often as a typical list has items.
    Items(u64),
    /// As often as `first`, `last` or the default page size.
    Page,
    /// As often as the range and the grain of its arguments have buckets, and as 60 weeks have where the range has no
    /// beginning.
    Buckets,
    /// As often as the list in this argument has items.
    ArgumentLength(&'static str),
}

impl FieldPrice {
    const USUAL: Self = Self { base: 1, times: PriceMultiplier::Once };
    const PAGE: Self = Self { base: 1, times: PriceMultiplier::Page };
}

/// A field of a type with its price.
#[derive(Clone, Debug)]
pub struct PricedField {
    /// The name of the type that it returns, without lists.
    pub returns: String,
    /// The price for each time that it is selected.
    pub price: FieldPrice,
    /// Whether its value stays the same, for a role and on a day, while nothing is written.
    pub is_cacheable: bool,
}

/// The prices of one type's fields, by field name.
#[derive(Clone, Debug, Default)]
pub struct TypePrices(HashMap<String, PricedField>);

impl TypePrices {
    /// A field; `None` when the type has none of this name.
    pub fn get(&self, name: &str) -> Option<&PricedField> {
        self.0.get(name)
    }
}

/// The prices of all types, by type name.
#[derive(Clone, Debug, Default)]
pub struct SchemaPrices {
    types: HashMap<String, TypePrices>,
    /// Lists of objects that are charged like a single one.
    #[cfg(test)]
    pub(super) unpriced: Vec<String>,
}

impl SchemaPrices {
    /// The prices of our own schema, from its text in the schema definition language.
    pub fn of_schema(sdl: &str) -> Self {
        let mut prices = Self::default();
        let definitions = parse_schema(sdl).expect("a schema that was printed from its types").definitions;
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.as_str();
            match &definition.node.kind {
                TypeKind::Object(object) => object.fields.iter().for_each(|field| prices.add(name, &field.node)),
                TypeKind::Interface(of) => of.fields.iter().for_each(|field| prices.add(name, &field.node)),
                _ => {}
            }
        }
        for (type_name, field, returns) in INTROSPECTION {
            let price = special(type_name, field).unwrap_or(FieldPrice::USUAL);
            prices.put(type_name, field, PricedField { returns: returns.to_owned(), price, is_cacheable: true });
        }
        prices
    }

    /// The fields of a type; `None` for a scalar, and for a type that does not exist.
    pub fn fields(&self, type_name: &str) -> Option<&TypePrices> {
        self.types.get(type_name)
    }

    fn add(&mut self, type_name: &str, field: &FieldDefinition) {
        let (name, returns) = (field.name.node.as_str(), base_of(&field.ty.node).to_owned());
        let usual = if returns.ends_with("Connection") { FieldPrice::PAGE } else { FieldPrice::USUAL };
        let price = special(type_name, name).unwrap_or(usual);
        #[cfg(test)]
        if matches!(field.ty.node.base, BaseType::List(_)) && special(type_name, name).is_none() {
            self.unpriced.push(format!("{type_name}.{name}: {returns}"));
        }
        let is_cacheable = is_cacheable(type_name, name, &returns);
        self.put(type_name, name, PricedField { returns, price, is_cacheable });
    }

    fn put(&mut self, type_name: &str, field: &str, priced: PricedField) {
        self.types.entry(type_name.to_owned()).or_default().0.insert(field.to_owned(), priced);
    }
}

/// The name of a type without its lists.
pub fn base_of(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => base_of(item),
    }
}
