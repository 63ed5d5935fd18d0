//! Connections to other servers: host and port of a URL, and the trusted root certificates.
//!
//! The trusted roots are those of the machine, which an operator can add to; Mozilla's where the machine has none.

use std::sync::{Arc, LazyLock};

use hyper::Uri;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// Host, port and encryption of an HTTP URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpDestination<'a> {
    /// The host name or address; an IPv6 address is without brackets.
    pub host: &'a str,
    /// The port in the URL, or the default port of its scheme.
    pub port: u16,
    /// True for `https`.
    pub is_encrypted: bool,
}

impl<'a> HttpDestination<'a> {
    /// The destination of a URL; `None` when it has no host.
    pub fn of(uri: &'a Uri) -> Option<Self> {
        let is_encrypted = uri.scheme_str() == Some("https");
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        Some(Self { host, port, is_encrypted })
    }
}

/// The connector for TLS, made on first use; an error when the provider supports no protocol version.
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

/// True when the machine has root certificates.
pub fn has_native_roots() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| !rustls_native_certs::load_native_certs().certs.is_empty());
    *HAS
}
