//! Connections to other servers: where a URL leads, and whom to trust there.
//!
//! The roots of trust for encrypted connections are those of the machine, which an operator can add to; Mozilla's where
//! the machine has none.

use std::sync::{Arc, LazyLock};

use hyper::Uri;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// Where a URL of HTTP leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpDestination<'a> {
    /// The name or the address of the host, without brackets.
    pub host: &'a str,
    /// The port that is named, or the usual one.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
}

impl<'a> HttpDestination<'a> {
    /// Where a URL leads; `None` when it names no host.
    pub fn of(uri: &'a Uri) -> Option<Self> {
        let is_encrypted = uri.scheme_str() == Some("https");
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        Some(Self { host, port, is_encrypted })
    }
}

/// What encrypts a connection.
pub static CONNECTOR: LazyLock<Result<TlsConnector, rustls::Error>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let builder =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    Ok(TlsConnector::from(Arc::new(builder?.with_root_certificates(roots).with_no_client_auth())))
});

/// True when the machine has roots of its own.
pub fn has_native_roots() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| !rustls_native_certs::load_native_certs().certs.is_empty());
    *HAS
}
