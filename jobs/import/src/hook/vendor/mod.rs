//! The payloads of each vendor, as fields that are named like the columns of its exports.

pub mod delighted;
pub mod formbricks;
pub mod generic;
pub mod satismeter;
pub mod typeform;
