//! Where the keys of an identity provider come from, and when they are refreshed.
//!
//! Keys at a URL are fetched again in the background when they are old, and immediately when a token names an unknown
//! key. A file is re-read at most every few seconds, when a token is checked. The constants here limit how often either
//! happens, however many tokens with invented keys arrive.

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

/// The maximum size of a key set in bytes, far more than providers need.
pub(super) const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// The maximum age of keys from a file, in seconds.
const FILE_MAX_AGE_SECONDS: i64 = 5;

/// The maximum age of keys while newer ones cannot be read, in seconds: a day.
const MAX_STALE_SECONDS: i64 = 24 * 60 * 60;

/// The location of a key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksOrigin {
    /// A file.
    File(PathBuf),
    /// A URL with https or http.
    Url(Uri),
}

/// The text is not a valid location of a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the path of a file, or a URL with https:// or http:// and no password")]
pub struct JwksOriginError;

/// Why a key set cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JwksReadError {
    /// The file cannot be read.
    #[error("cannot read the keys in {path}: {source}", path = .path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The URL cannot be fetched.
    #[error("cannot fetch the keys from {uri}: {source}")]
    Fetch {
        /// The URL that was fetched.
        uri: Box<Uri>,
        /// The network or HTTP error.
        source: JwksFetchError,
    },
    /// The content is not a key set.
    #[error("cannot use the keys of {origin}: {source}")]
    KeySet {
        /// The location that was read.
        origin: Box<JwksOrigin>,
        /// The parse error.
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
    /// Parses a location: a URL when the text contains `://`, otherwise a path.
    pub fn parse(text: &str) -> Result<Self, JwksOriginError> {
        if !text.contains("://") {
            return if text.trim().is_empty() { Err(JwksOriginError) } else { Ok(Self::File(PathBuf::from(text))) };
        }
        let uri: Uri = text.parse().map_err(|_| JwksOriginError)?;
        let is_http = matches!(uri.scheme_str(), Some("https" | "http"));
        let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        if is_http && has_host && !has_password { Ok(Self::Url(uri)) } else { Err(JwksOriginError) }
    }

    /// Reads the current key set.
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

    /// The shortest time between two reads, in seconds.
    const fn pause_seconds(&self) -> i64 {
        match self {
            Self::File(_) => 1,
            Self::Url(_) => 10,
        }
    }
}

/// Keys with the time when they were read.
#[derive(Debug)]
pub struct CachedKeys {
    /// The keys of the provider at that time.
    pub keys: KeySet,
    read_at: Timestamp,
}

/// The keys of a provider, refreshed when needed.
#[derive(Debug)]
pub struct KeySource {
    origin: JwksOrigin,
    refresh_seconds: i64,
    cached: ArcSwapOption<CachedKeys>,
    /// When reading was last attempted; locked during an attempt.
    tried_at: Mutex<Option<Timestamp>>,
}

impl KeySource {
    /// Opens an origin and reads its keys. An unreachable URL is no error: its keys are fetched later.
    pub async fn open(origin: JwksOrigin, refresh_seconds: i64, now: Timestamp) -> Result<Arc<Self>, JwksReadError> {
        let cached = match origin.read().await {
            Ok(keys) => Some(Arc::new(CachedKeys { keys, read_at: now })),
            Err(error @ JwksReadError::Fetch { .. }) => {
                tracing::warn!(%error, "the keys of the identity provider could not be read yet");
                None
            }
            Err(error) => return Err(error),
        };
        let refresh_seconds =
            if matches!(origin, JwksOrigin::File(_)) { FILE_MAX_AGE_SECONDS } else { refresh_seconds };
        let (cached, tried_at) = (ArcSwapOption::new(cached), Mutex::new(Some(now)));
        Ok(Arc::new(Self { origin, refresh_seconds, cached, tried_at }))
    }

    /// The keys to verify tokens with at this time; `None` when none could be read or all are older than a day.
    pub async fn current(self: &Arc<Self>, now: Timestamp) -> Option<Arc<CachedKeys>> {
        let cached = self.cached.load_full();
        let age = cached.as_ref().map_or(i64::MAX, |keys| (now.0 - keys.read_at.0).abs() / 1_000_000);
        if age < self.refresh_seconds {
            return cached;
        }
        let reading = self.spawn_refresh(now, cached.clone());
        let may_use_stale = matches!(self.origin, JwksOrigin::Url(_)) && age < MAX_STALE_SECONDS;
        let keys = if may_use_stale { cached } else { reading.await.ok().flatten() };
        keys.filter(|keys| (now.0 - keys.read_at.0).abs() / 1_000_000 < MAX_STALE_SECONDS)
    }

    /// The keys after another read, for a token whose key is not among `stale_keys`; unchanged when the last read is
    /// too recent.
    pub async fn refresh(self: &Arc<Self>, now: Timestamp, stale_keys: &Arc<CachedKeys>) -> Option<Arc<CachedKeys>> {
        self.spawn_refresh(now, Some(Arc::clone(stale_keys))).await.ok().flatten()
    }

    /// Reads the keys on a task of its own, so that a client that disconnects does not interrupt it.
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
                tracing::warn!(%error, "the identity provider's keys cannot be refreshed: the cached ones are used");
                cached
            }
        }
    }
}
