//! Each command: arguments checked, the work called, its outcome turned into an exit code.

use super::args::{CheckArgs, CrdArgs, DemoArgs, RecordArgs, RunArgs, VerifyArgs};
use super::lint_args::LintArgs;
use crate::app::apply::objects::HOME;
use crate::app::clock::Clock;
use crate::app::controller::{check as checker, run as controller};
use crate::app::cycle::make;
use crate::app::standalone::demo::{self, Options};
use crate::app::standalone::load;
use crate::app::standalone::run::{self, Outlets};
use crate::app::standalone::wire::Paths;
use crate::app::telemetry::traces::export::Exporter;
use crate::app::telemetry::traces::layer::Spans;
use crate::app::telemetry::{history, logs, traces};
use crate::app::{lint as linter, record as recorder};
use crate::edge::crd;
use crate::edge::http::endpoint::Endpoint;
use crate::edge::kube::realm::Realm;
use crate::edge::prometheus::client::{Client, Settings};
use anyhow::{Context, Result, anyhow, bail};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::watch;

/// Runs the loop on a recording.
pub fn demo(args: DemoArgs) -> Result<ExitCode> {
    let state = match args.state {
        Some(state) => state,
        None => std::env::temp_dir().join(format!("flyball-demo-{}", std::process::id())),
    };
    let options = Options {
        recording: args.recording,
        policies: args.policies,
        flags: args.flags,
        state,
        make: make::seasonal(),
        live: io::stdout().is_terminal(),
    };
    runtime()?.block_on(demo::demo(options, &mut io::stdout()))?;
    Ok(ExitCode::SUCCESS)
}

/// Governs until SIGTERM or SIGINT: without a cluster, or one.
pub fn run(args: RunArgs) -> Result<ExitCode> {
    let traces = traced(args.otlp_endpoint.clone())?;
    let (spans, exporter) = traces.map_or((None, None), |(spans, exporter)| (Some(spans), Some(exporter)));
    logs::init(args.log.into(), &args.log_filter, spans).context("--log-filter")?;
    let runtime = runtime()?;
    if let Some(exporter) = exporter {
        runtime.spawn(exporter.run());
    }
    let RunArgs { policies, prometheus, flags, state, .. } = &args;
    if let (Some(policies), Some(url), Some(flags), Some(state)) = (policies, prometheus, flags, state) {
        check_url(url)?;
        let paths = Paths { policies: policies.clone(), flags: flags.clone(), state: state.clone() };
        return runtime.block_on(async {
            let outlets = Outlets { listen: args.listen.clone(), history: args.history.clone() };
            run::run(&paths, url, &outlets, signals()?).await?;
            Ok(ExitCode::SUCCESS)
        });
    }
    let options = cluster(args)?;
    runtime.block_on(async {
        controller::run(options, signals()?).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Where traces go, if anywhere.
fn traced(endpoint: Option<String>) -> Result<Option<(Spans, Exporter)>> {
    let Some(endpoint) = endpoint.or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT")) else {
        return Ok(None);
    };
    let headers = variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
    let clock = Clock::system();
    let opened = traces::open(&endpoint, &headers, Arc::new(move || clock.now()));
    opened.map(Some).map_err(|problem| anyhow!("{problem}"))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn cluster(args: RunArgs) -> Result<controller::Options> {
    let random = RandomState::new().hash_one(std::process::id());
    let host = variable("HOSTNAME").unwrap_or_else(|| "flyball".to_string());
    Ok(controller::Options {
        kubeconfig: args.kubeconfig,
        namespace: home(args.namespace),
        realm: realm(args.watch_namespaces)?,
        identity: args.identity.unwrap_or_else(|| format!("{host}-{:08x}", random >> 32)),
        lease: args.lease,
        listen: args.listen,
        history: args.history,
        checkpoints: args.checkpoints,
    })
}

/// The governor's own namespace.
pub fn home(named: Option<String>) -> String {
    let own = || std::env::var("POD_NAMESPACE").ok().filter(|value| !value.is_empty());
    named.or_else(own).unwrap_or_else(|| HOME.to_string())
}

/// The namespaces that a governor has: those that are named, else those of WATCH_NAMESPACE, else all.
pub fn realm(named: Vec<String>) -> Result<Realm> {
    let (named, origin) = match named.is_empty() {
        false => (named, "--watch-namespace"),
        true => {
            let listed = variable("WATCH_NAMESPACE").unwrap_or_default();
            let listed = listed.split(',').filter(|name| !name.trim().is_empty());
            (listed.map(str::to_string).collect(), "WATCH_NAMESPACE")
        }
    };
    Realm::of(named).map_err(|why| anyhow!("{origin}: {why}"))
}

/// Tries everything outside that is declared; 1 if something cannot be used.
pub fn check(args: CheckArgs) -> Result<ExitCode> {
    let options = checker::Options {
        kubeconfig: args.kubeconfig,
        namespace: home(args.namespace),
        realm: realm(args.watch_namespaces)?,
    };
    let useless = runtime()?.block_on(checker::check(&options, &mut io::stdout()))?;
    Ok(if useless == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Records what queries answered.
pub fn record(args: RecordArgs) -> Result<ExitCode> {
    check_url(&args.prometheus)?;
    let loaded = load::load(&args.policy)?;
    loaded.problems.iter().for_each(|(origin, problem)| eprintln!("not accepted: {origin}: {problem}"));
    if loaded.policies.is_empty() {
        bail!("--policy {}: no policy is accepted", args.policy.display());
    }
    let client = Client::new(Settings::new(&args.prometheus)).map_err(|problem| anyhow!("{problem}"))?;
    let asked = recorder::args::Args {
        start: args.start,
        end: args.end,
        step: args.step,
        stretch: args.stretch,
        origin: args.origin,
        out: args.out,
    };
    let mut progress = |now: recorder::Progress<'_>| {
        eprint!(
            "\r\x1b[Kquery {} of {}, {} of {} instants",
            now.number, now.queries, now.instants, now.count
        );
    };
    let summary = runtime()?.block_on(recorder::run(asked, &loaded.policies, &client, &mut progress))?;
    eprintln!(
        "\r\x1b[K{} queries, {} series, {} instants, {} values, {} bytes",
        summary.queries, summary.series, summary.instants, summary.values, summary.bytes
    );
    summary.empty.iter().for_each(|query| eprintln!("nothing was answered to: {query}"));
    Ok(ExitCode::SUCCESS)
}

/// Checks manifests; 1 if there are problems.
pub fn lint(args: LintArgs) -> Result<ExitCode> {
    let outcome = linter::run(&args.files, io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(if outcome.problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the CRDs, or writes them into a directory.
pub fn crd(args: CrdArgs) -> Result<ExitCode> {
    let manifests = crd::definitions::files();
    let Some(folder) = args.out else {
        let texts: Vec<String> = manifests.into_iter().map(|(_, text)| text).collect();
        io::stdout().lock().write_all(texts.join("---\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("--out {}", folder.display()))?;
    for (name, text) in manifests {
        let path: PathBuf = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks a history; 1 if its chain is broken.
pub fn verify_history(args: VerifyArgs) -> Result<ExitCode> {
    let checked = history::verify(&args.file).with_context(|| args.file.display().to_string())?;
    match checked {
        Ok(chain) => {
            println!("{} lines, none missing or changed; the last hash is {}", chain.lines, chain.last);
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            println!("{broken}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Refuses a URL that cannot be an endpoint.
pub fn check_url(url: &str) -> Result<()> {
    Endpoint::parse("--prometheus", url).map(|_| ()).map_err(|problem| anyhow!("{problem}"))
}

/// What asynchronous work runs on.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("cannot start")
}

/// Turns true at the first SIGTERM or SIGINT.
fn signals() -> Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        // Nobody listens any more: then there is nothing to stop.
        let _ = stop.send(true);
    });
    Ok(stopped)
}
