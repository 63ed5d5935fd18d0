//! The only module that writes to standard output. A pipe that its reader closed (`needle ... | head`) is no failure.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use super::error::CommandError;

/// Prints one line and returns success. Fails when standard output cannot be written, except for a closed pipe.
pub fn line(text: impl AsRef<str>) -> Result<ExitCode, CommandError> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Prints a value as JSON on one line.
pub fn json(value: &serde_json::Value) -> Result<ExitCode, CommandError> {
    line(value.to_string())
}
