//! Tiers: terms settled, keys checked, defaults filled in.

use super::issue_tracker::labels;
use super::problems::Problems;
use super::when::{Scope, when};
use crate::domain::model::id::digest;
use crate::domain::model::problem::Problem;
use crate::domain::model::proposal::Mode;
use crate::domain::model::template::Template;
use crate::domain::policy::spec::{Approval, FlagAction, IssueAction, Level, Recover, Tier, Verify};
use crate::edge::crd::kind::policy::action::{ActionSpec, OnFailureWord};
use crate::edge::crd::kind::policy::tier::{
    LevelWord, ModeWord, OnDeadlineWord, OnIneffectiveWord, OnTimeoutWord, RequiresWord, TierSpec,
};
use std::time::Duration;

const RECOVER: Duration = Duration::from_secs(5 * 60);
const MARGIN_PERCENT: f64 = 10.0;
const VERIFY: Duration = Duration::from_secs(3 * 60);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
const MAX_DURATION: Duration = Duration::from_secs(3600);
const COOLDOWN: Duration = Duration::from_secs(10 * 60);
const LATCH_AFTER: u32 = 3;
/// The text of an issue that names none.
const TEMPLATE: &str = "default";
const APPROVAL: Duration = Duration::from_secs(5 * 60);

/// Reads one tier. `mode` is the policy's own.
pub fn tier(
    problems: &mut Problems,
    field: &str,
    spec: &TierSpec,
    mode: ModeWord,
    scope: &Scope,
) -> Option<Tier> {
    let at = |name: &str| format!("{field}.{name}");
    let condition = when(problems, &at("when"), &spec.when, scope);
    let recover = spec.recover.clone().unwrap_or_default();
    let watched = spec.verify.clone().unwrap_or_default();
    let level = match spec.level {
        LevelWord::Fuse => Level::Fuse,
        LevelWord::Degrade => Level::Degrade,
        LevelWord::Optimize => Level::Optimize,
    };
    let actions = actions(problems, &at("actions"), &spec.actions);
    let issues = issues(problems, &at("actions"), &spec.actions);
    let max_duration = problems.duration(&at("maxDuration"), spec.max_duration.as_ref(), MAX_DURATION);
    if max_duration > LONGEST {
        let shown = spec.max_duration.as_ref().map_or("", |text| text.0.as_str());
        problems.add(Problem::new(at("maxDuration"), shown, "it is longer than 24h", "write 24h or less"));
    }
    Some(Tier {
        name: spec.name.clone(),
        level,
        mode: match spec.mode.unwrap_or(mode) {
            ModeWord::Observe => Mode::Observe,
            ModeWord::Approve => Mode::Approve,
            ModeWord::Enforce => Mode::Enforce,
        },
        when: condition?,
        requires_user_facing: match spec.requires {
            Some(RequiresWord::UserFacing) => true,
            Some(RequiresWord::Any) => false,
            None => level == Level::Fuse,
        },
        recover: Recover {
            lasting: problems.duration(&at("recover.for"), recover.lasting.as_ref(), RECOVER),
            margin_percent: recover.margin_percent.unwrap_or(MARGIN_PERCENT),
        },
        actions: actions?,
        issues: issues?,
        verify_within: problems.duration(&at("verify.within"), watched.within.as_ref(), VERIFY),
        verify: verify(problems, &at("verify"), spec, level, scope),
        max_duration,
        keep: spec.on_deadline == Some(OnDeadlineWord::Keep),
        cooldown: problems.duration(&at("cooldown"), spec.cooldown.as_ref(), COOLDOWN),
        latch_after: spec.latch_after.unwrap_or(LATCH_AFTER),
        sla_percent: spec.sla_impact.as_ref().and_then(|impact| impact.availability_percent).unwrap_or(0.0),
        approval: approval(problems, &at("approval"), spec),
        digest: digest(&[&serde_json::to_string(spec).unwrap_or_default()], 64),
    })
}

/// How the effect is judged; it is not without a signal.
fn verify(
    problems: &mut Problems,
    field: &str,
    spec: &TierSpec,
    level: Level,
    scope: &Scope,
) -> Option<Verify> {
    let written = spec.verify.as_ref()?;
    let name = written.signal.as_ref()?;
    let undo = match written.on_ineffective {
        Some(OnIneffectiveWord::Tell) => false,
        Some(OnIneffectiveWord::Undo) => true,
        None => level != Level::Fuse,
    };
    let found = scope.signals.iter().position(|signal| signal.name == *name);
    if found.is_none() {
        let known: Vec<&str> = scope.signals.iter().map(|signal| signal.name.as_str()).collect();
        let fix = format!("name one of: {}", known.join(", "));
        problems.add(Problem::new(format!("{field}.signal"), name, "no such signal is declared", fix));
    }
    found.map(|signal| Verify { signal, undo })
}

fn approval(problems: &mut Problems, field: &str, spec: &TierSpec) -> Approval {
    let own = spec.approval.clone().unwrap_or_default();
    Approval {
        timeout: problems.duration(&format!("{field}.timeout"), own.timeout.as_ref(), APPROVAL),
        act_on_timeout: own.on_timeout == Some(OnTimeoutWord::Act),
    }
}

/// The issues of a tier.
fn issues(problems: &mut Problems, field: &str, specs: &[ActionSpec]) -> Option<Vec<IssueAction>> {
    let read = specs.iter().enumerate().filter_map(|(i, spec)| {
        let issue = spec.issue.as_ref()?;
        let (at, text) = (format!("{field}[{i}].issue.repository"), &issue.repository);
        let repository = problems.take(&at, text, Template::parse(text));
        labels(problems, &format!("{field}[{i}].issue.labels"), &issue.labels);
        Some(repository.map(|repository| IssueAction {
            name: spec.name.clone(),
            tracker: issue.tracker_ref.name.clone(),
            repository,
            labels: issue.labels.clone(),
            template: issue.template.clone().unwrap_or_else(|| TEMPLATE.to_string()),
        }))
    });
    let all: Vec<Option<IssueAction>> = read.collect();
    all.into_iter().collect()
}

/// The flags of a tier.
fn actions(problems: &mut Problems, field: &str, specs: &[ActionSpec]) -> Option<Vec<FlagAction>> {
    let read = specs.iter().enumerate().filter_map(|(i, spec)| {
        let flag = spec.flag.as_ref()?;
        let key = problems.take(&format!("{field}[{i}].flag.key"), &flag.key, Template::parse(&flag.key));
        Some(key.map(|key| FlagAction {
            name: spec.name.clone(),
            provider: flag.provider_ref.name.clone(),
            key,
            fallback: flag.fallback.clone(),
            shared: flag.shared.unwrap_or(false),
            go_on: spec.on_failure == Some(OnFailureWord::Continue),
            demands: flag.demands.iter().map(|demand| (*demand).into()).collect(),
        }))
    });
    let all: Vec<Option<FlagAction>> = read.collect();
    all.into_iter().collect()
}
