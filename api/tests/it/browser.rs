//! The leaders' pages in a real browser: the programs of `tests/browser`, run by Node against a live demo.

use std::path::PathBuf;

use crate::program::{ProgramFolder, ProgramServer, check_lock, has, has_all, run};

/// Chromium's binary: the one that `NEEDLE_CHROMIUM` names, or Debian's.
fn chromium() -> PathBuf {
    std::env::var_os("NEEDLE_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

#[test]
fn people_do_their_work_on_the_pages() {
    if !has_all("browser", &[("node", has("node")), ("npm", has("npm")), ("Chromium", chromium().is_file())]) {
        return;
    }
    let folder = ProgramFolder::open("browser", &[&["ci", "--ignore-scripts", "--silent"]]);
    let server = ProgramServer::with_demo("Ines Okafor", "leader");
    let mut stories = folder.script("pages", &server.url, &server.token);
    let (passed, output) = run(stories.env("NEEDLE_CHROMIUM", chromium()));
    assert!(passed && output.contains("9 stories of the pages passed"), "{output}");
}

#[test]
fn the_lock_file_names_no_registry() {
    check_lock(include_str!("../../../tests/browser/package-lock.json"), "omit-lockfile-registry-resolved is off");
}
