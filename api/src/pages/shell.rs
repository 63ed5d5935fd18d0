//! What all pages share: who is signed in, where one can go, and what the page has asked.

use super::ask::PageQuery;
use super::asset::Assets;
use super::visit::Visit;

/// Where one can go: the address and its name. A new page adds its line here.
const PLACES: [(&str, &str); 6] = [
    ("/", "Scoreboard"),
    ("/segments", "Segments"),
    ("/slices", "Slices"),
    ("/record", "Record"),
    ("/report", "Report"),
    ("/runs", "Runs"),
];

/// One entry of the navigation.
pub struct Place {
    pub address: &'static str,
    pub name: &'static str,
    pub is_current: bool,
}

/// The frame of a page.
pub struct Shell {
    pub title: String,
    pub places: Vec<Place>,
    pub viewer: String,
    pub role: String,
    pub csrf_token: Option<String>,
    pub may_decide: bool,
    pub asked: Vec<PageQuery>,
    pub assets: Assets,
    pub has_graphiql: bool,
}

impl Shell {
    /// The frame of a page in one of the places; `asked` is shown at its foot.
    pub fn new(visit: &Visit, title: impl Into<String>, place: &str, documents: Vec<PageQuery>) -> Self {
        let entry = |(address, name)| Place { address, name, is_current: address == place };
        Self {
            title: title.into(),
            places: PLACES.into_iter().map(entry).collect(),
            viewer: visit.viewer.name.clone(),
            role: visit.role(),
            csrf_token: visit.csrf_token.clone(),
            may_decide: visit.may_decide(),
            asked: documents,
            assets: Assets,
            has_graphiql: visit.state.access.graphiql,
        }
    }
}
