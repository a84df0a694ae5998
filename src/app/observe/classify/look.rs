//! One policy at one instant: every service it governs, every signal of each.

use super::evidence::{Evidence, Instant};
use super::reading::read;
use super::seen::{PolicySeen, ServiceSeen, Sighting};
use crate::domain::model::id::ServiceKey;
use crate::domain::model::reading::{Reading, Rejection};
use crate::domain::policy::signal::Signal;
use crate::domain::policy::spec::Policy;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What one look at one policy's signals gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyLook {
    /// Readings of each governed service, in the order of the policy's signals.
    pub services: BTreeMap<ServiceKey, Vec<Reading>>,
    /// Services that were governed and are so no more: not seen for `forgetAfter`, or excluded.
    pub retired: Vec<ServiceKey>,
    /// Readings rejected, and rows that name no service, by signal and why.
    pub rejected: BTreeMap<(String, Rejection), u64>,
    /// Questions that failed, by signal, with a sentence.
    pub failures: Vec<(String, String)>,
}

/// Reads all of a policy's evidence at one instant. Same arguments, same answer; `seen` is
/// brought up to date. `evidence` is in the order of the policy's signals.
pub fn look(
    policy: &Policy,
    evidence: &[Evidence<'_>],
    at: DateTime<Utc>,
    seen: &mut PolicySeen,
) -> PolicyLook {
    let millis = at.timestamp_millis();
    let now: Vec<Instant<'_>> = evidence.iter().map(|evidence| evidence.at(millis)).collect();
    note_services(policy, &now, at, seen);
    let retired = retire(policy, at, seen);
    let mut look = PolicyLook { retired, rejected: unidentified(policy, &now), ..PolicyLook::default() };
    for (service, memory) in &mut seen.services {
        let signals = policy.signals.iter().zip(&now);
        let readings: Vec<Reading> =
            signals.map(|(signal, now)| remembered(policy, signal, now, service, at, memory)).collect();
        for (signal, reading) in policy.signals.iter().zip(&readings) {
            if let Reading::Rejected(why) = reading {
                *look.rejected.entry((signal.name.clone(), *why)).or_default() += 1;
            }
        }
        look.services.insert(service.clone(), readings);
    }
    look
}

/// Notes every governed service that any answer shows, and that the others were missed.
fn note_services(policy: &Policy, now: &[Instant<'_>], at: DateTime<Utc>, seen: &mut PolicySeen) {
    let answers =
        || now.iter().flat_map(|n| [Some(&n.value), n.activity.as_ref().map(|(value, _)| value)]).flatten();
    let shown: BTreeSet<&ServiceKey> = answers().flat_map(|answer| answer.cells.keys().copied()).collect();
    let blind = answers().any(|answer| answer.flaw.is_some());
    if blind {
        let missed = seen.services.iter_mut().filter(|(service, _)| !shown.contains(service));
        missed.for_each(|(_, memory)| memory.any.blind = memory.any.blind.saturating_add(1));
    }
    for service in shown.into_iter().filter(|service| policy.governs(service)) {
        let first = || ServiceSeen { any: Sighting::now(at), signals: BTreeMap::new() };
        seen.services.entry(service.clone()).or_insert_with(first).any = Sighting::now(at);
    }
}

fn retire(policy: &Policy, at: DateTime<Utc>, seen: &mut PolicySeen) -> Vec<ServiceKey> {
    let gone = |service: &ServiceKey, memory: &ServiceSeen| {
        let forgotten = memory.any.is_forgotten(at, policy.interval, policy.services.forget_after);
        forgotten || !policy.governs(service)
    };
    let retired: Vec<ServiceKey> =
        seen.services.iter().filter(|(s, memory)| gone(s, memory)).map(|(s, _)| s.clone()).collect();
    retired.iter().for_each(|service| drop(seen.services.remove(service)));
    retired
}

/// The reading of one signal, and its sighting brought up to date.
fn remembered(
    policy: &Policy,
    signal: &Signal,
    now: &Instant<'_>,
    service: &ServiceKey,
    at: DateTime<Utc>,
    memory: &mut ServiceSeen,
) -> Reading {
    let forget_after = policy.services.forget_after;
    memory.signals.retain(|name, sighting| {
        *name != signal.name || !sighting.is_forgotten(at, policy.interval, forget_after)
    });
    let seen = memory.signals.contains_key(&signal.name);
    let reading = read(signal, now, service, seen, at.timestamp_millis());
    if now.value.cells.contains_key(service) || matches!(reading, Reading::Fresh(_)) {
        memory.signals.insert(signal.name.clone(), Sighting::now(at));
    } else if let (Some(_), Some(sighting)) = (now.value.flaw, memory.signals.get_mut(&signal.name)) {
        sighting.blind = sighting.blind.saturating_add(1);
    }
    reading
}

fn unidentified(policy: &Policy, now: &[Instant<'_>]) -> BTreeMap<(String, Rejection), u64> {
    let mut counts = BTreeMap::new();
    for (signal, now) in policy.signals.iter().zip(now) {
        let activity = now.activity.as_ref().map_or(0, |(value, _)| value.unidentified);
        let rows = now.value.unidentified + activity;
        if rows > 0 {
            counts.insert((signal.name.clone(), Rejection::NoIdentity), rows);
        }
    }
    counts
}
