//! `flyball baseline`: rows from standard input, judgements to standard output, and the picture.

use super::baseline_args::BaselineArgs;
use crate::app::baseline::row::Judged;
use crate::app::baseline::{self as judging, plot};
use anyhow::{Context, Result};
use std::io::{self, BufWriter};
use std::process::ExitCode;

/// Judges standard input; 1 if a row was bad. A reader that has seen enough ends it.
pub fn baseline(args: BaselineArgs) -> Result<ExitCode> {
    let mut rows: Vec<Judged> = Vec::new();
    let draws = args.plot.is_some();
    let keep = |row| {
        if draws {
            rows.push(row);
        }
    };
    let (input, mut out, mut trouble) =
        (io::stdin().lock(), BufWriter::new(io::stdout().lock()), io::stderr().lock());
    let done = judging::run(args.spec(), args.interval, (input, &mut out, &mut trouble), keep);
    let outcome = match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        done => done.context("standard input")?,
    };
    if let Some(path) = &args.plot {
        std::fs::write(path, plot::svg(&rows)).with_context(|| format!("--plot {}", path.display()))?;
    }
    Ok(if outcome.bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
