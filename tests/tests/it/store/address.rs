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
