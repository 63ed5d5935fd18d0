//! The binary `needle`: server, scheduler and tools behind one command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::main()
}
