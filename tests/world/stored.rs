//! What survives a crash: objects as they are stored, every write of which may fail.

use flyball::domain::model::episode::{Episode, TierMemory};
use flyball::domain::model::fleet::LedgerEntry;
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::id::TierKey;
use flyball::domain::model::rail::{Approval, BreakerState};
use flyball::edge::crd::kind::decision::Decision;
use flyball::edge::crd::kind::flag_hold::FlagHold as StoredHold;
use flyball::edge::crd::kind::service_health::TierHealth;
use flyball::edge::crd::stored::service_health;
use serde_json::Value;
use std::collections::BTreeMap;

/// Why a write did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The process died before it.
    Crash,
    /// The store refused it.
    Failure,
}

/// Everything stored.
#[derive(Default)]
pub struct Stored {
    /// As they are written, and as they read back.
    decisions: BTreeMap<String, (Value, Episode)>,
    uids: BTreeMap<String, String>,
    holds: BTreeMap<String, (Value, FlagHold)>,
    memories: BTreeMap<String, (TierKey, Value)>,
    pub ledger: Vec<LedgerEntry>,
    pub breaker: Option<BreakerState>,
    pub approvals: Vec<Approval>,
    /// Objects cannot be written right now.
    pub failing: bool,
    /// Writes left until the process dies; None: it does not.
    pub fuse: Option<u32>,
    pub writes: u64,
    made: u64,
}

impl Stored {
    /// One more write, unless it is lost.
    pub fn write(&mut self) -> Result<(), Lost> {
        match &mut self.fuse {
            Some(0) => return Err(Lost::Crash),
            Some(left) => *left -= 1,
            None => {}
        }
        if self.failing {
            return Err(Lost::Failure);
        }
        self.writes += 1;
        Ok(())
    }

    pub fn put_decision(&mut self, episode: &Episode) -> Result<bool, Lost> {
        let value = serde_json::to_value(Decision::from(episode)).unwrap();
        if self.decisions.get(&episode.name).is_some_and(|(known, _)| *known == value) {
            return Ok(false);
        }
        self.write()?;
        self.made += 1;
        let uid = format!("uid-{}", self.made);
        self.uids.entry(episode.name.clone()).or_insert(uid);
        let decision: Decision = serde_json::from_value(value.clone()).unwrap();
        self.decisions.insert(episode.name.clone(), (value, Episode::from(&decision)));
        Ok(true)
    }

    pub fn put_hold(&mut self, name: &str, hold: &FlagHold) -> Result<bool, Lost> {
        let value = serde_json::to_value(StoredHold::from(hold)).unwrap();
        if self.holds.get(name).is_some_and(|(known, _)| *known == value) {
            return Ok(false);
        }
        self.write()?;
        let hold: StoredHold = serde_json::from_value(value.clone()).unwrap();
        self.holds.insert(name.to_string(), (value, FlagHold::from(&hold)));
        Ok(true)
    }

    pub fn delete_hold(&mut self, name: &str) -> Result<bool, Lost> {
        if !self.holds.contains_key(name) {
            return Ok(false);
        }
        self.write()?;
        self.holds.remove(name);
        Ok(true)
    }

    pub fn put_memory(&mut self, key: &TierKey, memory: &TierMemory) -> Result<(), Lost> {
        let health: TierHealth = service_health::tier(&key.tier, memory, &[]);
        let value = serde_json::to_value(health).unwrap();
        if self.memories.get(&key.to_string()).is_none_or(|(_, known)| *known != value) {
            self.write()?;
            self.memories.insert(key.to_string(), (key.clone(), value));
        }
        Ok(())
    }

    /// Every Decision, oldest first.
    pub fn episodes(&self) -> Vec<Episode> {
        let mut all: Vec<Episode> = self.decisions.values().map(|(_, episode)| episode.clone()).collect();
        all.sort_by_key(|episode| (episode.started, episode.name.clone()));
        all
    }

    /// One Decision.
    pub fn episode(&self, name: &str) -> Option<&Episode> {
        self.decisions.get(name).map(|(_, episode)| episode)
    }

    pub fn has_decision(&self, name: &str) -> bool {
        self.decisions.contains_key(name)
    }

    pub fn uids(&self) -> BTreeMap<String, String> {
        self.uids.clone()
    }

    pub fn holds(&self) -> BTreeMap<String, FlagHold> {
        self.holds.iter().map(|(name, (_, hold))| (name.clone(), hold.clone())).collect()
    }

    pub fn memories(&self) -> Vec<(TierKey, TierMemory)> {
        let read = |(key, value): &(TierKey, Value)| {
            let health: TierHealth = serde_json::from_value(value.clone()).unwrap();
            (key.clone(), TierMemory::from(&health))
        };
        self.memories.values().map(read).collect()
    }

    /// A person deletes a Decision.
    pub fn lose_decision(&mut self, name: &str) {
        self.decisions.remove(name);
        self.uids.remove(name);
    }

    /// A person deletes a FlagHold.
    pub fn lose_hold(&mut self, name: &str) {
        self.holds.remove(name);
    }

    /// Everything that tiers remember is lost.
    pub fn lose_memories(&mut self) {
        self.memories.clear();
    }
}
