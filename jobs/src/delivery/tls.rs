//! The roots of trust for encrypted connections: those of the machine, which an operator can add to; Mozilla's where
//! the machine has none.

use std::sync::{Arc, LazyLock};

use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// What encrypts a connection to a webhook.
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
