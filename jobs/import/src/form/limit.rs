//! How much is unpacked: a small file may say that it holds more than any disk.

use std::io::{self, Read};

use super::error::FormError;

/// The most bytes that a file has when it is unpacked.
pub const UNPACKED_LIMIT: u64 = 2 << 30;

/// How many times its packed size a file may have beyond the first [`FREE_BYTES`]: tables of text stay far below.
const RATIO_LIMIT: u64 = 200;

/// Bytes that are unpacked whatever their packed size.
const FREE_BYTES: u64 = 64 << 20;

/// What went wrong while unpacking, carried through a reader.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The contents are cut off or do not agree with their checksum.
    #[error("{0}")]
    Damaged(String),
    /// There is more than is unpacked.
    #[error("more than {0}")]
    TooLarge(String),
}

/// Counts what is unpacked, and stops at the limits.
pub struct UnpackLimit {
    packed: u64,
    unpacked: u64,
}

impl UnpackLimit {
    /// The limits for a file of this many bytes.
    pub fn of(packed: u64) -> Self {
        Self { packed, unpacked: 0 }
    }

    fn add(&mut self, length: usize) -> Result<(), UnpackError> {
        self.unpacked += length as u64;
        if self.unpacked > UNPACKED_LIMIT {
            return Err(UnpackError::TooLarge("2 GiB".to_owned()));
        }
        if self.unpacked > FREE_BYTES.max(self.packed.saturating_mul(RATIO_LIMIT)) {
            return Err(UnpackError::TooLarge(format!("{RATIO_LIMIT} times its own size")));
        }
        Ok(())
    }
}

/// A reader of unpacked bytes within limits. Its errors are [`UnpackError`]s.
pub struct LimitedReader<'a, R> {
    /// The unpacking reader.
    pub inner: R,
    /// The limits, which several readers may share.
    pub limit: &'a mut UnpackLimit,
}

impl<R: Read> Read for LimitedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self.inner.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(UnpackError::Damaged(error.to_string()))),
            Ok(length) => length,
        };
        self.limit.add(length).map_err(io::Error::other)?;
        Ok(length)
    }
}

/// The error of a file of this kind: what a [`LimitedReader`] found, or else that copying failed.
pub fn unpack_error(kind: &'static str, error: io::Error) -> FormError {
    match error.downcast::<UnpackError>() {
        Ok(UnpackError::Damaged(reason)) => FormError::Damaged { kind, reason },
        Ok(UnpackError::TooLarge(limit)) => FormError::TooLarge { kind, limit, advice: "it is not unpacked" },
        Err(error) => FormError::Read(error),
    }
}
