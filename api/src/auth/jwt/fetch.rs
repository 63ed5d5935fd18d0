//! One HTTP GET of a small document, without redirects, cookies or proxy, and with limits on time and size.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, HOST, USER_AGENT};
use axum::http::uri::Authority;
use axum::http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jobs::outbound::{CONNECTOR, HttpDestination};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::source::MAX_DOCUMENT_BYTES;

/// The time limit of a fetch, from connecting to the end of the body.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum JwksFetchError {
    /// The URL contains no host that can be connected to.
    #[error("the URL has no usable host")]
    Host,
    /// The connection failed.
    #[error("no connection: {0}")]
    Connection(#[from] std::io::Error),
    /// TLS cannot be set up on this machine.
    #[error("no encryption: {0}")]
    Encryption(#[from] rustls::Error),
    /// The other side sent no valid HTTP reply, or closed the connection.
    #[error("no HTTP reply: {0}")]
    Http(#[from] hyper::Error),
    /// The reply has another status than 200.
    #[error("the reply has status {0}")]
    Status(StatusCode),
    /// The reply is incomplete or too large.
    #[error("the reply is incomplete, or has more than {MAX_DOCUMENT_BYTES} bytes")]
    Body,
    /// The reply was not complete within the time limit.
    #[error("no reply within {} seconds", TIMEOUT.as_secs())]
    Timeout,
}

/// Fetches the document at a URL.
pub async fn get(uri: &Uri) -> Result<Vec<u8>, JwksFetchError> {
    tokio::time::timeout(TIMEOUT, connect_and_fetch(uri)).await.unwrap_or(Err(JwksFetchError::Timeout))
}

async fn connect_and_fetch(uri: &Uri) -> Result<Vec<u8>, JwksFetchError> {
    let HttpDestination { host, port, is_encrypted } = HttpDestination::of(uri).ok_or(JwksFetchError::Host)?;
    let stream = TcpStream::connect((host, port)).await?;
    if !is_encrypted {
        return send_request(stream, uri).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| JwksFetchError::Host)?;
    let connector = CONNECTOR.as_ref().map_err(Clone::clone)?;
    send_request(connector.connect(name, stream).await?, uri).await
}

async fn send_request(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    uri: &Uri,
) -> Result<Vec<u8>, JwksFetchError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map(Authority::as_str).unwrap_or_default();
    let request = Request::get(path)
        .header(HOST, host)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(USER_AGENT, concat!("needle/", env!("CARGO_PKG_VERSION")))
        .body(Body::empty())
        .map_err(|_| JwksFetchError::Host)?;
    let reply = sender.send_request(request).await?;
    if reply.status() != StatusCode::OK {
        return Err(JwksFetchError::Status(reply.status()));
    }
    let body = Limited::new(reply.into_body(), MAX_DOCUMENT_BYTES).collect().await.map_err(|_| JwksFetchError::Body)?;
    connection.abort();
    Ok(body.to_bytes().to_vec())
}
