//! One replay from its start to its end.

use super::labels::accuracy;
use super::labels::heights::Heights;
use super::labels::incident::Incident;
use super::outcome::Outcome;
use super::play::setting::Setting;
use super::play::stage::{Stage, Tick};
use super::tell::teller::Teller;
use crate::app::observe::observer::Observer;
use crate::domain::model::proposal::Mode;
use chrono::{DateTime, TimeDelta, Utc};

/// How far a replay is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub now: DateTime<Utc>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub decisions: usize,
}

/// Somebody else who watches a replay, instant by instant.
pub trait Watch {
    /// What happened at one instant; the stage is as it is after it.
    fn saw(&mut self, tick: &Tick, stage: &Stage);
}

/// Replays a setting on the answers of `observer`.
pub async fn replay(
    setting: Setting,
    observer: Observer,
    labels: Option<&[Incident]>,
    (watch, progress): (&mut dyn Watch, &mut dyn FnMut(Progress)),
) -> Outcome {
    let (from, to) = (setting.start, setting.end);
    let assumes = assumed(&setting);
    let mut stage = Stage::new(setting, observer);
    let mut teller = Teller::new(stage.policies());
    let fastest = stage.policies().iter().map(|policy| policy.interval).min().unwrap_or_default();
    let interval = TimeDelta::from_std(fastest).unwrap_or(TimeDelta::seconds(1));
    let mut heights = labels.map(|_| Heights::new(from, to, interval));
    while let Some(tick) = stage.step().await {
        teller.note(&tick, &stage.cycle);
        watch.saw(&tick, &stage);
        if let Some(heights) = &mut heights {
            note(heights, &tick, &stage);
        }
        progress(Progress { now: tick.now, from, to, decisions: teller.decisions() });
    }
    let mut outcome = Outcome { assumes, ..teller.tell(from, to) };
    if let (Some(heights), Some(labels)) = (&heights, labels) {
        accuracy::judge(&mut outcome, heights, labels);
    }
    outcome
}

fn note(heights: &mut Heights, tick: &Tick, stage: &Stage) {
    for (key, at, look) in &tick.looks {
        if let Some(policy) = stage.policies().iter().find(|policy| policy.key == *key) {
            heights.note(policy, *at, look);
        }
    }
}

/// What a reader must know to judge what was found.
fn assumed(setting: &Setting) -> Vec<String> {
    let mut assumes = vec![match setting.effect {
        None => "The metrics are those of the past: they do not answer to a cut.".to_string(),
        Some(after) => format!(
            "A breach is over {} after each cut, until the feature is given back (--assume-effect); \
             the metrics of the past do not answer to a cut.",
            crate::domain::policy::duration::format(after)
        ),
    }];
    let missing: Vec<String> =
        setting.all_providers().into_keys().filter(|name| !setting.providers.contains_key(name)).collect();
    if !missing.is_empty() {
        assumes.push(format!(
            "FlagProvider {}: every flag exists, can be cut, and is changed by nobody else.",
            missing.join(", ")
        ));
    }
    let tiers = || setting.policies.iter().flat_map(|policy| &policy.tiers);
    if setting.effect.is_none() && tiers().any(|tier| tier.verify.is_some() && tier.mode != Mode::Observe) {
        assumes.push("So an effect that is verified reads Ineffective while the breach lasts.".to_string());
    }
    if tiers().any(|tier| tier.mode == Mode::Approve) {
        assumes.push("Nobody answered: approvals ended by their timeout.".to_string());
    }
    assumes
}
