//! Keyset paging: a page is asked for by the sort key and id of its neighbour, never by an offset.

use std::hash::{Hash, Hasher};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, NullOrdering, Order, SimpleExpr};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select};

use super::StoreError;

/// The value a connection is sorted by.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortKey {
    /// A whole number: an id, a day, a moment.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// A text, in the database's own order.
    Text(String),
}

/// Real keys are finite.
impl Eq for SortKey {}

impl Hash for SortKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Whole(value) => value.hash(state),
            // Equal zeros of either sign have one hash.
            Self::Real(value) => (value + 0.0).to_bits().hash(state),
            Self::Text(value) => value.hash(state),
        }
    }
}

/// Where a row stands in a sorted connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RowPosition {
    /// The sort key.
    pub key: SortKey,
    /// The id, which breaks ties.
    pub id: i64,
}

/// Which rows of a sorted connection are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// At most so many rows.
    pub limit: u64,
    /// Only rows after this one.
    pub after: Option<RowPosition>,
    /// Only rows before this one.
    pub before: Option<RowPosition>,
    /// True for the last rows instead of the first.
    pub from_end: bool,
}

/// How a connection is sorted.
#[derive(Clone, Debug)]
pub struct SortOrder {
    /// The expression that gives the sort key; never NULL.
    pub key: SimpleExpr,
    /// The expression that gives the id.
    pub id: SimpleExpr,
    /// True for the greatest first.
    pub descending: bool,
}

/// One page of rows, in the connection's order.
#[derive(Clone, Debug)]
pub struct RowPage<M> {
    /// The rows.
    pub rows: Vec<M>,
    /// True when there are rows before these.
    pub has_previous: bool,
    /// True when there are rows after these.
    pub has_next: bool,
}

/// Fetches one page of a selection.
pub async fn fetch<E, C>(
    connection: &C,
    select: Select<E>,
    sort: &SortOrder,
    page: &PageRequest,
) -> Result<RowPage<E::Model>, StoreError>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ConnectionTrait,
{
    let rows = windowed(select, sort, page).all(connection).await?;
    Ok(to_page(rows, page))
}

/// A selection narrowed to one page, its order, and one row more that tells whether there are others; from the end in
/// reverse order.
pub fn windowed<E: EntityTrait>(select: Select<E>, sort: &SortOrder, page: &PageRequest) -> Select<E> {
    let mut query = select;
    for (position, forwards) in [(&page.after, true), (&page.before, false)] {
        if let Some(position) = position {
            query = query.filter(beyond(sort, position, forwards));
        }
    }
    let descending = sort.descending != page.from_end;
    let order = if descending { Order::Desc } else { Order::Asc };
    QueryTrait::query(&mut query)
        .order_by_expr_with_nulls(sort.key.clone(), order.clone(), NullOrdering::Last)
        .order_by_expr(sort.id.clone(), order);
    query.limit(page.limit + 1)
}

/// The page out of what [`windowed`] found.
#[expect(clippy::missing_panics_doc, reason = "a page fits into memory")]
pub fn to_page<M>(mut rows: Vec<M>, page: &PageRequest) -> RowPage<M> {
    let limit = usize::try_from(page.limit).expect("a page fits into memory");
    let more = rows.len() > limit;
    rows.truncate(limit);
    if page.from_end {
        rows.reverse();
        RowPage { rows, has_previous: more, has_next: page.before.is_some() }
    } else {
        RowPage { rows, has_previous: page.after.is_some(), has_next: more }
    }
}

/// Rows on one side of a position.
fn beyond(sort: &SortOrder, position: &RowPosition, forwards: bool) -> Condition {
    let key = match &position.key {
        SortKey::Whole(value) => Expr::val(*value),
        SortKey::Real(value) => Expr::val(*value),
        SortKey::Text(value) => Expr::val(value.clone()),
    };
    let id = Expr::val(position.id);
    let (key_beyond, id_beyond) = if forwards == sort.descending {
        (sort.key.clone().lt(key.clone()), sort.id.clone().lt(id))
    } else {
        (sort.key.clone().gt(key.clone()), sort.id.clone().gt(id))
    };
    Condition::any().add(key_beyond).add(Condition::all().add(sort.key.clone().eq(key)).add(id_beyond))
}

/// Counts the rows of a selection.
pub async fn count<E, C>(connection: &C, select: Select<E>) -> Result<u64, StoreError>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ConnectionTrait,
{
    use sea_orm::PaginatorTrait;
    Ok(select.count(connection).await?)
}
