//! Every option of every command, with its meaning, unit and default.

use super::baseline_args::BaselineArgs;
use super::instant::instant;
use super::kubectl_args::KubectlArgs;
use super::lint_args::LintArgs;
use super::replay_args::ReplayArgs;
use crate::app::telemetry::logs::LogFormat;
use crate::domain::policy::duration;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Governs the concurrency health of services: feels the load through Prometheus, eases it off by
/// feature flags, and puts things back.
#[derive(Parser)]
#[command(name = "flyball", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the whole loop on a recording that comes with the program: no cluster, no network.
    Demo(DemoArgs),
    /// Govern for real, until told to stop.
    Run(RunArgs),
    /// Write down what the queries of policies answered, for demo and replay.
    Record(RecordArgs),
    /// Replay the past: what would these policies have done, and why?
    Replay(ReplayArgs),
    /// Judge one series from standard input as the governor would, before a policy is written.
    Baseline(BaselineArgs),
    /// Check policies: every problem with its field, its value and how to mend it.
    Lint(LintArgs),
    /// Try every FlagProvider and MetricSource of a cluster: credentials, rights to read, reachability; nothing is changed.
    Check(CheckArgs),
    /// Create the objects of manifests that are not there yet; what is there is left as it is.
    Ensure(EnsureArgs),
    /// Give held flags back, through the governor that runs, and wait until it is done.
    Release(ReleaseArgs),
    /// Print the custom resource definitions, or write them into a directory.
    Crd(CrdArgs),
    /// Check a history file: whether a line is missing or was changed.
    VerifyHistory(VerifyArgs),
    /// Read decisions and give orders, as `kubectl flyball` does.
    Kubectl(KubectlArgs),
}

#[derive(Args)]
pub struct VerifyArgs {
    /// The file that `run --history` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

#[derive(Args)]
pub struct DemoArgs {
    /// Recording to run on [default: the one that comes with the program]
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// File or directory of policies [default: those that come with the program]
    #[arg(long, value_name = "PATH")]
    pub policies: Option<PathBuf>,
    /// flagd or key=value file to start from; it is copied, not changed [default: the one that
    /// comes with the program]
    #[arg(long, value_name = "FILE")]
    pub flags: Option<PathBuf>,
    /// Directory for the objects and the flag file [default: a new one in the temporary directory]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

#[derive(Args)]
pub struct RunArgs {
    /// Run without a cluster: objects in a directory, flags in a file
    #[arg(long, requires_all = ["policies", "prometheus", "flags", "state"])]
    pub standalone: bool,
    /// File or directory of policies; read again when it changes
    #[arg(long, value_name = "PATH", requires = "standalone")]
    pub policies: Option<PathBuf>,
    /// Prometheus-compatible endpoint, the MetricSource named default
    #[arg(long, value_name = "URL", requires = "standalone")]
    pub prometheus: Option<String>,
    /// flagd JSON file, or key=value lines: the FlagProvider named flags
    #[arg(long, value_name = "FILE", requires = "standalone")]
    pub flags: Option<PathBuf>,
    /// Directory for the objects: decisions, holds, health
    #[arg(long, value_name = "DIR", requires = "standalone")]
    pub state: Option<PathBuf>,
    /// How to reach the cluster [default: KUBECONFIG, the home directory's, or the pod's own]
    #[arg(long, value_name = "FILE", conflicts_with = "standalone")]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace of the Lease, the FlagHolds and the Secrets [default: POD_NAMESPACE, or flyball]
    #[arg(long, value_name = "NAME", conflicts_with = "standalone")]
    pub namespace: Option<String>,
    /// Govern only this namespace; may be given again [default: WATCH_NAMESPACE, several parted by
    /// commas; else every namespace]
    #[arg(long = "watch-namespace", value_name = "NAME", conflicts_with = "standalone")]
    pub watch_namespaces: Vec<String>,
    /// Who this governor is in the Lease; no two that run may share it [default: the host's name and
    /// a random number]
    #[arg(long, value_name = "NAME", conflicts_with = "standalone")]
    pub identity: Option<String>,
    /// How long the Lease lasts: how long after a crash another governor takes over, 4s at least
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = lease)]
    pub lease: Duration,
    /// Directory that learned baselines are kept in, every few minutes and at the end; one that is lost
    /// costs reading history again [default: none; standalone keeps them under --state]
    #[arg(long, value_name = "DIR", conflicts_with = "standalone")]
    pub checkpoints: Option<PathBuf>,
    /// File that every step of every Decision is appended to, as lines of JSON chained by hashes
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Address for /metrics, /livez and /readyz
    #[arg(long, value_name = "ADDRESS", default_value = crate::app::telemetry::server::DEFAULT_ADDRESS)]
    pub listen: String,
    /// OpenTelemetry collector that takes traces as OTLP over HTTP, without /v1/traces
    /// [default: OTEL_EXPORTER_OTLP_ENDPOINT, else none; OTEL_EXPORTER_OTLP_HEADERS is heeded]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Form of the log on standard error
    #[arg(long, value_name = "FORM", value_enum, default_value = "text")]
    pub log: LogForm,
    /// What is logged, as in `info` or `warn,flyball=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log_filter: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LogForm {
    Text,
    Json,
}

impl From<LogForm> for LogFormat {
    fn from(form: LogForm) -> Self {
        match form {
            LogForm::Text => Self::Text,
            LogForm::Json => Self::Json,
        }
    }
}

#[derive(Args)]
pub struct RecordArgs {
    /// Prometheus-compatible endpoint
    #[arg(long, value_name = "URL")]
    pub prometheus: String,
    /// File or directory of policies whose queries are recorded
    #[arg(long, value_name = "PATH")]
    pub policy: PathBuf,
    /// First instant: epoch seconds, or 2026-11-24T04:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub start: DateTime<Utc>,
    /// Last instant
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub end: DateTime<Utc>,
    /// Distance of the recorded instants
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration::parse)]
    pub step: Duration,
    /// Write each second down as so many; the ranges in the queries are divided by it
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub stretch: u32,
    /// Instant that the start is written down as [default: the start itself]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub origin: Option<DateTime<Utc>>,
    /// Recording to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Args)]
pub struct CheckArgs {
    /// Kubeconfig of the governor [default: KUBECONFIG, the home directory's, or the pod's own identity]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace, where Secrets lie [default: POD_NAMESPACE, or flyball]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// A namespace that it governs, if not all; may be given again [default: WATCH_NAMESPACE]
    #[arg(long = "watch-namespace", value_name = "NAME")]
    pub watch_namespaces: Vec<String>,
}

#[derive(Args)]
pub struct EnsureArgs {
    /// Manifests with objects of flyball.dev; - is standard input
    #[arg(short = 'f', long = "file", value_name = "PATH", required_unless_present = "watch_namespaces")]
    pub files: Vec<PathBuf>,
    /// How to reach the cluster [default: KUBECONFIG, the home directory's, or the pod's own identity]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace of namespaced objects that name none [default: POD_NAMESPACE, or flyball]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// A namespace that the governor governs, if not all: then an uninstall's order to this installation
    /// alone is taken back, too
    #[arg(long = "watch-namespace", value_name = "NAME")]
    pub watch_namespaces: Vec<String>,
    /// How long definitions that are not served yet are waited for
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration::parse)]
    pub wait: Duration,
}

#[derive(Args)]
pub struct ReleaseArgs {
    /// Every flag: sets releaseAll in the Governor, which also stops new cuts until it is taken out
    #[arg(long, required = true)]
    pub all: bool,
    /// Let the next `flyball ensure` of the Governor take the order back, unless somebody edited it since
    #[arg(long)]
    pub until_installed: bool,
    /// How to reach the cluster [default: KUBECONFIG, the home directory's, or the pod's own identity]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The governor's own namespace, where FlagHolds lie [default: POD_NAMESPACE, or flyball]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// A namespace that the governor governs, if not all: then the order is to this installation alone, in
    /// a ConfigMap of its own namespace [default: WATCH_NAMESPACE]
    #[arg(long = "watch-namespace", value_name = "NAME")]
    pub watch_namespaces: Vec<String>,
    /// How long it may take until no flag is held
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    pub wait: Duration,
}

#[derive(Args)]
pub struct CrdArgs {
    /// Directory to write one file per kind into [default: print all]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How long a Lease may last.
fn lease(text: &str) -> Result<Duration, String> {
    let duration = duration::parse(text).map_err(|error| error.to_string())?;
    match duration.as_secs() {
        4..=600 => Ok(duration),
        _ => Err("write 4s to 10m".to_string()),
    }
}
