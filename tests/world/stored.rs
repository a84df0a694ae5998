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
    decisions: BTreeMap<String, Value>,
    uids: BTreeMap<String, String>,
    holds: BTreeMap<String, Value>,
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
        if self.decisions.get(&episode.name) == Some(&value) {
            return Ok(false);
        }
        self.write()?;
        self.made += 1;
        let uid = format!("uid-{}", self.made);
        self.uids.entry(episode.name.clone()).or_insert(uid);
        self.decisions.insert(episode.name.clone(), value);
        Ok(true)
    }

    pub fn put_hold(&mut self, name: &str, hold: &FlagHold) -> Result<bool, Lost> {
        let value = serde_json::to_value(StoredHold::from(hold)).unwrap();
        if self.holds.get(name) == Some(&value) {
            return Ok(false);
        }
        self.write()?;
        self.holds.insert(name.to_string(), value);
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
        let read = |value: &Value| {
            let decision: Decision = serde_json::from_value(value.clone()).unwrap();
            Episode::from(&decision)
        };
        let mut all: Vec<Episode> = self.decisions.values().map(read).collect();
        all.sort_by_key(|episode| (episode.started, episode.name.clone()));
        all
    }

    pub fn has_decision(&self, name: &str) -> bool {
        self.decisions.contains_key(name)
    }

    pub fn uids(&self) -> BTreeMap<String, String> {
        self.uids.clone()
    }

    pub fn holds(&self) -> BTreeMap<String, FlagHold> {
        let read = |value: &Value| {
            let hold: StoredHold = serde_json::from_value(value.clone()).unwrap();
            FlagHold::from(&hold)
        };
        self.holds.iter().map(|(name, value)| (name.clone(), read(value))).collect()
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
