//! The program: one TLS provider, then the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Libraries in the tree disagree on a default; without one of ours the first client panics.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("flyball: a TLS provider was installed twice");
        return ExitCode::FAILURE;
    }
    flyball::app::cli::main()
}
