//! Tests the pages in a real browser: the programs of `tests/browser`, run by Node against a demo server.

use std::path::PathBuf;

use crate::program::{ProgramFolder, ProgramServer, check_lock, has, has_all, run};

/// The path of Chromium: `NEEDLE_CHROMIUM`, or where Debian installs it.
fn chromium() -> PathBuf {
    std::env::var_os("NEEDLE_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

#[test]
fn every_scenario_of_the_pages_passes_in_a_browser() {
    if !has_all("browser", &[("node", has("node")), ("npm", has("npm")), ("Chromium", chromium().is_file())]) {
        return;
    }
    let folder = ProgramFolder::open("browser", &[&["ci", "--ignore-scripts", "--silent"]]);
    let server = ProgramServer::with_demo("Ines Okafor", "leader");
    let mut scenarios = folder.script("pages", &server.url, &server.token);
    let (passed, output) = run(scenarios.env("NEEDLE_CHROMIUM", chromium()));
    assert!(passed && output.contains("9 scenarios of the pages passed"), "{output}");
}

#[test]
fn the_lock_file_contains_no_registry() {
    check_lock(include_str!("../../../tests/browser/package-lock.json"), "omit-lockfile-registry-resolved is off");
}
