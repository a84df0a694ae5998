//! `flyball replay`: inputs gathered, one or two replays, the outcome shown.

use super::commands::{check_url, runtime};
use super::replay_args::{Output, ReplayArgs};
use crate::app::clock::Clock;
use crate::app::cycle::make::seasonal;
use crate::app::observe::observer::Observer;
use crate::app::observe::source::Source;
use crate::app::replay::fetch::fetch;
use crate::app::replay::labels::incident::{self, Incident};
use crate::app::replay::once::{self, Progress, Watch};
use crate::app::replay::outcome::Outcome;
use crate::app::replay::play::setting::{Setting, default_governor, stand_in};
use crate::app::replay::play::stage::{Stage, Tick};
use crate::app::replay::report::collect::Collect;
use crate::app::replay::report::page::page;
use crate::app::replay::show::compare::compare;
use crate::app::replay::show::table::table;
use crate::app::standalone::load::{self, Loaded};
use crate::app::standalone::wire;
use crate::domain::model::provider::ProviderFacts;
use crate::edge::crd::accept::flag_provider::{Accepted, Place};
use crate::edge::file::text;
use crate::edge::prometheus::client::Client;
use crate::edge::recording::kept::Kept;
use crate::edge::recording::reader;
use crate::edge::yaml;
use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What a script sees when `--fail-on` holds.
const FOUND: u8 = 3;
/// Largest file of labels, in bytes.
const LABELS_MAX: u64 = 256 * 1024 * 1024;
/// Questions to a source at once.
const CONCURRENCY: usize = 2;
/// How often progress is told where it cannot be overwritten.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Where readings come from, and over what span.
struct Past {
    origin: Origin,
    name: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

enum Origin {
    Source(Source),
    /// A live source by its URL, and what of its past is on disk.
    Live(String, Kept),
    /// A live source that is connected already.
    Open(Client, Kept),
}

/// A source that is known otherwise than by arguments, and the manifests that came with it.
pub struct Live {
    pub url: String,
    pub client: Client,
    /// (origin, text)
    pub manifests: Vec<(String, String)>,
}

/// Replays the past.
pub fn replay(args: ReplayArgs) -> Result<ExitCode> {
    replay_on(args, None)
}

/// The same on a source that is connected already.
pub fn replay_on(args: ReplayArgs, live: Option<Live>) -> Result<ExitCode> {
    if args.labels.is_none() && args.fail_on.iter().any(|fail| fail.needs_labels()) {
        bail!("--fail-on false-alarms and missed are judged by labels; give --labels FILE");
    }
    let labels = args.labels.as_deref().map(labels).transpose()?;
    let beside = live.as_ref().map(|live| live.manifests.clone()).unwrap_or_default();
    let loaded = policies("--policy", &beside, &args.policies)?;
    let other = match args.compare.is_empty() {
        true => None,
        false => Some(policies("--compare", &beside, &args.compare)?),
    };
    let mut past = past(&args)?;
    if let (Some(live), Origin::Live(_, kept)) = (live, &past.origin) {
        past.origin = Origin::Open(live.client, kept.clone());
    }
    let runtime = runtime()?;
    let once = |loaded: &Loaded, watch: &mut dyn Watch| {
        runtime.block_on(one(&args, loaded, &past, (labels.as_deref(), watch)))
    };
    let outcome = match &args.report {
        Some(path) => reported(path, &loaded, &past, once)?,
        None => once(&loaded, &mut Nobody)?,
    };
    let other = other.map(|mut other| {
        other.governor = other.governor.or_else(|| loaded.governor.clone());
        once(&other, &mut Nobody)
    });
    show(&args, &outcome, other.transpose()?.as_ref())?;
    Ok(judge(&args, &outcome))
}

fn policies(option: &str, beside: &[(String, String)], paths: &[PathBuf]) -> Result<Loaded> {
    let loaded = load::load_beside(beside, paths)?;
    loaded.problems.iter().for_each(|(origin, problem)| eprintln!("not accepted: {origin}: {problem}"));
    if loaded.policies.is_empty() {
        bail!("{option}: no policy is accepted");
    }
    Ok(loaded)
}

fn labels(path: &Path) -> Result<Vec<Incident>> {
    let text = text::read(path, LABELS_MAX).context("--labels")?;
    incident::read(&text).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        anyhow!("--labels {}:{}", path.display(), told.concat())
    })
}

fn past(args: &ReplayArgs) -> Result<Past> {
    match (&args.recording, &args.prometheus) {
        (Some(path), _) => recorded(args, path),
        (None, Some(url)) => live(args, url),
        (None, None) => bail!("give --recording FILE, or --prometheus URL and --since DURATION"),
    }
}

fn recorded(args: &ReplayArgs, path: &Path) -> Result<Past> {
    let recording = reader::open(path).context("--recording")?;
    let (first, last) = (recording.header().start, recording.header().end());
    let end = args.until.unwrap_or(last).min(last);
    let since = args.since.and_then(|since| TimeDelta::from_std(since).ok());
    let start = since.map_or(first, |since| (end - since).max(first));
    if start >= end {
        bail!("--until {end}: the recording goes from {first} to {last}; write an instant in between");
    }
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().to_string());
    let origin = Origin::Source(Source::Recording(Arc::new(recording)));
    Ok(Past { origin, name: format!("recording {name}"), start, end })
}

fn live(args: &ReplayArgs, url: &str) -> Result<Past> {
    check_url(url)?;
    let end = args.until.unwrap_or_else(|| Clock::system().now());
    let since = args.since.and_then(|since| TimeDelta::from_std(since).ok());
    let since = since.filter(|since| *since > TimeDelta::zero());
    let start = since.and_then(|since| end.checked_sub_signed(since));
    let start = start.context("--since: write how far back, as in `336h` for 14 days")?;
    let folder = match &args.cache {
        Some(folder) => folder.clone(),
        None => cache_folder().context("--cache: there is no home directory; give a directory")?,
    };
    let kept = Kept::open(&folder, url).with_context(|| format!("--cache {}", folder.display()))?;
    // The URL may carry a password; the host says enough.
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_string));
    let name = format!("Prometheus at {}", host.unwrap_or_default());
    Ok(Past { origin: Origin::Live(url.to_string(), kept), name, start, end })
}

/// `flyball/replay` in the user's cache directory.
fn cache_folder() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    cache.map(|cache| cache.join("flyball/replay"))
}

/// The source to replay from; what a live one is to be asked is fetched first.
async fn source(past: &Past, loaded: &Loaded, setting: &Setting) -> Result<Source> {
    let (client, mut kept) = match &past.origin {
        Origin::Source(source) => return Ok(source.clone()),
        Origin::Open(client, kept) => (client.clone(), kept.clone()),
        Origin::Live(url, kept) => match wire::live(url, loaded)? {
            Source::Prometheus(client) => (client, kept.clone()),
            _ => bail!("--prometheus {url}: it is no live source"),
        },
    };
    let mut line = Line::new();
    let mut told = |done, all| line.say(&format!("fetched {done} of {all} parts of the past"));
    fetch(setting, &client, &mut kept, &mut told).await?;
    line.clear();
    Ok(Source::Kept(Arc::new(kept)))
}

/// A replay with its report.
fn reported(
    path: &Path,
    loaded: &Loaded,
    past: &Past,
    once: impl Fn(&Loaded, &mut dyn Watch) -> Result<Outcome>,
) -> Result<Outcome> {
    let fastest = loaded.policies.iter().map(|policy| policy.interval).min().unwrap_or_default();
    let mut collect = Collect::new(past.start, past.end, fastest);
    let outcome = once(loaded, &mut collect)?;
    collect.finish();
    let page = page(&outcome, &loaded.policies, &collect);
    std::fs::write(path, page).with_context(|| format!("--report {}: cannot be written", path.display()))?;
    Ok(outcome)
}

async fn one(
    args: &ReplayArgs,
    loaded: &Loaded,
    past: &Past,
    (labels, watch): (Option<&[Incident]>, &mut dyn Watch),
) -> Result<Outcome> {
    let setting = setting(args, loaded, past);
    let source = source(past, loaded, &setting).await?;
    let names = loaded.policies.iter().map(|policy| policy.source.clone());
    let sources: BTreeMap<String, Source> = names.map(|name| (name, source.clone())).collect();
    let observer = Observer::new(sources, CONCURRENCY);
    let mut line = Line::new();
    let mut progress = |now: Progress| line.tell(now);
    let outcome = once::replay(setting, observer, labels, (watch, &mut progress)).await;
    line.clear();
    let assumes = outcome.assumes.iter().cloned().chain(assumed(args, loaded)).collect();
    Ok(Outcome { source: past.name.clone(), assumes, ..outcome })
}

fn setting(args: &ReplayArgs, loaded: &Loaded, past: &Past) -> Setting {
    let mut setting = Setting::new(loaded.policies.clone(), (past.start, past.end), seasonal());
    let governing = loaded.governor.as_ref().map(|(_, governing)| governing);
    let declared = governing.map(|governing| governing.governor.clone());
    setting.governor = declared.or_else(|| Some(default_governor()));
    setting.windows = governing.map(|governing| governing.windows.clone()).unwrap_or_default();
    setting.startup = governing.and_then(|governing| governing.startup);
    setting.lags = loaded.sources.iter().map(|(name, source)| (name.clone(), source.lag)).collect();
    setting.providers =
        loaded.providers.iter().map(|(name, found)| (name.clone(), facts(name, found))).collect();
    setting.restarts = args.restart_at.clone();
    setting.effect = args.assume_effect;
    match args.mode {
        Some(mode) => setting.in_mode(mode.into()),
        None => setting,
    }
}

/// A declared FlagProvider, whose flags are all there: who may use it, what it can do and what it can
/// serve is asked, as live.
fn facts(name: &str, accepted: &Accepted) -> ProviderFacts {
    let place = &accepted.place;
    let (capabilities, fallbacks) = (place.capabilities(), place.fallbacks());
    let (object, base) = match place {
        Place::File { .. } | Place::Server(_) => (None, None),
        Place::Document { object, .. } | Place::Values { object } => (Some(object.clone()), None),
        Place::FeatureFlags { object, base } => (Some(object.clone()), base.clone()),
    };
    let (access, propagation) = (accepted.access.clone(), accepted.propagation);
    ProviderFacts { object, base, capabilities, fallbacks, access, propagation, ..stand_in(name) }
}

/// What was assumed of the inputs.
fn assumed(args: &ReplayArgs, loaded: &Loaded) -> Vec<String> {
    let mut assumed = Vec::new();
    if let Some(mode) = args.mode {
        let word = mode.as_str();
        assumed.push(format!("Every tier is replayed in mode {word}, whatever its policy says (--mode)."));
    }
    if loaded.governor.is_none() {
        assumed.push("No Governor was given: budgets are the documented defaults.".to_string());
    }
    for restart in &args.restart_at {
        assumed.push(format!("The governor was started anew at {restart} (--restart-at)."));
    }
    let refused = loaded.problems.iter();
    assumed.extend(
        refused.map(|(origin, problem)| format!("Not replayed, as it is not accepted: {origin}: {problem}")),
    );
    assumed
}

fn show(args: &ReplayArgs, outcome: &Outcome, other: Option<&Outcome>) -> Result<()> {
    let both = other.map(|other| compare(outcome, other));
    let text = match (args.output, &both) {
        (Output::Table, None) => table(outcome),
        (Output::Table, Some(both)) => format!("{}\n{}", table(outcome), both.table()),
        (Output::Json, None) => serde_json::to_string_pretty(outcome)? + "\n",
        (Output::Json, Some(both)) => serde_json::to_string_pretty(both)? + "\n",
        (Output::Yaml, None) => yaml::to_string(outcome).map_err(|why| anyhow!(why))?,
        (Output::Yaml, Some(both)) => yaml::to_string(both).map_err(|why| anyhow!(why))?,
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the output"),
    }
}

fn judge(args: &ReplayArgs, outcome: &Outcome) -> ExitCode {
    let found: Vec<String> = args.fail_on.iter().filter_map(|fail| fail.judge(outcome)).collect();
    found.iter().for_each(|found| eprintln!("flyball: --fail-on: {found}"));
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) }
}

/// Nobody looks on.
struct Nobody;

impl Watch for Nobody {
    fn saw(&mut self, _: &Tick, _: &Stage) {}
}

/// Progress on standard error: one line, overwritten on a terminal, else one every ten seconds.
struct Line {
    clock: Clock,
    terminal: bool,
    told: Duration,
}

impl Line {
    fn new() -> Self {
        Self { clock: Clock::system(), terminal: io::stderr().is_terminal(), told: Duration::ZERO }
    }

    fn tell(&mut self, now: Progress) {
        let done = (now.now - now.from).num_milliseconds() as f64;
        let all = (now.to - now.from).num_milliseconds().max(1) as f64;
        let at = now.now.format("%F %H:%MZ");
        self.say(&format!("{:.0} %, {at}, {} decisions", 100.0 * done / all, now.decisions));
    }

    fn say(&mut self, text: &str) {
        let every = if self.terminal { Duration::from_millis(200) } else { TOLD_EVERY };
        let elapsed = self.clock.elapsed();
        if elapsed < self.told + every {
            return;
        }
        self.told = elapsed;
        match self.terminal {
            true => eprint!("\r\x1b[K{text}"),
            false => eprintln!("{text}"),
        }
    }

    fn clear(&self) {
        if self.terminal && self.told > Duration::ZERO {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::crd::accept::flag_provider::flag_provider;
    use serde_json::json;

    #[test]
    fn a_declared_provider_is_replayed_with_what_it_can_do_and_serve() {
        let accepted =
            |spec: serde_json::Value| flag_provider(&serde_json::from_value(spec).unwrap()).unwrap();
        let auth = json!({"bearer": {"secretRef": {"name": "t"}}});
        let unleash = facts(
            "u",
            &accepted(
                json!({"unleash": {"endpoint": {"url": "https://u", "auth": auth}, "environment": "e"}}),
            ),
        );
        assert_eq!(unleash.fallbacks, ["off", "on"]);
        assert!(!unleash.capabilities.self_ending && unleash.capabilities.history);
        assert_eq!(unleash.propagation, Duration::from_secs(15));
        let beside =
            json!({"openFeature": {"object": {"name": "cut"}, "overlay": true, "base": {"name": "flags"}}});
        let beside = facts("b", &accepted(beside));
        assert!(beside.base.is_some() && beside.capabilities.self_ending && beside.fallbacks.is_empty());
    }
}
