//! The options of `kubectl flyball`, with their meaning, unit and default; named as kubectl names them.

use super::instant::instant;
use super::lint_args::LintArgs;
use super::replay_args::{ModeWord, Output};
use crate::app::replay::show::fail_on::FailOn;
use crate::domain::policy::duration;
use crate::edge::kube::service::ServicePort;
use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed, refused, or problems were found (lint, init); 2 wrong command line, or a \
                          confirmation is missing; 3 more than simulate --fail-on allows.";

/// Why Flyball acted or did not, and the orders that people give it.
#[derive(Parser)]
#[command(name = "kubectl-flyball", bin_name = "kubectl flyball", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Plugin {
    #[command(flatten)]
    pub args: KubectlArgs,
}

#[derive(Args)]
pub struct KubectlArgs {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Which cluster, and as whom.
#[derive(Args)]
pub struct Common {
    /// Path of the kubeconfig [default: KUBECONFIG, or the home directory's]
    #[arg(long, value_name = "FILE", global = true)]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Option<String>,
    /// Namespace [default: the context's]
    #[arg(short = 'n', long, value_name = "NAME", global = true)]
    pub namespace: Option<String>,
    /// The governor's own namespace, where its Lease and FlagHolds are
    #[arg(long, value_name = "NAME", global = true, default_value = crate::app::apply::objects::HOME)]
    pub governor_namespace: String,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Why it acted, or why it did not: a service's score, signals, tiers and rails; or a Decision's life
    Explain(ExplainArgs),
    /// The worst services first, again and again on a terminal
    Top(TopArgs),
    /// Decisions, newest first
    History(HistoryArgs),
    /// Say yes to a Decision that awaits approval
    Approve(AnswerArgs),
    /// Say no to a Decision that awaits approval
    Deny(AnswerArgs),
    /// Give the flags of a live Decision back now, or those of all
    Release(ReleaseArgs),
    /// Stop acting or restoring for a policy, namespace or workload, or for everything
    Pause(PauseArgs),
    /// End a pause; with --all the Governor's releaseAll, too
    Resume(PauseArgs),
    /// End a latch or a lock-out of a tier
    Unlatch(UnlatchArgs),
    /// Replay a policy on the past of the cluster's Prometheus: what would it have done?
    Simulate(Box<SimulateArgs>),
    /// Check policies: every problem with its field, its value and how to mend it
    Lint(LintArgs),
    /// Write a first policy from what a Prometheus has
    Init(InitArgs),
    /// Print a completion script for a shell
    Completion(CompletionArgs),
}

#[derive(Args)]
pub struct ExplainArgs {
    /// SERVICE, NAMESPACE/SERVICE, or a Decision (the beginning of its name is enough)
    #[arg(value_name = "SERVICE|DECISION")]
    pub subject: String,
    /// Prometheus to draw charts from, as reachable from here [default: none, the stored values alone]
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// The same by way of the API server: its service
    #[arg(long, value_name = "NAMESPACE/NAME[:PORT]", value_parser = ServicePort::read, conflicts_with = "prometheus")]
    pub prometheus_service: Option<ServicePort>,
    /// How far back charts go
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration::parse)]
    pub since: Duration,
    /// Signals to draw [default: those that are bad, else the first]
    #[arg(long, value_name = "NAME")]
    pub signal: Vec<String>,
    /// Form of the output
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value = "text")]
    pub output: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Text,
    Json,
    Yaml,
}

#[derive(Args)]
pub struct TopArgs {
    /// Services of every namespace
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Print it once [default: on a terminal again and again]
    #[arg(long)]
    pub once: bool,
    /// How often it is read anew, 1s at least
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = every)]
    pub every: Duration,
    /// Form of the output; json and yaml are printed once
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value = "text")]
    pub output: Form,
}

#[derive(Args)]
pub struct HistoryArgs {
    /// Of this service only
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,
    /// Of every namespace
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Most Decisions that are printed
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: usize,
    /// Form of the output
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value = "table")]
    pub output: ListForm,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListForm {
    Table,
    Wide,
    Json,
    Yaml,
}

#[derive(Args)]
pub struct AnswerArgs {
    /// The Decision, or the beginning of its name
    pub decision: String,
    /// Words that are kept with the answer
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["decision", "all"]))]
pub struct ReleaseArgs {
    /// The Decision, or the beginning of its name
    pub decision: Option<String>,
    /// Everything that is held in the cluster: sets the Governor's releaseAll
    #[arg(long)]
    pub all: bool,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["object", "all"]))]
pub struct PauseArgs {
    /// policy/NAME, clusterpolicy/NAME, namespace/NAME, or a workload such as deployment/NAME
    #[arg(value_name = "KIND/NAME")]
    pub object: Option<String>,
    /// Everything: by the Governor
    #[arg(long)]
    pub all: bool,
    /// Acting only [default: both]
    #[arg(long)]
    pub act: bool,
    /// Restoring on recovery only [default: both]
    #[arg(long)]
    pub restore: bool,
}

#[derive(Args)]
pub struct UnlatchArgs {
    /// A Decision, or policy/NAME or clusterpolicy/NAME with --tier
    #[arg(value_name = "DECISION|POLICY")]
    pub subject: String,
    /// The tier of the policy
    #[arg(long, value_name = "NAME")]
    pub tier: Option<String>,
}

#[derive(Args)]
pub struct SimulateArgs {
    /// Files or directories of policies
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true, num_args = 1..)]
    pub files: Vec<PathBuf>,
    /// How far back from --until
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::parse)]
    pub since: Duration,
    /// Last instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub until: Option<DateTime<Utc>>,
    /// Prometheus to ask, as reachable from here [default: the cluster's MetricSource named default]
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// The same by way of the API server: its service
    #[arg(long, value_name = "NAMESPACE/NAME[:PORT]", value_parser = ServicePort::read, conflicts_with = "prometheus")]
    pub prometheus_service: Option<ServicePort>,
    /// Replay every tier as if it were in this mode
    #[arg(long, value_name = "MODE", value_enum)]
    pub mode: Option<ModeWord>,
    /// Form of the output
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value = "table")]
    pub output: Output,
    /// Write a report to look at in a browser
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Exit with 3 if there are more than allowed, as replay takes it
    #[arg(long, value_name = "WHAT[=MOST]", value_delimiter = ',', value_parser = FailOn::parse)]
    pub fail_on: Vec<FailOn>,
    /// Directory for what was answered [default: flyball/replay in the user's cache directory]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(Args)]
pub struct InitArgs {
    /// Prometheus to ask; the governor must reach it by the same URL, or you change it in the file
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "prometheus_service",
        conflicts_with = "prometheus_service"
    )]
    pub prometheus: Option<String>,
    /// The same by way of the API server: its service
    #[arg(long, value_name = "NAMESPACE/NAME[:PORT]", value_parser = ServicePort::read)]
    pub prometheus_service: Option<ServicePort>,
    /// File to write [default: standard output]
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// How often a table is drawn.
fn every(text: &str) -> Result<Duration, String> {
    let every = duration::parse(text)?;
    if every < Duration::from_secs(1) { Err("write 1s or more".to_string()) } else { Ok(every) }
}
