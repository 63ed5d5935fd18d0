//! Statements on the customers of many groups at once: one statement for all groups of which the same page is
//! requested.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryTrait, Select};

use super::StoreError;
use super::customer::{CustomerOrderBy, sort};
use super::page::{PageRequest, RowPage, to_page, windowed};
use crate::Filter;
use crate::customer::{Column, Entity, Model};

/// Groups per statement; SQLite accepts 500 parts of a UNION.
const GROUPS: usize = 100;

/// Predicates and values per statement: with the few parameters that each has, far below SQLite's 32,766.
const VALUES: usize = 4_000;

/// The column with the index of the group that a row belongs to.
const GROUP: &str = "customer_group";

/// The same page of each group's customers, by external id, in the order of the groups.
pub async fn pages<C: ConnectionTrait>(
    connection: &C,
    groups: &[&Filter],
    page: &PageRequest,
) -> Result<Vec<RowPage<Model>>, StoreError> {
    let mut found: Vec<Vec<Model>> = vec![Vec::new(); groups.len()];
    let order = sort(CustomerOrderBy::ExternalId, false);
    for chunk in chunks(groups) {
        let parts = chunk.into_iter().map(|(group, filter)| {
            let select = windowed(members(connection, filter), &order, page);
            Query::select()
                .expr_as(Expr::val(group), Alias::new(GROUP))
                .column(Asterisk)
                .from_subquery(QueryTrait::into_query(select), Alias::new("page"))
                .to_owned()
        });
        let direction = if page.from_end { Order::Desc } else { Order::Asc };
        let sorted = |all: &mut SelectStatement| {
            for column in [Column::ExternalId, Column::Id] {
                all.order_by(column, direction.clone());
            }
        };
        for row in rows(connection, parts, sorted).await? {
            let group: i64 = row.try_get("", GROUP)?;
            if let Some(found) = usize::try_from(group).ok().and_then(|group| found.get_mut(group)) {
                found.push(Model::from_query_result(&row, "")?);
            }
        }
    }
    Ok(found.into_iter().map(|rows| to_page(rows, page)).collect())
}

/// The number of customers in each group, in the order of the groups.
pub async fn counts<C: ConnectionTrait>(connection: &C, groups: &[&Filter]) -> Result<Vec<u64>, StoreError> {
    let mut found = vec![0; groups.len()];
    for chunk in chunks(groups) {
        let parts = chunk.into_iter().map(|(group, filter)| {
            Query::select()
                .expr_as(Expr::val(group), Alias::new(GROUP))
                .expr_as(Expr::col(Asterisk).count(), Alias::new("customers"))
                .from_subquery(QueryTrait::into_query(members(connection, filter)), Alias::new("member"))
                .to_owned()
        });
        for row in rows(connection, parts, |_| ()).await? {
            let (group, customers): (i64, i64) = (row.try_get("", GROUP)?, row.try_get("", "customers")?);
            if let Some(found) = usize::try_from(group).ok().and_then(|group| found.get_mut(group)) {
                *found = customers.cast_unsigned();
            }
        }
    }
    Ok(found)
}

/// The groups with their indexes, in chunks that fit one statement.
fn chunks<'a>(groups: &[&'a Filter]) -> Vec<Vec<(i64, &'a Filter)>> {
    let mut chunks: Vec<Vec<_>> = Vec::new();
    let mut room = 0;
    for (place, filter) in (0..).zip(groups) {
        let values: usize =
            filter.predicates().iter().map(|predicate| 1 + predicate.one_of.as_ref().map_or(0, Vec::len)).sum();
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < GROUPS && values <= room => {
                room -= values;
                chunk.push((place, *filter));
            }
            _ => {
                room = VALUES.saturating_sub(values);
                chunks.push(vec![(place, *filter)]);
            }
        }
    }
    chunks
}

fn members<C: ConnectionTrait>(connection: &C, filter: &Filter) -> Select<Entity> {
    Entity::find().filter(filter.to_condition(connection.get_database_backend(), "customer", "attributes"))
}

async fn rows<C: ConnectionTrait>(
    connection: &C,
    mut parts: impl Iterator<Item = SelectStatement>,
    sort: impl FnOnce(&mut SelectStatement),
) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
    let Some(mut all) = parts.next() else { return Ok(Vec::new()) };
    for part in parts {
        all.union(UnionType::All, part);
    }
    sort(&mut all);
    Ok(connection.query_all(&all).await?)
}
