//! Who holds a lease: a process, named so that its neighbours on the same machine can tell when it is gone.
//!
//! A name from another machine, or from another container of the same one, says nothing: there the lease has to run
//! out by itself.

use std::fs;
use std::path::Path;

/// The name of this process: the boot and the process namespace it lives in, its number, and when it started.
pub fn name() -> String {
    format!("{} {} {}", neighbourhood(), std::process::id(), started(std::process::id()).unwrap_or_default())
}

/// True when a name is that of a process of this machine which no longer runs.
pub fn is_gone(name: &str) -> bool {
    let mut parts = name.rsplitn(3, ' ');
    let (start, id) = (parts.next().unwrap_or_default(), parts.next().and_then(|id| id.parse().ok()));
    let (Some(id), Some(place)) = (id, parts.next()) else { return false };
    let can_tell = Path::new("/proc/self/stat").exists() && !start.is_empty() && place == neighbourhood();
    can_tell && started(id).as_deref() != Some(start)
}

/// What tells this machine since its last start, and this container, from all others; empty where nothing does.
fn neighbourhood() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), namespace.display())
}

/// When a process started, in clock ticks since the boot: field 22 of `proc(5)`'s stat, whose second field may hold spaces.
fn started(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace();
    // A zombie has ended: only its parent has not asked yet.
    let is_zombie = fields.next()? == "Z";
    fields.nth(18).filter(|_| !is_zombie).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_once_it_ended_and_not_before() {
        assert!(!is_gone(&name()));
        assert!(!is_gone("elsewhere pid:[1] 17 4"));
        assert!(!is_gone(""));
        let ended = format!("{} {} 1", neighbourhood(), std::process::id());
        assert_eq!(is_gone(&ended), Path::new("/proc/self/stat").exists(), "the number was given to another process");
    }
}
