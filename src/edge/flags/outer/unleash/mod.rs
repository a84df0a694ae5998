//! Unleash: a flag is turned on or off in one environment.
//!
//! Its admin API takes no precondition. So the flag's events are read before and after each write:
//! if anybody wrote in between, our write is taken back and counts as not done.

pub mod flag;
pub mod history;

use crate::domain::model::flag::FlagState;
use crate::domain::model::hold::FlagHold;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::FlagError;
use crate::edge::flags::outer::found::{Found, Way};
use crate::edge::flags::outer::reach::Reach;
use crate::edge::http::call::Call;
use flag::Flag;
use history::{Author, Event, History};
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Kind of store in targets.
pub const STORE: &str = "unleash";

/// One environment of one project. Clones share connections and what is known of us.
#[derive(Debug, Clone)]
pub struct Unleash {
    reach: Reach,
    project: String,
    environment: String,
    /// Whom the store has called us: secrets that are rotated may change it.
    us: Arc<Mutex<BTreeSet<Author>>>,
    /// The present secret is among them.
    known: Arc<Mutex<bool>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feature {
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    dependencies: Vec<serde_json::Value>,
    environments: Vec<Environment>,
}

#[derive(Deserialize)]
struct Environment {
    name: String,
    #[serde(flatten)]
    flag: Flag,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Me {
    user: User,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    internal_admin_token_user_id: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    username: Option<String>,
}

impl Unleash {
    /// Takes up an environment; nothing is asked.
    pub fn new(reach: Reach, project: &str, environment: &str) -> Self {
        Self {
            reach: reach.absent_by("name", "NotFoundError"),
            project: project.to_string(),
            environment: environment.to_string(),
            us: Arc::default(),
            known: Arc::default(),
        }
    }

    /// Takes over whom the store called us before the secret was changed.
    pub fn succeed(&self, former: &Self) {
        let theirs = former.us.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.us.lock().unwrap_or_else(PoisonError::into_inner).extend(theirs);
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Those of [`Reach::send`] and [`Reach::json`].
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<Found>, FlagError> {
        let key = asked.key;
        // Events first: what happens after them and before the flag is read is met as newer ones.
        let history = match asked.hold {
            Some(_) => Some(self.history(key).await?),
            None => None,
        };
        let call = Call::get(self.reach.url(key, &self.feature(key, &[]))?);
        let Some(reply) = self.reach.send(key, call).await? else { return Ok(None) };
        let feature: Feature = self.reach.json(key, &reply)?;
        let depends = !feature.dependencies.is_empty();
        let here = feature.environments.into_iter().find(|found| found.name == self.environment);
        let Some(Environment { flag, .. }) = here.filter(|_| !feature.archived) else { return Ok(None) };
        let standing = match asked.hold {
            None => flag.unheld(asked.fallback, depends),
            Some(hold) => flag.held(hold, history.as_ref().and_then(History::turned_by_other)),
        };
        let mut state = FlagState::plain(flag.document(), standing);
        state.uid = feature.created_at;
        let created = asked.hold.and_then(|hold| hold.created);
        state.editor = history.as_ref().and_then(|history| history.editor(created));
        Ok(Some(Found { state, version: history.map(|history| history.newest().to_string()) }))
    }

    /// Turns the flag, which was `before`, once; takes it back if others wrote in between.
    ///
    /// # Errors
    /// Those of [`Reach::send`]; a conflict if others wrote, too.
    pub async fn write(&self, way: Way, hold: &FlagHold, before: &Found) -> Result<(), FlagError> {
        let key = &hold.target.key;
        let on = (hold.fallback == "on") == (way == Way::Cut);
        let since = before.version.as_ref().and_then(|version| version.parse().ok()).unwrap_or(i64::MAX);
        let turned = self.turn(key, on).await;
        if turned.as_ref().is_err_and(|error| !error.is_uncertain()) {
            return turned;
        }
        let history = match self.history(key).await {
            Ok(history) => history,
            Err(error) => return Err(turned.err().unwrap_or(error)),
        };
        let conflict = |detail: String| FlagError::Conflict { subject: self.reach.subject(key), detail };
        let Some(ours) = history.turned_by_us(on, since) else {
            // What is so already leaves no event: somebody else was faster, or nothing took place.
            return match turned {
                Ok(()) => Err(conflict("somebody else turned it just before us".to_string())),
                uncertain => uncertain,
            };
        };
        let added = history.added_by_us(since);
        let other = history.other_between(since, ours.id);
        if other.is_none() && added.is_empty() {
            return Ok(());
        }
        let who = other.unwrap_or("somebody").to_string();
        self.turn(key, !on).await?;
        for strategy in added {
            self.remove(key, &strategy).await?;
        }
        Err(conflict(format!("{who} changed it just before us; our write was taken back")))
    }

    async fn turn(&self, key: &str, on: bool) -> Result<(), FlagError> {
        let word = if on { "on" } else { "off" };
        let url = self.reach.url(key, &self.feature(key, &["environments", &self.environment, word]))?;
        self.done(key, Call::write(Method::POST, url)).await
    }

    async fn remove(&self, key: &str, strategy: &str) -> Result<(), FlagError> {
        let rest = ["environments", &self.environment, "strategies", strategy];
        let url = self.reach.url(key, &self.feature(key, &rest))?;
        self.done(key, Call::write(Method::DELETE, url)).await
    }

    async fn done(&self, key: &str, call: Call) -> Result<(), FlagError> {
        let done = self.reach.send(key, call).await?;
        done.map(drop).ok_or_else(|| FlagError::NotFound(self.reach.subject(key)))
    }

    async fn history(&self, key: &str) -> Result<History, FlagError> {
        let us = self.ourselves(key).await?;
        let call = Call::get(self.reach.url(key, &["api", "admin", "events", key])?);
        let events = match self.reach.send(key, call).await? {
            Some(reply) => self.reach.json::<Events>(key, &reply)?.events,
            None => Vec::new(),
        };
        Ok(History::of(events, &self.environment, us))
    }

    /// Whom the store calls us, asked once.
    async fn ourselves(&self, key: &str) -> Result<BTreeSet<Author>, FlagError> {
        if !*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            let call = Call::get(self.reach.url(key, &["api", "admin", "user"])?);
            let Some(reply) = self.reach.send(key, call).await? else {
                let message = "it does not tell who we are to it; use a token of its admin API".to_string();
                return Err(FlagError::StoreRefused { subject: self.reach.subject(key), message });
            };
            let Me { user } = self.reach.json(key, &reply)?;
            let name = user.email.filter(|email| !email.is_empty()).or(user.username).unwrap_or_default();
            let author = Author { name, id: user.id.or(user.internal_admin_token_user_id) };
            self.us.lock().unwrap_or_else(PoisonError::into_inner).insert(author);
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
        Ok(self.us.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn feature<'a>(&'a self, key: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        let path = ["api", "admin", "projects", &self.project, "features", key];
        path.into_iter().chain(rest.iter().copied()).collect()
    }
}
