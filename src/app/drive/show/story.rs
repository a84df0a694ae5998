//! What happened, in sentences: one line per step of a Decision, one per write to a flag.

use crate::app::apply::desk;
use crate::app::apply::effect::{Done, Kind};
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::issue::Answer;
use crate::domain::model::reason::Reason;
use chrono::{DateTime, Utc};
use diffy::DiffOptions;

/// Whether the episode entered its phase just now; else only its reasons are new.
pub fn moved(episode: &Episode) -> bool {
    episode.transitions.last().is_none_or(|last| last.reasons == episode.reasons)
}

/// A step of a Decision's life: when, who, what, and why.
pub fn step(now: DateTime<Utc>, episode: &Episode) -> String {
    let what = match episode.phase {
        Phase::WouldAct => format!("would set {}", action(episode)),
        Phase::Blocked => format!("is refused {}", action(episode)),
        Phase::AwaitingApproval => format!("asks to set {}", action(episode)),
        Phase::Acting if episode.relapses > 0 => format!("cuts again: {}", action(episode)),
        Phase::Acting => format!("cuts: {}", action(episode)),
        Phase::Holding => format!("holds {}", action(episode)),
        Phase::Probing => format!("gives back and watches {}", action(episode)),
        Phase::Restoring => format!("restores {}", action(episode)),
        Phase::Latched => format!("latches {}", action(episode)),
        Phase::Open if episode.issues.is_empty() => "is open: people are asked".to_string(),
        Phase::Open => format!("is open: people are asked by {}", action(episode)),
        Phase::Ended => match episode.outcome {
            Some(outcome) => format!("ended: {}", outcome.as_str()),
            None => "ended".to_string(),
        },
    };
    let who = format!("{} {} ({})", episode.key.service, episode.key.tier, episode.level);
    format!("{}  {who} {what}\n{}", stamp(now), reasons(&episode.reasons))
}

/// The reasons, one indented line each.
pub fn reasons(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| format!("      {reason}\n")).collect()
}

/// A write to a flag.
pub fn write(done: &Done) -> String {
    let verb = match done.kind {
        Kind::Cut => format!("set to {}", done.fallback),
        Kind::Extend => "its cut prolonged".to_string(),
        Kind::Restore => "given back its original".to_string(),
    };
    match &done.trouble {
        None => format!("flag {} of {}: {verb}", done.key, done.provider),
        Some(trouble) => format!("flag {} of {}: not {verb}: {trouble}", done.key, done.provider),
    }
}

/// A look at an issue, if anything was written or went wrong.
pub fn looked(done: &desk::Done) -> Option<String> {
    let place = format!("issue in {} of {}", done.repository, done.tracker);
    match &done.view.answer {
        Answer::Trouble(reason) => Some(format!("{place}: {reason}")),
        Answer::Seen(_) if done.written.is_empty() => None,
        Answer::Seen(seen) => {
            Some(format!("{place}: {} #{} {}", done.written.join(", "), seen.number, seen.url))
        }
    }
}

/// The lines that differ between two texts of the flag file, with two lines of context; empty
/// where they are the same.
pub fn diff(before: &str, after: &str, old: &str, new: &str) -> String {
    if before == after {
        return String::new();
    }
    let mut options = DiffOptions::new();
    options.set_context_len(2);
    options.set_original_filename(old.to_string()).set_modified_filename(new.to_string());
    options.create_patch(before, after).to_string()
}

/// Minutes are enough for people.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.format("%a %F %H:%MZ").to_string()
}

/// What an episode does or would do, in a few words: `inventory-strong-check=off`.
pub fn action(episode: &Episode) -> String {
    let flags = episode.flags.iter().map(|flag| format!("{}={}", flag.key, flag.fallback));
    let issues = episode.issues.iter().map(ToString::to_string);
    let flags = flags.chain(issues).collect::<Vec<_>>().join(",");
    match episode.phase {
        Phase::WouldAct | Phase::Blocked => format!("({flags})"),
        Phase::Open => flags,
        _ if episode.first_cut.is_none() => format!("({flags})"),
        _ => flags,
    }
}
