//! Ids that this program makes for responses whose source gives none. They are keyed: whoever knows an address and a
//! moment could otherwise compute the id, and find out whether that person answered.
//!
//! Import makes an unkeyed digest, which is the same each time a file is read; the rules turn it into the keyed id with
//! the secret of the database. What older versions stored was turned by a migration.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The prefix of unkeyed digests.
const DIGEST_PREFIX: &str = "digest:";

/// The prefix of keyed ids.
const KEYED_PREFIX: &str = "keyed:";

/// The number of hexadecimal digits of both.
const DIGITS: usize = 32;

/// True for an unkeyed digest.
pub fn is_digest(external_id: &str) -> bool {
    external_id.strip_prefix(DIGEST_PREFIX).is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The keyed id of an unkeyed digest: the beginning of its HMAC-SHA-256 (RFC 2104); `None` for every other id.
pub fn keyed(secret: &str, external_id: &str) -> Option<String> {
    if !is_digest(external_id) {
        return None;
    }
    // HMAC takes keys of any length: the error of the constructor cannot occur.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(external_id.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hexadecimal = bytes[..DIGITS / 2].iter().fold(KEYED_PREFIX.to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Some(hexadecimal)
}
