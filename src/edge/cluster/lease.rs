//! The Lease: read, renewed or taken over, and let go.
//!
//! Owns the object and how long our tenure lasts on the monotonic clock. Which move is right is
//! `election`'s to say.

use super::election::{Candidate, Move, Record};
use crate::edge::kube::client::{Kube, Part};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use chrono::{DateTime, SecondsFormat, Utc};
use k8s_openapi::api::coordination::v1::Lease as LeaseKind;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Name of the Lease object.
pub const NAME: &str = "flyball";

/// Both clocks, read just before the call.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub wall: DateTime<Utc>,
    /// Monotonic time since the program started.
    pub running: Duration,
}

/// How long we govern. Clones share it; who writes asks it first.
#[derive(Debug, Clone, Default)]
pub struct Tenure {
    held: Arc<Mutex<Option<Held>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    until: Duration,
    epoch: u32,
}

impl Tenure {
    /// The epoch, if we govern at `now` and for `longest` from then.
    pub fn epoch(&self, now: Duration, longest: Duration) -> Option<u32> {
        let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.filter(|held| now.saturating_add(longest) < held.until).map(|held| held.epoch)
    }

    fn set(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// The Lease as one candidate keeps it.
#[derive(Debug)]
pub struct Lease {
    kube: Kube,
    place: Place,
    candidate: Candidate,
    tenure: Tenure,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// We govern, in this epoch.
    Ours {
        epoch: u32,
    },
    Theirs {
        holder: String,
    },
}

impl Lease {
    /// The Lease in `namespace`; `kube` must not be fenced by it.
    pub fn new(kube: Kube, namespace: &str, candidate: Candidate) -> Self {
        let place = Place::of::<LeaseKind>(Some(namespace));
        Self { kube, place, candidate, tenure: Tenure::default() }
    }

    /// How long we govern.
    pub fn tenure(&self) -> Tenure {
        self.tenure.clone()
    }

    /// One attempt to have or to keep it. What was had before lasts as long as it lasts,
    /// whatever comes of this one.
    ///
    /// # Errors
    /// See [`KubeError`]; a conflict means that another candidate was faster.
    pub async fn keep(&mut self, now: Now) -> Result<Standing, KubeError> {
        let stored = self.read().await?;
        let next = self.candidate.next(stored.as_ref(), now.running);
        let Some(record) = self.candidate.record(&next, stored.as_ref()) else {
            let Move::Wait { holder } = next else { return Ok(Standing::Theirs { holder: String::new() }) };
            self.tenure.set(None);
            return Ok(Standing::Theirs { holder });
        };
        let body = self.object(&record, &next, now);
        match next {
            Move::Create => self.kube.create(&self.place, &body).await?,
            _ => self.kube.replace(&self.place, Part::Main, &body).await?,
        };
        // Counted from before the call: the others see it later than that.
        let until = now.running.saturating_add(self.candidate.duration);
        self.tenure.set(Some(Held { until, epoch: record.transitions }));
        Ok(Standing::Ours { epoch: record.transitions })
    }

    /// Lets it go, so that another candidate need not wait. Nothing may be written from here on.
    ///
    /// # Errors
    /// See [`KubeError`]; then it runs out by itself.
    pub async fn release(&mut self, now: Now) -> Result<(), KubeError> {
        self.tenure.set(None);
        let Some(stored) = self.read().await? else { return Ok(()) };
        if stored.holder.as_deref() != Some(self.candidate.identity.as_str()) {
            return Ok(());
        }
        let record = Record { holder: None, ..stored };
        let body = self.object(&record, &Move::Renew, now);
        self.kube.replace(&self.place, Part::Main, &body).await.map(|_: Value| ())
    }

    async fn read(&self) -> Result<Option<Record>, KubeError> {
        match self.kube.get::<Value>(&self.place, NAME).await {
            Ok(object) => Ok(Some(record(&object))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn object(&self, record: &Record, next: &Move, now: Now) -> Value {
        let stamp = now.wall.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut spec = json!({
            "holderIdentity": record.holder.as_deref().unwrap_or(""),
            "leaseDurationSeconds": record.duration.as_secs().max(1),
            "leaseTransitions": record.transitions,
            "renewTime": stamp,
        });
        if *next != Move::Renew {
            spec["acquireTime"] = json!(stamp);
        }
        let mut metadata = json!({"name": NAME});
        if !record.version.is_empty() {
            metadata["resourceVersion"] = json!(record.version);
        }
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec})
    }
}

fn record(object: &Value) -> Record {
    let spec = &object["spec"];
    let number = |field: &str| spec[field].as_u64().unwrap_or(0);
    Record {
        holder: spec["holderIdentity"].as_str().map(str::to_string),
        duration: Duration::from_secs(number("leaseDurationSeconds")),
        transitions: u32::try_from(number("leaseTransitions")).unwrap_or(u32::MAX),
        version: object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenure_covers_only_what_is_over_before_it_ends() {
        let tenure = Tenure::default();
        let s = Duration::from_secs;
        assert_eq!(tenure.epoch(s(0), s(0)), None, "nothing is ours before it was had");
        tenure.set(Some(Held { until: s(30), epoch: 7 }));
        assert_eq!(tenure.epoch(s(10), s(15)), Some(7));
        assert_eq!(tenure.epoch(s(15), s(15)), None);
        assert_eq!(tenure.epoch(s(31), s(0)), None);
    }

    #[test]
    fn a_record_is_read_as_any_elector_writes_it() {
        let object = json!({"metadata": {"resourceVersion": "12"}, "spec": {
            "holderIdentity": "other", "leaseDurationSeconds": 15, "leaseTransitions": 3}});
        let expected = Record {
            holder: Some("other".into()),
            duration: Duration::from_secs(15),
            transitions: 3,
            version: "12".into(),
        };
        assert_eq!(record(&object), expected);
        assert_eq!(record(&json!({})), Record::default());
    }
}
