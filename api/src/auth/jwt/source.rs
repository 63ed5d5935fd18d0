//! Where the keys of an identity provider come from, and when they are read again.
//!
//! Keys at a URL are fetched again when they are old, behind the back of requests, and at once when a token names a key
//! that is not among them; a file is read again every few seconds in which tokens come. Both happen no more often than
//! the pauses here say, however many tokens with made-up keys arrive.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::http::Uri;
use entity::Timestamp;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Mutex;

use super::fetch::{self, JwksFetchError};
use super::key::{KeySet, KeySetError};

/// Far more than the keys of a provider need, in bytes.
pub(super) const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// How old the keys of a file may get, in seconds.
const FILE_MAX_AGE_SECONDS: i64 = 5;

/// How old keys may get when nothing newer can be had, in seconds: a day.
const MAX_STALE_SECONDS: i64 = 24 * 60 * 60;

/// Where a key set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksOrigin {
    /// In a file.
    File(PathBuf),
    /// At a URL, by https or http.
    Url(Uri),
}

/// Why a text names no place for a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the path of a file, or a URL with https:// or http:// and no password")]
pub struct JwksOriginError;

/// Why a key set cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksReadError {
    /// The file.
    #[error("cannot read the keys in {path}: {source}", path = .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The URL.
    #[error("cannot fetch the keys from {uri}: {source}")]
    Fetch {
        /// The URL.
        uri: Box<Uri>,
        /// What went wrong.
        source: JwksFetchError,
    },
    /// What is there is no key set.
    #[error("cannot use the keys of {origin}: {source}")]
    KeySet {
        /// Where it is.
        origin: Box<JwksOrigin>,
        /// What was expected.
        source: KeySetError,
    },
}

impl fmt::Display for JwksOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Url(uri) => write!(formatter, "{uri}"),
        }
    }
}

impl JwksOrigin {
    /// The place that a text names.
    pub fn parse(text: &str) -> Result<Self, JwksOriginError> {
        if !text.contains("://") {
            return if text.trim().is_empty() { Err(JwksOriginError) } else { Ok(Self::File(PathBuf::from(text))) };
        }
        let uri: Uri = text.parse().map_err(|_| JwksOriginError)?;
        let is_known = matches!(uri.scheme_str(), Some("https" | "http"));
        let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        if is_known && has_host && !has_password { Ok(Self::Url(uri)) } else { Err(JwksOriginError) }
    }

    /// Reads the key set that is there now.
    pub async fn read(&self) -> Result<KeySet, JwksReadError> {
        let bytes = match self {
            Self::File(path) => {
                let read_error = |source| JwksReadError::File { path: path.clone(), source };
                let file = tokio::fs::File::open(path).await.map_err(read_error)?;
                let mut bytes = Vec::new();
                file.take(MAX_DOCUMENT_BYTES as u64).read_to_end(&mut bytes).await.map_err(read_error)?;
                bytes
            }
            Self::Url(uri) => {
                fetch::get(uri).await.map_err(|source| JwksReadError::Fetch { uri: Box::new(uri.clone()), source })?
            }
        };
        KeySet::parse(&bytes).map_err(|source| JwksReadError::KeySet { origin: Box::new(self.clone()), source })
    }

    /// The shortest time between two readings, in seconds.
    const fn pause_seconds(&self) -> i64 {
        match self {
            Self::File(_) => 1,
            Self::Url(_) => 10,
        }
    }
}

/// Keys as they were read at some time.
#[derive(Debug)]
pub struct CachedKeys {
    /// The keys.
    pub keys: KeySet,
    read_at: Timestamp,
}

/// Keys that are read again when that is needed.
#[derive(Debug)]
pub struct KeySource {
    origin: JwksOrigin,
    refresh_seconds: i64,
    cached: ArcSwapOption<CachedKeys>,
    /// When they were read last, or when that was tried.
    tried_at: Mutex<Option<Timestamp>>,
}

impl KeySource {
    /// The keys of an origin, with those that are there now.
    pub async fn open(origin: JwksOrigin, refresh_seconds: i64, now: Timestamp) -> Result<Arc<Self>, JwksReadError> {
        let cached = match origin.read().await {
            Ok(keys) => Some(Arc::new(CachedKeys { keys, read_at: now })),
            Err(error @ JwksReadError::Fetch { .. }) => {
                tracing::warn!(%error, "the keys of the identity provider are not there yet");
                None
            }
            Err(error) => return Err(error),
        };
        let refresh_seconds =
            if matches!(origin, JwksOrigin::File(_)) { FILE_MAX_AGE_SECONDS } else { refresh_seconds };
        let (held, tried_at) = (ArcSwapOption::new(cached), Mutex::new(Some(now)));
        Ok(Arc::new(Self { origin, refresh_seconds, cached: held, tried_at }))
    }

    /// The keys that tokens of this moment are checked with; `None` when there are none that are young enough.
    pub async fn current(self: &Arc<Self>, now: Timestamp) -> Option<Arc<CachedKeys>> {
        let cached = self.cached.load_full();
        let age = cached.as_ref().map_or(i64::MAX, |held| (now.0 - held.read_at.0).abs() / 1_000_000);
        if age < self.refresh_seconds {
            return cached;
        }
        let reading = self.spawn_refresh(now, cached.clone());
        let may_wait_for_newer = matches!(self.origin, JwksOrigin::Url(_)) && age < MAX_STALE_SECONDS;
        let held = if may_wait_for_newer { cached } else { reading.await.ok().flatten() };
        held.filter(|held| (now.0 - held.read_at.0).abs() / 1_000_000 < MAX_STALE_SECONDS)
    }

    /// The keys after another reading, unless the last one is too recent: for a token by a key that is not among `seen`.
    pub async fn refresh(self: &Arc<Self>, now: Timestamp, stale_keys: &Arc<CachedKeys>) -> Option<Arc<CachedKeys>> {
        self.spawn_refresh(now, Some(Arc::clone(stale_keys))).await.ok().flatten()
    }

    /// Reads the keys on a task of its own: a client that goes away must not keep them from being read.
    fn spawn_refresh(
        self: &Arc<Self>,
        now: Timestamp,
        stale_keys: Option<Arc<CachedKeys>>,
    ) -> tokio::task::JoinHandle<Option<Arc<CachedKeys>>> {
        let source = Arc::clone(self);
        tokio::spawn(async move { source.read(now, stale_keys.as_ref()).await })
    }

    async fn read(&self, now: Timestamp, stale_keys: Option<&Arc<CachedKeys>>) -> Option<Arc<CachedKeys>> {
        let mut tried_at = self.tried_at.lock().await;
        let cached = self.cached.load_full();
        let is_newer = cached.as_ref().map(Arc::as_ptr) != stale_keys.map(Arc::as_ptr);
        let pause = self.origin.pause_seconds() * 1_000_000;
        let is_too_soon = tried_at.is_some_and(|tried_at| (now.0 - tried_at.0).abs() < pause);
        if is_newer || is_too_soon {
            return cached;
        }
        *tried_at = Some(now);
        match self.origin.read().await {
            Ok(keys) => {
                let read = Arc::new(CachedKeys { keys, read_at: now });
                self.cached.store(Some(Arc::clone(&read)));
                Some(read)
            }
            Err(error) => {
                tracing::warn!(%error, "the keys of the identity provider stay as they were");
                cached
            }
        }
    }
}
