//! What a service's status remembers and shows, and back into memory.

use super::reason::entries;
use crate::domain::model::effect::Counts;
use crate::domain::model::episode::{LockOut, Memory, Outcome, TierMemory};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::issue::Issue;
use crate::domain::model::judgement::{Judgement, Maturity};
use crate::domain::model::observation::Point;
use crate::domain::model::problem::shorten;
use crate::domain::model::reason::Reason;
use crate::edge::crd::field::duration::Duration;
use crate::edge::crd::field::reference::PolicyRef;
use crate::edge::crd::field::stamp::Stamp;
use crate::edge::crd::field::word;
use crate::edge::crd::kind::issue_entry::IssueEntry;
use crate::edge::crd::kind::service_health::{
    EffectCounts, LockOutEntry, ServiceHealthStatus, SignalHealth, TierHealth,
};
use chrono::DateTime;

/// One tier as its status shows and remembers it: `reasons` say why it does or does not act.
pub fn tier(name: &str, memory: &TierMemory, reasons: &[Reason]) -> TierHealth {
    TierHealth {
        name: name.to_string(),
        phase: memory.episode.as_ref().map(|episode| episode.phase.as_str().to_string()),
        decision: memory.episode.as_ref().map(|episode| episode.name.clone()),
        reasons: entries(reasons),
        ordinal: memory.ordinal,
        cooldown_until: memory.cooldown_until.map(Stamp),
        lock_out: memory.lock_out.as_ref().map(LockOutEntry::from),
        hold_factor: memory.hold_factor,
        unlatched: memory.unlatched,
        effects: EffectCounts::from(memory.counts),
        held_seconds: memory.held_seconds,
        lost_millis: memory.lost_millis,
        issues: memory.issues.iter().map(IssueEntry::from).collect(),
    }
}

impl From<Counts> for EffectCounts {
    fn from(counts: Counts) -> Self {
        let Counts { improved, ineffective, inconclusive, relapsed, superseded } = counts;
        Self { improved, ineffective, inconclusive, relapsed, superseded }
    }
}

impl From<EffectCounts> for Counts {
    fn from(counts: EffectCounts) -> Self {
        let EffectCounts { improved, ineffective, inconclusive, relapsed, superseded } = counts;
        Self { improved, ineffective, inconclusive, relapsed, superseded }
    }
}

/// One signal as its status shows it; `penalty` is its part in the score, 0 to 1.
pub fn signal(name: &str, point: &Point, penalty: Option<f64>) -> SignalHealth {
    let of = |part: fn(&Judgement) -> f64| point.judgement.as_ref().map(part).filter(|x| x.is_finite());
    SignalHealth {
        name: name.to_string(),
        reading: shorten(&point.reading.to_string(), 256),
        value: point.reading.fresh().filter(|x| x.is_finite()),
        expected: of(|j| j.expected),
        lower: of(|j| j.lower),
        upper: of(|j| j.upper),
        severity: of(|j| j.severity),
        alarm: point.judgement.as_ref().map(|j| j.alarm),
        learning_remaining: point.judgement.as_ref().and_then(learning),
        penalty: penalty.filter(|x| x.is_finite()),
    }
}

/// To the second: finer is of no use to a reader, and would make every write differ.
fn learning(judgement: &Judgement) -> Option<Duration> {
    match judgement.maturity {
        Maturity::Learning(left) => Some(Duration::of(std::time::Duration::from_secs(left.as_secs()))),
        Maturity::Mature => None,
    }
}

/// What the tiers of one policy remember. A policy that was deleted and made anew, with another
/// uid, remembers nothing.
pub fn memory(status: &ServiceHealthStatus, policy: &PolicyKey, uid: &str) -> Memory {
    let wanted = PolicyRef::from(policy);
    let same = |found: &Option<String>| found.as_deref().is_none_or(|found| found == uid);
    let health =
        status.policies.iter().find(|p| p.kind == wanted.kind && p.name == wanted.name && same(&p.uid));
    let tiers = health.map(|health| health.tiers.as_slice()).unwrap_or_default();
    Memory { tiers: tiers.iter().map(|tier| (tier.name.clone(), TierMemory::from(tier))).collect() }
}

impl From<&TierHealth> for TierMemory {
    /// The live episode is not in here: its Decision has it.
    fn from(tier: &TierHealth) -> Self {
        Self {
            ordinal: tier.ordinal,
            cooldown_until: tier.cooldown_until.map(DateTime::from),
            lock_out: tier.lock_out.as_ref().map(LockOut::from),
            hold_factor: tier.hold_factor,
            unlatched: tier.unlatched,
            counts: tier.effects.into(),
            held_seconds: tier.held_seconds,
            lost_millis: tier.lost_millis,
            issues: tier.issues.iter().map(Issue::from).collect(),
            episode: None,
        }
    }
}

impl From<&LockOut> for LockOutEntry {
    fn from(lock: &LockOut) -> Self {
        Self {
            since: lock.since.into(),
            outcome: lock.outcome.as_str().to_string(),
            generation: lock.generation,
        }
    }
}

impl From<&LockOutEntry> for LockOut {
    /// An outcome of a newer version still locks out, as Superseded.
    fn from(entry: &LockOutEntry) -> Self {
        let outcome = word::find(&Outcome::ALL, Outcome::as_str, &entry.outcome);
        Self {
            since: entry.since.0,
            outcome: outcome.unwrap_or(Outcome::Superseded),
            generation: entry.generation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::reading::Reading;
    use crate::edge::crd::field::reference::PolicyKind;
    use crate::edge::crd::kind::service_health::PolicyHealth;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn tier_memory() -> impl Strategy<Value = TierMemory> {
        let instant = || (0..4_000_000_000_i64).prop_map(|s| DateTime::from_timestamp(s, 5).unwrap());
        let counts =
            any::<[u32; 5]>().prop_map(|[improved, ineffective, inconclusive, relapsed, superseded]| {
                Counts { improved, ineffective, inconclusive, relapsed, superseded }
            });
        let accounts = (any::<bool>(), counts, 0..1_000_000_u64, 0..1_000_000_u64);
        let lock_out = (instant(), select(&Outcome::ALL[..]), any::<i64>())
            .prop_map(|(since, outcome, generation)| LockOut { since, outcome, generation });
        (0..i64::MAX as u64, option::of(instant()), option::of(lock_out), option::of(any::<u32>()), accounts)
            .prop_map(|(ordinal, cooldown_until, lock_out, hold_factor, accounts)| TierMemory {
                ordinal,
                cooldown_until,
                lock_out,
                hold_factor,
                unlatched: accounts.0,
                counts: accounts.1,
                held_seconds: accounts.2,
                lost_millis: accounts.3,
                issues: Vec::new(),
                episode: None,
            })
    }

    fn status(kind: PolicyKind, uid: &str, tier: TierHealth) -> ServiceHealthStatus {
        let policy = PolicyHealth {
            kind,
            name: "p".into(),
            uid: Some(uid.into()),
            score: None,
            verdict: "Unknown".into(),
            held_minutes: None,
            lost_minutes: None,
            reasons: Vec::new(),
            signals: Vec::new(),
            tiers: vec![tier],
        };
        ServiceHealthStatus { policies: vec![policy], ..Default::default() }
    }

    proptest! {
        #[test]
        fn memory_survives_being_stored(memory in tier_memory()) {
            let text = serde_json::to_string(&tier("cut", &memory, &[])).unwrap();
            let stored: TierHealth = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(TierMemory::from(&stored), memory);
        }
    }

    #[test]
    fn memory_is_of_one_policy_object_only() {
        let tier = tier("cut", &TierMemory { ordinal: 7, ..Default::default() }, &[]);
        let status = status(PolicyKind::HealthPolicy, "u1", tier);
        let namespaced = PolicyKey { namespace: Some("shop".into()), name: "p".into() };
        let cluster = PolicyKey { namespace: None, name: "p".into() };
        assert_eq!(memory(&status, &namespaced, "u1").tiers["cut"].ordinal, 7);
        assert!(memory(&status, &namespaced, "u2").tiers.is_empty(), "made anew");
        assert!(memory(&status, &cluster, "u1").tiers.is_empty(), "of the other kind");
    }

    #[test]
    fn a_lock_of_a_newer_version_still_locks() {
        let entry =
            LockOutEntry { since: DateTime::UNIX_EPOCH.into(), outcome: "Handed".into(), generation: 3 };
        assert!(LockOut::from(&entry).outcome.locks_out());
    }

    #[test]
    fn no_number_that_json_cannot_hold_reaches_a_status() {
        let judgement = Judgement {
            expected: 1.0,
            lower: f64::NEG_INFINITY,
            upper: 2.0,
            severity: f64::NAN,
            alarm: false,
            maturity: Maturity::Learning(std::time::Duration::from_millis(90_500)),
        };
        let shown =
            signal("s", &Point { reading: Reading::Fresh(0.5), judgement: Some(judgement) }, Some(f64::NAN));
        assert_eq!((shown.lower, shown.severity, shown.penalty), (None, None, None));
        assert_eq!((shown.value, shown.upper, shown.reading.as_str()), (Some(0.5), Some(2.0), "0.5"));
        assert_eq!(shown.learning_remaining, Some("1m30s".into()));
        let blind = signal("s", &Point { reading: Reading::Absent, judgement: None }, None);
        assert_eq!((blind.value, blind.alarm, blind.reading.as_str()), (None, None, "absent"));
    }
}
