//! What all pages share: who is signed in, where one can go, and what the page has asked.

use super::asset::PageAssets;
use super::query::PageQuery;
use super::visit::PageVisit;

/// Where one can go: the address and its name. A new page adds its line here.
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

/// The frame of a page.
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
    /// The frame of a page in one of the places; `asked` is shown at its foot.
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
