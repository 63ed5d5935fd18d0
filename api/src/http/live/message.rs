//! The messages of `graphql-transport-ws`, read and written.

use async_graphql::ServerError;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::close::CloseReason;
use crate::http::credential::{Credential, Principal};
use crate::http::reply::HttpRefusal;
use crate::http::state::ServerState;
use crate::http::{csrf, session};

/// The most bytes in the name of an operation.
const ID_LIMIT: usize = 255;

/// A message of a client.
#[derive(Debug, PartialEq)]
pub enum ClientMessage {
    /// Who asks.
    ConnectionInit(Map<String, Value>),
    /// Whether anybody is there; the payload goes back.
    Ping(Option<Value>),
    /// Somebody is there.
    Pong,
    /// An operation, under the client's name for it.
    Subscribe(String, Map<String, Value>),
    /// No more of an operation.
    Complete(String),
}

impl ClientMessage {
    /// Reads a message.
    pub fn parse(text: &str) -> Result<Self, CloseReason> {
        let bad = CloseReason::BadMessage;
        let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
            return Err(bad("expected a JSON object"));
        };
        let kind = members.remove("type");
        let payload = members.remove("payload");
        let id = match members.remove("id") {
            Some(Value::String(id)) if (1..=ID_LIMIT).contains(&id.len()) => Ok(id),
            _ => Err(bad("expected an id of 1 to 255 bytes")),
        };
        let object = |payload| match payload {
            Some(Value::Object(members)) => Some(members),
            None | Some(Value::Null) => Some(Map::new()),
            Some(_) => None,
        };
        match kind.as_ref().and_then(Value::as_str) {
            Some("connection_init") => {
                object(payload).map(Self::ConnectionInit).ok_or(bad("expected an object as payload"))
            }
            Some("ping") => match payload {
                None | Some(Value::Object(_) | Value::Null) => Ok(Self::Ping(payload)),
                Some(_) => Err(bad("expected an object as payload")),
            },
            Some("pong") => Ok(Self::Pong),
            Some("subscribe") => match payload {
                Some(Value::Object(payload)) => Ok(Self::Subscribe(id?, payload)),
                _ => Err(bad("expected an object as payload")),
            },
            Some("complete") => Ok(Self::Complete(id?)),
            _ => Err(bad("expected a type of graphql-transport-ws")),
        }
    }
}

/// Who speaks, by what came with the upgrade and with `connection_init`. A cookie, which a browser sends along whoever made
/// it connect, counts only from a page of ours and together with the session's second token.
pub async fn principal(
    state: &ServerState,
    headers: &HeaderMap,
    payload: &Map<String, Value>,
) -> Result<Principal, HttpRefusal> {
    let text = |wanted: &str| {
        let found = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str().unwrap_or_default())
    };
    let header = || headers.get("authorization").map(|value| value.to_str().unwrap_or_default());
    if let Some(authorization) = text("authorization").or_else(header) {
        return Principal::of_authorization(state, authorization).await;
    }
    let Some(secret) = session::secret(headers) else { return Principal::anonymous(state) };
    let Some(viewer) = session::viewer(state, secret).await? else { return Principal::anonymous(state) };
    csrf::check_origin(headers)?;
    csrf::check_token(secret, text(csrf::CSRF_HEADER.as_str()).unwrap_or_default())?;
    Ok(Principal { viewer, credential: Credential::Session(secret.to_owned()) })
}

/// `connection_ack`.
pub fn connection_ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// `pong`, with what came with the ping.
pub fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }),
        None => json!({ "type": "pong" }),
    }
    .to_string()
}

/// `next`.
pub fn next(id: &str, response: &str) -> String {
    // The response is JSON already and is not read again.
    format!("{{\"type\":\"next\",\"id\":{},\"payload\":{response}}}", Value::from(id))
}

/// `error`.
pub fn error(id: &str, errors: &[ServerError]) -> String {
    json!({ "type": "error", "id": id, "payload": errors }).to_string()
}

/// `complete`.
pub fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_of_the_protocol_is_refused_with_4400() {
        for text in [
            "",
            "1",
            "[]",
            "{}",
            "null",
            r#"{"type": 1}"#,
            r#"{"type": "start", "id": "1"}"#,
            r#"{"type": "subscribe"}"#,
            r#"{"type": "subscribe", "id": "1"}"#,
            r#"{"type": "subscribe", "id": "", "payload": {}}"#,
            r#"{"type": "subscribe", "id": 1, "payload": {}}"#,
            r#"{"type": "complete"}"#,
            r#"{"type": "connection_init", "payload": "x"}"#,
            r#"{"type": "ping", "payload": 1}"#,
            r#"{"type": "connection_ack"}"#,
        ] {
            assert_eq!(ClientMessage::parse(text).expect_err(text).code(), 4400, "{text}");
        }
        assert_eq!(ClientMessage::parse(r#"{"type": "ping"}"#), Ok(ClientMessage::Ping(None)));
        assert_eq!(
            ClientMessage::parse(r#"{"type": "complete", "id": "a"}"#),
            Ok(ClientMessage::Complete("a".to_owned()))
        );
        assert_eq!(next("a\"b", "{}"), r#"{"type":"next","id":"a\"b","payload":{}}"#);
    }
}
