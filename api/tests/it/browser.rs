//! The leaders' pages in a real browser: the programs of `tests/browser`, run by Node against a live demo.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Server, check_lock, has_node, run, skip};

/// Chromium's binary: the one that `NEEDLE_CHROMIUM` names, or Debian's.
fn chromium() -> PathBuf {
    std::env::var_os("NEEDLE_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

/// The folder of the programs, with what they need installed. Without Node or Chromium `None`, said loudly, and under
/// `CI=true` a panic.
fn programs() -> Option<PathBuf> {
    if !has_node() || !chromium().is_file() {
        skip("tests/browser", "node, no npm or no Chromium");
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser");
    let installed = run(Command::new("npm").args(["ci", "--ignore-scripts", "--silent"]).current_dir(&folder));
    assert!(installed.0, "npm ci: {}", installed.1);
    Some(folder)
}

#[test]
fn people_do_their_work_on_the_pages() {
    let Some(folder) = programs() else { return };
    let server = Server::start_demo("Ines Okafor", "leader");
    let mut stories = Command::new("npm");
    stories.args(["run", "--silent", "pages"]).current_dir(folder).env("NEEDLE_CHROMIUM", chromium());
    let (passed, said) = run(stories.env("NEEDLE_URL", &server.url).env("NEEDLE_TOKEN", &server.token));
    assert!(passed && said.contains("9 stories of the pages passed"), "{said}");
}

#[test]
fn the_lock_file_names_no_registry() {
    check_lock(include_str!("../../../tests/browser/package-lock.json"), "omit-lockfile-registry-resolved is off");
}
