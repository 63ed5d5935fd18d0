//! How large a document becomes once its fragments are expanded, and what its operation costs.
//!
//! Fragments that each spread the next one twice double the work with every fragment: 730 bytes keep a processor busy
//! for seconds in a walk that follows every spread. Here each fragment is measured once, so the time is proportional to
//! the length of the document. The walk also rejects directives that do not exist: async-graphql overlooks those on
//! `__typename`.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned, ServerError, Variables};
use chrono::NaiveDate;

use super::super::error::{ErrorCode, request_error};
use super::arguments::FieldArguments;
use super::price::{FieldPrice, PriceMultiplier, SchemaPrices, TypePrices};
use super::rules::{INTROSPECTION_LISTS, OPEN_RANGE_DAYS};
use super::{LimitExceeded, RequestLimits};

/// The most levels of selection sets, of fields and fragments together.
const NESTING_LIMIT: u64 = 64;

/// The number of nodes of a page when the query has neither `first` nor `last`.
const DEFAULT_PAGE: u64 = super::super::connection::DEFAULT_PAGE as u64;

/// The size of a document or a part of it. A fragment counts as often as it is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentSize {
    /// The number of fields, spreads and inline fragments.
    pub selections: u64,
    /// The number of fields with an alias.
    pub aliases: u64,
    /// The number of directives, on operations and variables too.
    pub directives: u64,
    /// The number of values in the arguments of fields, those of a variable as often as it is used.
    pub values: u64,
    /// The number of levels of fields.
    pub depth: u64,
    /// The number of levels of selection sets, of fields and of fragments.
    pub nesting: u64,
    /// The number of levels of introspection lists that lead from a type back to types.
    pub introspection_depth: u64,
    /// The number of fields that make the result uncacheable, see [`super::rules::is_cacheable`].
    pub uncacheable: u64,
    /// The cost in points; of a document, that of the operation to execute.
    pub cost: u64,
    /// The cost of what is selected of the list around it and does not grow with the list's page.
    list_cost: u64,
}

impl DocumentSize {
    fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            values: self.values.saturating_add(other.values),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            uncacheable: self.uncacheable.saturating_add(other.uncacheable),
            cost: self.cost.saturating_add(other.cost),
            list_cost: self.list_cost.saturating_add(other.list_cost),
        }
    }

    fn check(&self, limits: &RequestLimits) -> Result<(), LimitExceeded> {
        LimitExceeded::check("selections", "selections", limits.selections, self.selections)?;
        LimitExceeded::check("aliases", "aliases", limits.aliases, self.aliases)?;
        LimitExceeded::check("directives", "directives", limits.directives, self.directives)?;
        LimitExceeded::check("values", "values in its arguments", limits.values, self.values)?;
        LimitExceeded::check("nesting", "levels of selections", NESTING_LIMIT, self.nesting)?;
        LimitExceeded::check("depth", "levels of fields", limits.depth, self.depth)?;
        let (maximum, found) = (limits.introspection_depth, self.introspection_depth);
        LimitExceeded::check("introspection_depth", "levels of lists in introspection", maximum, found)?;
        LimitExceeded::check("cost", "points of cost", limits.cost, self.cost)
    }
}

/// Measures a document, and the cost of the operation to execute with its variables. A size beyond a limit, a fragment
/// that spreads itself, and directives that do not exist are errors.
pub fn measure(
    document: &ExecutableDocument,
    operation: Option<&OperationDefinition>,
    variables: &Variables,
    prices: &SchemaPrices,
    limits: &RequestLimits,
    today: NaiveDate,
) -> Result<DocumentSize, ServerError> {
    let arguments = FieldArguments::new(operation, variables);
    let mut walk = DocumentMeter { document, arguments, prices, limits, today, fragments: HashMap::new() };
    let selected_size = operation.map_or(Ok(DocumentSize::default()), |operation| walk.operation(operation))?;
    let mut whole = selected_size;
    // Other operations, and fragments that none of them spreads, are not executed but validated.
    for (_, other) in document.operations.iter() {
        if operation.is_none_or(|operation| !std::ptr::eq(operation, &raw const other.node)) {
            whole = whole.and(walk.operation(&other.node)?);
        }
    }
    for (name, fragment) in &document.fragments {
        whole = whole.and(walk.directives(&fragment.node.directives)?);
        whole = whole.and(walk.fragment(name.as_str(), 0)?);
    }
    let size = DocumentSize { cost: selected_size.cost, ..whole };
    size.check(limits)?;
    Ok(size)
}

struct DocumentMeter<'a> {
    document: &'a ExecutableDocument,
    arguments: FieldArguments<'a>,
    prices: &'a SchemaPrices,
    limits: &'a RequestLimits,
    /// Where ranges without an end end.
    today: NaiveDate,
    /// The size of each fragment measured so far; `None` while it is being measured.
    fragments: HashMap<&'a str, Option<DocumentSize>>,
}

impl<'a> DocumentMeter<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<DocumentSize, ServerError> {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut size = self.directives(&operation.directives)?;
        for definition in &operation.variable_definitions {
            size = size.and(self.directives(&definition.node.directives)?);
        }
        Ok(size.and(self.selections(&operation.selection_set.node, self.prices.fields(root), 0)?))
    }

    fn selections(
        &mut self,
        set: &'a SelectionSet,
        of: Option<&'a TypePrices>,
        nesting: u64,
    ) -> Result<DocumentSize, ServerError> {
        LimitExceeded::check("nesting", "levels of selections", NESTING_LIMIT, nesting)?;
        self.check_repeats(set)?;
        let mut total = DocumentSize::default();
        for Positioned { node, pos } in &set.items {
            let (directives, inside) = match node {
                Selection::Field(field) => (&field.node.directives, self.field(&field.node, *pos, of, nesting)?),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let of = condition.map_or(of, |condition| self.prices.fields(&condition.node.on.node));
                    let inside = self.selections(&inline.node.selection_set.node, of, nesting + 1)?;
                    (&inline.node.directives, inside)
                }
                Selection::FragmentSpread(spread) => {
                    let inside = self.fragment(spread.node.fragment_name.node.as_str(), nesting + 1)?;
                    (&spread.node.directives, inside)
                }
            };
            let itself = DocumentSize { selections: 1, ..self.directives(directives)? };
            total = total.and(itself).and(inside);
        }
        Ok(DocumentSize { nesting: total.nesting + u64::from(!set.items.is_empty()), ..total })
    }

    fn field(
        &mut self,
        field: &'a Field,
        position: Pos,
        of: Option<&'a TypePrices>,
        nesting: u64,
    ) -> Result<DocumentSize, ServerError> {
        let name = field.name.node.as_str();
        let priced = of.and_then(|fields| fields.get(name));
        let returns = priced.and_then(|priced| self.prices.fields(&priced.returns));
        let inside = self.selections(&field.selection_set.node, returns, nesting + 1)?;
        let price = priced.map_or(FieldPrice { base: 1, times: PriceMultiplier::Once }, |priced| priced.price);
        let times = match price.times {
            PriceMultiplier::Once | PriceMultiplier::OfList => 1,
            PriceMultiplier::Items(items) => items,
            PriceMultiplier::Page => self.page(field, position)?,
            PriceMultiplier::Buckets => self.buckets(field),
            PriceMultiplier::ArgumentLength(argument) => self.arguments.length(field, argument),
        };
        let is_cacheable = name == "__typename" || priced.is_some_and(|priced| priced.is_cacheable);
        let is_list =
            priced.is_some_and(|priced| priced.returns.starts_with("__")) && INTROSPECTION_LISTS.contains(&name);
        let whole = price.base.saturating_add(times.saturating_mul(inside.cost)).saturating_add(inside.list_cost);
        let (cost, list_cost) = if price.times == PriceMultiplier::OfList { (0, whole) } else { (whole, 0) };
        Ok(DocumentSize {
            aliases: inside.aliases.saturating_add(field.alias.is_some().into()),
            values: inside.values.saturating_add(self.arguments.values(field)),
            depth: inside.depth + 1,
            introspection_depth: inside.introspection_depth + u64::from(is_list),
            uncacheable: inside.uncacheable.saturating_add((!is_cacheable).into()),
            cost,
            list_cost,
            ..inside
        })
    }

    fn buckets(&self, field: &Field) -> u64 {
        let of_open_range = || OPEN_RANGE_DAYS / self.arguments.bucket_days(field);
        self.arguments.buckets(field, self.today).unwrap_or_else(of_open_range)
    }

    fn fragment(&mut self, name: &'a str, nesting: u64) -> Result<DocumentSize, ServerError> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(bad(format!("the fragment \"{name}\" spreads itself"))),
            None => {}
        }
        // Validation reports unknown fragments.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(DocumentSize::default()) };
        self.fragments.insert(name, None);
        let of = self.prices.fields(&fragment.node.type_condition.node.on.node);
        let size = self.selections(&fragment.node.selection_set.node, of, nesting)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Result<DocumentSize, ServerError> {
        let mut names = directives.iter().map(|directive| directive.node.name.node.as_str());
        let found = directives.len() as u64;
        LimitExceeded::check("directives", "directives", self.limits.directives, found)?;
        match names.find(|name| !["include", "skip"].contains(name)) {
            Some(unknown) => Err(bad(format!("Unknown directive \"@{unknown}\""))),
            None => Ok(DocumentSize { directives: found, ..DocumentSize::default() }),
        }
    }

    /// Rejects a set that repeats one selection very often: all repetitions are walked to make one field of the result.
    fn check_repeats(&self, set: &SelectionSet) -> Result<(), ServerError> {
        if set.items.len() as u64 <= self.limits.repeats {
            return Ok(());
        }
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for selection in &set.items {
            let key = match &selection.node {
                Selection::Field(field) => field.node.response_key().node.as_str(),
                Selection::FragmentSpread(spread) => spread.node.fragment_name.node.as_str(),
                Selection::InlineFragment(_) => "...",
            };
            let times = counts.entry(key).or_default();
            *times += 1;
        }
        let most = counts.into_values().max().unwrap_or_default();
        Ok(LimitExceeded::check("repeats", "repetitions of one selection in one place", self.limits.repeats, most)?)
    }

    /// The most nodes of a field's page, from `first`, `last` or the default.
    fn page(&self, field: &Field, position: Pos) -> Result<u64, ServerError> {
        let page_size = ["first", "last"].into_iter().find_map(|argument| self.arguments.number(field, argument));
        let Some(requested) = page_size else { return Ok(DEFAULT_PAGE.min(self.limits.page)) };
        LimitExceeded::check("page", "nodes in one page", self.limits.page, requested)
            .map_err(|found| found.at(Some(position)))?;
        Ok(requested)
    }
}

fn bad(message: String) -> ServerError {
    request_error(ErrorCode::BadUserInput, message)
}
