//! `kubectl flyball`: arguments checked, the plugin called, what it says printed.
//!
//! Owns what differs between a terminal and a pipe: colour, redrawing, asking back.

use super::charts;
use super::commands::{lint, runtime};
use super::completion::script;
use super::kubectl_args::{
    AnswerArgs, Common, ExplainArgs, Form, HistoryArgs, InitArgs, KubectlArgs, ListForm, PauseArgs,
    ReleaseArgs, TopArgs, UnlatchArgs, Verb,
};
use super::reach::{client, cluster, door};
use super::screen::Screen;
use super::simulate::simulate;
use crate::app::clock::Clock;
use crate::app::plugin::cluster::{Cluster, Unread};
use crate::app::plugin::explain::decision::explain_decision;
use crate::app::plugin::explain::service::explain;
use crate::app::plugin::gather::find::{self, Subject};
use crate::app::plugin::gather::fleet::fleet;
use crate::app::plugin::gather::scene::scene;
use crate::app::plugin::history::{self, Wish};
use crate::app::plugin::init::written::init as draft;
use crate::app::plugin::order::pause::Order;
use crate::app::plugin::order::target::Target;
use crate::app::plugin::order::{answer, pause, release, unlatch};
use crate::app::plugin::plain::{plain, plain_value};
use crate::app::plugin::show::style::Style;
use crate::app::plugin::show::text;
use crate::app::plugin::top;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::rail::Pause;
use crate::edge::crd::kind::decision::Decision;
use crate::edge::crd::kind::decision_approval::ApprovalVerdict;
use crate::edge::crd::kind::service_health::ServiceHealth;
use crate::edge::kube::service::ServicePort;
use crate::edge::yaml;
use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

/// What a script sees when a confirmation is missing.
const NOT_CONFIRMED: u8 = 2;
/// Widest line, in characters.
const WIDTH_MAX: usize = 120;

/// Runs one command of the plugin.
pub fn kubectl(args: KubectlArgs) -> Result<ExitCode> {
    let KubectlArgs { common, verb } = args;
    match verb {
        Verb::Lint(args) => lint(args),
        Verb::Completion(args) => {
            print(&script(args.shell))?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Simulate(args) => simulate(&common, *args),
        Verb::Init(args) => runtime()?.block_on(init(&common, args)),
        verb => runtime()?.block_on(async { on(&cluster(&common).await?, verb).await }),
    }
}

/// The commands that need a cluster.
async fn on(cluster: &Cluster, verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Explain(args) => told(cluster, args).await,
        Verb::Top(args) => show_top(cluster, &args).await,
        Verb::History(args) => show_history(cluster, &args).await,
        Verb::Approve(args) => answered(cluster, args, ApprovalVerdict::Approve).await,
        Verb::Deny(args) => answered(cluster, args, ApprovalVerdict::Deny).await,
        Verb::Release(args) => released(cluster, args).await,
        Verb::Pause(args) => paused(cluster, &args, Order::Pause(directions(&args))).await,
        Verb::Resume(args) => paused(cluster, &args, Order::Resume(directions(&args))).await,
        Verb::Unlatch(args) => unlatched(cluster, args).await,
        Verb::Lint(_) | Verb::Completion(_) | Verb::Simulate(_) | Verb::Init(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Colour only on a terminal, and not where NO_COLOR is set.
fn style() -> Style {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    let wraps = io::stdout().is_terminal();
    Style { colour: wanted && !dumb && wraps, width: width.clamp(40, WIDTH_MAX), wraps }
}

/// Prints; a reader that has seen enough, as `head` does, is no failure.
fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the output"),
    }
}

fn as_data(form: Form, value: &impl Serialize) -> Result<String> {
    let value = plain_value(serde_json::to_value(value)?);
    match form {
        Form::Yaml => yaml::to_string(&value).map_err(|why| anyhow!(why)),
        Form::Text | Form::Json => Ok(serde_json::to_string_pretty(&value)? + "\n"),
    }
}

async fn told(cluster: &Cluster, args: ExplainArgs) -> Result<ExitCode> {
    let now = Clock::system().now();
    let subject = find::subject(cluster, &args.subject).await?;
    let service = match &subject {
        Subject::Service(service) => service.clone(),
        Subject::Decision(decision) => {
            ServiceKey::new(decision.metadata.namespace.clone().unwrap_or_default(), &decision.spec.service)
        }
    };
    let scene = scene(cluster, now, &service).await?;
    let style = style();
    let text = match (&subject, args.output) {
        (Subject::Service(_), Form::Text) => text::told(&explain(&scene), style),
        (Subject::Service(_), form) => as_data(form, &explain(&scene))?,
        (Subject::Decision(decision), Form::Text) => {
            text::decision(&explain_decision(&scene, decision), style)
        }
        (Subject::Decision(decision), form) => as_data(form, &explain_decision(&scene, decision))?,
    };
    print(&text)?;
    let door = door(&cluster.kube, args.prometheus_service.as_ref()).await?;
    let url = door.as_ref().map(|door| &door.url).or(args.prometheus.as_ref());
    if let (Some(url), Form::Text) = (url, args.output) {
        charts::draw(&scene, &client(url)?, &args, style.width, print).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_top(cluster: &Cluster, args: &TopArgs) -> Result<ExitCode> {
    let mut text = top_once(cluster, args).await?;
    if args.output == Form::Text && !args.once && io::stdout().is_terminal() {
        text = watched(cluster, args, text).await?;
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Draws it anew until a person or the system ends it; what was drawn last stays on the terminal.
async fn watched(cluster: &Cluster, args: &TopArgs, mut text: String) -> Result<String> {
    let screen = Screen::open().context("cannot draw")?;
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let ended = async {
        tokio::select! { _ = interrupted.recv() => {} _ = terminated.recv() => {} }
    };
    tokio::pin!(ended);
    let mut resized = signal(SignalKind::window_change())?;
    let mut trouble = String::new();
    let mut ticks = interval(args.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first one is at once, and that was read already.
    ticks.tick().await;
    loop {
        screen.draw(&format!("{text}{trouble}")).context("cannot draw")?;
        tokio::select! {
            () = &mut ended => return Ok(text),
            _ = resized.recv() => continue,
            _ = ticks.tick() => {}
        }
        let read = tokio::select! {
            () = &mut ended => return Ok(text),
            read = top_once(cluster, args) => read,
        };
        match read {
            Ok(read) => (text, trouble) = (read, String::new()),
            // A server that is away for a moment is no reason to leave.
            Err(error) => trouble = format!("\nnot read anew: {error:#}\n"),
        }
    }
}

async fn top_once(cluster: &Cluster, args: &TopArgs) -> Result<String> {
    let namespace = (!args.all_namespaces).then_some(cluster.namespace.as_str());
    let mut unread = Unread::new();
    let healths: Vec<ServiceHealth> = cluster.all(namespace, &mut unread).await?;
    let now = Clock::system().now();
    let top = top::top(now, &healths, &fleet(cluster).await);
    match args.output {
        Form::Text => Ok(top::text(now, &top, args.all_namespaces, style())),
        form => as_data(form, &top),
    }
}

async fn show_history(cluster: &Cluster, args: &HistoryArgs) -> Result<ExitCode> {
    let (namespace, service) = match args.service.as_deref().map(|name| name.split_once('/').ok_or(name)) {
        Some(Ok((namespace, service))) => (Some(namespace), Some(service)),
        Some(Err(service)) => (Some(cluster.namespace.as_str()), Some(service)),
        None => (Some(cluster.namespace.as_str()), None),
    };
    let namespace = namespace.filter(|_| !args.all_namespaces);
    let mut unread = Unread::new();
    let mut decisions: Vec<Decision> = cluster.all(namespace, &mut unread).await?;
    decisions.retain(|decision| service.is_none_or(|service| decision.spec.service == service));
    history::sort(&mut decisions);
    decisions.truncate(args.limit);
    let wish = Wish { namespaces: args.all_namespaces, wide: args.output == ListForm::Wide };
    print(&match args.output {
        ListForm::Json => as_data(Form::Json, &decisions)?,
        ListForm::Yaml => as_data(Form::Yaml, &decisions)?,
        ListForm::Table | ListForm::Wide if decisions.is_empty() => "there are no Decisions\n".to_string(),
        ListForm::Table | ListForm::Wide => history::lines(Clock::system().now(), &decisions, wish, style()),
    })?;
    unread.iter().for_each(|(kind, why)| eprintln!("flyball: {kind}: {why}"));
    Ok(ExitCode::SUCCESS)
}

async fn answered(cluster: &Cluster, args: AnswerArgs, verdict: ApprovalVerdict) -> Result<ExitCode> {
    let decision = find::decision(cluster, &args.decision).await?;
    done(&answer::answer(cluster, &decision, verdict, args.reason.as_deref()).await?)
}

async fn released(cluster: &Cluster, args: ReleaseArgs) -> Result<ExitCode> {
    let Some(name) = args.decision else {
        return match confirmed(release::ALL, args.yes)? {
            true => done(&release::release_all(cluster).await?),
            false => Ok(ExitCode::from(NOT_CONFIRMED)),
        };
    };
    let decision = find::decision(cluster, &name).await?;
    match confirmed(&release::about(&decision)?, args.yes)? {
        true => done(&release::release(cluster, &decision).await?),
        false => Ok(ExitCode::from(NOT_CONFIRMED)),
    }
}

/// Asks a person at a terminal; without one, --yes has to be given.
fn confirmed(what: &str, yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        eprintln!("flyball: {what}. Nobody can be asked here; add --yes if that is meant");
        return Ok(false);
    }
    eprint!("{what}. Go on? [y/N] ");
    io::stderr().flush().context("cannot ask")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    let sure = matches!(line.trim().to_lowercase().as_str(), "y" | "yes");
    if !sure {
        eprintln!("flyball: nothing was done");
    }
    Ok(sure)
}

fn done(said: &str) -> Result<ExitCode> {
    print(&format!("{said}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What --act and --restore choose: both where neither is given.
fn directions(args: &PauseArgs) -> Pause {
    let neither = !args.act && !args.restore;
    Pause { act: args.act || neither, restore: args.restore || neither }
}

async fn paused(cluster: &Cluster, args: &PauseArgs, order: Order) -> Result<ExitCode> {
    match &args.object {
        Some(object) => done(&pause::one(cluster, &Target::read(object)?, order).await?),
        None => done(&pause::all(cluster, order).await?),
    }
}

async fn unlatched(cluster: &Cluster, args: UnlatchArgs) -> Result<ExitCode> {
    let (target, namespace, tier) = match (args.subject.contains('/'), args.tier) {
        (true, Some(tier)) => (Target::read(&args.subject)?, None, tier),
        (true, None) => bail!("--tier: say which tier of {}", plain(&args.subject)),
        (false, tier) => {
            let (target, namespace, own) = unlatch::of(&find::decision(cluster, &args.subject).await?);
            (target, namespace, tier.unwrap_or(own))
        }
    };
    let namespace = namespace.unwrap_or_else(|| cluster.namespace.clone());
    done(&unlatch::unlatch(cluster, (&target, &namespace), &tier).await?)
}

async fn init(common: &Common, args: InitArgs) -> Result<ExitCode> {
    let door = match &args.prometheus_service {
        Some(service) => door(&cluster(common).await?.kube, Some(service)).await?,
        None => None,
    };
    let asked = door.as_ref().map(|door| door.url.clone()).or(args.prometheus.clone()).unwrap_or_default();
    let written_down = args.prometheus_service.as_ref().map(ServicePort::url).or(args.prometheus.clone());
    let now = Clock::system().now();
    let url = written_down.unwrap_or_default();
    let written = draft(&client(&asked)?, &url, common.namespace.as_deref(), now).await?;
    written.report.iter().for_each(|line| eprintln!("{line}"));
    if written.policies == 0 {
        bail!("no shipped policy fits what this Prometheus has; docs/library.md says what each needs");
    }
    match &args.out {
        None => print(&written.yaml)?,
        Some(path) => {
            std::fs::write(path, &written.yaml).with_context(|| format!("-o {}", path.display()))?;
            eprintln!("written to {}; `kubectl flyball lint -f` checks it", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
