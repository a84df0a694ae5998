//! ServiceHealth: what a service's policies see and why its tiers do or do not act.
//!
//! Owns what is written, and how rarely: when verdict, tier or a reason's code changes, or the
//! score by 5, at most once a minute; at once when a tier's memory changes, since that must
//! outlive a crash.

use super::news::Tick;
use super::state::Drive;
use crate::app::cycle::track::Track;
use crate::domain::decide::decide;
use crate::domain::model::episode::TierMemory;
use crate::domain::model::fleet::Verdict;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::observation::Point;
use crate::domain::model::plan::Refusal;
use crate::domain::model::proposal::TierProposal;
use crate::domain::model::reading::Reading;
use crate::domain::model::reason::Reason;
use crate::domain::policy::spec::Policy;
use crate::edge::crd::field::reference::PolicyKind;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::service_health::{
    EffectCounts, PolicyHealth, ServiceHealthStatus, SignalHealth, TierHealth,
};
use crate::edge::crd::stored::service_health as stored;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A change of the score that is worth a write.
const SCORE_STEP: f64 = 5.0;
/// Most ServiceHealths that one tick writes without need.
const MOST: usize = 100;
/// Shortest time between two writes that no memory asks for.
const REST: TimeDelta = TimeDelta::seconds(60);

impl Drive {
    /// Writes the ServiceHealth of every service whose news is worth it.
    pub(super) async fn store_health(&mut self, now: DateTime<Utc>, tick: &mut Tick) {
        let unread = self.unread(now);
        let mut news = Vec::new();
        for (service, status) in self.health(now, &tick.refusals) {
            let urgent = match self.objects.health(&service) {
                Some(stored) if memory(stored) != memory(&status) => true,
                Some(stored) if unread.contains(&service) || !worth_writing(stored, &status, now) => continue,
                Some(_) => false,
                None => status.policies.iter().flat_map(|policy| &policy.tiers).any(|tier| tier.ordinal > 0),
            };
            news.push((!urgent, service, status));
        }
        // What must outlive a crash goes first; a storm of other news waits for the next ticks.
        news.sort_by_key(|(later, _, _)| *later);
        news.truncate(MOST.max(news.partition_point(|(later, _, _)| !*later)));
        let news = news.into_iter().map(|(_, service, status)| (service, status)).collect();
        tick.troubles.extend(self.objects.put_healths(now, news).await);
    }

    /// Services whose past is still being read after a start: what is stored of them says more than
    /// we know yet. Only for a while, since it may never be read.
    fn unread(&self, now: DateTime<Utc>) -> BTreeSet<ServiceKey> {
        if !self.is_fresh(now) {
            return BTreeSet::new();
        }
        let unread = self.cycle.tracks().filter(|(key, _, _, _)| !self.rebuilt.contains(*key));
        unread.map(|(_, _, service, _)| service.clone()).collect()
    }

    /// How every service stands, by service.
    pub fn health(
        &self,
        now: DateTime<Utc>,
        refusals: &[Refusal],
    ) -> BTreeMap<ServiceKey, ServiceHealthStatus> {
        let mut all: BTreeMap<ServiceKey, ServiceHealthStatus> = BTreeMap::new();
        for (key, policy, service, track) in self.cycle.tracks() {
            let Some(policy) = policy else { continue };
            let refused: Vec<&Refusal> =
                refusals.iter().filter(|r| r.policy == *key && r.service == *service).collect();
            let one = policy_health(now, policy, track, &refused);
            let verdict = track.verdict(policy, now);
            let status = all.entry(service.clone()).or_default();
            if status.verdict.as_deref().and_then(rank).is_none_or(|known| known < verdict) {
                status.verdict = Some(verdict.as_str().to_string());
                status.score = one.score;
                status.worst_signal = worst(policy, track);
            }
            let tier = track.memory.episodes().find(|episode| episode.phase.holds());
            status.tier = status.tier.take().or_else(|| tier.map(|episode| episode.key.tier.clone()));
            status.observed_at =
                track.observation.latest().map(|frame| frame.at.into()).max(status.observed_at);
            status.policies.push(one);
        }
        all
    }
}

fn rank(word: &str) -> Option<Verdict> {
    Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word)
}

fn policy_health(now: DateTime<Utc>, policy: &Policy, track: &Track, refused: &[&Refusal]) -> PolicyHealth {
    let proposal = decide(now, policy, &track.observation, &track.memory);
    PolicyHealth {
        kind: kind_of(&policy.key),
        name: policy.key.name.clone(),
        uid: Some(policy.uid.clone()),
        score: track.score().and_then(|score| score.value).map(rounded),
        verdict: track.verdict(policy, now).as_str().to_string(),
        held_minutes: minutes(track, |tier| tier.held_seconds as f64),
        lost_minutes: minutes(track, |tier| tier.lost_millis as f64 / 1000.0),
        reasons: Vec::new(),
        signals: (0..policy.signals.len()).map(|signal| signal_health(policy, track, signal)).collect(),
        tiers: proposal.tiers.iter().map(|tier| tier_health(tier, refused)).collect(),
    }
}

/// A sum over the tiers' seconds, in minutes; None where there is nothing to tell.
fn minutes(track: &Track, seconds: fn(&TierMemory) -> f64) -> Option<f64> {
    let sum: f64 = track.memory.tiers.values().map(seconds).sum();
    (sum > 0.0).then(|| (sum / 6.0).round() / 10.0)
}

fn kind_of(key: &PolicyKey) -> PolicyKind {
    if key.namespace.is_some() { PolicyKind::HealthPolicy } else { PolicyKind::ClusterHealthPolicy }
}

fn signal_health(policy: &Policy, track: &Track, signal: usize) -> SignalHealth {
    let name = &policy.signals[signal].name;
    let never = Point { reading: Reading::NotApplicable, judgement: None };
    let part = track.score().and_then(|score| score.contributions.get(signal));
    let point = track.observation.point(signal).unwrap_or(&never);
    stored::signal(name, point, part.map(|part| part.penalty))
}

/// A tier with what it wants and why, and what stopped it this time.
fn tier_health(tier: &TierProposal, refused: &[&Refusal]) -> TierHealth {
    let also =
        refused.iter().filter(|refusal| refusal.tier == tier.tier).flat_map(|refusal| &refusal.reasons);
    let reasons: Vec<Reason> = tier.reasons.iter().chain(also).cloned().collect();
    stored::tier(&tier.tier, &tier.memory, &reasons)
}

fn rounded(score: f64) -> f64 {
    (score * 10.0).round() / 10.0
}

fn worst(policy: &Policy, track: &Track) -> Option<String> {
    let parts = track.score()?.contributions.iter().filter(|part| part.penalty > 0.0);
    let worst = parts.max_by(|a, b| a.penalty.total_cmp(&b.penalty))?;
    Some(policy.signals[worst.signal].name.clone())
}

/// Whether what is stored misleads a reader, or forgets what must outlive a crash.
fn worth_writing(stored: &ServiceHealthStatus, next: &ServiceHealthStatus, now: DateTime<Utc>) -> bool {
    let rested = stored.observed_at.is_none_or(|at| now - DateTime::from(at) >= REST);
    let moved = match (stored.score, next.score) {
        (Some(a), Some(b)) => (a - b).abs() >= SCORE_STEP,
        (a, b) => a.is_some() != b.is_some(),
    };
    let words = |status: &ServiceHealthStatus| {
        (status.verdict.clone(), status.tier.clone(), codes(status), learners(status))
    };
    rested && (moved || words(stored) != words(next))
}

type Remembered = (String, String, u64, Option<DateTime<Utc>>, (bool, bool), Option<u32>, Told);
type Told = (EffectCounts, Option<String>, Vec<IssueEntry>);

fn memory(status: &ServiceHealthStatus) -> Vec<Remembered> {
    let tiers = status.policies.iter().flat_map(|p| p.tiers.iter().map(move |tier| (p, tier)));
    tiers
        .map(|(policy, tier)| {
            let cooldown = tier.cooldown_until.map(DateTime::from);
            let locked = (tier.lock_out.is_some(), tier.unlatched);
            let decision = (tier.effects, tier.decision.clone(), tier.issues.clone());
            (
                policy.name.clone(),
                tier.name.clone(),
                tier.ordinal,
                cooldown,
                locked,
                tier.hold_factor,
                decision,
            )
        })
        .collect()
}

/// The signals whose baselines are young.
fn learners(status: &ServiceHealthStatus) -> Vec<String> {
    let signals = status.policies.iter().flat_map(|policy| &policy.signals);
    signals.filter(|signal| signal.learning_remaining.is_some()).map(|signal| signal.name.clone()).collect()
}

fn codes(status: &ServiceHealthStatus) -> Vec<String> {
    let tiers = status.policies.iter().flat_map(|policy| &policy.tiers);
    tiers.flat_map(|tier| tier.reasons.iter().map(|reason| reason.code.clone())).collect()
}
