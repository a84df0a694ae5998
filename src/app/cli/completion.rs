//! Completion scripts of the plugin.

use super::kubectl_args::Plugin;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// What shells find the program by.
const NAME: &str = "kubectl-flyball";
/// The same without what clap_complete's bash script takes for a subcommand's beginning.
const BASH: &str = "kubectl_flyball";

/// The script for a shell.
pub fn script(shell: Shell) -> String {
    let name = if shell == Shell::Bash { BASH } else { NAME };
    let mut script = Vec::new();
    generate(shell, &mut Plugin::command(), name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    // Only the last word of a registration is the program.
    let registered = |line: &str| match line.strip_suffix(BASH) {
        Some(head) if head.trim_start().starts_with("complete ") => format!("{head}{NAME}\n"),
        _ => format!("{line}\n"),
    };
    if shell == Shell::Bash { script.lines().map(registered).collect() } else { script }
}
