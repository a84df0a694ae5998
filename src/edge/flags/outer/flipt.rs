//! Flipt, version 2: a boolean flag is enabled or not.
//!
//! By its own description of its API: resources are replaced whole, with the revision of what was
//! read. An empty revision would skip the check, so none is ever sent. Only boolean flags without
//! rollouts are cut: for all others `enabled` is not what everybody is served.

use super::found::{Found, Way};
use super::reach::Reach;
use super::switch::Switch;
use crate::domain::model::flag::FlagState;
use crate::domain::model::hold::FlagHold;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::FlagError;
use crate::edge::http::call::{Call, JSON};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Kind of store in targets.
pub const STORE: &str = "flipt";
const TYPE: &str = "flipt.core.Flag";
/// The code of what does not exist, in errors.
const NOT_FOUND: i64 = 5;

/// One namespace of one environment. Clones share connections.
#[derive(Debug, Clone)]
pub struct Flipt {
    reach: Reach,
    namespace: String,
    environment: String,
}

#[derive(Deserialize)]
struct Answer {
    resource: Resource,
    #[serde(default)]
    revision: String,
}

#[derive(Deserialize)]
struct Resource {
    payload: Map<String, Value>,
}

impl Flipt {
    /// Takes up a namespace; nothing is asked.
    pub fn new(reach: Reach, namespace: &str, environment: &str) -> Self {
        let reach = reach.absent_by("code", NOT_FOUND);
        Self { reach, namespace: namespace.to_string(), environment: environment.to_string() }
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Those of [`Reach::send`] and [`Reach::json`]; malformed without a revision.
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<Found>, FlagError> {
        let key = asked.key;
        let call = Call::get(self.url(key, &[TYPE, key])?);
        let Some(reply) = self.reach.send(key, call).await? else { return Ok(None) };
        let Answer { resource: Resource { mut payload }, revision } = self.reach.json(key, &reply)?;
        if revision.is_empty() {
            let detail = "the answer names no revision, without which nobody's write can be seen".to_string();
            return Err(FlagError::Malformed { subject: self.reach.subject(key), detail });
        }
        // What is false is left out of answers.
        let on = payload.remove("enabled").is_some_and(|enabled| enabled == Value::Bool(true));
        let switch = Switch { on, rest: payload };
        let standing = match asked.hold {
            Some(hold) => switch.held(hold),
            None => switch.unheld(asked.fallback, obstacle(&switch)),
        };
        let state = FlagState::plain(switch.document(), standing);
        Ok(Some(Found { state, version: Some(revision) }))
    }

    /// Replaces the flag, which was `before`, by the same with `enabled` turned.
    ///
    /// # Errors
    /// Those of [`Reach::send`]; a conflict if the revision is not what it was.
    pub async fn write(&self, way: Way, hold: &FlagHold, before: &Found) -> Result<(), FlagError> {
        let key = &hold.target.key;
        let malformed = |detail: &str| FlagError::Malformed {
            subject: self.reach.subject(key),
            detail: detail.to_string(),
        };
        let Ok(Switch { mut rest, .. }) = serde_json::from_str(&before.state.document) else {
            return Err(malformed("what was read of it is no flag"));
        };
        let Some(revision) = before.version.as_ref() else { return Err(malformed("no revision was read")) };
        let on = (hold.fallback == "on") == (way == Way::Cut);
        rest.insert("enabled".to_string(), Value::Bool(on));
        let body = json!({"key": key, "payload": rest, "revision": revision});
        let call = Call::write(Method::PUT, self.url(key, &[])?).body(JSON, body.to_string());
        let done = self.reach.send(key, call).await?;
        done.map(drop).ok_or_else(|| FlagError::NotFound(self.reach.subject(key)))
    }

    fn url(&self, key: &str, rest: &[&str]) -> Result<url::Url, FlagError> {
        let path =
            ["api", "v2", "environments", &self.environment, "namespaces", &self.namespace, "resources"];
        let path: Vec<&str> = path.into_iter().chain(rest.iter().copied()).collect();
        self.reach.url(key, &path)
    }
}

fn obstacle(switch: &Switch) -> Option<String> {
    let boolean = switch.rest.get("type").and_then(Value::as_str) == Some("BOOLEAN_FLAG_TYPE");
    let rollouts = switch.rest.get("rollouts").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    match (boolean, rollouts) {
        (false, _) => Some(
            "it is no boolean flag: disabled, it would serve what each application's code says; use a boolean one"
                .to_string(),
        ),
        (true, true) => {
            Some("it has rollouts, which serve what `enabled` does not say; use one without".to_string())
        }
        (true, false) => None,
    }
}
