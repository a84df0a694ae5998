//! The flag document, and what people do to it.
//!
//! Keeps besides what the flags would be if only people wrote them: what must be there at the end.

use chrono::{DateTime, Utc};
use flyball::domain::model::flag::{FlagTarget, FlagView};
use flyball::domain::model::hold::FlagHold;
use flyball::domain::model::provider::{Access, Capabilities, ProviderFacts};
use flyball::edge::flags::memory::Memory;
use flyball::edge::flags::provider::Provider;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Id of the installation under test.
pub const INSTALLATION: &str = "installation-1";

/// The store named `flags`.
pub struct Flags {
    memory: Memory,
    pub provider: Provider,
    /// The flags as people want them.
    pub people: BTreeMap<String, Value>,
    runtime: tokio::runtime::Runtime,
    /// Documents as our writes left them: (key, before, after).
    pub written: Vec<(String, Value, Value)>,
    /// It can be read, and not written.
    pub unwritable: bool,
}

impl Flags {
    pub fn new(flags: BTreeMap<String, Value>) -> Self {
        let facts = ProviderFacts {
            name: "flags".into(),
            store: "memory".into(),
            endpoint: "here".into(),
            project: None,
            object: None,
            base: None,
            capabilities: Capabilities { precondition: true, history: false, self_ending: true },
            fallbacks: Vec::new(),
            access: Access::Everyone,
            propagation: std::time::Duration::ZERO,
        };
        let text = serde_json::to_string_pretty(&json!({ "flags": flags })).unwrap();
        let memory = Memory::new(facts, &text, INSTALLATION);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self {
            provider: Provider::Memory(memory.clone()),
            memory,
            people: flags,
            runtime,
            written: Vec::new(),
            unwritable: false,
        }
    }

    /// A flag that serves `on` unless it is cut to `off`.
    pub fn plain() -> Value {
        json!({"state": "ENABLED", "variants": {"on": true, "off": false, "slow": true}, "defaultVariant": "on"})
    }

    pub fn facts(&self) -> ProviderFacts {
        self.provider.facts()
    }

    pub fn fail(&self, failing: bool) {
        self.memory.fail(failing);
    }

    /// How a flag stands.
    pub fn view(
        &self,
        target: &FlagTarget,
        fallback: &str,
        hold: Option<&FlagHold>,
        now: DateTime<Utc>,
    ) -> FlagView {
        self.runtime.block_on(self.provider.read(target, fallback, hold, now))
    }

    /// Performs a write of ours.
    pub fn perform(&mut self, step: flyball::app::apply::effect::Step) -> bool {
        if self.unwritable {
            return false;
        }
        let key = step.hold.target.key.clone();
        let before = self.get(&key).unwrap_or_default();
        let done = self.runtime.block_on(flyball::app::apply::effect::perform(step, &self.provider));
        let after = self.get(&key).unwrap_or_default();
        if before != after {
            self.written.push((key, before, after));
        }
        done.trouble.is_none()
    }

    /// Marks of ours that no hold knows.
    pub fn orphans(&self, known: &std::collections::BTreeSet<String>) -> Option<Vec<FlagHold>> {
        self.runtime.block_on(self.provider.orphans(known)).ok().map(|found| found.holds)
    }

    fn document(&self) -> Map<String, Value> {
        self.memory.fail(false);
        let text = self.memory.text().unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        document["flags"].as_object().unwrap().clone()
    }

    /// Every flag as it is stored now.
    pub fn all(&self) -> Map<String, Value> {
        self.document()
    }

    /// A flag as it is stored now.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.document().get(key).cloned()
    }

    /// Whether our cut is on a flag.
    pub fn is_cut(&self, key: &str) -> bool {
        self.get(key).is_some_and(|flag| flag["metadata"]["flyball.dev/installation"] == INSTALLATION)
    }

    fn put(&self, key: &str, flag: Option<Value>) {
        let mut flags = self.document();
        match flag {
            Some(flag) => drop(flags.insert(key.to_string(), flag)),
            None => drop(flags.remove(key)),
        }
        self.memory.put(&serde_json::to_string_pretty(&json!({ "flags": flags })).unwrap());
    }

    /// What a bad cut would do: the rule inside it is lost.
    pub fn forget_original(&mut self, key: &str) {
        let Some(mut flag) = self.get(key) else { return };
        if let Some(arms) = flag["targeting"]["if"].as_array_mut() {
            arms.truncate(2);
            self.put(key, Some(flag));
        }
    }

    /// A person changes something beside the cut.
    pub fn edit_beside(&mut self, key: &str, number: u64) {
        if let Some(mut flag) = self.get(key) {
            flag["variants"]["extra"] = json!(number);
            self.put(key, Some(flag));
        }
        if let Some(flag) = self.people.get_mut(key) {
            flag["variants"]["extra"] = json!(number);
        }
    }

    /// A person, or a tool, puts the flag back as people want it.
    pub fn put_back(&mut self, key: &str) {
        let wanted = self.people.get(key).cloned();
        self.put(key, wanted);
    }

    /// A person changes the rule, inside our cut if there is one.
    pub fn edit_inside(&mut self, key: &str, number: u64) {
        let rule = json!({"if": [{"==": [{"var": "user"}, number]}, "slow"]});
        if let Some(mut flag) = self.get(key) {
            match self.is_cut(key) {
                true => {
                    let arms = flag["targeting"]["if"].as_array_mut().unwrap();
                    arms.truncate(2);
                    arms.push(rule.clone());
                }
                false => flag["targeting"] = rule.clone(),
            }
            self.put(key, Some(flag));
        }
        if let Some(flag) = self.people.get_mut(key) {
            flag["targeting"] = rule;
        }
    }

    /// A person deletes the flag.
    pub fn delete(&mut self, key: &str) {
        self.put(key, None);
        self.people.remove(key);
    }

    /// A person makes the flag anew.
    pub fn make(&mut self, key: &str) {
        self.people.insert(key.to_string(), Self::plain());
        self.put(key, Some(Self::plain()));
    }

    /// A person disables the flag, or enables it.
    pub fn set(&mut self, key: &str, member: &str, value: Value) {
        if let Some(mut flag) = self.get(key) {
            flag[member] = value.clone();
            self.put(key, Some(flag));
        }
        if let Some(flag) = self.people.get_mut(key) {
            flag[member] = value;
        }
    }
}
