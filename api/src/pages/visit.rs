//! One request for a page: the visitor, identified by the session, and the submitted fields.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response};
use axum::response::IntoResponse as _;
use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::token::Role;

use super::problem::{PageProblem, capitalised};
use super::reply::see_other;
use crate::auth::Viewer;
use crate::auth::session::is_csrf_token;
use crate::graphql::access::Permission;
use crate::graphql::role_name;
use crate::http::form::{FORM_TYPE, FormFields, content_type};
use crate::http::observe::RequestLog;
use crate::http::{ServerState, csrf, session};

/// The most bytes of a form: more than the longest texts that a decision may have.
const FORM_LIMIT_BYTES: usize = 256 * 1_024;

/// One request for a page. Without a session, it reads as the anonymous viewer or is redirected to sign in.
pub struct PageVisit {
    pub state: ServerState,
    pub log: Arc<RequestLog>,
    /// The viewer that the documents of the page are executed as.
    pub viewer: Viewer,
    /// The CSRF token of the session, which every form sends; `None` for a reader who is not signed in.
    pub csrf_token: Option<String>,
    /// The path of the URL.
    pub path: String,
    /// The parameters of the URL.
    pub fields: FormFields,
    headers: HeaderMap,
}

impl PageVisit {
    /// Whether the role may log decisions and start recomputes; the API decides, the pages only choose what to offer.
    pub fn may_decide(&self) -> bool {
        self.csrf_token.is_some() && matches!(self.viewer.role, Role::Leader | Role::Admin)
    }

    /// Whether the role may read single responses, and so what customers wrote.
    pub fn may_read_responses(&self) -> bool {
        self.viewer.may(Permission::ReadResponses)
    }

    /// The role in lower case.
    pub fn role(&self) -> String {
        role_name(self.viewer.role).to_lowercase()
    }

    /// Today, in the reporting time zone.
    pub fn today(&self) -> NaiveDate {
        let job_context = self.state.api.job_context();
        job_context.calendar.get().day_of(job_context.clock.now()).to_date()
    }

    /// The reporting time zone.
    pub fn zone(&self) -> Tz {
        self.state.api.job_context().calendar.get().zone
    }

    /// The URL of this page with another value of one parameter.
    pub fn address_with(&self, name: &str, value: &str) -> String {
        self.fields.with(name, value).address(&self.path)
    }

    /// Refuses a form that was not sent by a page of this visitor's own session.
    pub fn check_own(&self, fields: &FormFields) -> Result<(), PageProblem> {
        let secret = session::secret(&self.headers);
        let is_own = secret.is_some_and(|secret| is_csrf_token(secret, fields.typed("csrf")));
        match self.csrf_token {
            None => Err(PageProblem::forbidden("Sign in to make changes.")),
            Some(_) if is_own => Ok(()),
            Some(_) => Err(PageProblem::forbidden("This form was opened in an earlier session.")),
        }
    }
}

/// The fields of a form that one of our pages sent. Refuses forms of other sites, other content types and long ones.
pub async fn form(headers: &HeaderMap, body: Body) -> Result<FormFields, PageProblem> {
    csrf::check_origin(headers).map_err(|refused| PageProblem::forbidden(capitalised(&refused.message)))?;
    if content_type(headers) != FORM_TYPE {
        return Err(PageProblem::bad_request("Expected the fields of a form."));
    }
    let bytes = to_bytes(body, FORM_LIMIT_BYTES).await;
    Ok(FormFields::read(&bytes.map_err(|_| PageProblem::bad_request("The form is too long."))?))
}

impl FromRequestParts<ServerState> for PageVisit {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Self::Rejection> {
        let log = parts.extensions.get::<Arc<RequestLog>>().cloned();
        let log = log.ok_or_else(|| PageProblem::internal("").into_response())?;
        let visitor = session::visitor(state, &parts.headers).await;
        let visitor = visitor.map_err(|refused| {
            PageProblem::of_code(refused.code.name(), &refused.message, &log.request_id).into_response()
        })?;
        let (viewer, csrf_token) = match (visitor, &state.anonymous) {
            (Some((viewer, csrf_token)), _) => (viewer, Some(csrf_token)),
            (None, Some(guest)) => (guest.clone(), None),
            (None, None) => return Err(see_other(&sign_in_address(parts))),
        };
        let _ = log.viewer.set(viewer.name.clone());
        Ok(Self {
            state: state.clone(),
            log,
            viewer,
            csrf_token,
            path: parts.uri.path().to_owned(),
            fields: FormFields::read(parts.uri.query().unwrap_or_default().as_bytes()),
            headers: parts.headers.clone(),
        })
    }
}

/// The page to sign in, which returns to this page if it was a GET.
fn sign_in_address(parts: &Parts) -> String {
    let next = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
    let is_home = next == "/" || parts.method != Method::GET;
    FormFields::default().with("next", if is_home { "" } else { next }).address("/sign-in")
}
