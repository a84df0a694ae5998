//! The commands that are done once in a cluster: `ensure` and `release`.

use super::args::{EnsureArgs, ReleaseArgs};
use super::commands::{home, realm, runtime};
use crate::app::errand::ensure::{self, Options as Ensuring};
use crate::app::errand::release::{self, Options as Releasing};
use crate::edge::yaml;
use anyhow::{Context, Result, bail};
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

/// Creates what is missing.
pub fn ensure(args: EnsureArgs) -> Result<ExitCode> {
    let manifests = args.files.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let options = Ensuring {
        kubeconfig: args.kubeconfig,
        namespace: home(args.namespace),
        realm: realm(args.watch_namespaces)?,
        wait: args.wait,
    };
    runtime()?.block_on(ensure::ensure(&options, &manifests, &mut io::stdout()))?;
    Ok(ExitCode::SUCCESS)
}

/// Gives every held flag back.
pub fn release(args: ReleaseArgs) -> Result<ExitCode> {
    let options = Releasing {
        kubeconfig: args.kubeconfig,
        namespace: home(args.namespace),
        realm: realm(args.watch_namespaces)?,
        wait: args.wait,
        until_installed: args.until_installed,
    };
    runtime()?.block_on(release::release_all(&options, &mut io::stdout()))?;
    Ok(ExitCode::SUCCESS)
}

/// The text of a manifest, with its origin for complaints.
fn read(path: &Path) -> Result<(String, String)> {
    let most = yaml::TEXT_MAX as u64;
    let (origin, mut text) = (path.display().to_string(), String::new());
    let input: Box<dyn Read> = match origin.as_str() {
        "-" => Box::new(io::stdin().lock()),
        _ => Box::new(std::fs::File::open(path).with_context(|| format!("--file {origin}"))?),
    };
    input.take(most + 1).read_to_string(&mut text).with_context(|| format!("--file {origin}"))?;
    if text.len() as u64 > most {
        bail!("--file {origin} is larger than {most} bytes");
    }
    Ok((origin, text))
}
