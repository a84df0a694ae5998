//! A server of somebody's own: the requests that its provider declares, made and read.
//!
//! Several reads must show the same value. A cut that stands in some of its places only (we were
//! stopped between two writes) is no cut: it is given back.

pub mod render;
pub mod shown;

use crate::domain::model::hold::FlagHold;
use crate::edge::crd::accept::request::{Read, Requests, Write};
use crate::edge::crd::kind::flag_server::ValueForm;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::FlagError;
use crate::edge::flags::outer::found::{Found, Way};
use crate::edge::flags::outer::reach::Reach;
use crate::edge::http::answer::Reply;
use render::Filling;
use std::sync::Arc;

/// Kind of store in targets.
pub const STORE: &str = "http";

/// One server. Clones share connections.
#[derive(Debug, Clone)]
pub struct Web {
    reach: Reach,
    requests: Arc<Requests>,
}

/// One of several requests was done, and the next was not.
#[derive(Debug, thiserror::Error)]
#[error("request {done} of {all} was done, and the next was not: {why}")]
struct Halfway {
    done: usize,
    all: usize,
    why: String,
}

impl Web {
    /// Takes up a server; nothing is asked.
    pub fn new(reach: Reach, requests: Requests) -> Self {
        Self { reach, requests: Arc::new(requests) }
    }

    /// How a flag stands; None if it is not there.
    ///
    /// # Errors
    /// Those of [`Reach::send`]; malformed.
    pub async fn look(&self, asked: &Asked<'_>) -> Result<Option<Found>, FlagError> {
        let filling = self.filling(asked.key, ["", "", ""]);
        let (mut values, mut version) = (Vec::new(), None);
        for read in &self.requests.read {
            let call = render::read(read, &filling, &self.reach)?;
            let Some(reply) = self.reach.send(asked.key, call).await? else { return Ok(None) };
            let Some(shown) = self.shown(asked.key, read, &reply)? else { return Ok(None) };
            values.push(shown.value);
            version = version.or(shown.version);
        }
        Ok(Some(Found { state: shown::state(values, asked, self.requests.values), version }))
    }

    /// Sets a flag, which was `before`, once.
    ///
    /// # Errors
    /// Those of [`Reach::send`]; unavailable if some of the requests were done only.
    pub async fn write(&self, way: Way, hold: &FlagHold, before: &Found) -> Result<(), FlagError> {
        let key = &hold.target.key;
        let (value, writes) = match way {
            Way::Cut => (&hold.fallback, &self.requests.cut),
            Way::Restore => (&hold.pre_image, &self.requests.restore),
        };
        let version = before.version.as_deref().unwrap_or_default();
        let filling = self.filling(key, [value, &before.state.document, version]);
        for (done, write) in writes.iter().enumerate() {
            if let Err(error) = self.one(key, write, &filling).await {
                return Err(self.after((done, writes.len()), key, error));
            }
        }
        Ok(())
    }

    async fn one(&self, key: &str, write: &Write, filling: &Filling<'_>) -> Result<(), FlagError> {
        let call = render::write(write, filling, &self.reach)?;
        let done = self.reach.send(key, call).await?;
        done.map(drop).ok_or_else(|| FlagError::NotFound(self.reach.subject(key)))
    }

    /// What fails after something was written leaves the flag uncertain.
    fn after(&self, (done, all): (usize, usize), key: &str, error: FlagError) -> FlagError {
        if done == 0 {
            return error;
        }
        let source = Box::new(Halfway { done, all, why: error.to_string() });
        FlagError::Unavailable { subject: self.reach.subject(key), source }
    }

    fn shown(&self, key: &str, read: &Read, reply: &Reply) -> Result<Option<shown::Shown>, FlagError> {
        let filling = self.filling(key, ["", "", ""]);
        shown::shown(read, reply, &filling, self.requests.values)
            .map_err(|detail| FlagError::Malformed { subject: self.reach.subject(key), detail })
    }

    fn filling<'a>(&'a self, key: &'a str, [value, before, version]: [&'a str; 3]) -> Filling<'a> {
        Filling {
            key,
            project: &self.requests.project,
            environment: &self.requests.environment,
            value,
            before,
            version,
            json: self.requests.values == ValueForm::Json,
        }
    }
}
