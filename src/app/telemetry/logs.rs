//! Logs: to standard error, as text for people or JSON for machines.
//!
//! Owns the set-up. Standard output stays free for what a command was asked to print.

use super::traces::TARGET;
use super::traces::layer::Spans;
use std::env;
use std::io::{self, IsTerminal};
use thiserror::Error;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::util::TryInitError;
use tracing_subscriber::{EnvFilter, Layer};
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// What is logged unless the user says otherwise.
pub const DEFAULT_FILTER: &str = "info";

/// A library that is not heard unless the filter names it.
const LIBRARY: &str = "kube_client";

/// How a line of log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One line per event; coloured on a terminal unless `NO_COLOR` is set.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, Error)]
pub enum LogError {
    #[error(
        "log filter {filter:?} cannot be read; write levels such as `info` or `warn,flyball::app::cycle=debug`"
    )]
    ParseFilter { filter: String, source: tracing_subscriber::filter::ParseError },
    #[error("logging cannot be set up twice in one process")]
    Install { source: TryInitError },
}

/// Sends the logs of the whole process to standard error, and spans of our own to `spans`, if traces are
/// wanted. `filter` is written as `RUST_LOG` is: a level, or `target=level` pairs separated by commas; it is
/// the log's alone.
///
/// # Errors
/// The filter cannot be read, or logging was set up before.
pub fn init(format: LogFormat, filter: &str, spans: Option<Spans>) -> Result<(), LogError> {
    let filter = parse(filter)?;
    let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let spans = spans.map(|spans| spans.with_filter(filter_fn(|meta| meta.target() == TARGET)));
    let registry = tracing_subscriber::registry().with(spans);
    let done = match format {
        LogFormat::Text => {
            let lines = fmt::layer().with_ansi(colour).with_writer(io::stderr);
            registry.with(lines.with_filter(filter)).try_init()
        }
        LogFormat::Json => {
            let lines = fmt::layer().json().flatten_event(true).with_writer(io::stderr);
            registry.with(lines.with_filter(filter)).try_init()
        }
    };
    done.map_err(|source| LogError::Install { source })
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let filter = if filter.trim().is_empty() { DEFAULT_FILTER } else { filter };
    // The client library logs what we report ourselves, and at times what an answer held.
    let quiet = if filter.contains(LIBRARY) { String::new() } else { format!(",{LIBRARY}=off") };
    EnvFilter::builder()
        .parse(format!("{filter}{quiet}"))
        .map_err(|source| LogError::ParseFilter { filter: filter.to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_rust_log_is() {
        for (filter, shown) in [
            ("", "kube_client=off,info"),
            ("debug", "kube_client=off,debug"),
            ("warn,flyball::app=trace", "flyball::app=trace,kube_client=off,warn"),
            ("info,kube_client=warn", "kube_client=warn,info"),
        ] {
            assert_eq!(parse(filter).unwrap().to_string(), shown, "{filter:?}");
        }
    }

    #[test]
    fn a_wrong_filter_is_named_with_its_mend() {
        let error = parse("flyball=loud").unwrap_err();
        assert!(error.to_string().contains("\"flyball=loud\" cannot be read; write levels"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}
