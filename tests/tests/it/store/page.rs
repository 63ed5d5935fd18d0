//! Fetching a list page by page, as clients do.

use entity::store::page::{PageRequest, RowPage, RowPosition};

/// Page sizes below, at and above the number of rows.
pub const LIMITS: [u64; 5] = [1, 3, 7, 40, 100];

/// Every row of a list, in its order, fetched by pages from its start or from its end.
pub async fn walk<M>(
    fetch: impl AsyncFn(PageRequest) -> RowPage<M>,
    position: impl Fn(&M) -> RowPosition,
    limit: u64,
    from_end: bool,
) -> Vec<M> {
    let mut walked: Vec<M> = Vec::new();
    for _ in 0..1_000 {
        let neighbour = if from_end { walked.first() } else { walked.last() }.map(&position);
        let is_first = neighbour.is_none();
        let (after, before) = if from_end { (None, neighbour) } else { (neighbour, None) };
        let page = fetch(PageRequest { limit, after, before, from_end }).await;
        assert!(page.rows.len() as u64 <= limit, "a page of {} where {limit} were requested", page.rows.len());
        let (behind, ahead) =
            if from_end { (page.has_next, page.has_previous) } else { (page.has_previous, page.has_next) };
        assert_eq!(behind, !is_first, "a page must show whether rows lie behind it");
        if from_end {
            walked.splice(0..0, page.rows);
        } else {
            walked.extend(page.rows);
        }
        if !ahead {
            return walked;
        }
    }
    panic!("the walk does not end");
}

/// Fetches the whole list in one page and checks that every walk returns the same rows in the same order.
pub async fn same_rows_by_every_walk<M: PartialEq + std::fmt::Debug>(
    fetch: impl AsyncFn(PageRequest) -> RowPage<M>,
    position: impl Fn(&M) -> RowPosition,
) -> Vec<M> {
    let whole = fetch(PageRequest { limit: 100_000, ..PageRequest::default() }).await;
    assert!(!whole.has_previous && !whole.has_next);
    for limit in LIMITS {
        for from_end in [false, true] {
            let walked = walk(&fetch, &position, limit, from_end).await;
            assert_eq!(walked, whole.rows, "pages of {limit}, from the end: {from_end}");
        }
    }
    whole.rows
}
