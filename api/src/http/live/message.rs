//! Parses and writes the messages of `graphql-transport-ws`.

use async_graphql::ServerError;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::close::CloseReason;
use crate::http::credential::{Credential, Principal};
use crate::http::reply::HttpRefusal;
use crate::http::state::ServerState;
use crate::http::{csrf, session};

/// The maximum length of an operation's id, in bytes.
const ID_LIMIT: usize = 255;

/// A message from a client.
#[derive(Debug, PartialEq)]
pub enum ClientMessage {
    /// Authenticates the connection; the payload may contain the headers of a request.
    ConnectionInit(Map<String, Value>),
    /// Requests a `pong` with the same payload.
    Ping(Option<Value>),
    /// The reply to a ping.
    Pong,
    /// Starts an operation: the client's id for it, and the GraphQL request.
    Subscribe(String, Map<String, Value>),
    /// Ends the operation with this id.
    Complete(String),
}

impl ClientMessage {
    /// Parses a message; the error is the reason to close the websocket.
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

/// The principal, by the headers of the upgrade and the payload of `connection_init`. A browser sends cookies whichever
/// site made it connect, so a session's cookie is accepted only from a page of ours and together with the CSRF token.
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

/// The message `connection_ack`.
pub fn connection_ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// The message `pong`, with the payload of the ping.
pub fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }),
        None => json!({ "type": "pong" }),
    }
    .to_string()
}

/// The message `next` with a GraphQL result, which is serialised already.
pub fn next(id: &str, response: &str) -> String {
    // The result is inserted as text and not parsed again.
    format!("{{\"type\":\"next\",\"id\":{},\"payload\":{response}}}", Value::from(id))
}

/// The message `error`, which ends the operation.
pub fn error(id: &str, errors: &[ServerError]) -> String {
    json!({ "type": "error", "id": id, "payload": errors }).to_string()
}

/// The message `complete`, which ends the operation.
pub fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_outside_the_protocol_are_refused_with_4400() {
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
