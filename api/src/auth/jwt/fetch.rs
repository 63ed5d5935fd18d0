//! One HTTP GET of a small document: no redirects, no cookies, no proxy, bounded in time and size.

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

/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum JwksFetchError {
    /// The URL names no host that can be asked.
    #[error("the URL has no usable host")]
    Host,
    /// There is no connection.
    #[error("no connection: {0}")]
    Connection(#[from] std::io::Error),
    /// Encryption cannot be set up on this machine.
    #[error("no encryption: {0}")]
    Encryption(#[from] rustls::Error),
    /// The other side speaks no HTTP, or stopped speaking.
    #[error("no answer by HTTP: {0}")]
    Http(#[from] hyper::Error),
    /// The answer is another one than "here it is".
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// The answer broke off or is too large.
    #[error("the answer breaks off, or has more than {MAX_DOCUMENT_BYTES} bytes")]
    Body,
    /// It took too long.
    #[error("no answer within {} seconds", TIMEOUT.as_secs())]
    Timeout,
}

/// The document at a URL.
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
    let response = sender.send_request(request).await?;
    if response.status() != StatusCode::OK {
        return Err(JwksFetchError::Status(response.status()));
    }
    let body =
        Limited::new(response.into_body(), MAX_DOCUMENT_BYTES).collect().await.map_err(|_| JwksFetchError::Body)?;
    connection.abort();
    Ok(body.to_bytes().to_vec())
}
