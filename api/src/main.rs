//! The binary: the whole product behind one command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::main()
}
