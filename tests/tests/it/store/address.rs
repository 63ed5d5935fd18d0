//! Error messages do not repeat addresses that cannot be read.

use entity::Database;

#[test]
fn an_address_that_cannot_be_read_is_not_repeated() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for url in ["postgres://u:hunter2@h:99999/x", "postgres://u:hun/ter2@localhost:1/x", "postgres://u:hunter2@[::1/x"]
    {
        let error = runtime.block_on(Database::connect(url)).expect_err(url).to_string();
        assert!(!error.contains("ter2"), "{error}");
    }
}

#[test]
fn the_files_of_a_new_database_are_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("needle.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let database = runtime.block_on(Database::connect(&format!("sqlite://{}?mode=rwc", file.display())));
    let database = database.expect("a new database");
    runtime.block_on(migration::up(database.writer())).expect("migrated");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let files = std::fs::read_dir(directory.path()).expect("a folder").map(|entry| entry.expect("a file").path());
    let modes: Vec<u32> = files.map(|path| mode(&path)).collect();
    assert!(modes.len() >= 2 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}
