//! The options of `replay`, with their meaning, unit and default.

use super::instant::instant;
use crate::app::replay::show::fail_on::FailOn;
use crate::domain::model::proposal::Mode;
use crate::domain::policy::duration;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 more than --fail-on allows.")]
pub struct ReplayArgs {
    /// Files or directories of policies, with the Governor and MetricSources if there are any
    #[arg(long = "policy", value_name = "PATH", required = true, num_args = 1..)]
    pub policies: Vec<PathBuf>,
    /// Recording to replay
    #[arg(long, value_name = "FILE", required_unless_present = "prometheus", conflicts_with = "prometheus")]
    pub recording: Option<PathBuf>,
    /// Prometheus-compatible endpoint whose past is replayed
    #[arg(long, value_name = "URL", requires = "since")]
    pub prometheus: Option<String>,
    /// How far back from --until [default: the whole recording]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub since: Option<Duration>,
    /// Last instant [default: now, or the end of the recording]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub until: Option<DateTime<Utc>>,
    /// Labelled incidents, CSV: start,end[,namespace][,service][,name], or timestamp,label
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Other policies to replay on the same past; what changes is printed
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub compare: Vec<PathBuf>,
    /// Replay every tier as if it were in this mode
    #[arg(long, value_name = "MODE", value_enum)]
    pub mode: Option<ModeWord>,
    /// Assume that a breach is over so long after a cut, to see probing and relapse
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub assume_effect: Option<Duration>,
    /// Start the governor anew at this instant; may be given several times
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub restart_at: Vec<DateTime<Utc>>,
    /// Form of the output
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, default_value = "table")]
    pub output: Output,
    /// Write a report to look at in a browser: one HTML file that needs no network
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Exit with 3 if there are more than allowed: decisions, false-alarms=20 (percent), missed,
    /// unknown=10 (percent of any signal)
    #[arg(long, value_name = "WHAT[=MOST]", value_delimiter = ',', value_parser = FailOn::parse)]
    pub fail_on: Vec<FailOn>,
    /// Directory for what --prometheus answered, so that a replay goes on where it was cut short
    /// [default: flyball/replay in the user's cache directory]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Json,
    Yaml,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum ModeWord {
    Observe,
    Enforce,
}

impl ModeWord {
    /// As policies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "Observe",
            Self::Enforce => "Enforce",
        }
    }
}

impl From<ModeWord> for Mode {
    fn from(word: ModeWord) -> Self {
        match word {
            ModeWord::Observe => Self::Observe,
            ModeWord::Enforce => Self::Enforce,
        }
    }
}
