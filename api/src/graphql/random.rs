//! Random texts from the operating system's generator: ids of requests, generated ids of decisions, secrets.

use std::fmt::Write as _;

use super::error::ApiError;

/// `BYTES` random bytes as hexadecimal digits.
pub fn random_hexadecimal<const BYTES: usize>() -> Result<String, ApiError> {
    let mut bytes = [0; BYTES];
    let failed = |error| ApiError::Internal(format!("the system gave no random bytes: {error}"));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes.iter().fold(String::with_capacity(2 * BYTES), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The id of a request, by which an operator finds it in the log.
pub fn request_id() -> String {
    random_hexadecimal::<8>().unwrap_or_else(|_| "unknown".to_owned())
}
