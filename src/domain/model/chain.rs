//! A history whose lines are chained by hashes, so that a missing or edited one shows.
//!
//! Owns the form of a line and the check of a whole file. A line that was cut off the end shows
//! only against a hash that was noted elsewhere: the last one is told for that.

use super::episode::{Episode, Outcome, Phase};
use super::id::digest;
use serde_json::{Value, json};
use std::fmt;

/// What stands before the first line.
const BEGINNING: &str = "0";

/// Characters of a hash.
const HASH: usize = 64;

/// Where a chain stands: how many lines it has, and the hash of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub lines: u64,
    pub last: String,
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Number of the line, from 1.
    pub line: u64,
    pub why: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self { lines: 0, last: BEGINNING.to_string() }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl Chain {
    /// The line of the last step of an episode, without its line break; the chain moves on.
    pub fn add(&mut self, episode: &Episode) -> String {
        let mut line = step(episode);
        line["number"] = json!(self.lines + 1);
        line["previous"] = json!(self.last);
        let hash = hash_of(&line);
        line["hash"] = json!(hash);
        self.lines += 1;
        self.last = hash;
        line.to_string()
    }

    /// Takes in one line of a file.
    ///
    /// # Errors
    /// The line is not the next one as it was written.
    pub fn follow(&mut self, text: &str) -> Result<(), Break> {
        let broken = |why: &str| Err(Break { line: self.lines + 1, why: why.to_string() });
        let Ok(mut line) = serde_json::from_str::<Value>(text) else { return broken("it is no JSON") };
        let told = line.as_object_mut().and_then(|fields| fields.remove("hash"));
        let Some(Value::String(hash)) = told else { return broken("it has no hash") };
        if line["previous"] != self.last.as_str() {
            return broken("it does not follow the line before it: a line is missing, or was put in");
        }
        if line["number"] != self.lines + 1 {
            return broken("its number is not the next");
        }
        if hash_of(&line) != hash {
            return broken("it was changed: its hash is another one");
        }
        self.lines += 1;
        self.last = hash;
        Ok(())
    }
}

fn hash_of(line: &Value) -> String {
    digest(&[&line.to_string()], HASH)
}

fn step(episode: &Episode) -> Value {
    let reasons =
        episode.reasons.iter().map(|reason| json!({"code": reason.code.as_str(), "message": reason.message}));
    json!({
        "at": episode.since.to_rfc3339(),
        "decision": episode.name,
        "policy": episode.key.policy.to_string(),
        "namespace": episode.key.service.namespace,
        "service": episode.key.service.service,
        "tier": episode.key.tier,
        "level": episode.level,
        "phase": Phase::as_str(episode.phase),
        "outcome": episode.outcome.map(Outcome::as_str),
        "flags": episode.flags.iter().map(|f| format!("{}={}", f.key, f.fallback)).collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
    use crate::domain::model::reason::{Code, Reason};
    use chrono::DateTime;

    fn episode(phase: Phase) -> Episode {
        Episode {
            name: "inventory-cut-0123456789".into(),
            key: TierKey {
                policy: PolicyKey { namespace: Some("shop".into()), name: "p".into() },
                service: ServiceKey::new("shop", "inventory"),
                tier: "cut".into(),
            },
            policy_uid: "u".into(),
            ordinal: 1,
            level: "Fuse".into(),
            started: DateTime::UNIX_EPOCH,
            phase,
            since: DateTime::UNIX_EPOCH,
            first_cut: None,
            deadline: None,
            outcome: None,
            relapses: 0,
            held_seconds: 0,
            ask: None,
            effect: None,
            issues: Vec::new(),
            flags: Vec::new(),
            reasons: vec![Reason::new(Code::ConditionTrue, "reject (0.2) beyond its limit 0.15")],
            transitions: Vec::new(),
        }
    }

    fn written() -> Vec<String> {
        let mut chain = Chain::default();
        [Phase::Acting, Phase::Holding, Phase::Probing, Phase::Ended].map(|p| chain.add(&episode(p))).to_vec()
    }

    fn verified(lines: &[String]) -> Result<Chain, Break> {
        let mut chain = Chain::default();
        lines.iter().try_for_each(|line| chain.follow(line))?;
        Ok(chain)
    }

    #[test]
    fn a_history_as_it_was_written_holds_and_can_be_gone_on_with() {
        let mut lines = written();
        let mut chain = verified(&lines).unwrap();
        assert_eq!(chain.lines, 4);
        lines.push(chain.add(&episode(Phase::Acting)));
        assert_eq!(verified(&lines), Ok(chain));
    }

    #[test]
    fn a_line_that_is_missing_changed_or_put_in_shows() {
        let lines = written();
        for gone in 0..3 {
            let mut fewer = lines.clone();
            fewer.remove(gone);
            assert_eq!(verified(&fewer).unwrap_err().line, gone as u64 + 1);
        }
        let mut changed = lines.clone();
        changed[1] = changed[1].replace("0.15", "0.51");
        assert_eq!(verified(&changed).unwrap_err().line, 2);
        let mut doubled = lines.clone();
        doubled.insert(2, lines[1].clone());
        assert_eq!(verified(&doubled).unwrap_err().line, 3);
        let mut torn = lines;
        torn[3].truncate(20);
        assert!(verified(&torn).unwrap_err().why.contains("no JSON"));
    }
}
