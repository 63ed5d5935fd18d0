//! The selection of responses by criteria, and the conditions on responses that several statements share.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::tombstone::ANONYMOUS_PREFIX;
use crate::customer::CustomerId;
use crate::filter::AttributeColumn;
use crate::response::{Column, Entity};
use crate::{Day, Filter, comment, profile};

/// Which responses a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct ResponseCriteria {
    /// The day is this one or later.
    pub from: Option<Day>,
    /// The day is before this one.
    pub until: Option<Day>,
    /// The attributes of the response match this filter.
    pub profile: Option<Filter>,
    /// The attributes that the filter looks up in the response details instead of the profiles.
    pub high_cardinality: BTreeSet<String>,
    /// The score lies in this range.
    pub scores: Option<RangeInclusive<i16>>,
    /// True: only responses with free text. False: only those without.
    pub has_comment: Option<bool>,
    /// The id of the customer.
    pub customer_id: Option<CustomerId>,
    /// The external id of the customer.
    pub customer_external_id: Option<String>,
}

/// The responses that match the criteria, in any order.
pub(super) fn select(backend: DbBackend, criteria: &ResponseCriteria) -> Select<Entity> {
    let mut all = Condition::all()
        .add_option(criteria.from.map(|day| Column::Day.gte(day)))
        .add_option(criteria.until.map(|day| Column::Day.lt(day)))
        .add_option(criteria.scores.as_ref().map(|scores| Column::Score.between(*scores.start(), *scores.end())))
        .add_option(criteria.customer_id.map(|id| Column::CustomerId.eq(id)));
    if let Some(filter) = &criteria.profile
        && filter.names().into_iter().any(|name| criteria.high_cardinality.contains(name))
    {
        all = all.add(Expr::exists(attributes_match(backend, filter, &criteria.high_cardinality)));
    } else if let Some(filter) = &criteria.profile {
        let profiles = profile::Entity::find()
            .select_only()
            .column(profile::Column::Id)
            .filter(filter.to_condition(backend, "profile", "attributes"))
            .into_query();
        all = all.add(Column::ProfileId.in_subquery(profiles));
    }
    if let Some(has_comment) = criteria.has_comment {
        let with_text = comment::Entity::find()
            .select_only()
            .column(comment::Column::ResponseId)
            .filter(comment::Column::Text.is_not_null())
            .into_query();
        let expression = Expr::col((Entity, Column::Id)).in_subquery(with_text);
        all = all.add(if has_comment { expression } else { expression.not() });
    }
    if let Some(external_id) = &criteria.customer_external_id {
        let customer = Query::select()
            .column(crate::customer::Column::Id)
            .from(crate::customer::Entity)
            .and_where(crate::customer::Column::ExternalId.eq(external_id.as_str()))
            .to_owned();
        all = all.add(Column::CustomerId.in_subquery(customer));
    }
    Entity::find().filter(all)
}

/// Selects the profile and the detail of a response, if their attributes match the filter.
pub(super) fn attributes_match(
    backend: DbBackend,
    filter: &Filter,
    high_cardinality: &BTreeSet<String>,
) -> SelectStatement {
    let cell = |name: &str| {
        let table = if high_cardinality.contains(name) { "comment" } else { "profile" };
        AttributeColumn { table, column: "attributes" }
    };
    Query::select()
        .expr(Expr::cust("1"))
        .from(profile::Entity)
        .left_join(comment::Entity, Expr::cust("comment.response_id = response.id"))
        .and_where(Expr::cust("profile.id = response.profile_id"))
        .cond_where(filter.to_condition_over(backend, &cell))
        .to_owned()
}

/// Responses of customers, and anonymous ones; not those of people who were erased.
pub(super) fn not_erased() -> Condition {
    Condition::any()
        .add(Column::CustomerId.is_not_null())
        .add(Column::ExternalId.not_like(format!("{ANONYMOUS_PREFIX}%")))
}
