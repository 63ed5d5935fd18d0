//! Keyset paging: a page is requested by the sort key and id of its neighbour, never by an offset.

use std::hash::{Hash, Hasher};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, NullOrdering, Order, SimpleExpr};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select};

use super::StoreError;

/// The sort key of a row.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortKey {
    /// A whole number: an id, a day, a timestamp.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// A text, in the order of the database.
    Text(String),
}

/// Real keys are finite, so that equality is reflexive.
impl Eq for SortKey {}

impl Hash for SortKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Whole(value) => value.hash(state),
            // Zeros of either sign are equal, so they need one hash.
            Self::Real(value) => (value + 0.0).to_bits().hash(state),
            Self::Text(value) => value.hash(state),
        }
    }
}

/// The position of a row in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RowPosition {
    /// The sort key of the row.
    pub key: SortKey,
    /// The id of the row, which breaks ties.
    pub id: i64,
}

/// Which rows of a sorted list are requested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The greatest number of rows.
    pub limit: u64,
    /// Only rows after this position.
    pub after: Option<RowPosition>,
    /// Only rows before this position.
    pub before: Option<RowPosition>,
    /// True for the last rows instead of the first ones.
    pub from_end: bool,
}

/// How a list is sorted.
#[derive(Clone, Debug)]
pub struct SortOrder {
    /// The expression of the sort key; never NULL.
    pub key: SimpleExpr,
    /// The expression of the id.
    pub id: SimpleExpr,
    /// True for the greatest first.
    pub descending: bool,
}

/// One page of rows, in the order of the list.
#[derive(Clone, Debug)]
pub struct RowPage<M> {
    /// At most as many as were requested.
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

/// A selection restricted to one page and sorted, with one row more, which shows whether others follow; from the end in
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

/// Makes a page of the rows that a selection of [`windowed`] returned.
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

/// The rows on one side of a position.
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
