//! LaunchDarkly: a flag is turned off in one environment, which serves its off variation to all.
//!
//! By the description of its REST API, version 2: a JSON Patch whose `test` names the version that was
//! read; `ignoreConflicts` is never set, so that scheduled changes and approvals of people win.

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
use std::collections::BTreeMap;

/// Kind of store in targets.
pub const STORE: &str = "launchDarkly";
/// What of an environment says what is served to whom.
const TARGETING: [&str; 6] =
    ["offVariation", "fallthrough", "rules", "targets", "contextTargets", "prerequisites"];

/// One environment of one project. Clones share connections.
#[derive(Debug, Clone)]
pub struct LaunchDarkly {
    reach: Reach,
    project: String,
    environment: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    creation_date: Option<i64>,
    environments: BTreeMap<String, Environment>,
}

#[derive(Deserialize)]
struct Environment {
    on: bool,
    version: i64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl LaunchDarkly {
    /// Takes up an environment; nothing is asked.
    pub fn new(reach: Reach, project: &str, environment: &str) -> Self {
        let reach = reach.absent_by("code", "not_found");
        Self { reach, project: project.to_string(), environment: environment.to_string() }
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Those of [`Reach::send`] and [`Reach::json`].
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<Found>, FlagError> {
        let key = asked.key;
        let mut url = self.url(key)?;
        url.query_pairs_mut().append_pair("env", &self.environment);
        let Some(reply) = self.reach.send(key, Call::get(url)).await? else { return Ok(None) };
        let mut flag: Flag = self.reach.json(key, &reply)?;
        let Some(mut here) = flag.environments.remove(&self.environment).filter(|_| !flag.archived) else {
            return Ok(None);
        };
        here.rest.retain(|name, value| TARGETING.contains(&name.as_str()) && !value.is_null());
        let switch = Switch { on: here.on, rest: here.rest };
        let standing = match asked.hold {
            Some(hold) => switch.held(hold),
            None => switch.unheld(asked.fallback, obstacle(&switch)),
        };
        let mut state = FlagState::plain(switch.document(), standing);
        state.uid = flag.creation_date.map(|date| date.to_string());
        Ok(Some(Found { state, version: Some(here.version.to_string()) }))
    }

    /// Turns the flag, which was `before`.
    ///
    /// # Errors
    /// Those of [`Reach::send`]; a conflict if it is not as it was.
    pub async fn write(&self, way: Way, hold: &FlagHold, before: &Found) -> Result<(), FlagError> {
        let key = &hold.target.key;
        let at = format!("/environments/{}", self.environment.replace('~', "~0").replace('/', "~1"));
        let version: i64 = before.version.as_deref().and_then(|text| text.parse().ok()).unwrap_or(-1);
        let patch = json!([
            {"op": "test", "path": format!("{at}/version"), "value": version},
            {"op": "replace", "path": format!("{at}/on"), "value": way == Way::Restore},
        ]);
        let call = Call::write(Method::PATCH, self.url(key)?).body(JSON, patch.to_string());
        let done = self.reach.send(key, call).await?;
        done.map(drop).ok_or_else(|| FlagError::NotFound(self.reach.subject(key)))
    }

    fn url(&self, key: &str) -> Result<url::Url, FlagError> {
        self.reach.url(key, &["api", "v2", "flags", &self.project, key])
    }
}

fn obstacle(switch: &Switch) -> Option<String> {
    let missing = !switch.rest.contains_key("offVariation");
    missing.then(|| {
        "it has no off variation, so turning it off serves what each application's code says; choose one"
            .to_string()
    })
}
