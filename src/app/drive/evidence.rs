//! Evidence: what is found out about an episode once it begins, and again once it cuts.
//!
//! Owns when it is asked for, and that nobody waits for it: questions are asked in the background,
//! and what came of them is stored by a later tick. It follows from what is stored, so that a
//! governor that takes over asks for what its predecessor left out.

use super::news::Tick;
use super::state::Drive;
use crate::app::cycle::track::Track;
use crate::app::observe::inquiry::ask::{Inquiry, PATIENCE, Shown, Subject};
use crate::domain::decide::condition::Case;
use crate::domain::model::episode::{Episode, Phase};
use crate::domain::model::evidence::{SIGNALS_MAX, Trail};
use crate::domain::model::id::PolicyKey;
use crate::domain::policy::condition::Test;
use crate::domain::policy::spec::{Policy, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// An episode older than this is past asking: what is hot now says nothing of its beginning.
const RECENT: TimeDelta = TimeDelta::minutes(10);
/// Evidence older than this is asked for anew when a cut follows.
const OLD: TimeDelta = TimeDelta::minutes(2);
/// Policies that are asked for at once.
const AT_ONCE: usize = 4;

/// What is asked for one policy at one instant, and for which Decisions, each with whether it cuts.
type Wanted = BTreeMap<(PolicyKey, DateTime<Utc>), (Inquiry, Vec<(String, bool)>)>;

impl Drive {
    /// Stores what was found out, and asks for what is new.
    pub(super) async fn keep_evidence(&mut self, now: DateTime<Utc>, tick: &mut Tick) {
        while let Some(done) = self.inquiries.tasks.try_join_next() {
            match done {
                Ok(found) => self.inquiries.found.extend(found),
                Err(error) => tick.troubles.push(format!("evidence: its task ended: {error}")),
            }
        }
        for (decision, evidence) in std::mem::take(&mut self.inquiries.found) {
            if let Err(trouble) = self.objects.put_evidence(&decision, &evidence).await {
                tick.troubles.push(format!("evidence of {decision} could not be stored: {trouble}"));
                self.inquiries.found.insert(decision, evidence);
            }
        }
        self.inquire(now);
    }

    /// Begins to ask for the episodes that want it, one inquiry per policy and instant.
    fn inquire(&mut self, now: DateTime<Utc>) {
        let live: BTreeSet<String> = self.cycle.episodes().map(|episode| episode.name.clone()).collect();
        self.inquiries.asked.retain(|(decision, _)| live.contains(decision));
        self.inquiries.found.retain(|decision, _| self.objects.knows(decision));
        let mut wanted = Wanted::new();
        for (key, policy, _, track) in self.cycle.tracks() {
            let (Some(policy), Some(at)) = (policy, track.observation.latest().map(|frame| frame.at)) else {
                continue;
            };
            for (episode, cut) in track.memory.episodes().filter_map(|episode| self.wants(now, episode)) {
                let subject = subject(now, policy, track, episode);
                let entry = wanted.entry((key.clone(), at));
                let (inquiry, names) = entry.or_insert_with(|| (self.inquiry(policy, at), Vec::new()));
                inquiry.subjects.push(subject);
                names.push((episode.name.clone(), cut));
            }
        }
        let room = AT_ONCE.saturating_sub(self.inquiries.tasks.len());
        for (inquiry, names) in wanted.into_values().take(room) {
            self.inquiries.asked.extend(names);
            self.inquiries.tasks.spawn(inquiry.ask(PATIENCE));
        }
    }

    /// The episode, and whether it cuts, if it is to be asked for now.
    fn wants<'e>(&self, now: DateTime<Utc>, episode: &'e Episode) -> Option<(&'e Episode, bool)> {
        if matches!(episode.phase, Phase::Restoring | Phase::Ended) || !self.objects.knows(&episode.name) {
            return None;
        }
        let is_recent = |since: DateTime<Utc>| now - since < RECENT;
        let cut = episode.first_cut.filter(|cut| is_recent(*cut));
        let wants = match self.objects.evidence(&episode.name) {
            None => cut.is_some() || is_recent(episode.started),
            Some(known) => cut.is_some_and(|cut| cut - known.at > OLD),
        };
        let asked = self.inquiries.asked.contains(&(episode.name.clone(), cut.is_some()));
        (wants && !asked).then_some((episode, cut.is_some()))
    }

    fn inquiry(&self, policy: &Policy, at: DateTime<Utc>) -> Inquiry {
        Inquiry {
            at,
            source: self.observer.source(&policy.source).cloned(),
            link: self.traces.get(&policy.source).cloned(),
            signals: policy.signals.clone(),
            subjects: Vec::new(),
        }
    }
}

fn subject(now: DateTime<Utc>, policy: &Policy, track: &Track, episode: &Episode) -> Subject {
    let meant = policy.meant_for(&episode.key.service);
    let tier = meant.tier(&episode.key.tier);
    let shown = |signal: usize| Shown {
        signal,
        limit: meant.signals.get(signal).and_then(|signal| signal.limit),
        trail: Trail::of(&track.observation, signal, meant.interval),
    };
    let signals = tier.map(|tier| signals(now, meant, tier, track)).unwrap_or_default();
    Subject {
        decision: episode.name.clone(),
        service: episode.key.service.clone(),
        signals: signals.into_iter().take(SIGNALS_MAX).map(shown).collect(),
    }
}

/// The signals that the tier's tests hold for. Where it tests the score alone, those that cost
/// most of it; where no test holds any more, those that it tests.
fn signals(now: DateTime<Utc>, policy: &Policy, tier: &Tier, track: &Track) -> Vec<usize> {
    let case = Case { now, policy, tier, observation: &track.observation };
    let engaged = case.engaged_signals();
    if !engaged.is_empty() {
        return engaged;
    }
    let mut tested: Vec<usize> = Vec::new();
    for test in tier.when.tests() {
        if let Test::Signal { signal, .. } = test
            && !tested.contains(signal)
        {
            tested.push(*signal);
        }
    }
    if !tested.is_empty() {
        return tested;
    }
    let mut parts: Vec<_> = track.score().map(|score| score.contributions.clone()).unwrap_or_default();
    parts.retain(|part| part.penalty > 0.0);
    parts.sort_by(|a, b| b.penalty.total_cmp(&a.penalty));
    parts.into_iter().map(|part| part.signal).collect()
}
