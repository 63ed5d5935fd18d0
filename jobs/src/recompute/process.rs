//! Names of processes that hold leases: other processes on the same machine can check whether the named one
//! has ended.
//!
//! A name from another machine, or from another container on this one, cannot be checked: there the lease has to
//! expire.

use std::fs;
use std::path::Path;

/// The name of this process: the boot id and the process namespace, its process id, and when it started.
pub fn name() -> String {
    format!("{} {} {}", scope(), std::process::id(), started(std::process::id()).unwrap_or_default())
}

/// True when a name is that of a process in this machine's namespace which no longer runs.
pub fn is_gone(name: &str) -> bool {
    let mut parts = name.rsplitn(3, ' ');
    let (start, id) = (parts.next().unwrap_or_default(), parts.next().and_then(|id| id.parse().ok()));
    let (Some(id), Some(owner_scope)) = (id, parts.next()) else { return false };
    let can_be_checked = Path::new("/proc/self/stat").exists() && !start.is_empty() && owner_scope == scope();
    can_be_checked && started(id).as_deref() != Some(start)
}

/// The scope in which process ids are unique: the boot id of this machine and the process namespace of this container;
/// empty parts where `/proc` does not provide them.
fn scope() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), namespace.display())
}

/// When a process started, in clock ticks since the boot: field 22 of `proc(5)`'s stat, whose second field may hold
/// spaces.
fn started(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace();
    // A zombie has ended, but its parent has not waited for it yet.
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
        let old_name = format!("{} {} 1", scope(), std::process::id());
        assert_eq!(
            is_gone(&old_name),
            Path::new("/proc/self/stat").exists(),
            "the number was given to another process"
        );
    }
}
