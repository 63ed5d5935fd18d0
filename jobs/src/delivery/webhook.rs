//! An incoming webhook of Slack, Mattermost and others: one POST of JSON. Its address is a secret.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;

use super::{SecretText, SendError};
use crate::outbound::{CONNECTOR, HttpDestination};

/// The timeout of each step: connecting, the handshakes, and the reply.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How many bytes of a reply's body are read.
const LARGEST_REPLY_BYTES: usize = 4_096;

/// The longest pause that a receiver may request.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// The webhook that messages are posted to.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSender {
    url: SecretText,
    uri: Uri,
}

/// The address of a webhook is not valid. The message contains no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address that starts with https:// or http:// and names a host")]
pub struct WebhookError;

impl std::fmt::Debug for WebhookSender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Webhook").field("host", &self.host()).finish_non_exhaustive()
    }
}

impl WebhookSender {
    /// The webhook at an address; an error when it has no host, another scheme, or credentials.
    pub fn new(url: SecretText) -> Result<Self, WebhookError> {
        let uri: Uri = url.reveal().parse().map_err(|_| WebhookError)?;
        let is_http = uri.scheme_str().is_some_and(|scheme| ["https", "http"].contains(&scheme));
        if !is_http
            || uri.host().is_none_or(str::is_empty)
            || uri.authority().is_some_and(|one| one.as_str().contains('@'))
        {
            return Err(WebhookError);
        }
        Ok(Self { url, uri })
    }

    /// The host, which is not secret.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// The whole address, to compare it with another.
    pub fn url(&self) -> &SecretText {
        &self.url
    }

    /// Posts a message and checks the reply.
    pub async fn send(&self, message: &Value) -> Result<(), SendError> {
        let nowhere = || SendError::Refused("no such host".to_owned());
        let HttpDestination { host, port, is_encrypted } = HttpDestination::of(&self.uri).ok_or_else(nowhere)?;
        let late = |_| retry_later("no connection in time");
        let stream = tokio::time::timeout(TIMEOUT, TcpStream::connect((host, port))).await.map_err(late)?;
        let stream = stream.map_err(|error| retry_later(&format!("no connection: {error}")))?;
        if !is_encrypted {
            return self.post(stream, message).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| nowhere())?;
        let connector = CONNECTOR.as_ref().map_err(|error| retry_later(&format!("no encryption: {error}")))?;
        let stream = tokio::time::timeout(TIMEOUT, connector.connect(name, stream)).await.map_err(late)?;
        self.post(stream.map_err(|error| retry_later(&format!("no encryption: {error}")))?, message).await
    }

    async fn post(
        &self,
        stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
        message: &Value,
    ) -> Result<(), SendError> {
        let connected = tokio::time::timeout(TIMEOUT, http1::handshake(TokioIo::new(stream))).await;
        let connected = connected.map_err(|_| retry_later("no connection in time"))?;
        let (mut sender, connection) = connected.map_err(|error| retry_later(&format!("no connection: {error}")))?;
        let connection = tokio::spawn(connection);
        let request = Request::post(self.uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(HOST, self.uri.authority().map_or("", |authority| authority.as_str()))
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(USER_AGENT, concat!("needle/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(message.to_string())))
            .map_err(|_| SendError::Refused("the address cannot be requested".to_owned()))?;
        // From here on the receiver may accept the message although its reply never arrives.
        let reply = tokio::time::timeout(TIMEOUT, sender.send_request(request)).await;
        let reply = reply
            .map_err(|_| SendError::Uncertain(format!("no reply within {} seconds", TIMEOUT.as_secs())))?
            .map_err(|error| SendError::Uncertain(format!("the connection broke before a reply arrived: {error}")))?;
        let (head, body) = reply.into_parts();
        let body = tokio::time::timeout(TIMEOUT, Limited::new(body, LARGEST_REPLY_BYTES).collect()).await;
        let body_text = body.ok().and_then(Result::ok).map(|body| body.to_bytes().to_vec()).unwrap_or_default();
        connection.abort();
        let pause = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        check_reply(head.status, &String::from_utf8_lossy(&body_text), pause.map(Duration::from_secs))
    }
}

/// Whether the message was accepted, by the status and the body of the reply.
fn check_reply(status: StatusCode, body: &str, pause: Option<Duration>) -> Result<(), SendError> {
    let excerpt: String =
        body.chars().map(|character| if character.is_control() { ' ' } else { character }).take(200).collect();
    let why = if excerpt.trim().is_empty() {
        format!("the reply is {status}")
    } else {
        format!("the reply is {status}: {excerpt}")
    };
    match status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 => Err(SendError::NotYet(why, pause.map(|pause| pause.min(LONGEST_PAUSE)))),
        // A gateway did not wait for the receiver's reply.
        504 => Err(SendError::Uncertain(why)),
        500..=599 => Err(SendError::NotYet(why, pause.map(|pause| pause.min(LONGEST_PAUSE)))),
        _ => Err(SendError::Refused(why)),
    }
}

fn retry_later(why: &str) -> SendError {
    SendError::NotYet(why.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_host_and_is_not_shown() {
        let webhook = WebhookSender::new(SecretText::from("https://hooks.example.org/services/T0/B0/hunter2"))
            .expect("a webhook");
        assert_eq!(webhook.host(), "hooks.example.org");
        assert!(!format!("{webhook:?}").contains("hunter2"));
        for wrong in ["", "hooks.example.org/x", "ftp://hooks.example.org", "https:///x", "https://a:b@example.org/"] {
            assert_eq!(WebhookSender::new(SecretText::from(wrong)).err(), Some(WebhookError), "{wrong}");
        }
    }

    #[test]
    fn a_reply_says_whether_to_try_again() {
        let check = |status: u16, pause: Option<u64>| {
            check_reply(StatusCode::from_u16(status).expect("a status"), "no_service", pause.map(Duration::from_secs))
        };
        assert_eq!(check(204, None), Ok(()));
        assert!(matches!(check(500, None), Err(SendError::NotYet(why, None)) if why.contains("no_service")));
        assert!(matches!(check(429, Some(7)), Err(SendError::NotYet(_, Some(pause))) if pause.as_secs() == 7));
        assert!(matches!(check(503, Some(1 << 40)), Err(SendError::NotYet(_, Some(pause))) if pause == LONGEST_PAUSE));
        assert!(matches!(check(504, None), Err(SendError::Uncertain(_))));
        for refused in [301, 400, 404, 410] {
            assert!(matches!(check(refused, None), Err(SendError::Refused(_))), "{refused}");
        }
    }
}
