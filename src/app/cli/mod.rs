//! The command line: arguments in, one command run, an exit code out.
//!
//! Owns the names and meanings of options, and the one place where outcomes become exit codes:
//! 0 done, 1 the work found problems or failed, 2 the command line is wrong, 3 a replay found more
//! than `--fail-on` allows.

pub mod args;
pub mod baseline;
pub mod baseline_args;
pub mod commands;
pub mod errands;
pub mod instant;
pub mod replay;
pub mod replay_args;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Reads the command line and runs it.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(args) => commands::demo(args),
        Command::Run(args) => commands::run(args),
        Command::Record(args) => commands::record(args),
        Command::Replay(args) => replay::replay(args),
        Command::Baseline(args) => baseline::baseline(args),
        Command::Lint(args) => commands::lint(args),
        Command::Check(args) => commands::check(args),
        Command::Ensure(args) => errands::ensure(args),
        Command::Release(args) => errands::release(args),
        Command::Crd(args) => commands::crd(args),
        Command::VerifyHistory(args) => commands::verify_history(args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("flyball: {error:#}");
        ExitCode::FAILURE
    })
}
