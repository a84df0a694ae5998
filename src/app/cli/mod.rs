//! The command line: arguments in, one command run, an exit code out.
//!
//! Owns the names and meanings of options, and the one place where outcomes become exit codes:
//! 0 done, 1 the work found problems or failed, 2 the command line is wrong, 3 a replay found more
//! than `--fail-on` allows.

pub mod args;
pub mod baseline;
pub mod baseline_args;
pub mod charts;
pub mod commands;
pub mod completion;
pub mod errands;
pub mod instant;
pub mod kubectl;
pub mod kubectl_args;
pub mod lint_args;
pub mod reach;
pub mod replay;
pub mod replay_args;
pub mod screen;
pub mod simulate;

use anyhow::Result;
use args::{Cli, Command};
use clap::Parser;
use kubectl_args::Plugin;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads the command line and runs it.
pub fn main() -> ExitCode {
    let done = match called_by_kubectl() {
        true => kubectl::kubectl(Plugin::parse().args),
        false => run(Cli::parse().command),
    };
    done.unwrap_or_else(|error| {
        eprintln!("flyball: {error:#}");
        ExitCode::FAILURE
    })
}

/// Whether we were started under the name by which kubectl finds its plugin.
fn called_by_kubectl() -> bool {
    let name = std::env::args_os().next().map(PathBuf::from);
    name.is_some_and(|path| path.file_stem().is_some_and(|stem| stem == "kubectl-flyball"))
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
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
        Command::Kubectl(args) => kubectl::kubectl(args),
    }
}
