//! The `tabletsim` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tabletsim::cli::main()
}
