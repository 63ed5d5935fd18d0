//! Panics in the log: where one was, in the format of all other lines, and nothing that it may say of the data.

/// Logs every panic of this process. What was being done at that moment is on the line, as on all others.
pub fn log() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // A text that stands in the source holds no data; one that was put together may.
        let panic_message =
            panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("left out: it may hold data");
        tracing::error!(place, panic_message, "a part of the program stopped: this is a defect");
    }));
}
