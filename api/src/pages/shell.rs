//! The frame of all pages: the viewer, the navigation, and the documents that the page executed.

use super::asset::PageAssets;
use super::query::PageQuery;
use super::visit::PageVisit;

/// The navigation: addresses with their labels. A new page adds its line here.
const NAVIGATION: [(&str, &str); 6] = [
    ("/", "Scoreboard"),
    ("/segments", "Segments"),
    ("/slices", "Slices"),
    ("/record", "Record"),
    ("/report", "Report"),
    ("/runs", "Runs"),
];

/// One entry of the navigation.
pub struct NavigationItem {
    pub address: &'static str,
    pub name: &'static str,
    pub is_current: bool,
}

/// What the base template shows around a page. Without a `csrf_token` the viewer is not signed in.
pub struct PageShell {
    pub title: String,
    pub navigation: Vec<NavigationItem>,
    pub viewer: String,
    pub role: String,
    pub csrf_token: Option<String>,
    pub may_decide: bool,
    pub documents: Vec<PageQuery>,
    pub assets: PageAssets,
    pub has_graphiql: bool,
}

impl PageShell {
    /// `place` is the entry of the navigation that the page belongs to; `documents` are shown in the footer.
    pub fn new(visit: &PageVisit, title: impl Into<String>, place: &str, documents: Vec<PageQuery>) -> Self {
        let entry = |(address, name)| NavigationItem { address, name, is_current: address == place };
        Self {
            title: title.into(),
            navigation: NAVIGATION.into_iter().map(entry).collect(),
            viewer: visit.viewer.name.clone(),
            role: visit.role(),
            csrf_token: visit.csrf_token.clone(),
            may_decide: visit.may_decide(),
            documents,
            assets: PageAssets,
            has_graphiql: visit.state.access.graphiql,
        }
    }
}
