//! The disk: the size of the database, the free space, and whether the file is writable.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use entity::store;

use super::{AreaFindings, DoctorContext, DoctorFinding};

const GIBIBYTE: u64 = 1 << 30;

/// Less free space than this gives a warning, however small the file.
const LOW_SPACE_BYTES: u64 = GIBIBYTE;

/// With less than this the next import fails.
const NO_SPACE_BYTES: u64 = 64 << 20;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    if let Some(bytes) = store::upkeep::database_bytes(reader).await? {
        let size = format_bytes(bytes.unsigned_abs());
        let message = format!("the database takes {size}; its server's disk cannot be seen from here");
        return Ok(vec![DoctorFinding::ok(message)]);
    }
    let Some(file) = store::upkeep::file(reader).await? else { return Ok(Vec::new()) };
    let size = bytes_of(&file) + bytes_of(&log_of(&file));
    let mut findings = Vec::new();
    if std::fs::metadata(&file).is_ok_and(|metadata| metadata.permissions().readonly()) {
        let advice = "give the user that runs needle the right to write the file and its folder";
        findings.push(DoctorFinding::problem("read-only-file", "the database's file is read-only", advice));
    }
    let mode = std::fs::metadata(&file).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        let message = format!("other users of this machine may open the database's file (mode {:o})", mode & 0o777);
        let advice = format!("run `chmod 600 {0} {0}-wal {0}-shm`", file.display());
        findings.push(DoctorFinding::warning("readable-file", message, advice));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(disk) => findings.push(of_space(disk.f_bavail.saturating_mul(disk.f_frsize), size)),
        Err(error) => {
            let message = format!("the free space of the disk cannot be read: {error}");
            findings.push(DoctorFinding::note("no-disk-space-known", message, "check it with `df`"));
        }
    }
    Ok(findings)
}

/// The path of SQLite's write-ahead log of a database file.
pub fn log_of(file: &Path) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// The size of a file in bytes; 0 when it does not exist.
pub fn bytes_of(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// A size with a unit, like `1.5 KiB`.
pub fn format_bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let size = bytes as f64;
    match bytes {
        GIBIBYTE.. => format!("{:.1} GiB", size / 1024_f64.powi(3)),
        0x10_0000.. => format!("{:.1} MiB", size / 1024_f64.powi(2)),
        _ => format!("{:.1} KiB", size / 1024.0),
    }
}

fn of_space(free: u64, size: u64) -> DoctorFinding {
    let message = format!("the database takes {}, {} are free on its disk", format_bytes(size), format_bytes(free));
    let advice = "make room on the disk or move the file: a backup and a VACUUM take as much again as the file";
    if free < NO_SPACE_BYTES {
        return DoctorFinding::problem("disk-full", message, advice);
    }
    if free < LOW_SPACE_BYTES || free < size.saturating_mul(2) {
        return DoctorFinding::warning("little-disk-space", message, advice);
    }
    DoctorFinding::ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_file_must_be_free_and_a_gibibyte_at_least() {
        for (free, size, code) in [
            (10 * GIBIBYTE, GIBIBYTE, "ok"),
            (10 * GIBIBYTE, 6 * GIBIBYTE, "little-disk-space"),
            (GIBIBYTE - 1, 1, "little-disk-space"),
            (NO_SPACE_BYTES - 1, 1, "disk-full"),
        ] {
            assert_eq!(of_space(free, size).code, code, "{free} {size}");
        }
    }

    #[test]
    fn a_size_is_written_in_a_fitting_unit() {
        let sizes = [0, 1_536, 5 << 20, 3 << 30].map(format_bytes);
        assert_eq!(sizes, ["0.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 GiB"]);
    }
}
