//! Parses a GraphQL request out of an HTTP request.

use async_graphql::{Request, Variables};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Query;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body_timeout::is_late;
use super::reply::HttpRefusal;
use crate::graphql::error::ErrorCode;
use crate::graphql::limit::{LimitExceeded, RequestLimits, check_json};

/// A GraphQL request whose document is not resolved yet.
#[derive(Debug)]
pub struct GraphqlBody {
    /// The request: variables and operation name, with an empty document.
    pub request: Request,
    /// The text of the document; `None` when the client sends only its id.
    pub document: Option<String>,
    /// The id of the document: an id of the manifest, or its SHA-256; `None` when the client sends none.
    pub document_id: Option<String>,
}

/// The request in a `POST` with a body of at most `limit_bytes` bytes.
pub async fn read_post(
    headers: &HeaderMap,
    body: Body,
    limit_bytes: usize,
    limits: &RequestLimits,
) -> Result<GraphqlBody, HttpRefusal> {
    check_content_type(headers)?;
    let bytes = read_bytes(headers, body, limit_bytes).await?;
    // One level is the object of the body, which contains the variables.
    check_json(&bytes, 1, limits).map_err(too_deep)?;
    let body = serde_json::from_slice(&bytes).map_err(|error| bad_request(format!("expected a JSON body: {error}")))?;
    match body {
        Value::Object(members) => from_members(members),
        Value::Array(_) => Err(bad_request("expected one request: batches are not executed")),
        _ => Err(bad_request("expected a JSON object with the member \"query\"")),
    }
}

/// The bytes of a body, at most `limit_bytes` of them.
pub async fn read_bytes(headers: &HeaderMap, body: Body, limit_bytes: usize) -> Result<Bytes, HttpRefusal> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if let Some(length) = announced.filter(|length| *length > limit_bytes) {
        return Err(too_large(limit_bytes, length));
    }
    // At most `limit_bytes` are read of a body without `Content-Length`.
    to_bytes(body, limit_bytes)
        .await
        .map_err(|error| if is_late(&error) { late() } else { too_large(limit_bytes, limit_bytes.saturating_add(1)) })
}

/// The request in a `GET`: `variables` and `extensions` are JSON in a string.
pub fn read_get(uri: &Uri, limits: &RequestLimits) -> Result<GraphqlBody, HttpRefusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct GraphqlParameters {
        query: Option<String>,
        operation_name: Option<String>,
        document_id: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    let Query(parameters) = Query::<GraphqlParameters>::try_from_uri(uri)
        .map_err(|error| bad_request(format!("expected URL-encoded parameters: {error}")))?;
    let mut members = Map::new();
    let texts = [
        ("query", parameters.query),
        ("operationName", parameters.operation_name),
        ("documentId", parameters.document_id),
    ];
    for (name, text) in texts {
        members.extend(text.filter(|text| !text.is_empty()).map(|text| (name.to_owned(), Value::from(text))));
    }
    for (name, json) in [("variables", parameters.variables), ("extensions", parameters.extensions)] {
        if let Some(json) = json.filter(|json| !json.is_empty()) {
            check_json(json.as_bytes(), 0, limits).map_err(too_deep)?;
            let value = serde_json::from_str(&json)
                .map_err(|error| bad_request(format!("{name}: expected a JSON object: {error}")))?;
            members.insert(name.to_owned(), value);
        }
    }
    from_members(members)
}

/// The request in a JSON object.
pub fn from_members(mut members: Map<String, Value>) -> Result<GraphqlBody, HttpRefusal> {
    let mut text = |name: &str| match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad_request(format!("{name}: expected a string"))),
    };
    let (document, named) = (text("query")?, text("documentId")?);
    let mut request = Request::new("");
    request.operation_name = text("operationName")?;
    request.variables = match members.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err(bad_request("variables: expected an object")),
    };
    let extensions = match members.remove("extensions") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(extensions)) => extensions,
        Some(_) => return Err(bad_request("extensions: expected an object")),
    };
    let document_id = match (named, extensions.get("persistedQuery")) {
        (None, Some(persisted)) => Some(hash_of(persisted)?),
        (named, _) => named,
    };
    Ok(GraphqlBody { request, document, document_id })
}

/// The hash in `extensions.persistedQuery`.
fn hash_of(persisted: &Value) -> Result<String, HttpRefusal> {
    let expected = || bad_request("extensions.persistedQuery: expected {\"version\": 1, \"sha256Hash\": \"...\"}");
    let hash = persisted.get("sha256Hash").and_then(Value::as_str).ok_or_else(expected)?;
    if persisted.get("version").and_then(Value::as_u64) == Some(1) { Ok(hash.to_owned()) } else { Err(expected()) }
}

/// Accepts JSON only: any web page could send a form or plain text without a CORS preflight.
fn check_content_type(headers: &HeaderMap) -> Result<(), HttpRefusal> {
    let unsupported =
        || HttpRefusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "expected the content type application/json in UTF-8");
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(unsupported)?;
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    if parts.next().as_deref() != Some("application/json") {
        return Err(unsupported());
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    if charset.is_none_or(|charset| charset == "utf-8" || charset == "utf8") { Ok(()) } else { Err(unsupported()) }
}

fn late() -> HttpRefusal {
    HttpRefusal::new(StatusCode::REQUEST_TIMEOUT, "the body of the request did not arrive in time")
        .with_code(ErrorCode::Timeout)
}

fn bad_request(message: impl Into<String>) -> HttpRefusal {
    HttpRefusal::new(StatusCode::BAD_REQUEST, message)
}

fn too_deep(exceeded: LimitExceeded) -> HttpRefusal {
    HttpRefusal::limit_exceeded(StatusCode::BAD_REQUEST, exceeded)
}

fn too_large(limit_bytes: usize, found: usize) -> HttpRefusal {
    let (maximum, found) = (limit_bytes as u64, found as u64);
    let exceeded = LimitExceeded { limit: "body_limit_bytes", noun: "bytes in its body", maximum, found };
    HttpRefusal::limit_exceeded(StatusCode::PAYLOAD_TOO_LARGE, exceeded)
}
