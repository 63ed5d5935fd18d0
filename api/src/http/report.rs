//! `GET /report`: the report, for clients with a session or a token.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::Day;
use jobs::report::{ReportError, ReportForm, ReportRequest, STYLE, compile, to_html, to_markdown};
use needle_analytics::analytics_cache::AnalyticsError;
use sha2::{Digest as _, Sha256};

use super::accept::MediaType;
use super::credential::Principal;
use super::reply::HttpRefusal;
use super::session;
use super::state::ServerState;
use crate::auth::Viewer;
use crate::graphql::access::Permission;
use crate::graphql::error::{ApiError, ErrorCode};

/// The content security policy: nothing is loaded or executed; the only style sheet is allowed by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// What a report costs of the viewer's budget, in points: it reads about as much as the scoreboard and the record do.
const COST: u64 = 5_000;

/// The parameters of the query string.
#[derive(Debug, PartialEq, Eq)]
struct ReportParameters {
    as_of: Option<Day>,
    form: ReportForm,
    is_markdown: bool,
}

/// `GET /report?as_of=DATE&form=weekly|brief|friday&format=html|md`.
pub async fn get(State(state): State<ServerState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response<Body> {
    let outcome = async {
        let viewer = viewer(&state, &headers).await?;
        viewer.check(Permission::Read).map_err(|error| forbidden(&error))?;
        let parameters = parse_parameters(query.as_deref().unwrap_or_default()).map_err(bad_request)?;
        reply(&state, &viewer, &parameters).await
    };
    outcome.await.unwrap_or_else(|refused: HttpRefusal| {
        state.api.metrics().error(refused.code.name());
        refused.reply(MediaType::Json)
    })
}

/// The viewer, by a token, or by a session without its CSRF token: reading a page changes nothing, and other sites
/// cannot read a reply to a request that they make a browser send.
async fn viewer(state: &ServerState, headers: &HeaderMap) -> Result<Viewer, HttpRefusal> {
    if headers.contains_key(AUTHORIZATION) {
        return Ok(Principal::of_request(state, headers).await?.viewer);
    }
    if let Some(secret) = session::secret(headers)
        && let Some(viewer) = session::viewer(state, secret).await?
    {
        return Ok(viewer);
    }
    Ok(Principal::anonymous(state)?.viewer)
}

async fn reply(
    state: &ServerState,
    viewer: &Viewer,
    parameters: &ReportParameters,
) -> Result<Response<Body>, HttpRefusal> {
    let cost = COST.min(state.api.settings().limits.cost);
    let charged = state.api.budgets().charge(&viewer.name, cost, state.api.job_context().clock.now());
    charged.map_err(|exceeded| {
        let error = exceeded.error(state.api.settings().limits.cost_per_second);
        HttpRefusal::new(StatusCode::TOO_MANY_REQUESTS, error.message)
            .with_code(ErrorCode::LimitExceeded)
            .with_header(RETRY_AFTER, HeaderValue::from(exceeded.retry_after_seconds))
    })?;
    let suppress_below = state.api.settings().suppress_below;
    let audience = viewer.audience(suppress_below);
    let request = ReportRequest { as_of: parameters.as_of, form: parameters.form, audience };
    let timeout = state.api.settings().query_timeout;
    let late =
        |_| HttpRefusal::new(StatusCode::GATEWAY_TIMEOUT, "the report took too long").with_code(ErrorCode::Timeout);
    let work = async {
        let analytics = state.api.current_analytics().await?;
        let report = compile(state.api.job_context(), analytics, request).await?;
        Ok(if parameters.is_markdown { to_markdown(&report, None) } else { to_html(&report, None)? })
    };
    let text = tokio::time::timeout(timeout, work).await.map_err(late)?.map_err(refusal_of)?;
    let media_type = if parameters.is_markdown { "text/markdown; charset=utf-8" } else { "text/html; charset=utf-8" };
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "authorization, cookie"),
    ];
    Ok((headers, text).into_response())
}

fn parse_parameters(query: &str) -> Result<ReportParameters, String> {
    let mut parameters = ReportParameters { as_of: None, form: ReportForm::Weekly, is_markdown: false };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value) {
            ("form", "weekly") => parameters.form = ReportForm::Weekly,
            ("form", "brief") => parameters.form = ReportForm::Brief,
            ("form", "friday") => parameters.form = ReportForm::Friday,
            ("form", _) => return Err("form: expected weekly, brief or friday".to_owned()),
            ("format", "html") => parameters.is_markdown = false,
            ("format", "md") => parameters.is_markdown = true,
            ("format", _) => return Err("format: expected html or md".to_owned()),
            ("as_of", day) => {
                let day = day.parse().map_err(|_| "as_of: expected a date like 2027-01-04".to_owned())?;
                parameters.as_of = Some(day);
            }
            _ => return Err("expected only the parameters as_of, form and format".to_owned()),
        }
    }
    Ok(parameters)
}

fn refusal_of(error: ReportError) -> HttpRefusal {
    match error {
        ReportError::Future { .. } => bad_request(error.to_string()),
        ReportError::Store(error) | ReportError::Figures(AnalyticsError::Store(error)) => {
            tracing::error!(%error, "a report could not be made");
            HttpRefusal::of_store(&error)
        }
        error => {
            tracing::error!(%error, "a report could not be made");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(ErrorCode::Internal)
        }
    }
}

fn bad_request(message: String) -> HttpRefusal {
    HttpRefusal::new(StatusCode::BAD_REQUEST, message)
}

fn forbidden(error: &ApiError) -> HttpRefusal {
    HttpRefusal::new(StatusCode::FORBIDDEN, error.to_string()).with_code(ErrorCode::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_are_parsed_and_others_are_refused() {
        let day = "2026-11-23".parse().expect("a day");
        let expected = ReportParameters { as_of: Some(day), form: ReportForm::Friday, is_markdown: true };
        assert_eq!(parse_parameters("as_of=2026-11-23&form=friday&format=md"), Ok(expected));
        assert_eq!(
            parse_parameters(""),
            Ok(ReportParameters { as_of: None, form: ReportForm::Weekly, is_markdown: false })
        );
        for (query, name) in
            [("as_of=today", "as_of"), ("form=", "form"), ("format=pdf", "format"), ("x=1", "expected")]
        {
            assert!(parse_parameters(query).is_err_and(|message| message.starts_with(name)), "{query}");
        }
    }
}
