//! The record of an import: which file it is, when it began and ended. Its rows bear its id, so that it can be undone.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use entity::import_count::ImportKind;
use entity::store::import::NewImport;
use entity::{Calendar, ConnectionTrait, StoreError, Timestamp, store};
use needle_rules::target::{OpenImport, WriteContext};
use sha2::{Digest, Sha256};

use crate::options::{FileKind, ImportOptions};

impl FileKind {
    /// What the rows describe, as imports are counted.
    pub(crate) const fn counted_as(self) -> ImportKind {
        match self {
            Self::Customers => ImportKind::Customers,
            Self::Responses => ImportKind::Responses,
            Self::Segments => ImportKind::Segments,
            Self::Decisions => ImportKind::Decisions,
        }
    }
}

/// Passes a file on and computes its digest meanwhile.
pub struct DigestReader<R> {
    source: R,
    digest: FileDigest,
}

/// The SHA-256 digest of what a [`DigestReader`] has passed on so far.
#[derive(Clone, Debug, Default)]
pub struct FileDigest(Arc<Mutex<Sha256>>);

impl FileDigest {
    /// The digest: 32 bytes.
    pub fn value(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize().to_vec()
    }
}

impl<R: Read> DigestReader<R> {
    /// A reader of a source, and the digest of what it reads.
    pub fn new(source: R) -> (Self, FileDigest) {
        let digest = FileDigest::default();
        (Self { source, digest: digest.clone() }, digest)
    }
}

impl<R: Read> Read for DigestReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.digest.0.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..length]);
        Ok(length)
    }
}

/// A note for whoever imports a file that is in already; `None` when it is not.
pub async fn note_of_repetition<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    kind: FileKind,
    digest: &FileDigest,
) -> Result<Option<String>, StoreError> {
    let before = store::import::of_digest(connection, kind.counted_as(), &digest.value()).await?;
    let Some(before) = before else { return Ok(None) };
    let name = before.file_name.map_or_else(String::new, |name| format!(" as \"{name}\""));
    let ended = if before.finished_at.is_some() { "" } else { ", and stopped on its way" };
    let on = calendar.day_of(before.started_at);
    Ok(Some(format!("the same file was imported{name} on {on}{ended}: it is the import {}", before.id.0)))
}

/// Records that an import begins. Returns the context in which its rows are written.
pub async fn begin<C: ConnectionTrait>(
    connection: &C,
    context: &WriteContext,
    kind: FileKind,
    digest: &FileDigest,
    options: &ImportOptions,
    source: Option<&str>,
) -> Result<WriteContext, StoreError> {
    let import = NewImport {
        kind: kind.counted_as(),
        file_name: options.file_name.clone(),
        digest: digest.value(),
        source: source.filter(|_| kind == FileKind::Responses).map(str::to_owned),
        imported_by: options.imported_by.clone(),
    };
    let id = store::import::begin(connection, import, context.now).await?;
    Ok(WriteContext { import: Some(OpenImport { id, kind: kind.counted_as() }), ..context.clone() })
}

/// Records that the last row of an import is written; `began` is when its context was made.
pub async fn finish<C: ConnectionTrait>(
    connection: &C,
    context: &WriteContext,
    began: Instant,
) -> Result<(), StoreError> {
    let Some(import) = context.import else { return Ok(()) };
    let seconds = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
    let now: Timestamp = context.now.plus_seconds(seconds);
    store::import::finish(connection, import.id, now).await
}
