//! What people may be told of: events in the life of a Decision and of the whole fleet, and which
//! of them somebody has not been told of yet.
//!
//! Owns that arithmetic as data. It sends nothing: what was told is handed in, what is owed comes
//! out, so that after a crash the same is owed as before it.

use super::effect::EffectVerdict;
use super::episode::{Episode, Outcome, Phase};
use super::reason::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that a person may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Event {
    WouldAct,
    Blocked,
    AwaitingApproval,
    Acted,
    Latched,
    Ineffective,
    Blind,
    Restored,
    Expired,
    Superseded,
    FlagGone,
    Released,
    Denied,
    Failed,
    Passed,
    BreakerOpen,
    ReleaseAll,
    Storm,
}

/// How urgently a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Good,
    Info,
    Warning,
    Critical,
}

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

/// One receiver of a policy's, or the Governor's, messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Name of the Notifier.
    pub notifier: String,
    pub events: BTreeSet<Event>,
}

/// An event that took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub event: Event,
    pub at: DateTime<Utc>,
    pub reasons: Vec<Reason>,
}

/// What one receiver was told of one Decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    pub events: BTreeSet<Event>,
    /// It was told of the end.
    pub closed: bool,
    /// Where the receiver keeps the message, if it can be changed or answered.
    pub handle: Option<String>,
}

/// What one receiver is to be told of one Decision now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// What the message is about.
    pub what: Happened,
    /// It tells of the end.
    pub closes: bool,
    /// Every event that it stands for.
    pub marks: BTreeSet<Event>,
}

/// Older news than this is told to nobody who was not told of the Decision before.
const STALE: TimeDelta = TimeDelta::hours(1);

impl Event {
    pub const ALL: [Event; 18] = [
        Self::WouldAct,
        Self::Blocked,
        Self::AwaitingApproval,
        Self::Acted,
        Self::Latched,
        Self::Ineffective,
        Self::Blind,
        Self::Restored,
        Self::Expired,
        Self::Superseded,
        Self::FlagGone,
        Self::Released,
        Self::Denied,
        Self::Failed,
        Self::Passed,
        Self::BreakerOpen,
        Self::ReleaseAll,
        Self::Storm,
    ];

    /// Events of the fleet rather than of one Decision.
    pub const FLEET: [Event; 3] = [Self::BreakerOpen, Self::ReleaseAll, Self::Storm];

    /// The word in specs, status and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WouldAct => "WouldAct",
            Self::Blocked => "Blocked",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::Acted => "Acted",
            Self::Latched => "Latched",
            Self::Ineffective => "Ineffective",
            Self::Blind => "Blind",
            Self::Restored => "Restored",
            Self::Expired => "Expired",
            Self::Superseded => "Superseded",
            Self::FlagGone => "FlagGone",
            Self::Released => "Released",
            Self::Denied => "Denied",
            Self::Failed => "Failed",
            Self::Passed => "Passed",
            Self::BreakerOpen => "BreakerOpen",
            Self::ReleaseAll => "ReleaseAll",
            Self::Storm => "Storm",
        }
    }

    /// How urgent it is, where it has just begun or, with `closes`, where it ends something.
    pub fn severity(self, closes: bool) -> Severity {
        match self {
            Self::BreakerOpen | Self::ReleaseAll | Self::Storm if closes => Severity::Good,
            Self::Latched | Self::Ineffective | Self::Blind | Self::Failed | Self::BreakerOpen => {
                Severity::Critical
            }
            Self::Storm | Self::Blocked | Self::AwaitingApproval | Self::Acted => Severity::Warning,
            Self::Expired | Self::Superseded | Self::FlagGone | Self::ReleaseAll => Severity::Warning,
            Self::WouldAct | Self::Released | Self::Denied => Severity::Info,
            Self::Restored | Self::Passed => Severity::Good,
        }
    }

    /// The event that an outcome is.
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Restored => Self::Restored,
            Outcome::Expired => Self::Expired,
            Outcome::Superseded => Self::Superseded,
            Outcome::Ineffective => Self::Ineffective,
            Outcome::Released => Self::Released,
            Outcome::Denied => Self::Denied,
            Outcome::Failed => Self::Failed,
            Outcome::FlagGone => Self::FlagGone,
            Outcome::Passed => Self::Passed,
        }
    }
}

impl Severity {
    /// The word in messages and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What happened in a life until now, in order, but for its end; `blind_since`: since when the
/// evidence of a live hold has been missing, if that is long enough to be told.
pub fn happened(episode: &Episode, blind_since: Option<DateTime<Utc>>) -> Vec<Happened> {
    let mut found: Vec<Happened> = Vec::new();
    let mut add = |event, at, reasons: &[Reason]| {
        if !found.iter().any(|known| known.event == event) {
            found.push(Happened { event, at, reasons: reasons.to_vec() });
        }
    };
    let mut why: &[Reason] = &[];
    for step in &episode.transitions {
        match step.phase {
            Phase::WouldAct => add(Event::WouldAct, step.at, &step.reasons),
            Phase::Blocked => add(Event::Blocked, step.at, &step.reasons),
            Phase::AwaitingApproval => add(Event::AwaitingApproval, step.at, &step.reasons),
            Phase::Acting => why = &step.reasons,
            // That a flag was read back says that it was done; why it was done stands before it.
            Phase::Holding => add(Event::Acted, step.at, if why.is_empty() { &step.reasons } else { why }),
            Phase::Open => add(Event::Acted, step.at, &step.reasons),
            Phase::Latched => add(Event::Latched, step.at, &step.reasons),
            Phase::Probing | Phase::Restoring | Phase::Ended => {}
        }
    }
    if let Some(effect) = episode.effect.as_ref().filter(|_| episode.outcome.is_none())
        && effect.verdict == Some(EffectVerdict::Ineffective)
    {
        let reason = Reason::new(super::reason::Code::Ineffective, effect.message.clone());
        add(Event::Ineffective, effect.clock.unwrap_or(episode.since), &[reason]);
    }
    if let Some(since) = blind_since.filter(|_| episode.phase.holds()) {
        add(Event::Blind, since, &episode.reasons);
    }
    found
}

/// The end of a life, if it has ended.
pub fn end(episode: &Episode) -> Option<Happened> {
    let outcome = episode.outcome.filter(|_| episode.phase == Phase::Ended)?;
    Some(Happened { event: Event::of(outcome), at: episode.since, reasons: episode.reasons.clone() })
}

/// What a receiver of `events` is to be told of a life. Several things at once make one message,
/// about the last; a life that has ended makes one about the end. Whoever was told of a life is
/// told of its end, whether or not that is among `events`: a cut that was announced does not stay
/// so for ever in people's minds.
pub fn owed(
    now: DateTime<Utc>,
    events: &BTreeSet<Event>,
    told: &Told,
    happened: &[Happened],
    end: Option<&Happened>,
) -> Option<Owed> {
    let fresh = |what: &&Happened| now - what.at < STALE;
    let wanted = |what: &&Happened| events.contains(&what.event) && !told.events.contains(&what.event);
    let new: Vec<&Happened> = happened.iter().filter(wanted).filter(fresh).collect();
    let marks = || new.iter().map(|what| what.event).collect::<BTreeSet<Event>>();
    match end {
        Some(_) if told.closed => None,
        Some(end) => {
            let asked = events.contains(&end.event) && fresh(&end);
            (asked || !told.events.is_empty() || !new.is_empty()).then(|| Owed {
                what: end.clone(),
                closes: true,
                marks: marks(),
            })
        }
        None => new.last().map(|last| Owed { what: (*last).clone(), closes: false, marks: marks() }),
    }
}

#[cfg(test)]
mod tests;
