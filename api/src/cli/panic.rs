//! Logs panics with their location, in the format of all other lines, and without messages that may hold data.

/// Makes every panic of this process a line of the log. The spans on the line show what was running.
pub fn log() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        // A literal of the source holds no data; a formatted message may.
        let panic_message =
            panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("omitted: it may hold data");
        tracing::error!(location, panic_message, "panic");
    }));
}
