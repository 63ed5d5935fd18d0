//! Relay connections over keyset paging: arguments, opaque cursors, pages.

use std::borrow::Cow;
use std::cmp::Ordering;

use async_graphql::{Context, Object, OutputType, Result, SimpleObject, TypeName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::review_edition::EditionId;
use entity::store::page::{PageRequest, RowPage, RowPosition, SortKey};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// The number of nodes of a page when the query has neither `first` nor `last`.
pub const DEFAULT_PAGE: u32 = 50;

/// The most nodes of one page.
pub const LARGEST_PAGE: u32 = 1_000;

/// The number of characters of an invalid cursor that an error shows.
const CURSOR_CHARACTERS_SHOWN: usize = 100;

/// The paging arguments of a connection field.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// The number of nodes from the start.
    pub first: Option<i32>,
    /// The cursor after which the page begins.
    pub after: Option<String>,
    /// The number of nodes from the end.
    pub last: Option<i32>,
    /// The cursor before which the page ends.
    pub before: Option<String>,
}

/// The list and order that a connection's cursors belong to: a cursor of another list or order is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorKind {
    /// The name of the list and its order.
    pub of: Cow<'static, str>,
    /// The kind of its sort key.
    pub key: SortKeyKind,
    /// The edition of the published reviews that the list is read from; `None` for a list that does not depend on
    /// reviews.
    pub edition: Option<EditionId>,
}

/// The kind of a sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKeyKind {
    /// A whole number.
    Whole,
    /// A real number.
    Real,
    /// A text.
    Text,
}

#[derive(Serialize, Deserialize)]
struct CursorPayload<'a> {
    of: Cow<'a, str>,
    at: RowPosition,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edition: Option<i64>,
}

impl<'a> CursorPayload<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl CursorKind {
    /// The kind of a list's cursors.
    pub fn new(of: impl Into<Cow<'static, str>>, key: SortKeyKind) -> Self {
        Self { of: of.into(), key, edition: None }
    }

    /// The same for a list that is read from an edition of the published reviews.
    pub fn bound_to(self, edition: Option<EditionId>) -> Self {
        Self { edition, ..self }
    }

    fn encode(&self, at: RowPosition) -> String {
        let cursor = CursorPayload { of: Cow::Borrowed(&self.of), at, edition: self.edition.map(|edition| edition.0) };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("numbers and texts have a JSON form"))
    }

    fn decode(&self, argument: &str, text: &str) -> Result<RowPosition, ApiError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let matches_list =
            |cursor: &CursorPayload<'_>| cursor.of == self.of && cursor.edition.map(EditionId) == self.edition;
        let position = CursorPayload::read(&bytes).filter(matches_list).map(|cursor| cursor.at);
        let fits = |position: &RowPosition| match &position.key {
            SortKey::Whole(_) => self.key == SortKeyKind::Whole,
            SortKey::Real(number) => self.key == SortKeyKind::Real && number.is_finite(),
            SortKey::Text(text) => self.key == SortKeyKind::Text && !text.contains('\0'),
        };
        position.filter(fits).ok_or_else(|| {
            ApiError::BadUserInput(format!(
                "{argument}: expected a cursor of this list in this order, found \"{}\"",
                text.chars().take(CURSOR_CHARACTERS_SHOWN).collect::<String>()
            ))
        })
    }
}

impl PageArguments {
    /// The edition that the cursors were made in; `None` without cursors. An invalid cursor is left to
    /// [`PageArguments::page`], which rejects it.
    pub fn edition(&self) -> Option<EditionId> {
        let of = |text: &String| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            CursorPayload::read(&bytes)?.edition.map(EditionId)
        };
        [&self.after, &self.before].into_iter().flatten().find_map(of)
    }

    /// The page that the arguments request; an error when a number or a cursor is invalid.
    pub fn page(&self, cursors: &CursorKind) -> Result<PageRequest, ApiError> {
        let (argument, requested) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(ApiError::BadUserInput("expected first or last, found both".to_owned()));
            }
            (first, None) => ("first", first),
            (None, last) => ("last", last),
        };
        let limit = match requested {
            None => DEFAULT_PAGE,
            Some(requested) => u32::try_from(requested)
                .map_err(|_| ApiError::BadUserInput(format!("{argument}: expected 0 or more, found {requested}")))?,
        };
        if limit > LARGEST_PAGE {
            let message = format!("{argument}: a page has at most {LARGEST_PAGE} nodes, {limit} were requested");
            return Err(ApiError::LimitExceeded(message));
        }
        let decode = |argument, cursor: &Option<String>| {
            cursor.as_deref().map(|text| cursors.decode(argument, text)).transpose()
        };
        Ok(PageRequest {
            limit: limit.into(),
            after: decode("after", &self.after)?,
            before: decode("before", &self.before)?,
            from_end: self.last.is_some(),
        })
    }
}

/// One page of rows that are in memory already, in the connection's order.
pub fn page_of<M>(
    rows: Vec<M>,
    page: &PageRequest,
    descending: bool,
    position: impl Fn(&M) -> RowPosition,
) -> RowPage<M> {
    let is_beyond = |row: &M, cursor: &RowPosition, forwards: bool| {
        let order = compare(&position(row), cursor);
        order == if forwards == descending { Ordering::Less } else { Ordering::Greater }
    };
    let within = |row: &M| {
        page.after.as_ref().is_none_or(|cursor| is_beyond(row, cursor, true))
            && page.before.as_ref().is_none_or(|cursor| is_beyond(row, cursor, false))
    };
    let mut rows: Vec<M> = rows.into_iter().filter(within).collect();
    let limit = usize::try_from(page.limit).expect("a page fits into memory");
    let more = rows.len() > limit;
    if page.from_end {
        rows.drain(..rows.len().saturating_sub(limit));
        RowPage { rows, has_previous: more, has_next: page.before.is_some() }
    } else {
        rows.truncate(limit);
        RowPage { rows, has_previous: page.after.is_some(), has_next: more }
    }
}

fn compare(left: &RowPosition, right: &RowPosition) -> Ordering {
    let by_key = match (&left.key, &right.key) {
        (SortKey::Whole(left), SortKey::Whole(right)) => left.cmp(right),
        (SortKey::Real(left), SortKey::Real(right)) => left.total_cmp(right),
        (SortKey::Text(left), SortKey::Text(right)) => left.cmp(right),
        // Cursors are checked for their kind of key before they get here.
        _ => Ordering::Equal,
    };
    by_key.then(left.id.cmp(&right.id))
}

type CountFuture = BoxFuture<'static, Result<u64>>;

/// One page of a list.
pub struct Connection<N> {
    edges: Vec<Edge<N>>,
    has_previous: bool,
    has_next: bool,
    count: Box<dyn Fn() -> CountFuture + Send + Sync>,
}

/// One node of a list.
pub struct Edge<N> {
    node: N,
    cursor: String,
}

/// The position of a page in its list.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// True when there are nodes after this page.
    has_next_page: bool,
    /// True when there are nodes before this page.
    has_previous_page: bool,
    /// The cursor of the first node, for `before`; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last node, for `after`; null on an empty page.
    end_cursor: Option<String>,
}

impl<N> Connection<N> {
    /// A page made of its rows. `position` returns the position of a row; `count` counts the whole list, only when a
    /// query selects it.
    pub fn new<M, F>(
        rows: RowPage<M>,
        cursors: &CursorKind,
        position: impl Fn(&M) -> RowPosition,
        node: impl Fn(M) -> N,
        count: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<u64>> + Send + 'static,
    {
        let edge = |row| {
            let cursor = cursors.encode(position(&row));
            Edge { node: node(row), cursor }
        };
        Self {
            has_previous: rows.has_previous,
            has_next: rows.has_next,
            edges: rows.rows.into_iter().map(edge).collect(),
            count: Box::new(move || count().boxed()),
        }
    }

    /// An empty list.
    pub fn empty() -> Self {
        let count = || futures_util::future::ready(Ok(0)).boxed();
        Self { edges: Vec::new(), has_previous: false, has_next: false, count: Box::new(count) }
    }
}

impl<N: OutputType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// One page of a list, in the list's order (the Relay cursor connection specification).
#[Object(name_type)]
impl<N: OutputType + 'static> Connection<N> {
    /// The nodes of the page with their cursors.
    fn edges(&self) -> &[Edge<N>] {
        &self.edges
    }

    /// The nodes of the page.
    fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The position of the page in the list.
    fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// The number of nodes in the whole list. Counted only when it is selected.
    async fn total_count(&self, _context: &Context<'_>) -> Result<u64> {
        (self.count)().await
    }
}

/// One node of a page with its cursor.
#[Object(name_type)]
impl<N: OutputType + 'static> Edge<N> {
    /// The node at this position of the list.
    fn node(&self) -> &N {
        &self.node
    }

    /// The position of the node in the list, for `after` and `before`. Opaque, and valid only in a list of the same
    /// order.
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(of: &'static str) -> CursorKind {
        CursorKind::new(of, SortKeyKind::Whole)
    }

    /// The error for a text that is no cursor of the list.
    fn foreign(text: &str) -> Result<RowPosition, ApiError> {
        Err(ApiError::BadUserInput(format!("after: expected a cursor of this list in this order, found \"{text}\"")))
    }

    #[test]
    fn a_page_has_fifty_nodes_by_default_and_a_thousand_at_most() {
        let limit = |first, last| {
            PageArguments { first, last, ..PageArguments::default() }.page(&kind("runs")).map(|page| page.limit)
        };
        assert_eq!(limit(None, None), Ok(50));
        assert_eq!(limit(Some(1_000), None), Ok(1_000));
        assert!(matches!(limit(Some(1_001), None), Err(ApiError::LimitExceeded(message)) if message.contains("1000")));
        assert!(matches!(limit(None, Some(-1)), Err(ApiError::BadUserInput(_))));
        assert!(matches!(limit(Some(1), Some(1)), Err(ApiError::BadUserInput(_))));
    }

    #[test]
    fn a_cursor_is_valid_for_its_own_list_only() {
        let position = RowPosition { key: SortKey::Whole(7), id: 3 };
        let cursor = kind("runs").encode(position.clone());
        assert_eq!(kind("runs").decode("after", &cursor), Ok(position));
        assert_eq!(kind("segments").decode("after", &cursor), foreign(&cursor));
        assert_eq!(CursorKind::new("runs", SortKeyKind::Text).decode("after", &cursor), foreign(&cursor));
        assert_eq!(kind("runs").decode("after", "bogus"), foreign("bogus"));
    }

    #[test]
    fn a_cursor_of_an_edition_is_valid_for_that_edition_only() {
        let position = RowPosition { key: SortKey::Whole(7), id: 3 };
        let bound = |edition| kind("decisions").bound_to(Some(EditionId(edition)));
        let cursor = bound(4).encode(position.clone());
        assert_eq!(bound(4).decode("after", &cursor), Ok(position));
        assert_eq!(bound(5).decode("after", &cursor), foreign(&cursor));
        assert_eq!(kind("decisions").decode("after", &cursor), foreign(&cursor));
        let paging = PageArguments { before: Some(cursor), ..PageArguments::default() };
        assert_eq!(paging.edition(), Some(EditionId(4)));
        assert_eq!(PageArguments { after: Some("bogus".to_owned()), ..PageArguments::default() }.edition(), None);
    }
}
