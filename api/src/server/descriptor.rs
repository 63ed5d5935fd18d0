//! The limit of the system on open files, of which every connection takes one.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What the process needs besides connections: databases, their journals, logs, mail and webhooks.
const OTHER_FILES: u64 = 128;

/// How many of the `wanted` connections the process can have: raises its limit on open files as far as it may, and says
/// so where that is not enough.
pub fn room_for(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum || limit.maximum.is_none() {
        let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit = getrlimit(Resource::Nofile),
            Err(error) => tracing::debug!(%error, "the limit on open files could not be raised"),
        }
    }
    let Some(files) = limit.current else { return wanted };
    let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(16);
    if room < wanted {
        tracing::warn!(
            files,
            connections = room,
            "the system's limit on open files allows fewer connections than `connections`"
        );
    }
    room.min(wanted)
}
